import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("The control socket", .serialized)
struct ControlSocketTests {
    @Test("Status is answered and a stop is latched, journalled and shown, from another client")
    func stopsAndShows() throws {
        let folder = try ScratchFolder()
        let state = try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: SpindleConfiguration.embedded, file: "test")
        }
        let host = EngineHost(state)
        let socket = StateFolder.socketPath(in: folder.path + "/state")
        let server = Doors(DoorSettings(), desk: state.desk)
        server.attach(host)
        try server.listen(onSocket: socket)
        let client = ControlClient(socket)
        let done = DispatchSemaphore(value: 0)
        let colleague = Operator(host: host, client: client)
        Thread {
            colleague.work(); done.signal()
        }.start()
        // The engine runs here, until the operator ends it.
        try host.run(state, feeds: try Feeds.all(of: state))
        done.wait()
        try server.close()
        let outcome = colleague.result
        #expect(outcome.before == .running)
        #expect(outcome.after == .stopped)
        #expect(outcome.isLatched)
        #expect(outcome.unknown == .refused("there is no such model; known: shop"))
        let acts = try state.journal.tail(100).filter { $0.kind == .act }
        #expect(acts.map(\.act) == ["stop"])
        #expect(acts.first?.reason == "drill")
        try client.close()
    }

    @Test("Where nobody listens, there is no engine")
    func findsNoEngine() throws {
        let folder = try ScratchFolder()
        let client = ControlClient(folder.path + "/none.sock")
        #expect(throws: NoEngine.self) { _ = try client.snapshot(full: false) }
        try client.close()
    }
}

/// Acts over the socket, on a thread of its own.
private final class Operator: @unchecked Sendable {
    // Sendable because `result` is read only after the thread that writes it has ended.
    struct Result {
        var before: TrainingState?
        var after: TrainingState?
        var isLatched = false
        var unknown: ActOutcome?
    }

    private(set) var result = Result()
    private let host: EngineHost
    private let client: ControlClient

    init(host: EngineHost, client: ControlClient) {
        self.host = host
        self.client = client
    }

    func work() {
        do {
            while host.latest() == nil { Thread.yieldToOthers() }
            result.before = try client.snapshot(full: false).models.first?.training.state
            let model = ModelName("shop").map { ActScope.model($0) } ?? .all
            _ = try client.act(request(model))
            let snapshot = try client.snapshot(full: true)
            result.after = snapshot.models.first?.training.state
            result.isLatched = snapshot.latched
            let other = ModelName("other").map { ActScope.model($0) } ?? .all
            result.unknown = try client.act(request(other))
        } catch {
            Issue.record(error)
        }
        host.end()
    }

    private func request(_ scope: ActScope) -> ActRequest {
        ActRequest(
            act: .stop, scope: scope, reason: "drill", isDryRun: false,
            actor: Actor(user: "eve", from: "test"))
    }
}

extension Thread {
    fileprivate static func yieldToOthers() { sched_yield() }
}
