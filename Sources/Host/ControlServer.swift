import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Operation
import Vocabulary
import World

/// The control socket: HTTP and JSON on a Unix domain socket in the state directory.
///
///     GET  /v1/status                  `status --json`
///     GET  /v1/snapshot                the same with the points of the charts
///     GET  /healthz
///     POST /v1/models/MODEL:ACT        stop, resume, rollback, purge, pin, build
///     POST /v1/models:ACT              for all models
///
/// The peer's user id is who acts: root and the engine's own user may, all others may look.
package final class ControlServer {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let path: String

    package init(_ path: String, host: EngineHost) throws {
        self.path = path
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMap {
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ControlHandler(host))
                    }
                }
            }
        do {
            channel = try bootstrap.bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true
            ).wait()
        } catch {
            try group.syncShutdownGracefully()
            throw error
        }
        chmod(path, 0o660)
    }

    /// Closes the socket and removes it.
    package func close() throws {
        try channel.close().wait()
        try group.syncShutdownGracefully()
        try LocalDisk().remove(path)
    }
}

/// Linux's `struct ucred`, which only a feature macro of the C library would show.
private struct PeerCredentials: Sendable {
    var process: Int32 = 0
    var user: UInt32 = 0
    var userGroup: UInt32 = 0
}

/// One connection of the control socket.
private final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    enum Limits {
        static let bodySizeMax = 64 << 10
    }

    private let host: EngineHost
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(_ host: EngineHost) {
        self.host = host
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let part):
            isTooLarge = isTooLarge || body.count + part.readableBytes > Limits.bodySizeMax
            if !isTooLarge { body.append(contentsOf: part.readableBytesView) }
        case .end:
            guard let head else { return }
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = String(head.uri.prefix { $0 != "?" })
        if isTooLarge {
            return reply(.payloadTooLarge, ["error": "the body is too large"], context)
        }
        switch (head.method, path) {
        case (.GET, "/healthz"): reply(.ok, ["status": "ok"], context)
        case (.GET, "/v1/status"), (.GET, "/v1/snapshot"):
            guard let latest = host.latest() else {
                return reply(.serviceUnavailable, ["error": "the engine is starting"], context)
            }
            let isFull = path == "/v1/snapshot"
            reply(.ok, isFull ? latest.snapshot : latest.snapshot.summary, context)
        case (.POST, _) where path.hasPrefix("/v1/models"): act(path, context)
        default: reply(.notFound, ["error": "there is no \(head.method) \(path)"], context)
        }
    }

    private func act(_ path: String, _ context: ChannelHandlerContext) {
        let user: UInt32
        do {
            user = try peer(context)
        } catch {
            return reply(.forbidden, ["error": "your user id cannot be read: \(error)"], context)
        }
        guard user == 0 || user == ThisProcess.userID else {
            let name = ThisProcess.userName(of: user)
            return reply(.forbidden, ["error": "\(name) may look, not act"], context)
        }
        let request: ActRequest
        do {
            request = try Self.request(path, body, user: ThisProcess.userName(of: user))
        } catch {
            return reply(.badRequest, ["error": "\(error)"], context)
        }
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        host.submit(request) { outcome in
            loop.execute {
                let (handler, context) = bound.value
                let reply = ActReply(outcome)
                handler.reply(reply.outcome == "refused" ? .conflict : .ok, reply, context)
            }
        }
    }

    private static func request(
        _ path: String, _ body: [UInt8], user: String
    ) throws -> ActRequest {
        let rest = path.dropFirst("/v1/models".count)
        guard let colon = rest.lastIndex(of: ":") else {
            throw ActRefusal("expected /v1/models/MODEL:ACT or /v1/models:ACT")
        }
        let scope: ActScope
        if colon == rest.startIndex {
            scope = .all
        } else {
            guard let name = ModelName(String(rest[..<colon].dropFirst())) else {
                throw ActRefusal("expected the name of a model in \(path)")
            }
            scope = .model(name)
        }
        let bytes = body.isEmpty ? Array("{}".utf8) : body
        let parsed: ActBody
        do {
            parsed = try JSON.decode(ActBody.self, from: Foundation.Data(bytes))
        } catch {
            throw ActRefusal(
                "the body: expected a JSON object of texts (where: a list of them; dry_run, "
                    + "no_wait, keep_cursor, off: true or false)")
        }
        try ActBody.checkFields(of: bytes)
        return try parsed.request(
            String(rest[rest.index(after: colon)...]), scope, user: user)
    }

    private func peer(_ context: ChannelHandlerContext) throws -> UInt32 {
        guard let provider = context.channel as? any SocketOptionProvider else {
            throw ActRefusal("no socket")
        }
        let future: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .init(SOL_SOCKET), name: .init(SO_PEERCRED))
        var found: UInt32?
        future.assumeIsolated().whenSuccess { found = $0.user }
        guard let found else { throw ActRefusal("the socket does not say") }
        return found
    }

    private func reply(
        _ status: HTTPResponseStatus, _ value: some Encodable, _ context: ChannelHandlerContext
    ) {
        var bytes: [UInt8]
        var status = status
        do {
            bytes = [UInt8](try JSON.encode(value))
        } catch {
            status = .internalServerError
            bytes = Array("{\"error\":\"the answer cannot be written as JSON\"}".utf8)
        }
        bytes.append(UInt8(ascii: "\n"))
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "Content-Length", value: String(bytes.count))
        let isKeptAlive = head?.isKeepAlive ?? false
        if !isKeptAlive { headers.add(name: "Connection", value: "close") }
        let responseHead = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        let done = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
        let channel = context.channel
        done.futureResult.whenComplete { _ in
            if !isKeptAlive { channel.close(promise: nil) }
        }
    }
}
