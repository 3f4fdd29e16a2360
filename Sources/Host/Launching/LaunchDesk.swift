import Engine
import Filtering
import Launching
import Learning
import Monitoring
import Operation
import Serving
import Vocabulary
import World

/// The launch of one model that is under way: the trainers of its arms, who answers for them, and
/// the numbers of its stages. All of it is made anew after a start, from the logs and the newest
/// file of arms; owned by the engine's thread.
final class LaunchDesk {
    var entry: LaunchBook.Entry
    var terms: LaunchTerms { entry.terms }
    let folder: ArmFolder
    /// Arms that learn, the candidate first.
    private(set) var trainers: [ArmTrainer] = []
    private let newTrainers: () throws -> [ArmTrainer]
    /// What the arms are held against.
    private(set) var controls: LaunchControls
    private let newControls: (LaunchControls.Moment?) -> LaunchControls
    private var filters = ArmFilters()
    /// True where the checkpoint of a stopped baseline cannot be read: there is none.
    let lacksStopped: Bool
    /// What answers for an arm; nothing yet for one that has not caught up.
    private(set) var served: [ArmName: ServedModel] = [:]
    private var mixing: MixingMatrix
    private var sketches: [WeightSketch]
    private let ledger: LaunchLedger
    private let records: RecordReader
    private let wait: Span
    /// Of the time before the launch, by stage and metric: the arms' shares, and so their units,
    /// are the stage's.
    private var histories: [[UnitHistory]]
    private var past = PastUnits()
    private var aging: LaunchAging?
    /// Of the last stages; the newest counts.
    private(set) var courses: [LaunchCourse] = []
    private(set) var points: [LaunchPoint] = []
    private var nextLook: Instant
    /// The candidate's golden log loss less production's, as an interval; nil without a golden set.
    var goldenGap: ClosedRange<Double>?
    /// Why the newest candidate does not answer; nil if it does.
    var goldenFault: String?
    /// True once the trainers have come as far as production's.
    private(set) var isCaughtUp = false

    /// Counts.
    private enum Limits {
        static let pointCount = 480
        /// A parallel arm whose weights changed by more in the launch's last quarter is settling.
        static let changeMax = 0.1
        static let sketchCount = 400
    }

    init(_ entry: LaunchBook.Entry, host: ModelHost) throws {
        self.entry = entry
        let terms = entry.terms
        folder = ArmFolder(folder: host.modelFolder + "/arms", disk: host.disk)
        let settings = host.engine.settings.learner
        let (log, rawLog) = (host.trainingLog, host.rawLog)
        let records = RecordReader(host.engine.settings, rawLog)
        self.records = records
        let arms = [ArmName.candidate] + terms.baselines.filter(\.learns).map(\.arm)
        newTrainers = {
            try arms.map { arm in
                try ArmTrainer(
                    arm, terms, begun: entry.begun,
                    settings: arm == .candidate ? terms.candidate : settings, log: log,
                    records: (records, rawLog.start))
            }
        }
        let stopped = try entry.stopped.flatMap { id in
            try host.attempt { try host.folder.load(id).checkpoint.served }
        }
        lacksStopped = stopped == nil && entry.stopped != nil
        newControls = { moment in
            LaunchControls(
                terms, begun: entry.begun, settings: settings, stopped: stopped,
                records: records, from: moment)
        }
        controls = newControls(nil)
        mixing = MixingMatrix([.candidate, .production] + terms.baselines.map(\.arm))
        sketches = []
        wait = host.engine.settings.wait ?? .zero
        histories = terms.stages.indices.map { stage in
            terms.metrics.map { _ in UnitHistory(terms.shares(atStage: stage)) }
        }
        aging = LaunchAging(entry, settings: settings)
        nextLook = entry.begun + terms.lookEvery
        // Only its own time and the history before it are read.
        ledger = try LaunchLedger(
            terms, wait: wait, log: host.rawLog,
            from: try host.rawLog.firstSequence(notBefore: entry.begun - terms.history),
            rules: host.engine.recordRules)
        trainers = try newTrainers()
        if let stopped, let arm = terms.arm(of: .stopped) { served[arm] = stopped }
        try takeUp(host)
    }

    /// Goes on from the newest file of arms that is of this launch and of what is left out now.
    private func takeUp(_ host: ModelHost) throws {
        let known = controls.moment.states.map(\.name)
        for number in try folder.numbers() {
            // Learners are taught on: what answers is a copy of its own.
            guard
                let (file, copy) = try host.attempt({
                    let bytes = try folder.read(number)
                    return (try folder.load(number, bytes), try folder.load(number, bytes))
                }),
                file.head.launch == entry.id,
                file.head.exclusions == Self.digest(host.engine.trainer.exclusions),
                file.head.arms.map(\.arm) == trainers.map(\.arm),
                file.head.controls.map(\.name) == known,
                file.head.arms.allSatisfy({ $0.sequence <= host.engine.trainingCount })
            else { continue }
            trainers = try zip(file.head.arms, file.learners).map { state, learner in
                try ArmTrainer(
                    state.arm, terms, begun: entry.begun, settings: learner.settings,
                    log: host.trainingLog, records: (records, host.rawLog.start),
                    from: (state, learner))
            }
            (mixing, sketches) = (file.head.mixing, file.head.sketches)
            controls = newControls(file.controls)
            install(copy, host)
            if served[.candidate] == nil, let older = file.head.serving,
                let file = try host.attempt({ try folder.load(older) })
            {
                serve(file, host)
            }
            return
        }
    }

    /// Another set of exclusions: the arms' trainers begin anew, as they were if they had never
    /// met what is left out.
    func restart() throws {
        trainers = try newTrainers()
        for trainer in trainers { served[trainer.arm] = nil }
        controls = newControls(nil)
        mixing = MixingMatrix(mixing.arms)
        sketches = []
        isCaughtUp = false
    }

    static func digest(_ exclusions: [Exclusion]) -> String {
        exclusions.map { "\($0.id) \($0.text)" }.joined(separator: "; ")
    }

    // MARK: learning

    /// Lets the trainers follow production's; true if there is more to be done.
    func learn(_ host: ModelHost, batchCount: Int) throws -> Bool {
        let engine = host.engine
        guard let newest = engine.clock.now else { return false }
        filters.follow(engine.trainer.exclusions, entry)
        let limit = min(engine.trainer.cursor.sequence, engine.trainingCount)
        var isDone = true
        for trainer in trainers {
            isDone =
                try trainer.advance(
                    to: limit, newest: newest, leavingOut: filters.arms,
                    riding: host.rideBook.rides, holdSwitch: engine.trainer.isHeld,
                    batchCount: batchCount, met: { try meet($0, trainer) }) && isDone
        }
        isCaughtUp = isDone && !engine.trainer.isHeld
        return !isDone && !engine.trainer.isHeld
    }

    private func meet(_ met: ArmTrainer.Met, _ trainer: ArmTrainer) throws {
        let isCandidate = trainer.arm == .candidate
        if isCandidate { try controls.meet(met, candidate: trainer.learner) }
        guard met.entry.time >= entry.begun else { return }
        let server = ArmName(code: met.entry.armCode) ?? .production
        let weight = Double(met.entry.weight)
        if met.isLearned { mixing.note(trained: trainer.arm, servedBy: server, weight: weight) }
        guard isCandidate, !filters.production.excludes(met.entry, at: met.sequence) else {
            return
        }
        mixing.note(trained: .production, servedBy: server, weight: weight)
    }

    /// The trainers as they are, for a file; nil while they are behind.
    func capture(_ number: Int, _ host: ModelHost) -> ArmCapture? {
        guard isCaughtUp, let now = host.engine.clock.now else { return nil }
        for trainer in trainers where terms.parallelArms.contains(trainer.arm) {
            sketches.append(WeightSketch(trainer.learner, of: trainer.arm, at: now))
        }
        if sketches.count > Limits.sketchCount {
            sketches = sketches.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
        let head = ArmFile.Head(
            launch: entry.id, number: number, arms: trainers.map(\.state),
            serving: served[.candidate]?.checkpoint.number, mixing: mixing,
            exclusions: Self.digest(host.engine.trainer.exclusions), sketches: sketches,
            controls: controls.moment.states)
        let learners = trainers.map(\.learner) + controls.moment.learners
        return ArmCapture(
            folder: folder, head: head, learners: learners.map { $0.snapshot() },
            measures: controls.measures)
    }

    /// From now on these answer for their arms; a candidate that does worse on the golden set
    /// doesn't take the place of the one before it.
    func install(_ file: ArmFile, _ host: ModelHost) {
        let before = served[.candidate]
        serve(file, host)
        guard let candidate = served[.candidate] else { return }
        (goldenFault, goldenGap) = host.goldenJudgement(
            ofCandidate: candidate, margin: terms.goldenMargin)
        if goldenFault != nil { served[.candidate] = before }
    }

    private func serve(_ file: ArmFile, _ host: ModelHost) {
        for (state, learner) in zip(file.head.arms, file.learners) {
            served[state.arm] = ServedModel(
                checkpoint: Self.checkpoint(host.name, state.arm, file.head.number),
                learner: learner, clock: state.eventTime)
        }
    }

    /// How an arm's model is called in examples and on the screen: `shop_A-000012`.
    static func checkpoint(_ model: ModelName, _ arm: ArmName, _ number: Int) -> CheckpointID {
        let name = ModelName(String(model.text.prefix(60)) + "_" + arm.text) ?? model
        return CheckpointID(model: name, number: number)
    }

    /// The model of an arm that an example names; nil if it is of no file that is still there.
    func model(_ id: CheckpointID, of host: ModelHost) throws -> ServedModel? {
        if let known = served.values.first(where: { $0.checkpoint == id }) { return known }
        guard try folder.numbers().contains(id.number) else { return nil }
        let file = try folder.load(id.number)
        for (state, learner) in zip(file.head.arms, file.learners)
        where Self.checkpoint(host.name, state.arm, id.number) == id {
            return ServedModel(checkpoint: id, learner: learner, clock: state.eventTime)
        }
        return nil
    }

    /// Who answers which unit now; nil while the candidate may not.
    var arms: LaunchArms<ServedModel>? {
        guard let stage = entry.current?.place.stage, let shares = terms.shares(atStage: stage)
        else { return nil }
        var answers: [ArmName: LaunchArms<ServedModel>.Answer] = [:]
        for (arm, model) in served { answers[arm] = .model(model) }
        if let arm = terms.arm(of: .fallback) { answers[arm] = .fallback }
        guard answers[.candidate] != nil else { return nil }
        return LaunchArms(
            shares: Dictionary(
                uniqueKeysWithValues: shares.arms.map { ($0, shares.share(of: $0)) }),
            assignment: { shares.arm(of: $0) }, answers: answers,
            exploring: terms.exploringArms)
    }

    // MARK: numbers

    /// Reads on in the raw log, with a look at each time that is due; true if there is more.
    func count(batchCount: Int) throws -> Bool {
        !(try ledger.advance(
            batchCount: batchCount,
            LaunchLedger.Listener(
                met: { self.meet($0) }, known: { self.know($0) },
                complete: { self.completed(to: $0) })))
    }

    /// The step that was in force at an event time; nil before the first.
    private func step(at time: Instant) -> LaunchBook.Step? {
        entry.steps.last { $0.at <= time }
    }

    /// Of its stage's time; a stage's course begins with its first exposure.
    private func course(at time: Instant) -> Int? {
        guard let step = step(at: time), let stage = step.place.stage else { return nil }
        if let known = courses.lastIndex(where: { $0.start == step.at }) { return known }
        guard courses.last.map({ $0.start < step.at }) ?? true else { return nil }
        courses.append(
            LaunchCourse(
                entry, wait: wait, stage: stage, start: step.at, histories: histories[stage],
                past: past))
        courses = courses.suffix(2)
        return courses.count - 1
    }

    private func meet(_ exposure: LaunchLedger.Exposure) {
        guard exposure.time >= entry.begun, let index = course(at: exposure.time) else { return }
        courses[index].meet(exposure)
    }

    private func know(_ exposure: LaunchLedger.Exposure) {
        guard exposure.time >= entry.begun else {
            past.add(exposure.unit)
            for (index, factor) in exposure.factors.enumerated() {
                let amount = (exposure.label ?? 0) * factor.amount
                for stage in histories.indices {
                    histories[stage][index].add(
                        unit: exposure.unit, amount: amount, base: factor.base,
                        served: exposure.arm)
                }
            }
            return
        }
        guard let index = course(at: exposure.time) else { return }
        courses[index].learn(exposure)
        aging?.learn(exposure)
    }

    private func completed(to time: Instant) {
        guard time < .latest else { return }
        while nextLook <= time {
            look(at: nextLook)
            nextLook = nextLook + terms.lookEvery
        }
    }

    private func look(at now: Instant) {
        guard let index = courses.indices.last, courses[index].start <= now else { return }
        for arm in terms.parallelArms { courses[index].settled[arm] = isSettled(arm) }
        courses[index].look(at: now, mixing: mixing, handicap: controls.handicap)
        guard let reading = courses[index].readings.first else { return }
        points.append(LaunchPoint(reading, stage: courses[index].stage))
        if points.count > Limits.pointCount {
            points = points.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
    }

    /// Whether the weights of a parallel arm hold still: how far they went in the last quarter of
    /// the launch.
    func isSettled(_ arm: ArmName) -> Bool {
        change(of: arm).map { $0 <= Limits.changeMax } ?? false
    }

    /// Nil while it is too young.
    func change(of arm: ArmName) -> Double? {
        let mine = sketches.filter { $0.arm == arm }
        guard let newest = mine.last else { return nil }
        let age = newest.at - entry.begun
        let quarter = newest.at - Span(microseconds: age.microseconds / 4)
        guard age > .zero, let before = mine.last(where: { $0.at <= quarter }) else { return nil }
        return newest.change(since: before)
    }

    /// The numbers of the stage in force; nil before its first look.
    var course: LaunchCourse? {
        guard let step = entry.current else { return nil }
        return courses.last { $0.start == step.at }
    }

    var mixingMatrix: MixingMatrix { mixing }
    /// How its stopped baseline aged; nil where something else sets it apart from the other arms.
    var measuredAging: [LaunchBook.Aging]? { aging?.found }
    var ledgerLostCount: Int { ledger.lostCount }
}

/// What arms and production leave out, made ready; made anew only when it changes.
private struct ArmFilters {
    private(set) var arms = ExclusionFilter([])
    private(set) var production = ExclusionFilter([])
    private var known: [Exclusion] = []

    mutating func follow(_ exclusions: [Exclusion], _ entry: LaunchBook.Entry) {
        guard exclusions != known else { return }
        known = exclusions
        arms = ExclusionFilter(exclusions.filter(entry.isForArms))
        production = ExclusionFilter(exclusions)
    }
}

extension LaunchTerms.Baseline {
    /// False for what answers as it is.
    var learns: Bool {
        switch design {
        case .fallback, .stopped: false
        case .delayed, .parallel: true
        }
    }
}

extension LaunchTerms {
    func arm(of design: BaselineDesign) -> ArmName? {
        baselines.first { $0.design == design }?.arm
    }
}

extension LaunchBook.Entry {
    /// False for what only keeps production from learning an arm's traffic.
    func isForArms(_ exclusion: Exclusion) -> Bool { !exclusions.contains(exclusion.id) }

    /// The same launch, later.
    func entering(_ step: LaunchBook.Step) -> LaunchBook.Entry {
        var entry = self
        entry.steps.append(step)
        return entry
    }
}
