import Foundation
import Glibc
import Ingestion
import NIOCore
import NIOHTTP1
import Operation
import Vocabulary
import World

/// One connection: gathers a request, answers it, and only then reads the next.
final class DoorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let doors: Doors
    private let counts: DoorCounts
    private let isSocket: Bool
    /// Its buffers are large: only for connections that ask for predictions.
    private lazy var predictor = Predictor()
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var begun = Span.zero
    private var timeout: Scheduled<Void>?
    private var isAdmitted = false
    private var isAnswering = false
    /// True while an answer is written, in the course of which the next request may come.
    private var isReplying = false
    /// A request that is there as a whole, and has to wait for its answer.
    private var isHeld = false
    /// True once an answer has said that it is the last one.
    private var isClosing = false

    init(_ doors: Doors, _ counts: DoorCounts, isSocket: Bool) {
        (self.doors, self.counts, self.isSocket) = (doors, counts, isSocket)
    }

    func channelActive(context: ChannelHandlerContext) {
        isAdmitted = isSocket || doors.admit()
        if !isAdmitted {
            doors.left()
            context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isAdmitted, !isSocket { doors.left() }
        isAdmitted = false
        if isAnswering || head != nil { ended() }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let part):
            isTooLarge =
                isTooLarge || body.count + part.readableBytes > doors.settings.requestSizeMax
            if !isTooLarge { body.append(contentsOf: part.readableBytesView) }
        case .end:
            guard head != nil else { return }
            isAnswering = true
            isHeld = true
            // Answered within another answer, each request of a burst would deepen the stack.
            if !isReplying { answerHeld(context) }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !isReplying { answerHeld(context) }
        context.fireChannelWritabilityChanged()
    }

    /// What is not HTTP has no answer before it that is under way: the pipeline sees to that.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let fault = error as? HTTPParserError, !isAnswering, !isClosing else {
            return context.close(promise: nil)
        }
        let unread = HTTPRequestHead(version: .http1_1, method: .GET, uri: "")
        if head == nil { begin(unread, context) }
        let isLong = fault == .headerOverflow
        reply(
            .refusal(isLong ? .requestHeaderFieldsTooLarge : .badRequest, "\(fault)"),
            DoorTarget(head?.uri ?? ""), context, closes: true)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Who says nothing for long is let go; who waits for an answer is not.
        if event is IdleStateHandler.IdleStateEvent, !isAnswering {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        body.removeAll(keepingCapacity: true)
        isTooLarge = false
        begun = WallClock.monotonic()
        doors.requestBegan()
        let size = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        isTooLarge = size > doors.settings.requestSizeMax
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            guard !isTooLarge else { return refuseSize(DoorTarget(head.uri), context) }
            let going = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(going)), promise: nil)
        }
        let channel = context.channel
        timeout = context.eventLoop.scheduleTask(
            in: .microseconds(doors.settings.requestTimeout.microseconds)
        ) { channel.close(promise: nil) }
    }

    private func ended() {
        timeout?.cancel()
        (head, isAnswering, isHeld) = (nil, false, false)
        doors.requestEnded()
    }

    /// Answers what is held, unless the client does not read what it was answered before: then it
    /// has its time-out for that.
    private func answerHeld(_ context: ChannelHandlerContext) {
        guard isHeld, let head, context.channel.isWritable else { return }
        isHeld = false
        timeout?.cancel()
        answer(head, context)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let target = DoorTarget(head.uri)
        if isTooLarge { return refuseSize(target, context) }
        let isRead = head.method == .HEAD && target.route.method == .GET
        guard target.route == .unknown || head.method == target.route.method || isRead else {
            var answer = DoorAnswer.refusal(
                .methodNotAllowed, "\(target.path) takes \(target.route.method)")
            answer.allow = target.route.method
            return reply(answer, target, context)
        }
        if let coding = head.headers.first(name: "Content-Encoding"), coding != "identity" {
            return reply(
                .refusal(.unsupportedMediaType, "expected a body as it is, found \(coding)"),
                target, context)
        }
        switch target.route {
        case .predict: reply(predict(target), target, context)
        case .examples: post(.examples, target, context)
        case .labels: post(.labels, target, context)
        case .act: act(target, context)
        case .rehearse: reply(doors.rehearse(target, body, isSocket: isSocket), target, context)
        case .journal: reply(doors.readJournal(body, isSocket: isSocket), target, context)
        case .model, .status, .snapshot, .healthz, .readyz, .metrics, .readiness, .unknown:
            noteConsole(head, context)
            reply(doors.look(target, isSocket: isSocket, head.method), target, context)
        }
    }

    /// A console that looks is somebody who watches.
    private func noteConsole(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard isSocket, let host = doors.host,
            let console = head.headers.first(name: ControlClient.consoleHeader)
        else { return }
        let parts = console.split(separator: " ", maxSplits: 1).map { String($0.prefix(200)) }
        let user: String
        do {
            user = ThisProcess.userName(of: try peer(context))
        } catch {
            user = "unknown"
        }
        host.watchers.note(
            parts.first ?? "", user: user, from: parts.count > 1 ? parts[1] : "",
            at: WallClock.monotonic())
    }

    private func refuseSize(_ target: DoorTarget, _ context: ChannelHandlerContext) {
        let size = doors.settings.requestSizeMax
        reply(
            .refusal(.payloadTooLarge, "expected a body of at most \(size) bytes"), target, context,
            closes: true)
    }

    private func predict(_ target: DoorTarget) -> DoorAnswer {
        guard let desk = doors.desk.model(target.model ?? "") else {
            return .refusal(.notFound, "there is no model \(target.model ?? "")")
        }
        do throws(RequestFault) {
            return DoorAnswer(
                .ok, body: PredictionText.bytes(of: try predictor.predict(body, at: desk)))
        } catch {
            return .refusal(.badRequest, "\(error)")
        }
    }

    private func post(
        _ stream: StreamKind, _ target: DoorTarget, _ context: ChannelHandlerContext
    ) {
        guard let desk = doors.model(of: target) else {
            let known = doors.desk.models.map(\.model.text).joined(separator: ", ")
            return reply(
                .refusal(.notFound, "expected ?model= with one of: \(known)"), target, context)
        }
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        let post = RecordPost(stream: stream, lines: body) { outcome in
            loop.execute {
                let (handler, context) = bound.value
                handler.reply(Self.answer(to: outcome), target, context)
            }
        }
        switch desk.post(post) {
        case .taken: break
        case .full:
            reply(
                .refusal(
                    .tooManyRequests, "too many records wait for the disk", retryAfterSeconds: 1),
                target, context)
        case .closed(let reason):
            reply(
                .refusal(.serviceUnavailable, reason, retryAfterSeconds: 5), target, context)
        }
    }

    private struct Posted: Encodable {
        var records: Int
        var duplicates: Int
        var quarantined: Int
    }

    private static func answer(to outcome: PostOutcome) -> DoorAnswer {
        switch outcome {
        case .durable(let records, let duplicates, let quarantined):
            DoorAnswer(
                .ok, Posted(records: records, duplicates: duplicates, quarantined: quarantined))
        case .refused(let reason):
            .refusal(.serviceUnavailable, reason, retryAfterSeconds: 5)
        }
    }

    private func act(_ target: DoorTarget, _ context: ChannelHandlerContext) {
        guard isSocket else {
            return reply(
                .refusal(
                    .forbidden, "acts are taken on the control socket, which knows who you are"),
                target, context)
        }
        guard let host = doors.host else {
            return reply(
                .refusal(.serviceUnavailable, "the engine is starting", retryAfterSeconds: 1),
                target, context)
        }
        let request: ActRequest
        do {
            request = try ActBody.request(
                target.path, body, user: ThisProcess.userName(of: try peer(context)))
        } catch {
            return reply(.refusal(.badRequest, "\(error)"), target, context)
        }
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        host.submit(request) { outcome in
            loop.execute {
                let (handler, context) = bound.value
                let reply = ActReply(outcome)
                handler.reply(
                    DoorAnswer(reply.outcome == "refused" ? .conflict : .ok, reply), target,
                    context)
            }
        }
    }

    private func peer(_ context: ChannelHandlerContext) throws -> UInt32 {
        guard let provider = context.channel as? any SocketOptionProvider else {
            throw ActRefusal("your user id cannot be read: no socket")
        }
        let future: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .init(SOL_SOCKET), name: .init(SO_PEERCRED))
        var found: UInt32?
        future.assumeIsolated().whenSuccess { found = $0.user }
        guard let found else {
            throw ActRefusal("your user id cannot be read: the socket does not say")
        }
        return found
    }

    private func reply(
        _ answer: DoorAnswer, _ target: DoorTarget, _ context: ChannelHandlerContext,
        closes: Bool = false
    ) {
        guard let head, context.channel.isActive else { return }
        counts.note(target.route, Int(answer.status.code), WallClock.monotonic() - begun)
        // Behind an offer of another protocol the parser reads nothing more.
        let isUpgrade = head.headers.contains(name: "Upgrade") || head.method == .CONNECT
        let isKept = head.isKeepAlive && !closes && !isUpgrade && !doors.isDraining
        let done = isKept ? nil : context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        done?.futureResult.whenComplete { _ in channel.close(promise: nil) }
        ended()
        isReplying = true
        isClosing = !isKept
        write(answer, hasBody: head.method != .HEAD, isKept: isKept, context, done)
        isReplying = false
        guard isHeld else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.answerHeld(context)
        }
    }

    private func write(
        _ answer: DoorAnswer, hasBody: Bool, isKept: Bool, _ context: ChannelHandlerContext,
        _ done: EventLoopPromise<Void>?
    ) {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: answer.contentType)
        headers.add(name: "Content-Length", value: String(answer.body.count))
        if let seconds = answer.retryAfterSeconds {
            headers.add(name: "Retry-After", value: String(seconds))
        }
        if let allow = answer.allow { headers.add(name: "Allow", value: "\(allow)") }
        if !isKept { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if hasBody {
            let buffer = context.channel.allocator.buffer(bytes: answer.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
    }
}

/// Linux's `struct ucred`, which only a feature macro of the C library would show.
private struct PeerCredentials: Sendable {
    var process: Int32 = 0
    var user: UInt32 = 0
    var userGroup: UInt32 = 0
}
