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
    /// Seconds to wait before loading: a fault that is injected.
    package var delay = 0.0

    package init(candidate: String, folder: String, settings: GateSettings) {
        (self.candidate, self.folder, self.settings) = (candidate, folder, settings)
    }
}

/// What came of a gate.
package struct GateOutcome: Codable, Sendable {
    package var checks: [GateCheck]
    /// Wall time of reading and decoding the candidate.
    package var loadSeconds: Double
    /// Mean log loss on the golden set, where it could be scored.
    package var goldenLoss: Double?

    package init(checks: [GateCheck], loadSeconds: Double, goldenLoss: Double? = nil) {
        (self.checks, self.loadSeconds, self.goldenLoss) = (checks, loadSeconds, goldenLoss)
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
            candidate = try read(order.candidate, disk)
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

    /// The same for a candidate that was read back already.
    static func judge(
        _ candidate: LoadedCheckpoint, _ order: GateOrder, disk: any Disk
    ) -> GateOutcome {
        let gate = Gate(order.settings)
        let reference = readIfWhole(order.reference, disk)
        let before =
            order.before == order.reference ? reference : readIfWhole(order.before, disk)
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
        let golden = GoldenFolder(folder: order.folder, disk: disk)
        do {
            if !order.needsGolden, try !golden.exists() {
                checks.append(
                    GateCheck(
                        .goldenSet, .passed,
                        "no golden set: nothing asks this process for predictions"))
                return GateOutcome(checks: checks, loadSeconds: 0)
            }
            let rows = try golden.score(candidate.learner, reference?.learner)
            checks += gate.golden(rows) { golden.segment(ofHash: $0) }
            return GateOutcome(checks: checks, loadSeconds: 0, goldenLoss: Gate.logLoss(of: rows))
        } catch {
            checks.append(GateCheck(.goldenSet, .inconclusive, "\(error)"))
            return GateOutcome(checks: checks, loadSeconds: 0)
        }
    }

    /// One that cannot be read is none to compare with; its own gate said so.
    private static func readIfWhole(
        _ path: String?, _ disk: any Disk
    ) -> LoadedCheckpoint? {
        guard let path, case .success(let loaded) = Result(catching: { try read(path, disk) })
        else { return nil }
        return loaded
    }

    private static func read(_ path: String, _ disk: any Disk) throws -> LoadedCheckpoint {
        let bytes = try disk.read(path)
        do {
            return try bytes.withUnsafeBytes { try LoadedCheckpoint(file: $0) }
        } catch {
            throw CheckpointFault(path: path, text: "\(error)")
        }
    }

    private static func figures(of checkpoint: LoadedCheckpoint) -> LearnerFigures {
        let summary = checkpoint.learner.summary()
        return LearnerFigures(
            norm: summary.norm, largest: summary.largest, nonZeroCount: summary.nonZeroCount,
            nonFiniteCount: summary.nonFiniteCount, exampleCount: Double(checkpoint.trained))
    }
}
