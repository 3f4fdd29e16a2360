import Checkpointing
import Engine
import Operation
import Vocabulary
import World

/// Checkpoints: captured between two records, written and judged beside the training, taken note
/// of between two others.
extension ModelHost {
    /// True while one is being written.
    package var isCheckpointing: Bool { writer.isBusy }

    /// True when one is due, and none is under way nor has just failed.
    package var wantsCheckpoint: Bool {
        !isCheckpointing && engine.wantsCheckpoint && clock.monotonic() >= retryAt
    }

    /// Keeps the whole state as a checkpoint, and returns once it is there, or has failed.
    @discardableResult
    package func checkpoint() throws -> CheckpointReport? {
        _ = try finishCheckpoint(waiting: true)
        try beginCheckpoint()
        return try finishCheckpoint(waiting: true)
    }

    /// Captures the state; the rest happens on another thread. There must be none under way.
    package func beginCheckpoint() throws {
        try settle(isDurable: true)
        let image = engine.checkpointImage(created: clock.now(), build: spindleVersion)
        engine.checkpointBegun(image.manifest)
        let place = folder.place
        let copy = copyPath(of: image.manifest.id)
        let point = RecoveryPoint(image.manifest, oldestAwaited)
        writer.begin {
            let (loaded, report) = try place.save(image)
            return KeptCheckpoint(
                image: image, loaded: loaded, report: report, recoveryPoint: point,
                copyFault: copy.flatMap { place.copy(image.manifest.id, to: $0) })
        }
    }

    /// Takes note of a checkpoint that has been written: it serves if it passed and pushes are
    /// not frozen. A failure is journalled and raises an alarm; training goes on. Nil if there is
    /// none, or it failed, or is still being written.
    package func finishCheckpoint(waiting: Bool) throws -> CheckpointReport? {
        guard let result = writer.finished(waiting: waiting) else { return nil }
        let kept: KeptCheckpoint
        do {
            kept = try result.get()
        } catch let fault as DiskFault {
            try checkpointFailed(fault.description)
            return nil
        } catch let fault as CheckpointFault {
            try checkpointFailed(fault.description)
            return nil
        }
        let report = kept.report
        folder.accept(report)
        engine.checkpointSaved(kept.image.manifest)
        engine.copyFault = kept.copyFault
        recoveryPoints = (recoveryPoints + [kept.recoveryPoint]).suffix(2)
        try journal.append(
            JournalDraft(
                kind: .checkpoint, model: name,
                effect: "\(report.id) at cursor \(report.cursor), \(report.verdict.rawValue): "
                    + report.reasons.joined(separator: "; ")))
        if report.verdict == .passed, !engine.trainer.isHeld { try serve(kept.loaded) }
        try retain()
        return report
    }

    /// Nothing is under way, and everything is on the disk: acts begin from here.
    package func rest() throws {
        _ = try finishCheckpoint(waiting: true)
        try settle(isDurable: true)
    }

    private func checkpointFailed(_ text: String) throws {
        engine.checkpointFailed(text)
        retryAt = clock.monotonic() + .seconds(1)
        try journal.append(
            JournalDraft(kind: .checkpoint, model: name, effect: "a checkpoint failed: \(text)"))
    }
}
