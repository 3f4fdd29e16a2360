import Operation
import Vocabulary

/// Finds a training that stopped without a word: nothing was trained for too long, and nobody had
/// stopped it.
package struct ProgressWatch: Sendable {
    private let limit: Span
    private var newest: [ModelName: (cursor: UInt64, at: Instant)] = [:]

    package init(limit: Span) {
        self.limit = limit
    }

    /// The alarms of the newest snapshot there is, by wall time: an old one shows no progress.
    package mutating func look(
        _ snapshot: Snapshot, at now: Instant
    ) -> [(ModelName, AlarmReport)] {
        snapshot.models.compactMap { model in
            let cursor = model.training.cursor
            let known = newest[model.name]
            // What the engine tells by event time is not told twice.
            let isTold = model.alarms.contains { $0.name == "training_silent" }
            if known?.cursor != cursor || model.training.state == .stopped || isTold {
                newest[model.name] = (cursor, now)
                return nil
            }
            guard let known, known.at + limit <= now else { return nil }
            let waits =
                model.training.behind > 0
                ? "\(model.training.behind) examples wait" : "no labelled example came"
            let alarm = AlarmReport(
                id: "\(model.name)-silent", name: "training_silent",
                text: "nothing was trained for \((now - known.at).text), and nobody stopped it: "
                    + waits,
                since: known.at, severity: .critical, owner: "")
            return (model.name, alarm)
        }
    }

    /// The alarm of an engine that does not answer.
    package static func silence(
        of model: ModelName, since: Instant, at now: Instant
    ) -> AlarmReport {
        AlarmReport(
            id: "\(model)-engine", name: "engine_silent",
            text: "the engine has not answered for \((now - since).text)", since: since,
            severity: .critical, owner: "")
    }
}
