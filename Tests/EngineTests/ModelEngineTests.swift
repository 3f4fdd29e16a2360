import Engine
import Ingestion
import Joining
import Learning
import Recording
import TestKit
import Testing
import Vocabulary

@Suite("The engine, in memory")
struct ModelEngineTests {
    /// The same streams under every setting that changes the way an example takes.
    struct Case: Sendable, CustomTestStringConvertible {
        var recipe: StreamText.Recipe
        var wait: Span?
        var shuffle: Span?
        var countMax = 1 << 20

        var testDescription: String {
            "seed \(recipe.seed), wait \(wait?.text ?? "none"), "
                + "shuffle \(shuffle?.text ?? "none"), \(countMax) ids"
        }

        func simulate(_ plan: Plan) throws -> (outcome: Outcome, simulation: Simulation) {
            let settings = try Simulation.settings(
                wait: wait, shuffle: shuffle, countMax: countMax)
            let simulation = Simulation(StreamText(recipe), settings, plan)
            return (try simulation.run(), simulation)
        }
    }

    static let cases: [Case] = [
        Case(recipe: .init(seed: 1), wait: nil),
        Case(recipe: .init(seed: 2), wait: .minutes(10)),
        Case(recipe: .init(seed: 3), wait: .hours(5), countMax: 1024),
        Case(recipe: .init(seed: 4, duplicateShare: 0.6, earlyShare: 0.9), wait: .minutes(10)),
        Case(recipe: .init(seed: 5, duplicateShare: 0.5, earlyShare: 0.8), wait: nil),
        Case(recipe: .init(seed: 6, wideShare: 0.6), wait: nil),
        Case(recipe: .init(seed: 7), wait: nil, shuffle: .minutes(30)),
        Case(recipe: .init(seed: 8), wait: .minutes(20), shuffle: .hours(1)),
    ]

    @Test("The identities hold at every line, and every line is counted", arguments: cases)
    func identities(test: Case) throws {
        let (outcome, simulation) = try test.simulate(Plan())
        #expect(outcome.counts.examples == StreamText(test.recipe).exampleCount)
        #expect(outcome.join.pending == 0)
        #expect(outcome.trained == UInt64(outcome.join.joined))
        #expect(outcome.counts.quarantinedExamples > 30)
        #expect(outcome.counts.quarantinedLabels > 10)
        let held = outcome.counts.quarantinedExamples + outcome.counts.quarantinedLabels
        #expect(simulation.world.quarantined.count == held)
        #expect(outcome.join.duplicates > 20 && outcome.join.orphans > 0)
        #expect(test.wait != nil || outcome.join.unlabelled > 100)
    }

    @Test(
        "When it goes to disk, and how it is read, changes nothing",
        arguments: cases, [0.002, 0.2, 1.0])
    func settling(test: Case, chance: Double) throws {
        let plain = try test.simulate(Plan()).outcome
        let other = try test.simulate(
            Plan(seed: 9, settling: chance, pieceSizeMax: 200)
        ).outcome
        #expect(other == plain)
    }

    @Test(
        "A red button pressed and released at random changes nothing in the end",
        arguments: cases, [11, 12] as [UInt64])
    func holds(test: Case, seed: UInt64) throws {
        let plain = try test.simulate(Plan()).outcome
        let (other, simulation) = try test.simulate(
            Plan(seed: seed, settling: 0.02, holding: 0.02, releasing: 0.01))
        #expect(other == plain)
        #expect(simulation.catchUpCount > 0)
    }

    @Test(
        "Restarts at random, from any checkpoint or none, change nothing",
        arguments: cases, [21, 22, 23] as [UInt64])
    func restarts(test: Case, seed: UInt64) throws {
        let plain = try test.simulate(Plan()).outcome
        let (other, simulation) = try test.simulate(
            Plan(seed: seed, settling: 0.02, checkpointing: 0.004, restarting: 0.006))
        #expect(other == plain)
        #expect(simulation.restartCount > 2)
    }

    @Test(
        "After a rollback, the log teaches the same again",
        arguments: cases, [31, 32] as [UInt64])
    func rollbacks(test: Case, seed: UInt64) throws {
        let plain = try test.simulate(Plan()).outcome
        let (other, simulation) = try test.simulate(
            Plan(seed: seed, settling: 0.02, checkpointing: 0.005, rollingBack: 0.005))
        #expect(other == plain)
        #expect(simulation.rollbackCount > 2)
    }

    @Test(
        "All of it together changes nothing",
        arguments: cases, 41...46 as ClosedRange<UInt64>)
    func everything(test: Case, seed: UInt64) throws {
        let plain = try test.simulate(Plan()).outcome
        let plan = Plan(
            seed: seed, settling: 0.03, holding: 0.01, releasing: 0.008, checkpointing: 0.005,
            restarting: 0.004, rollingBack: 0.003, pieceSizeMax: 3000)
        #expect(try test.simulate(plan).outcome == plain)
    }

    @Test("Three passes give one learner, whenever they are held up", arguments: cases)
    func passes(test: Case) throws {
        let plain = try test.simulate(Plan(passes: 3)).outcome
        let held = try test.simulate(
            Plan(seed: 5, settling: 0.1, holding: 0.05, releasing: 0.02, passes: 3)
        ).outcome
        #expect(held == plain)
        #expect(plain.trained == 3 * UInt64(plain.join.joined))
    }

    @Test("Without an end for good, what has no label stays pending where no wait is set")
    func notFinal() throws {
        let test = Case(recipe: .init(seed: 7), wait: nil)
        let outcome = try test.simulate(Plan(isFinal: false)).outcome
        #expect(outcome.join.unlabelled == 0 && outcome.join.pending > 100)
        #expect(outcome.join.negatives > 0 && outcome.join.late == 0)
    }

    @Test("A held trainer learns nothing, while all else goes on")
    func heldForGood() throws {
        let settings = try Simulation.settings(wait: nil)
        let button = TestSwitch()
        button.press(afterLooks: 0)
        let engine = ModelEngine(
            settings: settings, holdSwitch: button, rawRecord: { _ in [] })
        #expect(engine.trainer.isHeld && !engine.wantsCatchUp)
        let before = engine.trainer.learner.encode()
        let source = engine.sourceIndex(of: "s", fingerprint: .init(hash: 0, size: 0))
        let world = MemoryWorld()
        let parser = ExampleFeeder(engine, source: source)
        for index in 0..<200 { try parser.feed(index) }
        try engine.settle(world.perform)
        #expect(engine.trainingCount == 200 && engine.trainer.cursor.sequence == 0)
        #expect(engine.trainer.learner.encode() == before)
        button.press(afterLooks: nil)
        #expect(engine.wantsCatchUp)
        let batch = try #require(try world.batch(world.training, at: 0, .training))
        try batch.withUnsafeBytes { try engine.catchUp($0) }
        #expect(engine.trainer.cursor.sequence == 200 && !engine.wantsCatchUp)
    }

    @Test("A batch with a flipped bit is refused, and nothing is learned from it")
    func brokenBatch() throws {
        let settings = try Simulation.settings(wait: nil)
        let world = MemoryWorld()
        let engine = ModelEngine(
            settings: settings, holdSwitch: TestSwitch(), rawRecord: { _ in [] })
        let source = engine.sourceIndex(of: "s", fingerprint: .init(hash: 0, size: 0))
        let feeder = ExampleFeeder(engine, source: source)
        for index in 0..<5 { try feeder.feed(index) }
        try engine.settle(world.perform)
        for bit in stride(from: 0, to: world.raw.count * 8, by: 5) {
            var broken = world.raw + [UInt8](repeating: 0, count: LinePadding.size)
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            let other = ModelEngine(
                settings: settings, holdSwitch: TestSwitch(), rawRecord: { _ in [] })
            broken.withUnsafeBytes { bytes in
                let batch = UnsafeRawBufferPointer(
                    rebasing: bytes[..<(bytes.count - LinePadding.size)])
                #expect(throws: LogFault.self) { try other.replayRaw(batch) }
            }
            #expect(other.counts.examples == 0)
        }
    }
}
