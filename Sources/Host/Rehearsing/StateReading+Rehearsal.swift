import Engine
import Filtering
import Monitoring
import Operation
import Vocabulary
import World

extension StateReading {
    /// How a model stands where no engine runs on it.
    package func standing(of model: ModelName) throws -> ModelStanding {
        var standing = ModelStanding()
        let latch = try Latch(path + "/latch", models: [model], world: world)
        guard latch.hold(of: model) != nil else { return standing }
        let newest = try checkpoints(of: model).filter { $0.verdict != .failed }
        standing.heldAt = newest.max { $0.id < $1.id }?.cursor ?? 0
        return standing
    }

    /// Tries every response to an incident, or to past events, and says which is to be preferred.
    /// Reads only.
    package func rehearse(
        _ query: RehearsalQuery, _ settings: ModelSettings, standing: ModelStanding,
        course: RehearsalCourse
    ) throws -> RehearsalReport {
        let share = query.stepShare ?? Rehearsal.standardShare
        guard share > 0, share <= 1 else {
            throw ActRefusal("expected a share of a step above 0, up to 1, found \(share)")
        }
        let ground = try RehearsalGround(
            settings, model: "\(path)/models/\(settings.name)", standing: standing, world: world,
            course: course)
        var report: RehearsalReport
        if query.bisects == true {
            report = try bisect(query, ground)
        } else if let event = query.event {
            report = try PastEvents(
                ground, try events(of: settings.name), stepShare: share
            ).rehearse(event)
        } else {
            report = try rehearseIncident(query, ground, stepShare: share)
        }
        report.seconds = course.elapsed.seconds
        return report
    }

    private func bisect(
        _ query: RehearsalQuery, _ ground: RehearsalGround
    ) throws -> RehearsalReport {
        let good = try query.good.map { text in
            guard let id = CheckpointID(text) else {
                throw ActRefusal("good: expected a checkpoint's id, found \(text)")
            }
            return id
        }
        let alarms = try journal.alarms(of: ground.name, since: query.since).filter {
            $0.resolved == nil || query.since != nil
        }
        let start = start(query, alarms)
        var report = RehearsalReport(model: ground.name, basis: start.basis)
        if let good { report.basis = "\(good) was good, as you say" }
        report.bisection = try Bisection(
            ground: ground, onset: good == nil ? start.onset : nil, good: good
        ).run()
        return report
    }

    private func rehearseIncident(
        _ query: RehearsalQuery, _ ground: RehearsalGround, stepShare: Double
    ) throws -> RehearsalReport {
        ground.course.plan(
            WindowFinder.weight
                + (query.proposes == true ? 0 : Rehearsal.weight + TriageDesk.weight))
        let alarms = try journal.alarms(of: ground.name, since: query.since ?? query.from)
            .filter { $0.resolved == nil || query.since != nil || query.from != nil }
        let start = start(query, alarms)
        var report = RehearsalReport(model: ground.name, basis: start.basis)
        let (proposal, live) = try WindowFinder(ground: ground, onset: start.onset).find()
        report.proposal = proposal
        if query.proposes == true { return report }
        let (window, onset) = try window(query, start.onset, proposal, ground)
        var rehearsal = Rehearsal(ground: ground, window: window, onset: onset)
        rehearsal.stepShare = stepShare
        rehearsal.isNarrow = proposal.window != nil && !proposal.isWide
        let incident = try rehearsal.run().outcome
        report.incident = incident
        report.triage = try TriageDesk(
            ground: ground, incident: incident, proposal: proposal, live: live, alarms: alarms,
            journal: try journal.tail(2000), events: try events(of: ground.name)
        ).triage()
        return report
    }

    /// When it began, and who says so.
    private func start(
        _ query: RehearsalQuery, _ alarms: [AlarmRecord]
    ) -> (onset: Instant?, basis: String) {
        if let since = query.since { return (since, "onset \(since.rfc3339), as you say") }
        if let from = query.from { return (from, "onset \(from.rfc3339), where the window begins") }
        let known = alarms.filter { Self.isOfData($0.name) }.compactMap { alarm in
            Instant(rfc3339: alarm.onset).map { (alarm: alarm, onset: $0) }
        }
        guard let first = known.min(by: { ($0.onset, $0.alarm.id) < ($1.onset, $1.alarm.id) })
        else { return (nil, "no alarm of the data or the model is open") }
        return (
            first.onset,
            "onset \(first.onset.rfc3339), of alarm \(first.alarm.id) (\(first.alarm.name))"
        )
    }

    /// Alarms of what comes in and what is learned; the others are of the engine, and of pushes.
    private static func isOfData(_ name: String) -> Bool {
        guard let name = AlarmName(rawValue: name) else { return false }
        switch name {
        case .stepNotFinite, .labelsStalled, .quarantineShare, .calibrationOff,
            .logLossAboveBaseRate, .servingSkew, .checkpointRefused, .candidateReturned,
            .goldenSetWorse, .volumeLow, .volumeHigh, .duplicatesHigh, .featureMissing,
            .featureConstant, .featureUnit, .featureShifted, .categoryNew, .labelsLow,
            .labelDelayChanged, .labelRateChanged, .predictionsShifted, .valueNotFinite,
            .effectiveSampleLow:
            return true
        case .trainingStopped, .trainingFailed, .trainingSilent, .diskTrouble, .modelStale,
            .checkpointFailed, .copyFailed, .servingNotPushed, .pushProbeFailed, .fallbackServes,
            .fallbackTooLong, .answersUnlogged, .launchRequired, .goldenSetUnusable, .pushHeld,
            .ridingThrough, .rideEnding, .rideTripped, .launchUnsound, .launchWorse:
            return false
        }
    }

    /// What is to be purged: as it is said, else what stands out, else all from the onset on.
    private func window(
        _ query: RehearsalQuery, _ onset: Instant?, _ proposal: WindowProposal,
        _ ground: RehearsalGround
    ) throws -> (ExampleSelection, onset: Instant) {
        let isSaid =
            [query.source, query.segment].contains { $0 != nil } || query.where != nil
            || query.from != nil || query.to != nil
        if !isSaid, let found = proposal.window {
            return (found, min(onset ?? found.from, found.from))
        }
        guard let onset else {
            throw ActRefusal(
                "cannot tell when it began: no alarm is open, and no window stands out; say since")
        }
        guard let newest = try ground.newestTime() else {
            throw ActRefusal("the training log of \(ground.name) is empty")
        }
        let end = query.to ?? max(newest, onset) + .seconds(1)
        let order = try ActBody(
            from: (query.from ?? onset).rfc3339, to: end.rfc3339, source: query.source,
            segment: query.segment, where: query.where ?? [], undo: nil
        ).purgeOrder()
        guard case .leaveOut(let selection) = order else {
            throw ActRefusal("expected a window")
        }
        return (selection, onset)
    }
}
