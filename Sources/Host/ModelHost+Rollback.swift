import Checkpointing
import Engine
import Monitoring
import Operation
import Vocabulary
import World

/// Rollbacks: what they land on, what they would lose, and the going back.
extension ModelHost {
    /// The checkpoint that a rollback would land on, or why there is none.
    func target(of target: RollbackTarget) throws -> CheckpointReport {
        switch target {
        case .checkpoint(let id):
            guard let report = checkpoints.first(where: { $0.id == id }) else {
                throw ActRefusal("\(name) has no checkpoint \(id)")
            }
            guard report.verdict != .failed else {
                throw ActRefusal(
                    "\(id) failed its validation: \(report.reasons.joined(separator: "; "))")
            }
            return report
        case .lastHealthy: return try lastHealthy()
        case .before(let time):
            let report = try checkpoints.first { report in
                guard report.verdict == .passed, isOfCourse(report),
                    let newest = report.eventTime, newest < time
                else { return false }
                return try purgedExample(in: report) == nil
            }
            guard let report else {
                throw ActRefusal(
                    "\(name) has no passed checkpoint that met nothing from \(time.rfc3339) on")
            }
            return report
        }
    }

    /// What going back to a checkpoint means, in numbers.
    func rollbackEffect(_ report: CheckpointReport, keepsCursor: Bool) -> ActEffect {
        let cursor = engine.trainer.cursor.sequence
        let newest = engine.trainer.clock.newestOfAll
        if report.cursor > cursor {
            let ahead = report.cursor - cursor
            return ActEffect(
                model: name, act: "rollback", changed: true,
                text: "\(name) goes \(ahead) examples ahead, to \(report.id), which has met them; "
                    + "training stays stopped until a resume",
                checkpoint: report.id, examples: 0)
        }
        let examples = cursor - report.cursor
        let span = newest.flatMap { newest in report.eventTime.map { newest - $0 } }
        let passed = keepsCursor ? book.nextID(of: name) : nil
        var lot = passed.map { "; these are passed over, until \($0) is undone" } ?? ""
        let learner = learner(of: report)
        if learner != engine.settings.learner {
            lot += "; it learns by \(words(learner, insteadOf: engine.settings.learner)) again"
        }
        return ActEffect(
            model: name, act: "rollback", changed: true,
            text:
                "\(name) goes back \(examples) examples, \(span?.text ?? "all") of event time, to "
                + "\(report.id)\(lot); training stays stopped until a resume",
            checkpoint: report.id, examples: examples, purge: passed, seconds: span?.seconds)
    }

    /// Throws if a checkpoint on disk is not what its report says, or has met what was purged.
    func check(_ report: CheckpointReport, keepsCursor: Bool) throws {
        if let fault = folder.verify(report) { throw ActRefusal(fault) }
        guard isOfCourse(report) else {
            throw ActRefusal(
                "\(report.id) has met with whole steps what a later ride learns with smaller ones; "
                    + "choose an older checkpoint, or a newer one")
        }
        if let sequence = try purgedExample(in: report) {
            throw ActRefusal(
                "\(report.id) was made under other purges: entry \(sequence) of the training log "
                    + "is what they differ in; undo the purge first, or choose an older checkpoint")
        }
        if !keepsCursor, report.cursor < (try firstTrainingSequence()) {
            throw ActRefusal(
                "the training log no longer has what comes behind \(report.id); keep the cursor, "
                    + "or choose a newer checkpoint")
        }
        guard keepsCursor, !report.passEnds.isEmpty || !engine.trainer.passEnds.isEmpty else {
            return
        }
        throw ActRefusal("the cursor cannot be kept where the log was met several times")
    }

    func rollBack(
        to report: CheckpointReport, keepsCursor: Bool, _ request: ActRequest
    ) throws {
        try settle(isDurable: true)
        let loaded = try folder.load(report.id).checkpoint
        let cursor = engine.trainer.cursor.sequence
        if keepsCursor, report.cursor < cursor {
            var book = book
            book.add(
                Exclusion(
                    id: book.nextID(of: name), what: .stretch(from: report.cursor, to: cursor)),
                by: request.actor, reason: request.reason, at: clock.now())
            try save(book)
        }
        try takeSettings(of: report, by: request.actor, request.reason)
        try engine.rollBack(to: loaded, leavingOut: book.active, keepsCursor: keepsCursor)
        if report.verdict == .passed { try serve(loaded) }
        try checkpoint()
    }

    /// The first entry that a checkpoint's learner has met and that is left out now, or the other
    /// way round; nil if there is none.
    func purgedExample(in report: CheckpointReport) throws -> UInt64? {
        // Not by their ids: where the book was lost, a checkpoint knows better.
        let known = try folder.load(report.id).checkpoint.manifest.exclusions
        if known == book.active { return nil }
        var survey = ExclusionSurvey([known], wanted: book.active, reach: report.reach)
        try forEachTrainingBatch(where: survey.concerns) { batch, header in
            survey.meet(batch, header)
        }
        return survey.firstChanges[0].flatMap { $0 < report.reach ? $0 : nil }
    }
}
