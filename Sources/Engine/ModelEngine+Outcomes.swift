import Recording
import Serving
import Vocabulary

/// What became of what was predicted.
extension ModelEngine {
    /// What became of predictions since the last call: at most `Limits.outcomeCountMax`.
    package func takeOutcomes() -> [ServedOutcome] {
        defer { outcomes.removeAll(keepingCapacity: true) }
        return outcomes
    }

    func noteOutcome(of entry: EntryView, _ label: Double) {
        guard outcomes.count < Limits.outcomeCountMax, let answer = served.take(id: entry.idHash)
        else { return }
        outcomes.append(
            ServedOutcome(
                checkpoint: CheckpointID(model: settings.name, number: answer.checkpoint),
                probability: answer.probability, label: label, servedAt: entry.time))
    }
}
