import Engine
import Foundation
import Learning
import Operation
import Validation
import Vocabulary
import World

/// What a gate looks at: files, so that it can be done in another process.
package struct GateOrder: Codable, Sendable {
    /// The candidate's file.
    package var candidate: String
    /// The newest fully passed checkpoint before it, and the one just before it.
    package var reference: String?
    package var before: String?
    /// The model's folder, for its golden set.
    package var folder: String
    package var settings: GateSettings
    /// Without a golden set it cannot tell. False where nothing asks for predictions.
    package var needsGolden = true
    /// Whether the model learns from the features of local time.
    package var design = ExampleDesign()
    /// Examples that it has yet to learn again to have met as much as what serves.
    package var lacking: UInt64 = 0
    /// Seconds to wait before loading: a fault that is injected.
    package var delay = 0.0

    package init(candidate: String, folder: String, settings: GateSettings) {
        (self.candidate, self.folder, self.settings) = (candidate, folder, settings)
    }

    /// A checkpoint against those before it. `reports` come newest first.
    init(
        of id: CheckpointID, in place: CheckpointPlace, among reports: [CheckpointReport],
        settings: GateSettings
    ) {
        self.init(
            candidate: place.path(of: id), folder: place.modelFolder, settings: settings)
        let earlier = reports.filter { $0.id < id }
        reference = earlier.first { $0.verdict == .passed && $0.push?.outcome != .returned }
            .map { place.path(of: $0.id) }
        before = earlier.first { $0.verdict != .failed }.map { place.path(of: $0.id) }
    }
}

/// What came of a gate.
package struct GateOutcome: Codable, Sendable {
    package var checks: [GateCheck]
    /// Wall time of reading and decoding the candidate.
    package var loadSeconds: Double

    package init(checks: [GateCheck], loadSeconds: Double) {
        (self.checks, self.loadSeconds) = (checks, loadSeconds)
    }
}

/// Validates one checkpoint: the same in this process and in one of its own.
package enum GateRun {
    /// Reads all files again from the disk; never throws, because what cannot be read is a
    /// verdict too.
    package static func judge(_ order: GateOrder, disk: any Disk) -> GateOutcome {
        let begun = WallClock.monotonic()
        let candidate: LoadedCheckpoint
        do {
            candidate = try CheckpointPlace.load(order.candidate, disk).checkpoint
        } catch {
            return GateOutcome(
                checks: [GateCheck(.integrity, .failed, "\(error)")],
                loadSeconds: (WallClock.monotonic() - begun).seconds)
        }
        let seconds = (WallClock.monotonic() - begun).seconds
        var outcome = judge(candidate, order, disk: disk)
        outcome.loadSeconds = seconds
        return outcome
    }

    /// The same for a candidate that was read back already. `known` is another one that was, with
    /// its file: it need not be read again.
    static func judge(
        _ candidate: LoadedCheckpoint, _ order: GateOrder,
        known: (path: String, checkpoint: LoadedCheckpoint)? = nil, disk: any Disk
    ) -> GateOutcome {
        let gate = Gate(order.settings)
        func earlier(_ path: String?) -> LoadedCheckpoint? {
            known?.path == path ? known?.checkpoint : readIfWhole(path, disk)
        }
        let reference = earlier(order.reference)
        let before = order.before == order.reference ? reference : earlier(order.before)
        let figures = figures(of: candidate)
        var checks = [
            GateCheck(.integrity, .passed, "read back, digests match"), gate.nonFinite(figures),
        ]
        guard figures.nonFiniteCount == 0 else {
            return GateOutcome(checks: checks, loadSeconds: 0)
        }
        checks.append(gate.norms(figures, reference: reference.map { self.figures(of: $0) }))
        let change = before.map { candidate.learner.distance(to: $0.learner) }
        checks.append(
            gate.learning(
                figures, before: before.map { self.figures(of: $0) },
                change: change.map { LearnerChange(sum: $0.sum, changedCount: $0.count) }))
        checks += golden(candidate.learner, reference?.learner, order, disk)
        if order.lacking > 0 {
            let text =
                "on its way back to what serves: \(order.lacking) examples are to be learned again"
            checks.append(GateCheck(.relearning, .inconclusive, text))
        }
        return GateOutcome(checks: checks, loadSeconds: 0)
    }

    /// What the golden set says of a candidate.
    private static func golden(
        _ candidate: FTRLLearner, _ reference: FTRLLearner?, _ order: GateOrder, _ disk: any Disk
    ) -> [GateCheck] {
        let golden = GoldenFolder(
            folder: order.folder, disk: disk, design: order.design)
        do {
            if !order.needsGolden, try !golden.exists() {
                let text = "no golden set: nothing asks this process for predictions"
                return [GateCheck(.goldenSet, .passed, text)]
            }
            return Gate(order.settings).golden(try golden.score(candidate, reference)) { slice in
                golden.segment(ofHash: slice)
            }
        } catch {
            return [GateCheck(.goldenSet, .inconclusive, "\(error)")]
        }
    }

    /// One that cannot be read is none to compare with; its own gate said so.
    private static func readIfWhole(
        _ path: String?, _ disk: any Disk
    ) -> LoadedCheckpoint? {
        guard let path,
            case .success(let loaded) = Result(catching: {
                try CheckpointPlace.load(path, disk).checkpoint
            })
        else { return nil }
        return loaded
    }

    private static func figures(of checkpoint: LoadedCheckpoint) -> LearnerFigures {
        let summary = checkpoint.inspection ?? checkpoint.learner.inspect()
        return LearnerFigures(
            norm: summary.norm, largest: summary.largest, nonZeroCount: summary.nonZeroCount,
            nonFiniteCount: summary.nonFiniteCount, exampleCount: Double(checkpoint.trained))
    }
}
