import Checkpointing
import Engine
import Numerics
import Operation
import Serving
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
        // What was gathered would go to the logs in any case.
        try engine.settle(perform)
        try tellAlarms()
        if ramps { try makeMissingGolden() }
        let begun = clock.monotonic()
        let logs = LogFiles(files: try [rawLog.lendFile(), trainingLog.lendFile()])
        let arms = try captureArms(engine.checkpointNumber + 1)
        let captured = engine.captureCheckpoint(created: clock.now(), build: spindleVersion)
        let manifest = captured.manifest
        let capture = Handover(captured)
        engine.checkpointBegun(manifest)
        let place = folder.place
        let gate = gateRun(of: manifest)
        let fault = takeCheckpointFault()
        let distorted = try fault.flatMap { try distortion($0) }
        let copy = copyPath(of: manifest.id)
        let point = RecoveryPoint(manifest, oldestAwaited)
        let clock = clock
        let pause = clock.monotonic() - begun
        writer.begin {
            // What a checkpoint builds on is on the disk before it is.
            for file in logs.files { try file?.sync() }
            let image = capture.take { $0.image(of: distorted ?? $0.learner) }
            let loaded = try place.save(image, inspects: gate.isHere)
            if fault == .flippedBit { try place.flipBit(of: manifest.id) }
            let outcome = gate.judge(loaded, fault)
            var report = CheckpointPlace.report(
                loaded, size: image.file.size, checks: outcome.checks)
            report.seconds = (clock.monotonic() - begun).seconds
            try place.write(report)
            return KeptCheckpoint(
                manifest: manifest, loaded: loaded, report: report, recoveryPoint: point,
                pause: pause, arms: arms?.save(),
                copyFault: copy.flatMap { place.copy(manifest.id, to: $0) })
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
            rawLog.doubt()
            trainingLog.doubt()
            try checkpointFailed(fault.description)
            return nil
        } catch let fault as CheckpointFault {
            // It was read back and is broken; the logs had been synced before.
            rawLog.doubt()
            trainingLog.doubt()
            try checkpointFailed(fault.description)
            return nil
        }
        try rawLog.synced(to: kept.manifest.rawEnd.offset)
        engine.rawDurableEnd = rawLog.durableEnd
        try trainingLog.synced(to: kept.manifest.trainingEnd.offset)
        let report = kept.report
        let wasOwed = engine.owesCheckpoint
        folder.accept(report)
        engine.checkpointSaved(kept.manifest)
        engine.copyFault = kept.copyFault
        recoveryPoints = (recoveryPoints + [kept.recoveryPoint]).suffix(2)
        try journal.append(
            JournalDraft(
                kind: .checkpoint, model: name,
                effect: "\(report.id) at cursor \(report.cursor), \(report.verdict.rawValue): "
                    + report.reasons.joined(separator: "; ")
                    + "; training paused \(kept.pause.text)"))
        let isOnItsWay = report.checks?.contains { $0.subject == .relearning } ?? false
        gateFault =
            report.verdict == .passed || kept.loaded.trained == 0 || isOnItsWay
            ? nil : "\(report.id) is \(report.verdict.rawValue): \(report.reasons.first ?? "")"
        // What is judged in another process is read there. Where it serves, it is in memory anyway.
        if case .here = validation, report.verdict == .passed { newestKept = kept.loaded }
        judgeRide(by: report, kept.loaded)
        try noteArms(kept.arms)
        if report.verdict == .passed, !engine.trainer.isHeld { try offer(kept.loaded) }
        // After a purge of everything nothing may serve that has met it.
        if wasOwed, kept.loaded.trained == 0 { try stopServing() }
        try retain()
        return report
    }

    private func checkpointFailed(_ text: String) throws {
        engine.checkpointFailed(text)
        retryAt = clock.monotonic() + .seconds(1)
        try journal.append(
            JournalDraft(kind: .checkpoint, model: name, effect: "a checkpoint failed: \(text)"))
    }
}

/// The open files of the logs, for the thread that syncs them.
private struct LogFiles: @unchecked Sendable {
    // Sendable because a sync may be asked for from any thread, beside writes.
    var files: [(any DiskFile)?]
}
