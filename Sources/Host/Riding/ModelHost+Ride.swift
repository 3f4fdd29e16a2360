import Checkpointing
import Engine
import Learning
import Monitoring
import Operation
import Validation
import Vocabulary
import World

/// What a ride would change, made ready to be done.
struct RideChange {
    /// Nil where there is nothing to do.
    var book: RideBook?
    var effect: ActEffect
}

/// Riding through an event: begun and ended by an operator, ended by its deadline or by a guard.
extension ModelHost {
    private enum Limits {
        static let lengthMax = Span.days(14)
        static let eventSizeMax = 200
    }

    /// Throws an `ActRefusal` if it cannot be done. Everything must be settled.
    func rideChange(_ order: RideOrder, _ request: ActRequest) throws -> RideChange {
        switch order {
        case .begin(let terms): try beginChange(terms, request)
        case .end: try endChange(request)
        }
    }

    private func unchanged(_ text: String) -> RideChange {
        RideChange(
            book: nil,
            effect: ActEffect(model: name, act: "ride_through", changed: false, text: text))
    }

    private func beginChange(_ terms: RideTerms, _ request: ActRequest) throws -> RideChange {
        guard let now = engine.clock.now else {
            throw ActRefusal("\(name) has met nothing yet: there is nothing to ride through")
        }
        let event = String((terms.event ?? request.reason).prefix(Limits.eventSizeMax))
        if let current = rideBook.current {
            guard terms.event != nil, event != current.event else {
                return unchanged("\(name) \(words(current, at: now)) already")
            }
            throw ActRefusal(
                "\(name) \(words(current, at: now)); end that first: spindle ride-through \(name) "
                    + "--off")
        }
        let until = deadline(of: terms, now)
        guard until > now else {
            throw ActRefusal("until: expected a time after the newest event, \(now.rfc3339)")
        }
        guard until - now <= Limits.lengthMax else {
            throw ActRefusal("until: expected at most \(Limits.lengthMax.text) of event time")
        }
        try check(terms)
        guard engine.trainer.passEnds.isEmpty, engine.trainer.passEndsDue.isEmpty else {
            throw ActRefusal("\(name) meets its log in several passes; a ride follows one")
        }
        let (wayBack, offset, golden) = try wayBack()
        let cursor = engine.trainer.cursor.sequence
        var before = RideBaseline(engine.history)
        before.golden = golden
        var book = rideBook
        let entry = RideBook.Entry(
            ride: Ride(
                id: book.nextID(of: name), from: engine.trainer.reach, until: until,
                stepShare: Float(terms.stepShare), madeAfter: engine.checkpointNumber),
            event: event, by: request.actor.user, reason: request.reason, since: clock.now(),
            begun: now, guards: terms.guards, wayBack: wayBack.id, wayBackOffset: offset,
            before: before)
        book.begin(entry)
        let behind = engine.trainingCount - min(engine.trainingCount, cursor)
        let lost = cursor - min(cursor, wayBack.cursor)
        var text =
            "\(entry.ride.id) rides through \(event) from entry \(entry.ride.from) until "
            + "\(until.rfc3339), \((until - now).text) of event time, with "
            + "\(RideFigures.percent(terms.stepShare)) of each step; \(behind) examples wait; the "
            + "way back is \(wayBack.id), \(lost) examples ago, which is kept; "
            + RideFigures(entry).limits
        if engine.trainer.isHeld { text += "; TRAINING IS STOPPED, and goes on after a resume" }
        return RideChange(
            book: book,
            effect: ActEffect(
                model: name, act: "ride_through", changed: true, text: text,
                checkpoint: wayBack.id, examples: behind, seconds: (until - now).seconds))
    }

    private func deadline(of terms: RideTerms, _ now: Instant) -> Instant {
        switch terms.deadline {
        case .at(let time): time
        case .after(let span): now + span
        }
    }

    private func check(_ terms: RideTerms) throws {
        guard terms.stepShare > 0, terms.stepShare < 1 else {
            throw ActRefusal("step_share: expected above 0 and below 1, found \(terms.stepShare)")
        }
        let guards = terms.guards
        for (field, value) in [("loss_rise", guards.lossRise), ("golden_rise", guards.goldenRise)] {
            guard value > 0, value <= 10 else {
                throw ActRefusal("\(field): expected above 0, up to 10, found \(value)")
            }
        }
        guard guards.calibrationRatio > 1, guards.calibrationRatio <= 10 else {
            throw ActRefusal(
                "calibration_ratio: expected above 1, up to 10, found \(guards.calibrationRatio)")
        }
    }

    /// The last healthy checkpoint, or, where something is wrong since before all of them, the
    /// newest passed one; where its training batch begins, and its loss on the golden set.
    private func wayBack() throws -> (CheckpointReport, UInt64, Double?) {
        let passed = checkpoints.first {
            $0.verdict == .passed && isOfCourse($0) && folder.verify($0) == nil
        }
        let chosen: CheckpointReport
        do {
            chosen = try lastHealthy()
        } catch let refusal as ActRefusal {
            guard let passed else { throw refusal }
            chosen = passed
        }
        let loaded = try folder.load(chosen.id).checkpoint
        return (chosen, loaded.manifest.cursor.batch.offset, goldenLoss(of: loaded.learner))
    }

    private func endChange(_ request: ActRequest) throws -> RideChange {
        guard let current = rideBook.current else {
            return unchanged("\(name) rides through nothing")
        }
        var book = rideBook
        book.end(
            before: endSequence(of: current),
            RideBook.End(
                at: clock.now(), by: request.actor.user, text: request.reason, isTripped: false))
        return RideChange(
            book: book,
            effect: ActEffect(
                model: name, act: "ride_through", changed: true,
                text: "\(current.ride.id) through \(current.event) ends: "
                    + "\(ridden(current.ride)) examples were learned with smaller steps, all that "
                    + "follow with whole ones"))
    }

    /// Nothing that any learner of this course has met may change its lot.
    private func endSequence(of entry: RideBook.Entry) -> UInt64 {
        let made = checkpoints.filter { $0.id.number > entry.ride.madeAfter }.map(\.reach)
        return max(engine.trainer.reach, made.max() ?? 0, entry.ride.from)
    }

    // MARK: while it lasts

    /// The trainer learns by the book, and looks after the ride that is under way.
    func followRides() {
        engine.trainer.ride(
            rideBook.rides, breaker: rideBook.current.map { RideFigures($0).breaker })
    }

    /// Ends a ride at its deadline, or stops training if a guard trips; what could not be written
    /// is tried again at the next turn.
    func attendRide() throws {
        guard let current = rideBook.current, let now = engine.clock.now else { return }
        let found = rideTrip ?? engine.trainer.rideTrip
        if let text = found ?? RideFigures(current).trip(by: riddenGolden) {
            return try trip(current, text)
        }
        guard now >= current.ride.until else { return }
        // What was joined by now and waits for a trainer that is held is still ridden.
        try settle(isDurable: true)
        var book = rideBook
        book.end(
            before: max(engine.trainingCount, endSequence(of: current)),
            RideBook.End(
                at: clock.now(), by: "spindle", text: "the deadline is there", isTripped: false))
        try journal.append(
            JournalDraft(
                kind: .act, act: "ride_through", model: name, by: "spindle", from: "engine",
                reason: "the deadline is there",
                effect: "\(current.ride.id) through \(current.event) is over: what arrived from "
                    + "\(current.ride.until.rfc3339) on is learned with whole steps"))
        try save(book)
    }

    /// A checkpoint of the ride under way is there: did it pass, and how does it do on the golden
    /// set?
    func judgeRide(by report: CheckpointReport, _ loaded: LoadedCheckpoint) {
        guard let current = rideBook.current, report.id.number > current.ride.madeAfter,
            report.reach > current.ride.from
        else { return }
        if report.verdict == .failed {
            holdForRide("\(report.id) failed its validation: \(report.reasons.first ?? "")")
            return
        }
        guard current.before.golden != nil, let loss = goldenLoss(of: loaded.learner) else {
            return
        }
        riddenGolden = (report.id, loss)
        if let text = RideFigures(current).trip(by: riddenGolden) { holdForRide(text) }
    }

    /// Training stands at once; latch, journal and book follow.
    private func holdForRide(_ text: String) {
        guard rideTrip == nil, let current = rideBook.current else { return }
        rideTrip = text
        _ = latch.hold(
            .model(name), by: Actor(user: "spindle", from: "ride-through"),
            reason: tripReason(current, text), at: clock.now())
    }

    private func tripReason(_ entry: RideBook.Entry, _ text: String) -> String {
        "\(entry.ride.id) through \(entry.event): \(text)"
    }

    private func trip(_ current: RideBook.Entry, _ text: String) throws {
        holdForRide(text)
        try latch.save()
        try journal.append(
            JournalDraft(
                kind: .act, act: "stop", model: name, by: "spindle", from: "ride-through",
                reason: tripReason(current, text),
                effect: "a guard of \(current.ride.id) has stopped training of \(name) after "
                    + "\(ridden(current.ride)) examples, and its pushes are frozen; the way back "
                    + "is \(current.wayBack)"))
        var book = rideBook
        book.end(
            before: endSequence(of: current),
            RideBook.End(at: clock.now(), by: "spindle", text: text, isTripped: true))
        try save(book)
        rideTrip = nil
    }

    // MARK: what is seen of it

    /// Entries met so far with a share of a step.
    func ridden(_ ride: Ride) -> UInt64 {
        let end = min(engine.trainer.cursor.sequence, ride.to ?? .max)
        return end - min(end, ride.from)
    }

    /// How a learner does on the golden set; nil where there is none, or it cannot be used.
    private func goldenLoss(of learner: FTRLLearner) -> Double? {
        do {
            guard try golden.exists() else { return nil }
            return Gate.logLoss(of: try golden.score(learner, nil))
        } catch {
            // The set's own alarm says so.
            return nil
        }
    }

    private func words(_ entry: RideBook.Entry, at now: Instant) -> String {
        "rides through \(entry.event) until \(entry.ride.until.rfc3339), "
            + "\(max(.zero, entry.ride.until - now).text) more"
    }

    var ridingText: String? {
        guard let current = rideBook.current, let now = engine.clock.now else { return nil }
        return "\(current.ride.id) \(words(current, at: now)), with "
            + "\(RideFigures.percent(Double(current.ride.stepShare))) of each step; begun by "
            + current.by
    }

    /// In the last tenth of a ride: somebody has to say whether the event is over, and is woken by
    /// the steps of every warning until they say that they have it.
    var rideEndingText: String? {
        guard let current = rideBook.current, let now = engine.clock.now else { return nil }
        let (left, length) = (current.ride.until - now, current.ride.until - current.begun)
        guard left > .zero, left.microseconds <= length.microseconds / 10 else { return nil }
        return "\(current.ride.id) through \(current.event) ends in \(left.text), and whole steps "
            + "are learned from then on: is the event over? If not, stop, or end it and ride on"
    }

    /// Until somebody resumes.
    var trippedText: String? {
        guard let last = tripped, let end = last.end else { return nil }
        return "a guard ended \(last.ride.id) through \(last.event) and stopped training: "
            + "\(end.text); the way back is \(last.wayBack)"
    }

    private var tripped: RideBook.Entry? {
        guard let last = rideBook.entries.last, last.end?.isTripped == true,
            let hold = engine.trainer.hold, let end = last.end, hold.since <= end.at
        else { return nil }
        return last
    }

    var rideReport: RideReport? {
        guard let entry = rideBook.current ?? tripped else { return nil }
        var report = RideReport(
            id: entry.ride.id, state: entry.end == nil ? .riding : .tripped, event: entry.event,
            by: entry.by, reason: entry.reason, since: entry.since, from: entry.begun,
            until: entry.ride.until, stepShare: Double(entry.ride.stepShare),
            examples: ridden(entry.ride), wayBack: entry.wayBack,
            guards: RideFigures(entry).lines(at: self))
        report.secondsLeft = engine.clock.now.map { max(.zero, entry.ride.until - $0).seconds }
        report.text = entry.end?.text
        return report
    }
}
