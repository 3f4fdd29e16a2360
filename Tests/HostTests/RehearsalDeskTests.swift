import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("Rehearsals beside an engine", .serialized)
struct RehearsalDeskTests {
    @Test("Asked for on the socket, one is answered with the table of the directory at rest")
    func besideEngine() throws {
        let bench = try RehearsalBench.incident.get().copy()
        let atRest = try bench.rehearse()
        let state = try bench.open()
        let host = EngineHost(state)
        let socket = StateFolder.socketPath(in: bench.path)
        let doors = Doors(DoorSettings(), desk: state.desk)
        doors.attach(host)
        try doors.listen(onSocket: socket)
        let client = ControlClient(socket)
        let colleague = Rehearser(host: host, client: client)
        let done = DispatchSemaphore(value: 0)
        Thread {
            colleague.work()
            done.signal()
        }.start()
        let feed = try FileFeed(
            state.models[0], examples: bench.folder.path + "/examples", labels: nil,
            isFollowing: true, completesForGood: false, passes: 1)
        // The engine runs here, until the colleague ends it.
        try host.run(state, feeds: [feed])
        done.wait()
        try doors.close()
        try client.close()

        let answer = colleague.answer
        let digests = answer.report?.incident?.responses.map(\.learnerDigest)
        #expect(digests == atRest.incident?.responses.map(\.learnerDigest))
        #expect(answer.report?.proposal == atRest.proposal)
        #expect(answer.shares == answer.shares.sorted() && answer.shares.last == 1)
        #expect(answer.cancelled?.contains("cancelled") == true, "\(answer)")
        #expect(answer.unknownJob?.contains("no rehearsal 99") == true, "\(answer)")
        #expect(answer.unknownModel?.contains("known: m") == true, "\(answer)")
        #expect(answer.trainsOn, "the engine stopped for a rehearsal")
    }
}

/// Asks for rehearsals over the socket, on a thread of its own.
private final class Rehearser: @unchecked Sendable {
    // Sendable because `answer` is read only after the thread that writes it has ended.
    struct Answer {
        var report: RehearsalReport?
        var shares: [Double] = []
        var cancelled: String?
        var unknownJob: String?
        var unknownModel: String?
        var trainsOn = false
    }

    private(set) var answer = Answer()
    private let host: EngineHost
    private let client: ControlClient

    init(host: EngineHost, client: ControlClient) {
        (self.host, self.client) = (host, client)
    }

    func work() {
        let model = RehearsalBench.model
        while host.latest() == nil { sched_yield() }
        var query = RehearsalQuery()
        query.since = RehearsalBench.instant(RehearsalBench.window.lowerBound)
        query.follow(model, ask: { try client.rehearse($0, of: model) }) { progress in
            answer.shares.append(progress.share)
            answer.report = progress.report
        }
        answer.trainsOn = host.latest()?.snapshot.models.first?.training.state == .running
        cancelOne(query)
        answer.unknownJob = refusal { query in query.job = 99 }
        answer.unknownModel = refusal(of: ModelName("other")) { _ in }
        host.end()
    }

    /// At once after it has begun.
    private func cancelOne(_ query: RehearsalQuery) {
        do {
            var cancel = RehearsalQuery()
            cancel.job = try client.rehearse(query, of: RehearsalBench.model).job
            cancel.cancels = true
            cancel.follow(
                RehearsalBench.model,
                ask: { try client.rehearse($0, of: RehearsalBench.model) },
                tell: { answer.cancelled = $0.fault })
        } catch {
            Issue.record(error)
        }
    }

    private func refusal(
        of model: ModelName? = RehearsalBench.model, _ change: (inout RehearsalQuery) -> Void
    ) -> String? {
        var query = RehearsalQuery()
        change(&query)
        do {
            _ = try client.rehearse(query, of: model ?? RehearsalBench.model)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
