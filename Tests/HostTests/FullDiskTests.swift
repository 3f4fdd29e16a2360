import Engine
import Foundation
import Host
import Operation
import Synchronization
import Testing
import Vocabulary
import World

/// An engine with its doors open, on a disk that is full for a while.
@Suite("Serving on a full disk", .serialized)
struct FullDiskTests {
    /// What the engine's thread owns from its start on.
    private struct Owned: @unchecked Sendable {
        // Sendable because nobody else touches it from then on.
        var state: StateFolder
    }

    /// Runs a body beside an engine, which has a thread of its own.
    private func withEngine(
        _ disk: FullDisk, in folder: ScratchFolder,
        _ body: (EngineHost, DoorClient) throws -> Void
    ) throws {
        var world = HostWorld.local
        world.disk = disk
        world.journal = { try FullJournal($0, on: disk) }
        world.answersRequests = true
        let state = try StateFolder(folder.path + "/state", world: world, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.m]\ncheckpoint_examples = 500", file: "test")
        }
        let host = EngineHost(state)
        var settings = DoorSettings()
        settings.listens = [ListenAddress(host: "127.0.0.1", port: 0)]
        let doors = Doors(settings, desk: state.desk)
        let faults = try doors.listenOnTCP()
        #expect(faults.isEmpty)
        doors.attach(host)
        let port = try #require(doors.addresses.first.flatMap { ListenAddress($0)?.port })
        let owned = Owned(state: state)
        let fault = Mutex<String?>(nil)
        let hasEnded = DispatchSemaphore(value: 0)
        Thread {
            do {
                try host.run(owned.state, feeds: owned.state.models.map { RequestFeed($0) })
            } catch {
                fault.withLock { $0 = "\(error)" }
            }
            hasEnded.signal()
        }.start()
        // Here, so that what is not as expected is this test's.
        let outcome = Result { try body(host, DoorClient(port: port)) }
        disk.isFull = false
        host.end()
        hasEnded.wait()
        try doors.close()
        #expect(fault.withLock { $0 } == nil)
        try outcome.get()
    }

    /// Labelled examples a second apart.
    private static func lines(_ range: Range<Int>) -> String {
        range.map { index in
            "{\"id\":\"e\(index)\",\"ts\":\(1_767_225_600 + index),\"features\":"
                + "{\"k\":\"\(index % 7)\"},\"label\":\(index % 3 == 0 ? 1 : 0)}\n"
        }.joined()
    }

    private static func wait(_ isSo: () throws -> Bool) rethrows -> Bool {
        let deadline = WallClock.monotonic() + .seconds(30)
        while WallClock.monotonic() < deadline {
            if try isSo() { return true }
            sched_yield()
        }
        return false
    }

    private static func tiers(_ client: DoorClient) throws -> [String] {
        let reply = try client.post("/v1/models/m:predict", "{\"instances\":[{\"k\":\"3\"}]}")
        #expect(reply.status == 200)
        return try reply.json()["tiers"] as? [String] ?? []
    }

    private static func model(_ host: EngineHost) throws -> ModelReport {
        try #require(host.latest()?.snapshot.models.first)
    }

    private static func fallback(_ isOn: Bool, _ host: EngineHost) -> ActOutcome? {
        let outcome = Mutex<ActOutcome?>(nil)
        let request = ActRequest(
            act: .fallback(isOn: isOn, tier: isOn ? .constant : nil), scope: .all,
            reason: "a test", isDryRun: false, actor: Owner.actor)
        host.submit(request) { new in outcome.withLock { $0 = new } }
        _ = wait { outcome.withLock { $0 != nil } }
        return outcome.withLock { $0 }
    }

    @Test("Requests are answered and told of it; with room again everything goes on")
    func goesOn() throws {
        let folder = try ScratchFolder()
        let disk = FullDisk()
        try withEngine(disk, in: folder) { host, client in
            #expect(try client.post("/v1/examples", Self.lines(0..<1000)).status == 200)
            #expect(try Self.wait { try Self.model(host).serving.checkpoint != nil })
            let served = try Self.model(host).serving.checkpoint
            #expect(try Self.tiers(client) == ["model"])
            #expect(try client.get("/readyz").json()["trouble"] == nil)

            disk.isFull = true
            let late = Mutex<DoorClient.Reply?>(nil)
            let isAnswered = DispatchSemaphore(value: 0)
            Thread {
                let reply = Result { try client.post("/v1/examples", Self.lines(1000..<2000)) }
                if case .success(let reply) = reply { late.withLock { $0 = reply } }
                isAnswered.signal()
            }.start()
            #expect(try Self.wait { try client.get("/readyz").json()["trouble"] != nil })
            try Self.checkTold(host, client)
            #expect(try Self.tiers(client) == ["model"])
            #expect(try Self.model(host).serving.checkpoint == served)

            // A fallback needs no disk, and neither does the way back.
            #expect(Self.fallback(true, host)?.effects.first?.changed == true)
            #expect(try Self.tiers(client) == ["constant"])
            #expect(try client.get("/readyz").json()["status"] as? String == "degraded")
            #expect(Self.fallback(false, host)?.effects.first?.changed == true)
            #expect(try Self.tiers(client) == ["model"])
            #expect(late.withLock { $0 == nil })

            disk.isFull = false
            #expect(isAnswered.wait(timeout: .now() + 60) == .success)
            #expect(late.withLock { $0?.status } == 200)
            #expect(
                try Self.wait {
                    let model = try Self.model(host)
                    return model.training.state == .running && model.training.cursor >= 2000
                })
            #expect(try client.get("/readyz").json()["trouble"] == nil)
            #expect(try Self.model(host).alarms.allSatisfy { $0.name != "disk_trouble" })
            #expect(try Self.wait { try Self.model(host).serving.checkpoint != served })
        }
    }

    /// What the doors and the snapshot say of the disk.
    private static func checkTold(_ host: EngineHost, _ client: DoorClient) throws {
        let readiness = try client.get("/readyz")
        #expect(readiness.status == 200)
        let ready = try readiness.json()
        #expect(ready["status"] as? String == "ready")
        #expect((ready["trouble"] as? String)?.contains("No space left on device") == true)
        let models = ready["models"] as? [[String: Any]]
        #expect(models?.first?["tier"] as? String == "model")
        let metrics = try client.get("/metrics").text
        for line in [
            "spindle_training_state{model=\"m\",state=\"waiting\"} 1",
            "spindle_serving_tier{model=\"m\",tier=\"model\"} 1",
            "spindle_alarms_open{model=\"m\",severity=\"critical\"} 1",
        ] {
            #expect(metrics.contains(line + "\n"), "\(line) is not in \(metrics)")
        }
        let model = try Self.model(host)
        #expect(model.training.state == .waiting && model.serving.tier == .model)
        #expect(model.alarms.contains { $0.name == "disk_trouble" })
    }
}
