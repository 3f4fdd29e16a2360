import Engine
import Foundation
import Host
import Joining
import Monitoring
import Operation
import Serving
import Testing
import Vocabulary
import World

@Suite("Stops by the trainer itself, on disk")
struct OwnStopTests {
    private let model = ModelName("m")

    private func open(_ folder: ScratchFolder) throws -> StateFolder {
        try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(
                toml: "faults = true\n[models.m]\ncheckpoint_examples = 1000", file: "test")
        }
    }

    private func turn(_ folder: ScratchFolder, _ state: StateFolder) throws -> EngineTurn {
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: false, passes: 1)
        return EngineTurn(state, feeds: [feed])
    }

    private func play(_ turn: inout EngineTurn) throws {
        while true {
            let state = try turn.pump()
            while try turn.work() {}
            if case .ended = state { break }
        }
        try turn.finish()
    }

    private func perform(_ act: Act, on state: StateFolder) -> ActOutcome {
        Acts.perform(
            ActRequest(
                act: act, scope: .all, reason: "a test", isDryRun: false,
                actor: Actor(user: "tester", from: "here")), on: state)
    }

    private func isStop(_ entry: JournalEntry) -> Bool {
        entry.act == "stop" && entry.by == "trainer"
    }

    @Test("It is journalled, outlives the process, is over with a resume, and serving goes on")
    func outlives() throws {
        let model = try #require(self.model)
        let folder = try ScratchFolder()
        let streams = ModelHostTests.streams(6000)
        let early = ModelHostTests.streams(3000)
        _ = try folder.write("examples", early.examples)
        _ = try folder.write("labels", early.labels)
        do {
            let state = try open(folder)
            var turn = try turn(folder, state)
            try play(&turn)
        }
        _ = try folder.write("examples", streams.examples)
        _ = try folder.write("labels", streams.labels)
        var reason = ""
        do {
            let state = try open(folder)
            let host = state.models[0]
            var turn = try turn(folder, state)
            let served = try #require(host.desk.current.stable?.checkpoint)
            #expect(
                perform(.inject(.nanStep, isOn: true), on: state).effects.first?.changed == true)
            try play(&turn)
            let hold = try #require(state.latch.hold(of: model))
            reason = hold.reason
            #expect(hold.isTrainers && reason.contains("entry 3000 of the training log"))
            #expect(host.engine.trainer.cursor.sequence == 3000)
            #expect(host.engine.joinCounts.joined == 6000)
            #expect(!host.engine.trainer.owesStop)
            #expect(host.desk.current.stable?.checkpoint == served)
            let stops = try state.journal.tail(100).filter(isStop)
            #expect(stops.count == 1 && stops.first?.reason == reason)
            let alarm = host.engine.alarms.open.first { $0.name == .stepNotFinite }
            #expect(alarm?.name.severity == .critical)
        }
        let state = try open(folder)
        #expect(state.latch.hold(of: model)?.reason == reason)
        #expect(state.models[0].engine.trainer.cursor.sequence == 3000)
        var turn = try turn(folder, state)
        #expect(perform(.resume, on: state).effects.first?.changed == true)
        try play(&turn)
        #expect(state.latch.hold(of: model) == nil)
        #expect(!state.models[0].engine.alarms.open.contains { $0.name == .stepNotFinite })
        #expect(try state.journal.tail(100).filter(isStop).count == 1)
        #expect(try state.models[0].checkpoints.first?.learnerDigest == plainDigest(streams))
    }

    /// Of the same streams where nothing was injected.
    private func plainDigest(_ streams: (examples: String, labels: String)) throws -> String? {
        let folder = try ScratchFolder()
        _ = try folder.write("examples", streams.examples)
        _ = try folder.write("labels", streams.labels)
        let state = try open(folder)
        var turn = try turn(folder, state)
        try play(&turn)
        return state.models[0].checkpoints.first?.learnerDigest
    }
}
