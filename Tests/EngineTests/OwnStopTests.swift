import Engine
import Learning
import Monitoring
import Recording
import Testing
import Vocabulary

@Suite("Stops by the trainer itself")
struct OwnStopTests {
    /// An engine in memory that labelled examples are given to, a batch of the log at a time.
    struct Desk {
        let world = MemoryWorld()
        let button = TestSwitch()
        let engine: ModelEngine
        private let feeder: ExampleFeeder

        init(_ change: (inout ModelSettings) -> Void = { _ in }) throws {
            var settings = try Simulation.settings(wait: nil)
            change(&settings)
            engine = ModelEngine(settings: settings, holdSwitch: button, rawRecord: { _ in [] })
            let source = engine.sourceIndex(of: "s", fingerprint: .init(hash: 0, size: 0))
            feeder = ExampleFeeder(engine, source: source)
        }

        func feed(_ range: Range<Int>) throws {
            for index in range { try feeder.feed(index) }
            try engine.settle(world.perform)
        }

        func catchUp() throws {
            while engine.wantsCatchUp {
                let batch = try #require(
                    try world.batch(world.training, at: engine.catchUpOffset, .training))
                try batch.withUnsafeBytes { try engine.catchUp($0) }
            }
        }
    }

    @Test(
        "Training stops before the example, within its batch, and says which and why",
        arguments: [0, 1, 15, 16, 40, 63, 64, 99])
    func stops(before count: Int) throws {
        let desk = try Desk()
        let trainer = desk.engine.trainer
        try desk.feed(0..<count)
        let learner = trainer.learner.encode()
        trainer.isStepSpoiled = true
        try desk.feed(count..<200)
        #expect(trainer.isHeld && trainer.owesStop && !desk.engine.wantsCatchUp)
        #expect(trainer.cursor.sequence == UInt64(count))
        #expect(trainer.learner.encode() == learner)
        #expect(trainer.metrics.count == UInt64(count))
        let hold = try #require(trainer.hold)
        #expect(hold.isTrainers)
        #expect(hold.reason.contains("entry \(count) of the training log"))
        #expect(hold.reason.contains("a step is not finite"))
        let alarm = try #require(
            desk.engine.alarms.open.first { $0.name == AlarmName.stepNotFinite })
        #expect(alarm.text.contains(hold.reason))
        // All else goes on.
        #expect(desk.engine.trainingCount == 200)
    }

    @Test("After a resume it comes to the learner of a run without the fault")
    func resumes() throws {
        let (plain, desk) = (try Desk(), try Desk())
        try plain.feed(0..<300)
        try desk.feed(0..<100)
        desk.engine.trainer.isStepSpoiled = true
        try desk.feed(100..<200)
        try desk.feed(200..<300)
        #expect(desk.engine.trainer.cursor.sequence == 100)
        desk.button.press(afterLooks: nil)
        try desk.catchUp()
        #expect(desk.engine.trainer.cursor.sequence == 300)
        #expect(desk.engine.trainer.learner.encode() == plain.engine.trainer.learner.encode())
        #expect(desk.engine.trainer.metrics == plain.engine.trainer.metrics)
    }

    @Test("It stops on the way of a catching up, too")
    func catchingUp() throws {
        let desk = try Desk()
        desk.button.press(afterLooks: 0)
        try desk.feed(0..<200)
        desk.button.press(afterLooks: nil)
        desk.engine.trainer.isStepSpoiled = true
        try desk.catchUp()
        #expect(desk.engine.trainer.isHeld && desk.engine.trainer.cursor.sequence == 0)
        desk.button.press(afterLooks: nil)
        try desk.catchUp()
        #expect(desk.engine.trainer.cursor.sequence == 200)
    }

    @Test("What is wrong for good stops it again after each resume, and is never learned")
    func lastingFault() throws {
        let desk = try Desk { $0.learner.alpha = .infinity }
        let before = desk.engine.trainer.learner.encode()
        try desk.feed(0..<100)
        for _ in 0..<3 {
            #expect(desk.engine.trainer.hold?.reason.contains("a weight is not finite") == true)
            desk.button.press(afterLooks: nil)
            try desk.catchUp()
        }
        #expect(desk.engine.trainer.isHeld && desk.engine.trainer.cursor.sequence == 0)
        #expect(desk.engine.trainer.learner.encode() == before)
    }
}
