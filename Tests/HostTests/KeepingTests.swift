import Engine
import Foundation
import Host
import Operation
import Recording
import Testing
import Vocabulary

@Suite("What is kept, and for how long")
struct KeepingTests {
    /// A model in small files, with copies of its checkpoints in a second folder.
    private func toml(_ folder: ScratchFolder, _ retention: String) -> String {
        """
        [models.m]
        checkpoint_examples = 1000
        [models.m.learner]
        bits = 12
        [models.m.retention]
        segment_size = "64KiB"
        checkpoint_copies = "\(folder.path)/copies"
        \(retention)
        """
    }

    private func open(_ folder: ScratchFolder, _ retention: String) throws -> StateFolder {
        try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: toml(folder, retention), file: "test")
        }
    }

    private func replayed(
        _ folder: ScratchFolder, _ count: Int, _ retention: String
    ) throws -> StateFolder {
        let (examples, labels) = ModelHostTests.streams(count)
        return try replayed(folder, examples, labels, retention)
    }

    private func replayed(
        _ folder: ScratchFolder, _ examples: String, _ labels: String, _ retention: String
    ) throws -> StateFolder {
        _ = try folder.write("examples", examples)
        _ = try folder.write("labels", labels)
        let state = try open(folder, retention)
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
        return state
    }

    private func request(_ act: Act) throws -> ActRequest {
        ActRequest(
            act: act, scope: .all, reason: "a test", isDryRun: false,
            actor: Actor(user: "tester", from: "here"))
    }

    @Test("Files beyond the declared size go, oldest first, and what is left can be made anew")
    func retention() throws {
        let folder = try ScratchFolder()
        var state: StateFolder? = try replayed(
            folder, 9000, "raw_size = \"300KiB\"\ntraining_size = \"300KiB\"")
        let settings = try #require(state?.models[0].engine.settings)
        // Once more, now that two checkpoints stand at the end.
        for _ in 0..<2 { try state?.models[0].checkpoint() }
        state = nil
        let reading = try StateReading(folder.path + "/state", world: .local)
        for kind in [LogKind.raw, .training] {
            let files = try reading.log(of: settings.name, kind).segments()
            let last = try #require(files.last)
            #expect(files[0].start > 0)
            #expect(last.end - files[0].start < 500 << 10)
        }
        let report = try reading.verify(nil, deep: { _ in settings })
        #expect(report.faults.isEmpty)
        #expect(report.bases?.isEmpty == false)
        #expect(try #require(report.learners) > 0)
    }

    @Test("What waits for a label is not removed, however old the log")
    func waitingExamplesStay() throws {
        let folder = try ScratchFolder()
        let (examples, labels) = ModelHostTests.streams(9000)
        // The label of the very first example never comes.
        let late = labels.split(separator: "\n").dropFirst().joined(separator: "\n")
        let state = try replayed(folder, examples, late, "raw_size = \"100KiB\"")
        let name = state.models[0].name
        let reading = try StateReading(folder.path + "/state", world: .local)
        #expect(try reading.log(of: name, .raw).segments().first?.start == 0)
    }

    @Test("A record in quarantine goes with the raw log that has it, from the file as well")
    func quarantine() throws {
        let folder = try ScratchFolder()
        let (examples, labels) = ModelHostTests.streams(9000)
        let bad = { (name: String) in "{\"id\":\"\(name)\",\"ts\":1,\"features\":3}\n" }
        let state = try replayed(
            folder, bad("the-first") + examples + bad("the-last"), labels, "raw_size = \"300KiB\"")
        for _ in 0..<2 { try state.models[0].checkpoint() }
        let name = state.models[0].name
        let reading = try StateReading(folder.path + "/state", world: .local)
        let first = try #require(try reading.log(of: name, .raw).segments().first?.firstSequence)
        let held = try reading.quarantine.entries(of: name, limit: 10)
        #expect(first > 0 && held.count == 1)
        #expect(held.first?.record.contains("the-last") == true)
        for (suffix, isThere) in [("", true), ("-journal", false)] {
            let path = folder.path + "/state/quarantine.sqlite" + suffix
            let file = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect((file.range(of: Data("the-last".utf8)) != nil) == isThere)
            #expect(file.range(of: Data("the-first".utf8)) == nil, "\(suffix)")
        }
        let effects = try reading.journal.entries(since: nil).map(\.effect)
        #expect(effects.contains { $0.hasPrefix("retention removed 1 of the records in quara") })
    }

    @Test("A purge of what the log no longer has is refused, and says what is missing")
    func purgeBeyondRetention() throws {
        let folder = try ScratchFolder()
        let state = try replayed(folder, 9000, "training_size = \"200KiB\"")
        let start = Instant(microseconds: 1_767_225_600_000_000)
        let window = ExampleSelection(from: start, to: start + .hours(1))
        let outcome = Acts.perform(try request(.purge(.leaveOut(window))), on: state)
        guard case .refused(let why) = outcome else {
            Issue.record("expected a refusal, found \(outcome)")
            return
        }
        #expect(why.contains("no longer has its entries before"))
    }

    @Test("Checkpoints beyond the declared number go, but for the pinned")
    func pinsStay() throws {
        let folder = try ScratchFolder()
        let few = "checkpoints_recent = 2\ncheckpoints_hourly = 0\ncheckpoints_daily = 0"
        let state = try replayed(folder, 3000, few)
        let model = state.models[0]
        let pinned = try #require(model.checkpoints.last?.id)
        let outcome = Acts.perform(try request(.pin(pinned, isPinned: true)), on: state)
        #expect(outcome.effects.first?.changed == true)
        for _ in 0..<4 { try model.checkpoint() }
        #expect(model.checkpoints.map(\.id).contains(pinned))
        #expect(model.checkpoints.count == 3)
        _ = Acts.perform(try request(.pin(pinned, isPinned: false)), on: state)
        try model.checkpoint()
        #expect(!model.checkpoints.map(\.id).contains(pinned))
    }

    @Test("A broken checkpoint is taken from its second copy")
    func copies() throws {
        let folder = try ScratchFolder()
        var state: StateFolder? = try replayed(folder, 3000, "")
        let newest = try #require(state?.models[0].checkpoints.first)
        state = nil
        let file = folder.path + "/state/models/m/checkpoints/\(newest.id).spindle"
        try folder.flipBit(8 * (newest.bytes / 2), of: file)
        let again = try open(folder, "")
        #expect(again.models[0].checkpoints.first?.verdict == .passed)
        #expect(again.models[0].engine.lastCheckpoint?.id == newest.id)
        let reading = try StateReading(folder.path + "/state", world: .local)
        #expect(try reading.verify(nil).faults.isEmpty)
    }

    @Test("One that is broken everywhere is marked, and never tried again")
    func condemned() throws {
        let folder = try ScratchFolder()
        var state: StateFolder? = try replayed(folder, 3000, "")
        let newest = try #require(state?.models[0].checkpoints.first)
        state = nil
        for path in ["state/models/m/checkpoints", "copies/m"] {
            try folder.flipBit(
                8 * (newest.bytes / 2), of: "\(folder.path)/\(path)/\(newest.id).spindle")
        }
        var again: StateFolder? = try open(folder, "")
        let report = try #require(again?.models[0].checkpoints.first { $0.id == newest.id })
        #expect(report.verdict == .failed)
        #expect(report.reasons.first?.contains("could not be loaded") == true)
        let told = try again?.journal.tail(20).count { $0.effect.contains("passes over") }
        #expect(told == 1)
        again = nil
        let third = try open(folder, "")
        let toldThen = try third.journal.tail(20).count { $0.effect.contains("passes over") }
        #expect(toldThen == 1)
    }

    @Test("A restore drill comes to a learner without changing anything")
    func drill() throws {
        let folder = try ScratchFolder()
        var state: StateFolder? = try replayed(folder, 3000, "")
        let settings = try #require(state?.models[0].engine.settings)
        let newest = try #require(state?.models[0].checkpoints.first)
        state = nil
        let reading = try StateReading(folder.path + "/state", world: .local)
        let restored = try reading.restore(nil) { _ in settings }
        #expect(restored.map(\.checkpoint) == [newest.id])
        #expect(restored[0].file.hasPrefix(folder.path + "/copies/"))
        #expect(restored[0].learnerDigest == newest.learnerDigest)
    }
}
