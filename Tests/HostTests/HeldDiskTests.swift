import Foundation
import Host
import Operation
import Synchronization
import Testing
import Vocabulary
import World

@Suite("A disk that hangs under the books of incidents", .serialized)
struct HeldDiskTests {

    @Test("A stop over the control socket and a look at the state do not wait for it")
    func stopsBesideIt() throws {
        let folder = try ScratchFolder()
        let disk = HeldDisk(behind: "incidents.json")
        var world = HostWorld.local
        world.disk = disk
        let path = folder.path + "/state"
        let state = try StateFolder(path, world: world, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.m]\ncheckpoint_examples = 500", file: "test")
        }
        let host = EngineHost(state)
        let doors = Doors(DoorSettings(), desk: state.desk)
        doors.attach(host)
        try doors.listen(onSocket: StateFolder.socketPath(in: path))
        let client = ControlClient(StateFolder.socketPath(in: path))
        let beside = Beside(host: host, disk: disk, client: client)
        let done = DispatchSemaphore(value: 0)
        Thread {
            beside.work()
            done.signal()
        }.start()
        try host.run(state, feeds: [])
        done.wait()
        try doors.close()
        try client.close()
        let model = try #require(ModelName("m"))
        #expect(beside.stopped?.effects.map(\.model) == [model])
        #expect(beside.isSeen && beside.wasHeld)
        #expect(try state.journal.tail(100).count { $0.act == "stop" } == 1)
    }

    /// What others do while the disk hangs, on a thread of its own.
    private final class Beside: @unchecked Sendable {
        // Sendable because what it found is read only after its thread has ended.
        private(set) var stopped: ActOutcome?
        private(set) var isSeen = false
        /// Whether the disk hung all the while.
        private(set) var wasHeld = false
        private let host: EngineHost
        private let disk: HeldDisk
        private let client: ControlClient

        init(host: EngineHost, disk: HeldDisk, client: ControlClient) {
            (self.host, self.disk, self.client) = (host, disk, client)
        }

        func work() {
            defer {
                disk.release()
                host.end()
            }
            while host.latest() == nil { sched_yield() }
            disk.hold()
            host.submit(request(.incident(.open))) { _ in }
            while !disk.isWaitedFor { sched_yield() }
            do {
                stopped = try client.act(request(.stop))
                isSeen = try client.snapshot(full: false).models.first?.training.state == .stopped
            } catch {
                Issue.record(error)
            }
            wasHeld = disk.isWaitedFor
        }

        private func request(_ act: Act) -> ActRequest {
            ActRequest(act: act, scope: .all, reason: "why", isDryRun: false, actor: Owner.actor)
        }
    }
}
