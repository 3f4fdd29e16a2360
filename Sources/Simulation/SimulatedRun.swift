import Engine
import Host
import Launching
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// One seed's run of a whole engine: streams, acts and faults by chance, and after every move the
/// invariants of the design.
///
/// What is known here is what an operator outside would know: what was acknowledged.
package final class SimulatedRun {
    /// Counts.
    enum Limits {
        /// Openings of a state directory that may fail in a row while faults go on.
        static let openingCountMax = 6
        static let finalTurnCountMax = 5000
        static let finalStopCountMax = 5
    }

    /// Whether something holds, as far as its answers say.
    enum Known {
        case yes
        case no
        /// The answer was a refusal, or none came.
        case inDoubt
    }

    package let plan: RunPlan
    package internal(set) var report: RunReport
    /// What happened, one line a move; empty unless asked for.
    package private(set) var trace: [String] = []
    private let isTraced: Bool

    var world: SimulatedWorld
    let streams: SimulatedStreams
    var process: SimulatedProcess?
    private var random: SeededRandom
    var step = 0

    /// Records that were acknowledged as durable.
    var acknowledged: UInt64 = 0
    var held = Known.no
    /// Purges that were acknowledged, and those whose answer was none.
    var purges: [ExclusionID: ExampleSelection] = [:]
    var purgesInDoubt: Set<ExampleSelection> = []
    var undoneInDoubt: Set<ExclusionID> = []
    /// Rides that were acknowledged.
    var rides: [RideID] = []
    /// The settings of the candidate that was promoted last; nil where an answer was none, or a
    /// rollback may have gone behind it.
    var promoted: LearnerSettings?
    /// Learner digests by checkpoint, as they were when each was made.
    var digests: [CheckpointID: String] = [:]
    /// When each was made, by its report.
    var kept: [CheckpointID: Instant] = [:]
    var lastServed: CheckpointID?
    /// The lines of the raw log, in the order that they must have.
    var expectedLines: [UInt64] = []

    package init(_ plan: RunPlan, isTraced: Bool = false) {
        self.plan = plan
        self.isTraced = isTraced
        report = RunReport(seed: plan.seed)
        let random = plan.random
        streams = SimulatedStreams(plan.shape, random.forked(part: RunPlan.Part.streams.rawValue))
        self.random = random.forked(part: RunPlan.Part.moves.rawValue)
        world = Self.world(plan, streams)
    }

    /// Runs to the end; the report has what did not hold, if anything.
    package func run() -> RunReport {
        do {
            let reference = try Reference(plan, streams)
            expectedLines = reference.outcome.lines
            try open()
            while step < plan.stepCountMax, process?.hasEnded == false {
                step += 1
                let move = draw()
                note("\(move)")
                try perform(move)
                if !world.disk.isUp { try reopen() }
                try check()
            }
            try finish(reference)
        } catch let violation as Violation {
            report.violation = violation
        } catch {
            report.violation = violation("runs to its end", "no error", "\(error)")
        }
        report.steps = step
        report.calls = world.disk.callCount
        report.faults = world.disk.faultCount
        return report
    }

    static func world(_ plan: RunPlan, _ streams: SimulatedStreams) -> SimulatedWorld {
        var world = SimulatedWorld(
            seed: SeededRandom.mixed(plan.seed &+ RunPlan.Part.disk.rawValue))
        world.segmentSizeMax = plan.segmentSizeMax
        world.checkpointTiming = plan.checkpointTiming
        world.clock.step = 20_000
        world.disk.place(SimulatedProcess.examplesPath, streams.examples)
        world.disk.place(SimulatedProcess.labelsPath, streams.labels)
        world.disk.plan = plan.faults
        return world
    }

    func note(_ text: @autoclosure () -> String) {
        if isTraced { trace.append("\(step) [\(world.disk.callCount)] \(text())") }
    }

    func violation(_ invariant: String, _ expected: String, _ found: String) -> Violation {
        Violation(
            seed: plan.seed, step: step, invariant: invariant, expected: expected, found: found)
    }

    private func draw() -> Move {
        var left = random.below(plan.weights.reduce(0, +))
        for move in Move.allCases {
            left -= plan.weights[move.rawValue]
            if left < 0 { return move }
        }
        return .turn
    }
}

extension SimulatedRun {
    private func perform(_ move: Move) throws {
        guard let process else { return }
        switch move {
        case .turn: try takeTurn(process)
        case .settle:
            if try attempt({ try process.host.settle(isDurable: true) }) { acknowledge(process) }
        case .checkpoint: try attempt { _ = try process.host.checkpoint() }
        case .stop:
            held = answer(process.perform(.stop), held, .yes)
            guard process.isHeld else { throw violation("a stop stops", "held", "not held") }
        case .resume: held = answer(process.perform(.resume), held, .no)
        case .rollBack: rollBack(process)
        case .purge: purge(process)
        case .undo: undo(process)
        case .ride: ride(process)
        case .kill: world.disk.cut(.killed)
        case .losePower: world.disk.cut(.powerLost)
        case .restart:
            if try attempt({ try process.finish() }) { acknowledge(process) }
            world.disk.cut(.killed)
        case .flip: flip()
        case .fillDisk: world.disk.space = random.below(3000)
        case .freeDisk: world.disk.space = nil
        case .launch: launch(process)
        }
    }

    /// As an engine's thread does: what fails while something is taken in is the end of the
    /// process, what fails while it is written is tried again.
    private func takeTurn(_ process: SimulatedProcess) throws {
        guard try attempt({ try process.pump() }) else { return world.disk.cut(.killed) }
        try attempt { try process.work() }
    }

    /// False after a fault that the world is to blame for.
    @discardableResult
    private func attempt(_ work: () throws -> Void) throws -> Bool {
        let faultCount = world.disk.faultCount + world.disk.refusalCount
        do {
            try work()
            return world.disk.isUp
        } catch {
            note("  \(error)")
            let isBlamed =
                !world.disk.isUp
                || error is DiskFault
                    && world.disk.faultCount + world.disk.refusalCount > faultCount
            guard isBlamed else {
                throw violation("nothing fails on a sound disk", "no error", "\(error)")
            }
            return false
        }
    }

    private func acknowledge(_ process: SimulatedProcess) {
        acknowledged = process.engine.rawEnd.sequence
    }

    private func answer(_ outcome: ActOutcome, _ before: Known, _ after: Known) -> Known {
        note("  \(outcome)")
        if case .done = outcome, world.disk.isUp { return after }
        if case .yes = before, case .yes = after { return .yes }
        if case .no = before, case .no = after { return .no }
        return .inDoubt
    }

    private func rollBack(_ process: SimulatedProcess) {
        let reports = process.host.checkpoints
        guard !reports.isEmpty else { return }
        let id = random.pick(reports).id
        let outcome = process.perform(.rollback(to: .checkpoint(id), keepsCursor: false))
        held = answer(outcome, process.isHeld ? .inDoubt : held, .yes)
        promoted = nil
    }

    private func launch(_ process: SimulatedProcess) {
        let act = random.pick([LaunchAct.start, .start, .up, .down, .end, .promote, .promote])
        let outcome = process.perform(.launch(act), overrides: true)
        note("  \(act): \(outcome)")
        guard act == .promote else { return }
        if case .done = outcome, world.disk.isUp {
            promoted = plan.settings.launch?.candidate
            report.promotions += 1
        } else if case .refused = outcome, world.disk.isUp {
            // What was in force still is.
        } else {
            promoted = nil
        }
    }

    private func purge(_ process: SimulatedProcess) {
        let length = streams.end - SimulatedStreams.start + 1
        let from = SimulatedStreams.start + random.below(length)
        let to = from + 1 + random.below(length / 3 + 1)
        var selection = ExampleSelection(
            from: Instant(microseconds: Int64(from) * 1_000_000),
            to: Instant(microseconds: Int64(to) * 1_000_000))
        if random.chance(0.3) { selection.source = "web" }
        if random.chance(0.3) {
            selection.conditions = [FeatureCondition(name: "colour", value: "red")]
        }
        let outcome = process.perform(.purge(.leaveOut(selection)))
        note("  \(outcome)")
        guard case .done(let effects) = outcome, world.disk.isUp, let id = effects.first?.purge
        else {
            purgesInDoubt.insert(selection)
            return
        }
        purges[id] = selection
    }

    private func undo(_ process: SimulatedProcess) {
        guard let id = purges.keys.sorted().last else { return }
        let outcome = process.perform(.purge(.undo(id)))
        note("  \(outcome)")
        if case .done = outcome, world.disk.isUp {
            purges[id] = nil
        } else {
            undoneInDoubt.insert(id)
        }
    }

    private func ride(_ process: SimulatedProcess) {
        var terms = RideTerms(event: nil, deadline: .after(.minutes(1 + random.below(600))))
        terms.stepShare = random.chance(0.5) ? 0.1 : 0.5
        let isEnding = random.chance(0.3)
        let outcome = process.perform(.rideThrough(isEnding ? .end : .begin(terms)))
        note("  \(outcome)")
        guard case .done(let effects) = outcome, world.disk.isUp, !isEnding,
            effects.first?.changed == true, let ride = process.engine.trainer.rides.last
        else { return }
        rides.append(ride.id)
    }

    private func flip() {
        let paths = world.disk.paths(under: SimulatedProcess.checkpoints).filter {
            $0.hasSuffix(".spindle")
        }
        guard !paths.isEmpty else { return }
        let path = random.pick(paths)
        guard let count = world.disk.content(path)?.count, count > 0 else { return }
        world.disk.flip(bit: random.below(count * 8), of: path)
        note("  \(path)")
    }
}

extension SimulatedRun {
    /// The first process.
    private func open() throws {
        world.disk.start()
        try openUntilDone()
    }

    /// Another process, on what the last one left.
    private func reopen() throws {
        process = nil
        report.restarts += 1
        world.disk.start()
        try openUntilDone()
        try checkRecovery()
    }

    private func openUntilDone() throws {
        for count in 1... {
            if count > Limits.openingCountMax {
                world.disk.plan = FaultPlan()
                world.disk.space = nil
            }
            let isDone = try attempt { process = try SimulatedProcess(world, plan.settings) }
            if isDone { break }
            process = nil
            world.disk.cut(.killed)
            world.disk.start()
            // An operator would make room.
            if random.chance(0.3) { world.disk.space = nil }
        }
        world.disk.plan.kill = plan.faults.kill
        world.disk.plan.powerLoss = plan.faults.powerLoss
    }

    /// All faults end; what is left to do is done, and compared with the undisturbed run.
    private func finish(_ plain: Reference) throws {
        world.disk.plan = FaultPlan()
        world.disk.space = nil
        step += 1
        note("the world is sound from here")
        guard let process else { return }
        try goToEnd(process)
        // What watches a ride may stop training by the last checkpoint, and go back.
        for _ in 0..<Limits.finalStopCountMax
        where process.isHeld || process.engine.wantsCatchUp {
            try goToEnd(process)
        }
        try check()
        let (rides, learner) = (process.engine.trainer.rides, process.engine.settings.learner)
        // What was ridden through is so for an undisturbed run as well, and by which settings.
        var plan = plan
        let isPlain = rides.isEmpty && learner == plan.settings.learner
        plan.settings.learner = learner
        let reference = isPlain ? plain : try Reference(plan, streams, riding: rides)
        try checkOutcome(process, reference)
        try checkLaunch(process)
    }

    private func goToEnd(_ process: SimulatedProcess) throws {
        if process.isHeld {
            guard case .done = process.perform(.resume) else {
                throw violation("a resume resumes on a sound disk", "done", "refused")
            }
        }
        for count in 1... {
            if process.hasEnded, !process.engine.wantsCatchUp { break }
            guard count < Limits.finalTurnCountMax else {
                throw violation(
                    "it comes to an end", "at most \(Limits.finalTurnCountMax) turns", "more")
            }
            try attempt { try process.pump() }
            try attempt { try process.work() }
        }
        try attempt { try process.finish() }
    }
}

/// The same streams through an engine that nothing disturbs.
final class Reference {
    private let world: SimulatedWorld
    private let process: SimulatedProcess
    private(set) var outcome: RunOutcome

    init(_ plan: RunPlan, _ streams: SimulatedStreams, riding rides: [Ride] = []) throws {
        let undisturbed = RunPlan(undisturbed: plan.seed)
        world = SimulatedRun.world(undisturbed, streams)
        world.disk.start()
        process = try SimulatedProcess(world, plan.settings)
        process.engine.trainer.ride(rides)
        outcome = try RunOutcome(process, world)
        while !process.hasEnded {
            try process.pump()
            try process.work()
        }
        try finish()
    }

    /// Leaves examples out that the run has left out.
    func leaveOut(_ exclusions: [Exclusion]) throws {
        for exclusion in exclusions {
            guard case .examples(let selection) = exclusion.what else { continue }
            _ = process.perform(.purge(.leaveOut(selection)))
        }
        if !exclusions.isEmpty { try finish() }
    }

    private func finish() throws {
        repeat { try process.work() } while process.engine.wantsCatchUp
        try process.finish()
        outcome = try RunOutcome(process, world)
    }
}
