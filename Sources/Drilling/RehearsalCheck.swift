import Engine
import Host
import Operation
import Vocabulary
import World

/// Whether it comes as a rehearsal says: a drill that is broken off soon after it was found is
/// rehearsed, and then every choice is really made, each on a copy of the engine of its own.
package struct RehearsalCheck: Codable, Sendable {
    /// What a choice leads to, as it was said, or as it came.
    package struct Figures: Codable, Sendable, Equatable {
        /// Log loss on the golden set, in nats.
        package var goldenLoss: Double?
        package var calibration: Double?
        package var examplesLost: UInt64?
        /// Event time by which its learner is behind the stream.
        package var stalenessSeconds: Double?
        /// Wall time of the act.
        package var seconds: Double?
        package var learnerDigest: String?
    }

    /// One response, as it was foretold and as it came.
    package struct Choice: Codable, Sendable {
        package var response: Response
        package var predicted: Figures
        /// Nil where it was not made; `reason` says why.
        package var done: Figures?
        package var reason: String?

        /// The learner that was foretold, bit for bit.
        package var isSameLearner: Bool {
            predicted.learnerDigest != nil && predicted.learnerDigest == done?.learnerDigest
        }

        /// The largest relative difference of golden loss, calibration and examples lost; nil
        /// where the choice was not made, or nothing was foretold.
        package var miss: Double? {
            guard let done else { return nil }
            let pairs = [
                (predicted.goldenLoss, done.goldenLoss),
                (predicted.calibration, done.calibration),
                (
                    predicted.examplesLost.map { Double($0) }, done.examplesLost.map { Double($0) }
                ),
            ]
            return pairs.compactMap { foretold, came in
                guard let foretold, let came else { return nil }
                return abs(foretold - came) / max(abs(came), foretold == came ? 1 : 1e-9)
            }.max()
        }
    }

    package var scenario: String
    package var seed: UInt64
    /// Event time from the drill's beginning to the rehearsal.
    package var afterSeconds: Double
    /// The alarm that it follows; nil where none says what is wrong.
    package var foundBy: String?
    package var basis: String
    package var onset: Instant
    package var window: ExampleSelection
    package var recommended: Response?
    /// What it was put down to.
    package var triage: Triage?
    package var choices: [Choice]

    /// A prediction may miss by so much.
    package static let missMax = 0.1

    /// The largest of all choices that were made.
    package var miss: Double { choices.compactMap(\.miss).max() ?? 0 }
    package var holds: Bool { miss <= Self.missMax && choices.contains { $0.done != nil } }
}

extension DrillSession {
    /// Between the first right alarm and the rehearsal: somebody has to look.
    private static let lookingTime = Span.minutes(15)

    /// Plays the drill without a response, rehearses, and makes each choice.
    package func checkRehearsal() throws -> RehearsalCheck {
        let name = "\(scenario.name)-rehearsed-\(ThisProcess.id)"
        let path = try ground.copy(as: name, speed: 0)
        let result = Result {
            let (now, foundBy) = try playUntilFound(path)
            let report = try rehearse(path)
            guard let incident = report.incident else {
                throw ActRefusal("\(scenario.name): nothing was rehearsed: \(report.basis)")
            }
            var check = RehearsalCheck(
                scenario: scenario.name, seed: ground.seed,
                afterSeconds: (now - DrillGround.start).seconds, foundBy: foundBy,
                basis: report.basis, onset: incident.onset, window: incident.window,
                recommended: incident.recommendation.response, triage: report.triage, choices: [])
            let choices = RehearsedChoices(self, path, incident, at: now)
            check.choices = try choices.make()
            return check
        }
        try DrillGround.remove(path)
        return try result.get()
    }

    /// Leaves the state directory at rest.
    private func playUntilFound(_ path: String) throws -> (now: Instant, foundBy: String?) {
        let engine = try DrillEngine(
            path, configuration: ground.configuration(speed: 0),
            order: DrillOrder(scenario))
        let end = DrillGround.start + scenario.length
        var found: DrillRecord.Moment?
        while engine.now < found.map({ $0.at + Self.lookingTime }) ?? end, engine.now < end {
            try engine.step()
            found = engine.record?.alarms.first { scenario.foundBy.contains($0.what) }
        }
        try engine.finish()
        return (engine.now, found?.what)
    }

    /// As an operator would ask for it. In a drill nothing is wrong before it begins, and whoever
    /// takes part in it knows that.
    private func rehearse(_ path: String) throws -> RehearsalReport {
        let configuration = try SpindleConfiguration(
            toml: ground.configuration(speed: 0), file: path)
        guard let settings = configuration.models.first else {
            preconditionFailure("the ground of a drill has a model")
        }
        let reading = try StateReading(path, world: .local)
        let standing = try reading.standing(of: settings.name)
        func report(_ query: RehearsalQuery) throws -> RehearsalReport {
            try reading.rehearse(
                query, settings, standing: standing, course: RehearsalCourse(clock: LocalClock()))
        }
        let start = DrillGround.start
        var query = RehearsalQuery()
        do {
            let first = try report(query)
            guard let incident = first.incident,
                min(incident.onset, incident.window.from) < start
            else { return first }
            query.to = max(incident.window.to, start + .minutes(1))
            (query.source, query.segment) = (incident.window.source, incident.window.segment)
        } catch is ActRefusal {
            // No alarm is open that tells an onset, and no window stands out.
        }
        (query.since, query.from) = (start, start)
        return try report(query)
    }
}

/// Makes the choices of one rehearsal, each on a copy of the engine that was rehearsed.
private struct RehearsedChoices {
    private let session: DrillSession
    private let path: String
    private let incident: RehearsedWindow
    private let now: Instant
    private let configuration: String

    init(
        _ session: DrillSession, _ path: String, _ incident: RehearsedWindow, at now: Instant
    ) {
        (self.session, self.path, self.incident, self.now) = (session, path, incident, now)
        configuration = session.ground.configuration(speed: 0)
    }

    func make() throws -> [RehearsalCheck.Choice] {
        let nothing = try copied { try act(nil, on: $0) }
        return try incident.responses.map { row in
            var choice = RehearsalCheck.Choice(
                response: row.response, predicted: RehearsalCheck.Figures(row))
            if let fault = row.fault {
                choice.reason = fault
                return choice
            }
            do {
                let (measure, seconds) = try make(row.response, nothing)
                choice.done = RehearsalCheck.Figures(measure, against: nothing.measure, seconds)
                // A ride learns all; that the shop was shown other yarns brought some other visits.
                if row.response == .rideThrough { choice.done?.examplesLost = nil }
            } catch let refusal as ActRefusal {
                choice.reason = "\(refusal)"
            }
            return choice
        }
    }

    private typealias Outcome = (measure: LearnerMeasure, seconds: Double)

    private func make(_ response: Response, _ nothing: Outcome) throws -> Outcome {
        switch response {
        case .doNothing: return nothing
        case .stop: return try inTime(.stop)
        case .rollBack:
            return try copied {
                try act(.rollback(to: .before(incident.onset), keepsCursor: false), on: $0)
            }
        case .purge:
            return try copied { try act(.purge(.leaveOut(incident.window)), on: $0) }
        case .rideThrough:
            var terms = RideTerms(
                event: "a rehearsal is checked", deadline: .at(incident.window.to),
                stepShare: incident.stepShare)
            // What a ride leads to that no guard ends.
            (terms.guards.lossRise, terms.guards.goldenRise) = (10, 10)
            terms.guards.calibrationRatio = 10
            return try inTime(.rideThrough(terms))
        }
    }

    private func copied(_ body: (String) throws -> Outcome) throws -> Outcome {
        let copy = path + "-choice"
        try DrillGround.copy(path, to: copy)
        let result = Result { try body(copy) }
        try DrillGround.remove(copy)
        return try result.get()
    }

    /// An act, and all that the engine does until it is through with it.
    private func act(_ act: Act?, on path: String) throws -> Outcome {
        let state = try DrillEngine.open(path, configuration: configuration, mayCreate: false)
        var turn = EngineTurn(state, feeds: [])
        while try turn.work() {}
        let begun = WallClock.monotonic()
        if let act { try perform(act, on: state) }
        while try turn.work() {}
        let seconds = (WallClock.monotonic() - begun).seconds
        return (try state.models[0].measured(), seconds)
    }

    private func perform(_ act: Act, on state: StateFolder) throws {
        let outcome = Acts.perform(
            ActRequest(
                act: act, scope: .all, reason: "a rehearsal is checked", isDryRun: false,
                waits: false, actor: Actor(user: "rehearser", from: "drill")), on: state)
        if case .refused(let why) = outcome { throw ActRefusal(why) }
    }

    /// The same drill once more, with an act at the onset: at the last full minute before it,
    /// because the shop goes from minute to minute.
    private func inTime(_ deed: ResponsePlan.Deed) throws -> Outcome {
        let onset = min(incident.onset, incident.window.from).floored(to: .minutes(1))
        var plan = ResponsePlan()
        plan.steps = [
            ResponsePlan.Step(
                alarms: [], at: max(.zero, onset - DrillGround.start), after: .zero, deed: deed)
        ]
        let copy = try session.ground.copy(
            as: "\(session.scenario.name)-in-time-\(ThisProcess.id)", speed: 0)
        let result = Result {
            let engine = try DrillEngine(
                copy, configuration: configuration,
                order: DrillOrder(session.scenario, plan: plan))
            while engine.now < now { try engine.step() }
            return (try engine.measured(), 0.0)
        }
        try DrillGround.remove(copy)
        return try result.get()
    }
}

extension RehearsalCheck.Figures {
    fileprivate init(_ row: RehearsedResponse) {
        self.init(
            goldenLoss: row.golden?.mean, calibration: row.calibration,
            examplesLost: row.examplesLost, stalenessSeconds: row.stalenessSeconds,
            seconds: row.secondsToGetThere, learnerDigest: row.learnerDigest)
    }

    /// What was lost is what doing nothing would have met besides.
    fileprivate init(_ own: LearnerMeasure, against nothing: LearnerMeasure, _ seconds: Double) {
        self.init(
            goldenLoss: own.goldenLoss, calibration: own.calibration,
            examplesLost: nothing.trained - min(nothing.trained, own.trained),
            stalenessSeconds: own.stalenessSeconds, seconds: seconds,
            learnerDigest: own.learnerDigest)
    }
}
