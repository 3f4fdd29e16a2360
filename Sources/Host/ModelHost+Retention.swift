import Checkpointing
import Engine
import Joining
import Launching
import Monitoring
import Operation
import Recording
import Serving
import Vocabulary
import World

typealias RetentionRule = Retention.Log

/// What a model keeps: logs by age and size, checkpoints by number, a second copy of each.
extension ModelHost {
    /// Removes what need not be kept any longer; the journal says what went.
    func retain() throws {
        let retention = engine.settings.retention
        try forgetErasedFallback()
        let served = [
            engine.serving?.checkpoint, push.state.lastGood, push.candidate?.id, push.waiting?.id,
            rideBook.kept?.wayBack, launchBook.current?.stopped,
        ].compactMap { $0 }
        var gone = try folder.thin(retention, inUse: served)
        gone += try folder.remove(where: book.hasErasedWhatMet, inUse: served)
        for id in gone { try removeCopy(of: id) }
        let rules = [(rawLog, rawRule), (trainingLog, retention.training)]
        for (log, rule) in rules where !rule.isForEver {
            let own = log.kind == .raw ? rawFloor : trainingFloor
            let floor = min(own, try launchFloor(of: log))
            let removed = try log.retain(rule, now: engine.clock.now, floor: floor)
            if log.kind == .raw { try retainQuarantine() }
            guard let first = removed.first, let last = removed.last else { continue }
            let times = [first.earliest, last.latest].map { $0?.rfc3339 ?? "?" }
            try journal.append(
                JournalDraft(
                    kind: .engine, model: name,
                    effect: "retention removed bytes \(first.start) to \(last.end) of the "
                        + "\(log.kind) log, events from \(times[0]) to \(times[1])"))
        }
    }

    /// The last good checkpoint is no way back once another serves and it has met what was erased.
    private func forgetErasedFallback() throws {
        func isStale(_ id: CheckpointID) -> Bool {
            checkpoints.first { $0.id == id }.map(book.hasErasedWhatMet) ?? false
        }
        guard let last = push.state.lastGood, isStale(last),
            let serving = engine.serving?.checkpoint, !isStale(serving)
        else { return }
        desk.change { $0.lastGood = nil }
        push.state.lastGood = nil
        push.isChanged = true
        try writePush()
    }

    /// A record that the raw log no longer has cannot be let in either. After a crash between the
    /// two it goes with the next look.
    private func retainQuarantine() throws {
        guard let first = try rawLog.header(at: rawLog.start)?.firstSequence, first > 0 else {
            return
        }
        let count = try quarantine.remove(before: first, of: name)
        guard count > 0 else { return }
        samples = QuarantineSamples(try quarantine.newest(of: name))
        try journal.append(
            JournalDraft(
                kind: .engine, model: name,
                effect: "retention removed \(count) of the records in quarantine, with the raw "
                    + "log's before \(first)"))
    }

    /// Who chooses among features reads each record again that the training log has an entry of.
    private var rawRule: RetentionRule {
        let settings = engine.settings
        let designs = [settings.learner] + (launchBook.current.map { [$0.terms.candidate] } ?? [])
        guard designs.contains(where: { !$0.features.isPlain }) else {
            return settings.retention.raw
        }
        let retention = settings.retention
        var rule = RetentionRule()
        if !retention.raw.isForEver, let age = retention.training.age, let wait = settings.wait {
            rule.age = max(retention.raw.age ?? .zero, age + wait + settings.join.disorder)
        }
        return rule
    }

    /// Recovery may have to begin at either of the two newest checkpoints, and examples that
    /// wait may have to be read again.
    private var rawFloor: UInt64 {
        let kept = recoveryPoints.map(\.raw).min() ?? 0
        return min(kept, engine.oldestAwaitedOffset ?? .max)
    }

    private var trainingFloor: UInt64 {
        guard engine.trainer.passEnds.isEmpty, engine.trainer.passEndsDue.isEmpty else { return 0 }
        let kept = recoveryPoints.map(\.training).min() ?? 0
        let wayBack = rideBook.kept?.wayBackOffset ?? .max
        return min(kept, wayBack, engine.trainer.cursor.batch.offset)
    }

    // MARK: copies

    private func removeCopy(of id: CheckpointID) throws {
        guard let target = copyPath(of: id), try disk.exists(target.file) else { return }
        try disk.remove(target.file)
    }

    /// A checkpoint that is broken here may be whole in the second folder: then it is taken from
    /// there. False if there is none.
    func restoreFromCopy(_ id: CheckpointID) throws -> Bool {
        guard let target = copyPath(of: id), try disk.exists(target.file) else { return false }
        try disk.replace(folder.path(of: id), with: try disk.read(target.file))
        try journal.append(
            JournalDraft(
                kind: .checkpoint, model: name, effect: "\(id) was restored from \(target.file)"))
        return true
    }

    func copyPath(of id: CheckpointID) -> (folder: String, file: String)? {
        guard let root = engine.settings.retention.copyFolder else { return nil }
        let folder = "\(root)/\(name)"
        return (folder, "\(folder)/\(id).spindle")
    }
}
