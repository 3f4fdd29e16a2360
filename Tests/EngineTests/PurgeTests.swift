import Engine
import Filtering
import Learning
import Monitoring
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Purges of an engine in memory")
struct PurgeTests {
    /// One order of training, how it is disturbed, and how often the log is met.
    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var wait: Span?
        var shuffle: Span?
        var passes = 1

        var testDescription: String {
            "seed \(seed), wait \(wait?.text ?? "none"), shuffle \(shuffle?.text ?? "none"), "
                + "\(passes) passes"
        }

        func settings() throws -> ModelSettings {
            try Simulation.settings(wait: wait, shuffle: shuffle)
        }

        var text: StreamText {
            // An outlier with a bad line behind it holds up the merge, so that taking away what
            // lies between the two moves others.
            StreamText(.init(seed: seed, count: 800, wideShare: 0.05, hasOutliers: false))
        }

        /// Runs by a plan; then holds the learner against one that never saw what is left out.
        @discardableResult
        func check(_ plan: Plan) throws -> Simulation {
            let simulation = Simulation(text, try settings(), plan)
            let outcome = try simulation.run()
            let gone = simulation.idsLeftOut()
            let never = Simulation(
                text.without(gone, keepingLabels: true), try settings(), Plan(passes: passes))
            let wanted = try never.run()
            let isSame = outcome.learner == wanted.learner
            #expect(isSame, "\(simulation.exclusions.map(\.text))")
            #expect(outcome.trained == wanted.trained)
            let whole = try Simulation(text, try settings(), Plan()).run()
            let isUntouched = outcome.entries == whole.entries && outcome.join == whole.join
            #expect(isUntouched)
            return simulation
        }
    }

    static let cases: [Case] = [
        Case(seed: 1), Case(seed: 2, wait: .minutes(10)), Case(seed: 3, wait: .hours(1)),
        Case(seed: 4, shuffle: .minutes(30)),
        Case(seed: 5, wait: .minutes(20), shuffle: .hours(1)),
    ]

    @Test(
        "One purge at the end of a run leaves the learner that never saw those examples",
        arguments: cases, 1...6 as ClosedRange<UInt64>)
    func one(test: Case, seed: UInt64) throws {
        let simulation = Simulation(
            test.text, try test.settings(), Plan(seed: seed, settling: 0.05, checkpointing: 0.01))
        let whole = try simulation.run()
        try simulation.purge()
        while try simulation.catchUp() {}
        let gone = simulation.idsLeftOut()
        let never = try Simulation(
            test.text.without(gone, keepingLabels: false), try test.settings(), Plan()
        ).run()
        let isOrdered = test.wait != nil || test.shuffle != nil
        // Where labels teach as they come, heartbeats make the merge depend on what goes.
        let purged = simulation.engine.trainer.learner.encode()
        let left = simulation.exclusions.map(\.text)
        let isExact = !isOrdered || purged == never.learner
        #expect(isExact, "\(left)")
        let orphaned = try Simulation(
            test.text.without(gone, keepingLabels: true), try test.settings(), Plan()
        ).run()
        let isExactWithLabels = purged == orphaned.learner
        #expect(isExactWithLabels, "\(left)")
        try simulation.undo()
        while try simulation.catchUp() {}
        let isWhole = simulation.engine.trainer.learner.encode() == whole.learner
        #expect(isWhole)
        #expect(simulation.engine.trainer.metrics.count == whole.trained)
    }

    @Test(
        "Several purges in any order, some undone, while running: the same",
        arguments: cases, 11...16 as ClosedRange<UInt64>)
    func several(test: Case, seed: UInt64) throws {
        let simulation = try test.check(
            Plan(
                seed: seed, settling: 0.03, checkpointing: 0.01, purging: 0.008, undoing: 0.003))
        #expect(simulation.exclusionCount > 3)
    }

    @Test(
        "Purges while held and while behind: the same",
        arguments: cases, 21...24 as ClosedRange<UInt64>)
    func held(test: Case, seed: UInt64) throws {
        try test.check(
            Plan(
                seed: seed, settling: 0.03, holding: 0.02, releasing: 0.01, checkpointing: 0.01,
                purging: 0.008, undoing: 0.003))
    }

    @Test(
        "Purges among restarts and rollbacks, with the cursor kept or not: the same",
        arguments: cases, 31...38 as ClosedRange<UInt64>)
    func everything(test: Case, seed: UInt64) throws {
        try test.check(
            Plan(
                seed: seed, settling: 0.03, holding: 0.01, releasing: 0.008, checkpointing: 0.01,
                restarting: 0.004, rollingBack: 0.003, passingOver: 0.003, purging: 0.006,
                undoing: 0.003))
    }

    @Test(
        "A rollback that keeps the cursor leaves the learner that never saw the stretch",
        arguments: cases, 41...44 as ClosedRange<UInt64>)
    func passingOver(test: Case, seed: UInt64) throws {
        let simulation = try test.check(
            Plan(seed: seed, settling: 0.03, checkpointing: 0.02, passingOver: 0.01))
        #expect(simulation.rollbackCount > 0 && simulation.exclusionCount > 0)
    }

    @Test(
        "Purges before, between and in the second and third of three passes: the same",
        arguments: cases, 51...56 as ClosedRange<UInt64>)
    func passes(test: Case, seed: UInt64) throws {
        var test = test
        test.passes = 3
        try test.check(
            Plan(
                seed: seed, settling: 0.03, holding: 0.05, releasing: 0.04, checkpointing: 0.01,
                purging: 0.003, undoing: 0.001, passes: 3))
    }

    @Test("Purges lead to checkpoints, to the beginning and nowhere")
    func everyWay() throws {
        let simulation = try Self.cases[1].check(
            Plan(seed: 61, settling: 0.03, checkpointing: 0.01, purging: 0.02, undoing: 0.01))
        #expect(Set(simulation.changes.keys) == [.none, .checkpoint, .beginning])
    }
}
