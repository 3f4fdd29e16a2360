import Engine
import Filtering
import Learning
import Operation
import Recording
import Serving
import Vocabulary
import World

/// Purges: what they would change, and the way back through the training log that changes it.
extension ModelHost {
    /// What it would mean if `wanted` were left out from now on, and learned by other settings
    /// where there are such. Everything must be settled. `condemned` are hashes of ids whose
    /// entries the last of `wanted` is about to erase.
    func plan(
        leavingOut wanted: [Exclusion], by other: LearnerSettings? = nil,
        condemned: Set<UInt64> = []
    ) throws -> ExclusionPlan {
        let trainer = engine.trainer
        try checkKnown(wanted, trainer.exclusions)
        let learner = other ?? engine.settings.learner
        let isLearnedOtherwise = trainer.learner.settings != learner
        let candidates = bases(by: learner)
        let sets = [trainer.exclusions] + candidates.map(\.exclusions)
        var distinct: [[Exclusion]] = []
        for set in sets where !distinct.contains(set) { distinct.append(set) }
        var survey = ExclusionSurvey(
            distinct, wanted: wanted, condemned: condemned, reach: trainer.reach)
        try forEachTrainingBatch(where: survey.concerns) { batch, header in
            survey.meet(batch, header)
        }

        var plan = ExclusionPlan(exclusions: wanted)
        (plan.removed, plan.restored) = (survey.removed, survey.restored)
        plan.awaited =
            survey.ahead
            + (try awaited(
                ExclusionFilter(wanted, condemned: condemned), but: trainer.exclusions))
        plan.firstChange = survey.firstChanges[0]
        if survey.removed == 0, survey.restored == 0, !isLearnedOtherwise { return plan }
        let passes = trainer.passEnds + trainer.passEndsDue
        let first = try firstTrainingSequence()
        for candidate in candidates {
            let index = distinct.firstIndex(of: candidate.exclusions) ?? 0
            let report = candidate.report
            guard report.reach <= survey.firstChanges[index] ?? .max,
                passes.starts(with: report.passEnds), report.cursor >= first,
                folder.verify(report) == nil
            else { continue }
            plan.base = .checkpoint(report)
            plan.relearned = entriesFrom(report.cursor, passEnds: report.passEnds, passes)
            return plan
        }
        guard first == 0 else {
            if isLearnedOtherwise { throw begunLate(first) }
            throw missing(survey.firstChanges[0], first)
        }
        plan.base = .beginning
        plan.relearned = entriesFrom(0, passEnds: [], passes)
        return plan
    }

    /// Puts what is left out into the book, then makes the learner what it were if it had never
    /// met it; the trainer catches up from there.
    func apply(_ plan: ExclusionPlan, _ book: ExclusionBook) throws {
        let isChanged = book.active != engine.trainer.exclusions
        try save(book)
        // What serves may have met what was purged; the base has not.
        if let base = try goBack(by: plan), base.report.verdict == .passed {
            try serve(base.loaded)
        }
        if isChanged { try restartArms() }
        // A trainer that may not move has reached where it stays.
        if engine.trainer.isHeld { try checkpoint() }
    }

    /// Lets the trainer catch up, and keeps what a purge owes, without an engine's turns. One that
    /// is interrupted keeps how far it came, and goes on from there the next time.
    package func finishPurge() throws {
        let total = entriesAhead
        while try catchUp(batchCount: 16) {
            course.tell("\(name) learns again", 1 - Double(entriesAhead) / Double(max(total, 1)))
            if course.isInterrupted() { break }
            if wantsCheckpoint { try checkpoint() }
        }
        if engine.owesCheckpoint || total > 0 && engine.hasNews { try checkpoint() }
        try keepOwnStop()
        try attendRide()
    }

    /// True until a checkpoint holds what was purged; false while the trainer may not move.
    var isCatchingUp: Bool { !engine.trainer.isHeld && engine.owesCheckpoint }

    /// After a start: the books may know of a purge, or of a promotion, that the newest checkpoint
    /// does not.
    func followBook() throws {
        let isByBook = engine.trainer.learner.settings == engine.settings.learner
        guard book.active != engine.trainer.exclusions || !isByBook else { return }
        _ = try goBack(by: try plan(leavingOut: book.active))
    }

    /// Sets the trainer where learning goes on from; gives the checkpoint there, if it is one.
    private func goBack(
        by plan: ExclusionPlan
    ) throws -> (report: CheckpointReport, loaded: LoadedCheckpoint)? {
        switch plan.base {
        case .none: engine.leaveOut(plan.exclusions)
        case .beginning: try engine.relearn(from: nil, leavingOut: plan.exclusions)
        case .checkpoint:
            let base = try loadedBase(of: plan)
            try engine.relearn(from: base?.loaded, leavingOut: plan.exclusions)
            return base
        }
        return nil
    }

    /// The checkpoint that a plan goes back to; nil where it goes to none.
    func loadedBase(
        of plan: ExclusionPlan
    ) throws -> (report: CheckpointReport, loaded: LoadedCheckpoint)? {
        guard case .checkpoint(let report) = plan.base else { return nil }
        return (report, try folder.load(report.id).checkpoint)
    }

    // MARK: where to go back to

    private struct Candidate {
        var report: CheckpointReport
        var exclusions: [Exclusion]
    }

    /// The checkpoints that learning may go on from by such settings, those that have seen most
    /// first.
    private func bases(by learner: LearnerSettings) -> [Candidate] {
        var candidates: [Candidate] = []
        for report in checkpoints where report.verdict != .failed && isOfCourse(report) {
            guard self.learner(of: report) == learner else { continue }
            let exclusions = report.exclusions.compactMap { book[$0]?.exclusion }
            guard exclusions.count == report.exclusions.count else { continue }
            candidates.append(Candidate(report: report, exclusions: exclusions))
        }
        return candidates.sorted { left, right in
            (left.report.passEnds.count, left.report.cursor, left.report.id)
                > (right.report.passEnds.count, right.report.cursor, right.report.id)
        }
    }

    /// The sequence of the oldest entry that the training log still has.
    func firstTrainingSequence() throws -> UInt64 {
        guard trainingLog.start > 0 else { return 0 }
        guard let header = try trainingLog.header(at: trainingLog.start) else {
            throw trainingLog.damage(at: trainingLog.start)
        }
        return header.firstSequence
    }

    /// Entries that the trainer has to meet until it has caught up, over all passes.
    private var entriesAhead: UInt64 {
        let met = min(engine.trainer.cursor.sequence, engine.trainingCount)
        return engine.trainer.passEndsDue.reduce(engine.trainingCount - met, +)
    }

    private func entriesFrom(
        _ cursor: UInt64, passEnds: [UInt64], _ passes: [UInt64]
    ) -> UInt64 {
        let met = engine.trainer.cursor.sequence
        let due = passes.dropFirst(passEnds.count)
        return due.reduce(0, +) + met - min(met + due.reduce(0, +), cursor)
    }

    /// Examples that are newly left out, of those that wait for a label or for their turn.
    private func awaited(_ wanted: ExclusionFilter, but known: [Exclusion]) throws -> UInt64 {
        let all = try engine.countAwaited(wanted)
        let before = try engine.countAwaited(ExclusionFilter(known))
        return all > before ? all - before : 0
    }

    /// Throws if retention has removed what the change may be about.
    private func checkKnown(_ wanted: [Exclusion], _ known: [Exclusion]) throws {
        let removed = try trainingLog.removedLatest()
        let first = try firstTrainingSequence()
        for changed in Set(wanted).symmetricDifference(known) {
            switch changed.what {
            case .examples(let selection):
                guard selection.from <= removed else { continue }
                let time = removed == .distantFuture ? "" : " up to \(removed.rfc3339)"
                throw ActRefusal(
                    "the training log no longer has its entries before \(first), of events"
                        + "\(time): the learner may have met such examples, and cannot be made anew"
                )
            case .stretch(let from, _):
                guard from < first else { continue }
                throw ActRefusal(
                    "the training log no longer has entry \(from): it begins at \(first)")
            // Whoever has entries of it has them all.
            case .erasure: continue
            }
        }
    }

    private func begunLate(_ first: UInt64) -> ActRefusal {
        ActRefusal(
            "the training log begins at entry \(first): what other settings would have made of "
                + "what came before cannot be learned any more")
    }

    private func missing(_ firstChange: UInt64?, _ first: UInt64) -> ActRefusal {
        let oldest = checkpoints.last?.id.description ?? "no checkpoint"
        return ActRefusal(
            "the first of these examples is entry \(firstChange ?? 0) of the training log; "
                + "every checkpoint from \(oldest) on has met it, and the log no longer has what "
                + "came before entry \(first), so the learner cannot be made anew")
    }

    /// Batches that are not wanted are passed over by their headers.
    func forEachTrainingBatch(
        where isWanted: (BatchHeader) -> Bool, _ body: (UnsafeRawPointer, BatchHeader) -> Void
    ) throws {
        let start = trainingLog.start
        let size = Double(max(1, trainingLog.end - min(start, trainingLog.end)))
        var offset = start
        while offset < trainingLog.end {
            try course.look("\(name): looking through its log", Double(offset - start) / size)
            if let header = try trainingLog.header(at: offset), !isWanted(header) {
                offset += UInt64(header.batchSize)
                continue
            }
            guard let (batch, header) = try trainingLog.wholeBatch(at: offset) else {
                throw trainingLog.damage(at: offset)
            }
            batch.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { body(base, header) }
            }
            offset += UInt64(header.batchSize)
        }
    }
}

/// What a purge would change, made ready to be done.
struct PurgeChange {
    var plan: ExclusionPlan
    var book: ExclusionBook
    var effect: ActEffect
    /// What is to go from the logs before.
    var erasure: Erasure?
}

extension ModelHost {
    /// Throws an `ActRefusal` if there is nothing of the kind to do.
    func purgeChange(_ order: PurgeOrder, _ request: ActRequest) throws -> PurgeChange {
        var book = book
        let now = clock.now()
        switch order {
        case .leaveOut(let selection):
            guard selection.from < selection.to else {
                throw ActRefusal("expected a window that ends after it begins: \(selection.text)")
            }
            if let known = book.entries.first(where: {
                !$0.isUndone && $0.exclusion.what == .examples(selection)
            }) {
                return unchanged("\(known.exclusion.id) has purged just that", known.exclusion.id)
            }
            let exclusion = Exclusion(id: book.nextID(of: name), what: .examples(selection))
            book.add(exclusion, by: request.actor, reason: request.reason, at: now)
            let plan = try plan(leavingOut: book.active)
            return PurgeChange(
                plan: plan, book: book,
                effect: effect(of: plan, exclusion.id, "leaves out \(selection.text)"))
        case .undo(let id):
            guard let known = book[id] else { throw ActRefusal("\(name) has no purge \(id)") }
            if known.isUndone { return unchanged("\(id) was undone before", id) }
            guard !known.exclusion.isErasure else {
                throw ActRefusal("\(id) erased its records: nobody can take them in again")
            }
            book.undo(id)
            let plan = try plan(leavingOut: book.active)
            return PurgeChange(
                plan: plan, book: book,
                effect: effect(of: plan, id, "undone: takes in again \(known.exclusion.text)"))
        case .erase(let order): return try erasureChange(order, request)
        }
    }

    static func counted(_ count: UInt64, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    private func unchanged(_ text: String, _ id: ExclusionID) -> PurgeChange {
        PurgeChange(
            plan: ExclusionPlan(exclusions: book.active), book: book,
            effect: ActEffect(
                model: name, act: "purge", changed: false, text: text, examples: 0, purge: id))
    }

    func effect(
        of plan: ExclusionPlan, _ id: ExclusionID, _ deed: String
    ) -> ActEffect {
        var checkpoint: CheckpointID?
        var way = "the learner has met none of them and stays as it is"
        switch plan.base {
        case .none: break
        case .beginning:
            way = "learns all \(Self.counted(plan.relearned, "example")) anew from the beginning"
        case .checkpoint(let report):
            checkpoint = report.id
            way =
                "goes back to \(report.id) and learns "
                + "\(Self.counted(plan.relearned, "example")) anew"
        }
        if plan.relearned > 0, checkpoint == nil, let served = engine.serving?.checkpoint {
            way += "; until then \(served) goes on serving, which may have met them"
        }
        if plan.relearned > 0, engine.trainer.isHeld { way += " once training is resumed" }
        var counts = Self.counted(plan.removed, "trained example") + " less"
        if plan.restored > 0 { counts = Self.counted(plan.restored, "trained example") + " more" }
        counts += ", \(plan.awaited) not trained yet"
        if plan.removed + plan.restored + plan.awaited == 0 {
            counts = "NOTHING NEW MATCHES so far"
        }
        return ActEffect(
            model: name, act: "purge", changed: true,
            text: "\(id) \(deed): \(counts); \(way)",
            checkpoint: checkpoint, examples: plan.restored > 0 ? plan.restored : plan.removed,
            awaited: plan.awaited, relearned: plan.relearned, purge: id)
    }
}
