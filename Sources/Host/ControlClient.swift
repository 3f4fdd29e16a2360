import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Operation
import Synchronization
import Vocabulary
import World

/// No engine answers on a control socket.
package struct NoEngine: Error, CustomStringConvertible {
    package var path: String

    package init(path: String) {
        self.path = path
    }

    package var description: String { "\(path): no engine answers" }
}

/// An engine takes connections and does not answer.
package struct SilentEngine: Error, CustomStringConvertible {
    package var path: String
    package var patience: Span

    package var description: String { "\(path): no answer within \(patience.text)" }
}

/// Asks an engine in another process; one connection a request.
package final class ControlClient: Sendable {
    private let path: String
    private let group: MultiThreadedEventLoopGroup
    /// What a console says of itself with each request; nil for what is none.
    private let console: String?

    /// `console` is from where somebody looks, for a client that is a console.
    package init(_ path: String, console: String? = nil) {
        self.path = path
        self.console = console.map { from in
            let plain = from.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }
            return "\(UUID().uuidString) " + String(String.UnicodeScalarView(plain).prefix(200))
        }
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// A mark of the console, a blank, and from where it looks.
    static let consoleHeader = "Spindle-Console"

    /// The state directory of the engine.
    var folder: String { LocalDisk.folder(of: path) }

    package func close() throws {
        try group.syncShutdownGracefully()
    }

    /// An engine that hangs is given up after `patience`, and one that is still starting is none.
    /// Of a full one, charts are over `charts`.
    package func snapshot(
        full: Bool, charts: Span = .hours(24), patience: Span = .seconds(30)
    ) throws -> Snapshot {
        let seconds = charts.microseconds / 1_000_000
        let reply = try exchange(
            .GET, full ? "/v1/snapshot?charts=\(seconds)s" : "/v1/status", body: nil,
            patience: .microseconds(patience.microseconds))
        guard reply.0 != .serviceUnavailable else { throw NoEngine(path: path) }
        return try Self.answer(reply)
    }

    package func act(_ request: ActRequest) throws -> ActOutcome {
        let target =
            switch request.scope {
            case .all: "/v1/models:\(request.act.name)"
            case .model(let name): "/v1/models/\(name):\(request.act.name)"
            }
        // A purge is answered once its learner has caught up, however long that takes.
        var patience = TimeAmount.seconds(30)
        // Whoever stops has something else to do if that does not help.
        if case .stop = request.act { patience = .seconds(2) }
        if case .purge = request.act, request.waits { patience = .hours(24) }
        // It may be of a purge.
        if case .countersign = request.act, request.waits { patience = .hours(24) }
        // A build is tried before the answer.
        if case .build = request.act { patience = .hours(1) }
        let (status, bytes) = try exchange(
            .POST, target, body: try JSON.encode(ActBody(request)), patience: patience)
        if status == .ok || status == .conflict {
            return try JSON.decode(ActReply.self, from: bytes).asOutcome
        }
        do {
            let answer = try JSON.decode([String: String].self, from: bytes)
            return .refused(answer["error"] ?? "the engine answered \(status.code)")
        } catch {
            return .refused("the engine answered \(status.code)")
        }
    }

    /// Begins a rehearsal, or asks how one stands; throws what keeps it from that.
    package func rehearse(
        _ query: RehearsalQuery, of model: ModelName
    ) throws -> RehearsalProgress {
        try ask("/v1/models/\(model):rehearse", query)
    }

    /// A page of the journal.
    package func readJournal(_ query: JournalQuery) throws -> JournalPage {
        try ask("/v1/journal", query)
    }

    /// What was practised.
    package func readReadiness() throws -> ReadinessAnswer {
        try Self.answer(try exchange(.GET, "/v1/readiness", body: nil))
    }

    private func ask<Answer: Decodable>(
        _ target: String, _ query: some Encodable
    ) throws -> Answer {
        try Self.answer(try exchange(.POST, target, body: try JSON.encode(query)))
    }

    private static func answer<Answer: Decodable>(
        _ reply: (status: HTTPResponseStatus, bytes: Foundation.Data)
    ) throws -> Answer {
        let (status, bytes) = reply
        guard status == .ok else {
            throw ActRefusal(
                try JSON.decode([String: String].self, from: bytes)["error"]
                    ?? "the engine answered \(status.code)")
        }
        return try JSON.decode(Answer.self, from: bytes)
    }

    private func exchange(
        _ method: HTTPMethod, _ target: String, body: Foundation.Data?,
        patience: TimeAmount = .seconds(30)
    ) throws -> (HTTPResponseStatus, Foundation.Data) {
        let answer = group.next().makePromise(of: (HTTPResponseStatus, Foundation.Data).self)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHTTPClientHandlers()
                    try operations.addHandler(AnswerCollector(answer))
                }
            }
        let channel: any Channel
        do {
            channel = try bootstrap.connect(unixDomainSocketPath: path).wait()
        } catch {
            answer.fail(error)
            throw NoEngine(path: path)
        }
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: target)
        head.headers.add(name: "Host", value: "localhost")
        head.headers.add(name: "Connection", value: "close")
        if let console { head.headers.add(name: Self.consoleHeader, value: console) }
        head.headers.add(name: "Content-Length", value: String(body?.count ?? 0))
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body {
            let buffer = channel.allocator.buffer(bytes: body)
            channel.write(HTTPClientRequestPart.body(.byteBuffer(buffer)), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let silent = SilentEngine(
            path: path, patience: Span(microseconds: patience.nanoseconds / 1000))
        let timeout = channel.eventLoop.scheduleTask(in: patience) {
            answer.fail(silent)
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        return try answer.futureResult.wait()
    }
}

/// Gathers one answer.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answer: EventLoopPromise<(HTTPResponseStatus, Foundation.Data)>
    private var status = HTTPResponseStatus.internalServerError
    private var bytes = Foundation.Data()
    private var isDone = false

    init(_ answer: EventLoopPromise<(HTTPResponseStatus, Foundation.Data)>) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = head.status
        case .body(let part): bytes.append(contentsOf: part.readableBytesView)
        case .end:
            isDone = true
            answer.succeed((status, bytes))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { answer.fail(ActRefusal("the engine hung up before it had answered")) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone {
            isDone = true
            answer.fail(error)
        }
        context.close(promise: nil)
    }
}
