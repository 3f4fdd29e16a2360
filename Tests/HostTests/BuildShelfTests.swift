import Foundation
import Host
import Operation
import Synchronization
import Testing
import Vocabulary
import World

@Suite("Builds that are kept")
struct BuildShelfTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    private func shelf(_ disk: FailingDisk = FailingDisk(atCall: nil)) -> BuildShelf {
        BuildShelf(of: folder.path + "/state", disk: disk)
    }

    /// Puts a program of some text on the shelf, kept at a moment.
    @discardableResult
    private func keep(
        _ text: String, at moment: Int64 = 0, isPinned: Bool = false, on shelf: BuildShelf
    ) throws -> (record: BuildRecord, isNew: Bool) {
        let source = try folder.write("source", text)
        return try shelf.keep(
            source, digest: try shelf.digest(of: source), formats: .own, isPinned: isPinned,
            at: Instant(microseconds: moment))
    }

    @Test("A build is kept whole, once, and can be run")
    func keeps() throws {
        let shelf = shelf()
        let (record, isNew) = try keep("one", on: shelf)
        #expect(isNew && record.id.text.hasPrefix("\(record.version)-\(record.sha256.prefix(12))"))
        #expect(try !keep("one", at: 5, on: shelf).isNew)
        #expect(try shelf.records().records == [record])
        #expect(shelf.verify(record) == nil)
        #expect(FileManager.default.isExecutableFile(atPath: shelf.program(of: record.id)))
    }

    @Test("A binary that is not what was kept is found, and is no obstacle to keeping it anew")
    func findsDamage() throws {
        let shelf = shelf()
        let record = try keep("a program of some length", on: shelf).record
        try folder.flipBit(70, of: shelf.program(of: record.id))
        #expect(shelf.verify(record)?.contains("its SHA-256 is not the one") == true)
        #expect(try keep("a program of some length", on: shelf).isNew)
        #expect(shelf.verify(record) == nil)
        try FileManager.default.removeItem(atPath: shelf.program(of: record.id))
        #expect(shelf.verify(record)?.contains("cannot open") == true)
    }

    @Test("The newest stay, and of the others those that are pinned or in use")
    func bounds() throws {
        let shelf = shelf()
        let ids = try (0..<8).map { index in
            try keep("\(index)", at: Int64(index), isPinned: index == 2, on: shelf).record.id
        }
        let removed = try shelf.thin(keeping: 3, inUse: [ids[0]])
        #expect(Set(removed) == [ids[1], ids[3], ids[4]])
        #expect(
            try shelf.records().records.map(\.id) == [ids[7], ids[6], ids[5], ids[2], ids[0]])
        #expect(try shelf.pin(ids[2], false) && !shelf.pin(ids[2], false))
        #expect(try shelf.thin(keeping: 3, inUse: []) == [ids[2], ids[0]])
        let names = try LocalDisk().names(in: folder.path + "/state/builds")
        #expect(names.count == 4 && names.contains("lock"))
    }

    @Test("Whichever call of the disk fails, a build is there whole or not at all")
    func faults() throws {
        let first = try keep("the one before", on: shelf()).record
        var number = 1
        var isDone = false
        while !isDone {
            let disk = FailingDisk(atCall: number)
            do {
                try keep("the new one", on: shelf(disk))
            } catch is DiskFault {
            } catch is BuildFault {
            }
            isDone = !disk.hasFailed
            let (records, faults) = try shelf().records()
            #expect(records.contains(first) && faults.isEmpty)
            for record in records { #expect(shelf().verify(record) == nil) }
            #expect(try keep("the new one", on: shelf()).record.bytes == 11)
            #expect(
                try LocalDisk().names(in: folder.path + "/state/builds").count { $0 != "lock" }
                    == 2)
            _ = try shelf().thin(keeping: 0, inUse: [first.id])
            number += 1
        }
        #expect(number > 15)
    }

    @Test("A record that is not its folder's is no build")
    func forged() throws {
        let shelf = shelf()
        let (one, two) = (try keep("1", on: shelf).record, try keep("2", on: shelf).record)
        let path = { (id: BuildID) in "\(shelf.folder)/\(id)/build.json" }
        try FileManager.default.removeItem(atPath: path(one.id))
        try FileManager.default.copyItem(atPath: path(two.id), toPath: path(one.id))
        #expect(throws: BuildFault.self) { try shelf.record(of: one.id) }
        let (records, faults) = try shelf.records()
        #expect(records == [two] && faults.count == 1)
    }
}

@Suite("An engine and its builds")
struct BuildDeskTests {
    private func open(_ folder: ScratchFolder) throws -> StateFolder {
        try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.m]", file: "test")
        }
    }

    /// Runs an engine until its journal has an entry; gives that.
    private func run(
        _ state: StateFolder, _ shelf: BuildShelf, _ program: String, until text: String
    ) throws -> JournalEntry? {
        let host = EngineHost(state, shelf: shelf)
        host.builds.keepRunning(host, program)
        let journal = state.journal
        let seen = DispatchSemaphore(value: 0)
        Thread {
            let deadline = Date(timeIntervalSinceNow: 30)
            var isSeen = false
            while !isSeen, Date() < deadline {
                do {
                    isSeen = try journal.tail(20).contains { $0.effect.contains(text) }
                } catch {
                    Issue.record(error)
                }
                sched_yield()
            }
            host.end()
            seen.signal()
        }.start()
        try host.run(state, feeds: [])
        seen.wait()
        return try journal.tail(20).first { $0.effect.contains(text) }
    }

    @Test("An engine keeps the program that it is, and says which in its status")
    func keepsItself() throws {
        let folder = try ScratchFolder()
        let program = try folder.write("program", "some bytes")
        let state = try open(folder)
        let shelf = BuildShelf(of: state.path)
        let entry = try run(state, shelf, program, until: "is kept, 10 bytes")
        let record = try #require(try shelf.records().records.first)
        #expect(entry?.effect.contains(record.id.text) == true)
        #expect(record.formats == BuildFormats.own.formats)
    }

    @Test("An engine that cannot keep its program runs all the same, and the journal says so")
    func runsOnFullDisk() throws {
        let folder = try ScratchFolder()
        let program = try folder.write("program", "some bytes")
        let state = try open(folder)
        let shelf = BuildShelf(of: state.path, disk: FailingDisk(atCall: 9))
        let entry = try run(state, shelf, program, until: "could not be kept")
        #expect(entry?.effect.contains("No space left on device") == true)
        #expect(try shelf.records().records.isEmpty)
        #expect(try state.journal.tail(1).first?.effect == "engine ended, everything kept")
    }

    @Test("What a new state directory holds is what this build writes, and this build reads that")
    func formats() throws {
        let folder = try ScratchFolder()
        let (examples, labels) = ModelHostTests.streams(3000)
        _ = try folder.write("examples", examples)
        _ = try folder.write("labels", labels)
        let state = try open(folder)
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
        let reading = try StateReading(state.path, world: .local)
        let held = try reading.heldFormats(writtenBy: BuildFormats.own.formats)
        let found = Set(held.map(\.format))
        let others: [StateFormat] = [.exclusions, .rides, .fallback, .shopState]
        #expect(found == Set(StateFormat.allCases).subtracting(others))
        #expect(held.allSatisfy { $0.version == $0.format.written && $0.path != nil })
        let id = try #require(BuildID("0.1.0-0123456789ab"))
        var build = BuildRecord(
            id: id, version: "0.1.0", sha256: "", bytes: 0, kept: .earliest,
            formats: BuildFormats.own.formats)
        #expect(held.allSatisfy { $0.objection(to: build) == nil })
        for index in build.formats.indices { build.formats[index].reads = [] }
        #expect(held.allSatisfy { $0.objection(to: build)?.contains("reads none") == true })
    }

    @Test("An engine that is not all of its process refuses to hand over, and says what to do")
    func refuses() throws {
        let folder = try ScratchFolder()
        let state = try open(folder)
        let host = EngineHost(state)
        host.builds.forbidHandOver(because: "leave the console first")
        let id = try #require(BuildID("0.1.0-0123456789ab"))
        let request = ActRequest(
            act: .build(id), scope: .all, reason: "r", isDryRun: false,
            actor: Owner.actor)
        let answers = Mutex<[ActOutcome]>([])
        let isAnswered = DispatchSemaphore(value: 0)
        host.submit(request) { answer in
            answers.withLock { $0.append(answer) }
            isAnswered.signal()
        }
        #expect(isAnswered.wait(timeout: .now() + 30) == .success)
        #expect(answers.withLock { $0 } == [.refused("leave the console first")])
        #expect(
            Acts.perform(request, on: state)
                == .refused("only an engine that runs can hand over to a build"))
        #expect(try state.journal.tail(10).isEmpty)
    }
}

@Suite("What a hand-over waits for")
struct HandOverTests {
    private let folder: ScratchFolder
    private let state: StateFolder
    private let handOver: HandOver
    /// As it should be.
    private let snapshot: Snapshot

    init() throws {
        folder = try ScratchFolder()
        state = try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.m]\n[models.n]", file: "test")
        }
        let json = """
            {"arguments":[],"asked":"2026-01-01T00:00:00Z","by":"eve","from":"0.1.0-aaaaaaaaaaaa",
            "origin":"tty","ready_limit":120,"reason":"r","stage":"ending",
            "text":"","to":"0.1.0-bbbbbbbbbbbb","expected":[
            {"model":"m","is_stopped":true,"by":"eve","is_serving":false,"cursor":0},
            {"model":"n","is_stopped":false,"by":"","is_serving":false,"cursor":10}]}
            """
        let path = folder.path + "/state/builds"
        try LocalDisk().makeFolder(path)
        try LocalDisk().replace(path + "/handover.json", with: Array(json.utf8))
        handOver = try #require(try HandOver.read(in: folder.path + "/state"))
        var snapshot = Acts.snapshotAtRest(state)
        snapshot.engine.build = BuildID("0.1.0-bbbbbbbbbbbb")
        (snapshot.models[0].training.state, snapshot.models[0].training.by) = (.stopped, "eve")
        (snapshot.models[1].training.state, snapshot.models[1].training.cursor) = (.running, 10)
        self.snapshot = snapshot
    }

    @Test("The build, its models, stops, cursors and what serves: each is waited for")
    func objections() throws {
        #expect(handOver.objection(to: snapshot) == nil)
        let changes: [(String, (inout Snapshot) -> Void)] = [
            ("is build 0.1.0-aaaaaaaaaaaa", { $0.engine.build = BuildID("0.1.0-aaaaaaaaaaaa") }),
            ("is build 0.1.0", { $0.engine.build = nil }),
            ("it has no model m", { $0.models.removeFirst() }),
            ("m had been stopped by eve", { $0.models[0].training.state = .running }),
            ("m had been stopped by eve", { $0.models[0].training.by = "spindle" }),
            ("training of n failed", { $0.models[1].training.state = .failed }),
            ("n stands at cursor 9, it had met 10", { $0.models[1].training.cursor = 9 }),
        ]
        for (text, change) in changes {
            var other = snapshot
            change(&other)
            #expect(handOver.objection(to: other)?.contains(text) == true, "\(text)")
        }
        var serving = handOver
        serving.expected[1].isServing = true
        #expect(serving.objection(to: snapshot) == "no checkpoint of n serves")
        // Somebody pressed the red button meanwhile, which is no fault of the build.
        var stopped = snapshot
        stopped.models[1].training.state = .stopped
        #expect(handOver.objection(to: stopped) == nil)
    }
}
