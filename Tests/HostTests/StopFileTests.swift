import Engine
import Foundation
import Host
import Operation
import Synchronization
import Testing
import Vocabulary
import World

/// A clock that a test moves.
private final class HandClock: HostClock {
    private let microseconds = Atomic<Int64>(1_800_000_000_000_000)

    func now() -> Instant { Instant(microseconds: microseconds.load(ordering: .relaxed)) }
    func monotonic() -> Span { Span(microseconds: microseconds.load(ordering: .relaxed)) }

    func advance(_ span: Span) {
        microseconds.add(span.microseconds, ordering: .relaxed)
    }
}

@Suite("Stops from beside the engine")
struct StopFileTests {
    private let models = ["a", "b"].compactMap { ModelName($0) }

    private func world(_ clock: HandClock) -> HostWorld {
        var world = HostWorld.local
        world.clock = clock
        return world
    }

    @Test("A trainer that was halted looks for a stop file before it trains on")
    func looksFirst() throws {
        let folder = try ScratchFolder()
        let clock = HandClock()
        let latch = try Latch(folder.path + "/latch", models: models, world: world(clock))
        let hold = latch.holdSwitch(of: models[0])
        #expect(!hold.isHeld)
        let path = try folder.write("STOP", "smoke in the hall\nand more\n")
        // Between two looks there is no disk on the trainer's way.
        #expect(!hold.isHeld)
        clock.advance(Span(microseconds: 50_000))
        #expect(hold.isHeld)
        #expect(hold.hold?.by == Owner.actor.user)
        #expect(hold.hold?.from == path && hold.hold?.reason == "smoke in the hall")
        #expect(latch.holdSwitch(of: models[1]).isHeld)
    }

    @Test("One model's file stops that model, and what cannot be read as one stops as well")
    func one() throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/models/a/STOP", withIntermediateDirectories: true)
        let latch = try Latch(folder.path + "/latch", models: models, world: .local)
        #expect(latch.hold(of: models[0])?.reason == "a stop file that is a folder")
        #expect(latch.hold(of: models[1]) == nil)
        #expect(latch.stopFile(for: .model(models[0])) != nil)
        #expect(latch.stopFile(for: .model(models[1])) == nil)
    }

    @Test(
        "What is no file and is called STOP stops at once: a pipe that nobody writes blocks nobody")
    func noFile() throws {
        let kinds: [(String, (String) -> Int32)] = [
            ("a stop file that is a named pipe", { mkfifo($0, 0o600) }),
            ("a stop file that is a link", { symlink("nowhere", $0) }),
        ]
        for (reason, make) in kinds {
            let folder = try ScratchFolder()
            let path = folder.path + "/STOP"
            #expect(make(path) == 0)
            let looked = DispatchSemaphore(value: 0)
            let found = Mutex<String?>(nil)
            let (models, latchPath) = (models, folder.path + "/latch")
            Thread {
                let latch = Result { try Latch(latchPath, models: models, world: .local) }
                found.withLock { $0 = (try? latch.get())?.hold(of: models[1])?.reason }
                looked.signal()
            }.start()
            let isDone = looked.wait(timeout: .now() + 10) == .success
            #expect(isDone, "who looks hangs at \(reason)")
            #expect(found.withLock { $0 } == reason)
            // Who hangs is let go.
            if !isDone { close(open(path, O_WRONLY | O_NONBLOCK)) }
        }
    }

    @Test("An engine takes the file into latch and journal, once, and removes it; a reboot holds")
    func isTaken() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600)
        let before = try bench.newest()
        let path = bench.path + "/STOP"
        try "fire\n".write(toFile: path, atomically: true, encoding: .utf8)
        // As long as it is there nobody resumes.
        #expect(try bench.refusal(.resume) == "\(path) is there: remove it first")
        try bench.grow(to: 900)
        #expect(!FileManager.default.fileExists(atPath: path))
        for _ in 0..<3 {
            try "fire\n".write(toFile: path, atomically: true, encoding: .utf8)
            try bench.grow(to: 900)
        }
        let snapshot = Acts.snapshotAtRest(try bench.open())
        #expect(snapshot.models[0].training.state == .stopped)
        #expect(snapshot.models[0].training.reason == "fire")
        #expect(try bench.newest().cursor == before.cursor)
        let stops = try bench.open().journal.tail(100).filter { $0.act == "stop" }
        #expect(stops.count == 1)
        #expect(stops.first?.by == Owner.actor.user && stops.first?.from == path)
        try bench.effect(.resume)
        try bench.replay(isFinal: false)
        #expect(try bench.newest().cursor > before.cursor)
    }

    @Test(
        "Beside an engine that does not answer a stop leaves the file, with its reason")
    func beside() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600)
        let disk = LocalDisk()
        let outcome = try Acts.stopBeside(
            bench.request(.stop), in: bench.path, models: [bench.model], disk: disk,
            because: NoEngine(path: "sock"))
        #expect(outcome.effects.first?.changed == true)
        #expect(Acts.snapshotAtRest(try bench.open()).models[0].training.reason == "bad")
        let other = try #require(ModelName("other"))
        var request = bench.request(.stop)
        request.scope = .model(other)
        let refused = try Acts.stopBeside(
            request, in: bench.path, models: [bench.model], disk: disk,
            because: NoEngine(path: "sock"))
        #expect(refused == .refused("there is no such model; known: m"))
    }

    @Test("A hundred presses are one record")
    func onceOnly() throws {
        let bench = try PurgeBench()
        let state = try bench.open()
        let host = EngineHost(state)
        for _ in 0..<100 { host.pressRedButton(.all, by: Owner.actor) }
        let done = DispatchSemaphore(value: 0)
        let last = Mutex<ActOutcome?>(nil)
        host.submit(bench.request(.stop)) { outcome in
            last.withLock { $0 = outcome }
            done.signal()
        }
        #expect(done.wait(timeout: .now() + 10) == .success)
        let effect = last.withLock { $0?.effects.first }
        #expect(effect?.changed == false)
        #expect(effect?.text.contains("was stopped already by \(Owner.actor.user) at ") == true)
        #expect(try state.journal.tail(200).count { $0.act == "stop" } == 1)
    }
}
