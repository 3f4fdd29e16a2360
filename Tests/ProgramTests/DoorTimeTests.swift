import Foundation
import Glibc
import Testing

/// The HTTP doors when clients are slow, and when the engine starts and ends.
@Suite("spindle's doors over time", .serialized, .timeLimit(.minutes(3)))
struct DoorTimeTests {
    private static let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n"
    private static let short = "request_timeout = \"500ms\"\nidle_timeout = \"500ms\"\nthreads = 1"

    private static func example(_ id: String, size: Int = 0) -> Data {
        let value = String(repeating: "a", count: size)
        return Data("{\"id\":\"\(id)\",\"ts\":0,\"features\":{\"a\":\"\(value)\"}}\n".utf8)
    }

    @Test("Who sends half a request, or a byte at a time, holds nobody up and is let go")
    func slowClients() throws {
        let head = "POST /v1/examples HTTP/1.1\r\n"
        let halves = [
            "", String(head.prefix(12)), String(Self.get.prefix(30)), "\(Self.get)\r\n",
            "\(head)Content-Length: 100\r\n\r\n{}",
            "\(head)Transfer-Encoding: chunked\r\n\r\nA\r\n{\"id\"",
        ]
        try DoorEngine.with(serving: Self.short) { engine in
            func begin(_ text: String) throws -> Wire {
                let wire = try engine.connect()
                wire.send(text)
                return wire
            }
            let silent = try halves.map(begin)
            let dripping = try [
                begin("\(Self.get)X: "), begin("\(head)Content-Length: 9999\r\n\r\n"),
            ]
            let areGone = try Program.wait(seconds: 20) {
                for wire in dripping { wire.send("a") }
                let (health, prediction) = (try engine.ask("/healthz"), try engine.predict())
                #expect(health.status == 200 && prediction.status == 200)
                return (silent + dripping).allSatisfy { $0.ends(within: 0) }
            }
            #expect(areGone)
        }
    }

    @Test("Who asks and does not read the answers is let go, and fills no memory")
    func unread() throws {
        try DoorEngine.with(serving: Self.short) { engine in
            let wire = try engine.connect()
            let looks = [String](repeating: "GET /metrics HTTP/1.1\r\n\r\n", count: 1000).joined()
            let isGone = Program.wait(seconds: 20) { !wire.send(looks) }
            #expect(isGone)
            #expect(try engine.status(of: "/healthz") == 200)
        }
    }

    @Test("A connection more than there may be is let go at once, and is taken when one has left")
    func connections() throws {
        try DoorEngine.with(serving: "connections_max = 2") { engine in
            func takes() throws -> Wire? {
                let wire = try engine.connect()
                wire.send("\(Self.get)\r\n")
                return try wire.reply() == nil ? nil : wire
            }
            var kept: [Wire] = []
            let isFull = try Program.wait(seconds: 10) {
                if let wire = try takes() { kept.append(wire) }
                return kept.count == 2
            }
            #expect(isFull)
            #expect(try takes() == nil)
            kept.removeLast()
            let isTakenAgain = try Program.wait(seconds: 10) { try takes() != nil }
            #expect(isTakenAgain)
        }
    }

    @Test("Ending, it answers what is under way and takes nothing new, and ends in good order")
    func drains() throws {
        try DoorEngine.with { engine in
            let body = Data("{\"instances\":[{}]}".utf8)
            let whole = DoorEngine.post(
                "/v1/models/m:predict", body, headers: "Expect: 100-continue\r\n")
            let (underWay, kept, posting) = try (
                engine.connect(), engine.connect(), engine.connect()
            )
            underWay.send(whole.dropLast(body.count))
            #expect(try underWay.reply()?.status == 100)
            for wire in [kept, posting] {
                wire.send("\(Self.get)\r\n")
                #expect(try wire.reply()?.status == 200)
            }
            engine.process.terminate()
            let isClosed = try Program.wait(seconds: 10) {
                try engine.status(of: "/healthz") == nil
            }
            #expect(isClosed)
            kept.send("GET /readyz HTTP/1.1\r\n\r\n")
            let readiness = try #require(try kept.reply())
            #expect(readiness.status == 503 && readiness.headers["connection"] == "close")
            #expect(try readiness.json()["status"] as? String == "draining")
            #expect(kept.endsSilently)
            posting.send(DoorEngine.post("/v1/examples", Self.example("new")))
            let refusal = try #require(try posting.reply())
            #expect(refusal.status == 503 && refusal.headers["retry-after"] != nil)
            #expect(try refusal.error().contains("ending"))
            underWay.send(body)
            let answer = try #require(try underWay.reply())
            #expect(answer.status == 200 && answer.headers["connection"] == "close")
            #expect(underWay.endsSilently)
            #expect(try engine.process.waitUntilExit() == 0)
        }
    }

    @Test("While it ends, each post is told the truth: taken in, or not")
    func endsTruthfully() throws {
        try DoorEngine.with { engine in
            let wires = try (0..<8).map { _ in try engine.connect() }
            for (index, wire) in wires.enumerated() {
                let posts = (0..<200).map { post in
                    DoorEngine.post("/v1/examples", Self.example("\(index)-\(post)"))
                }
                wire.send(Data(posts.joined()))
            }
            var taken = try wires[0].reply()?.status == 200 ? 1 : 0
            engine.process.terminate()
            for wire in wires {
                while let reply = try wire.reply() {
                    #expect(reply.status == 200 || reply.status == 503)
                    if reply.status == 200 { taken += 1 }
                }
            }
            #expect(try engine.process.waitUntilExit() == 0)
            try engine.restart()
            #expect(try engine.counts()["examples"] == taken)
        }
    }

    @Test("While it starts fallbacks answer, records wait up to a limit, and the rest says when")
    func starts() throws {
        let program = try Program()
        defer { program.remove() }
        let stuck = try StuckStart(program)
        let engine = try DoorEngine(program, serving: "request_size_max = \"16MiB\"")
        defer { engine.kill() }
        let isStarting = try Program.wait(seconds: 20) {
            try engine.status(of: "/v1/status") == 503
        }
        #expect(isStarting)
        #expect(try engine.ask("/v1/status").headers["retry-after"] == "1")
        #expect(try engine.ask("/readyz").json()["status"] as? String == "degraded")
        #expect(try engine.status(of: "/v1/models/m") == 200)
        let examples = Data((0..<10).map { Self.example("\($0)", size: 1 << 19) }.joined())
        let waiting = try engine.connect()
        waiting.send(DoorEngine.post("/v1/examples", examples))
        let doesWait = try Program.wait(seconds: 10) {
            try engine.ask("/metrics").text.contains("inbox_bytes{model=\"m\"} \(examples.count)\n")
        }
        #expect(doesWait)
        let refusal = try engine.post("/v1/labels", Data(repeating: 32, count: 4 << 20))
        #expect(refusal.status == 429 && refusal.headers["retry-after"] == "1")
        #expect(try refusal.error().contains("too many"))
        // Up to the last byte that may wait.
        let filling = try engine.connect()
        let rest = Data(repeating: 32, count: (8 << 20) - examples.count)
        filling.send(DoorEngine.post("/v1/examples", rest))
        let isFull = try Program.wait(seconds: 10) {
            try engine.ask("/metrics").text.contains("inbox_bytes{model=\"m\"} \(8 << 20)\n")
        }
        #expect(isFull)
        let prediction = try engine.predict()
        #expect(try prediction.json()["tiers"] as? [String] == ["constant"])
        #expect(try prediction.json()["logged"] as? Bool == false)
        try stuck.release()
        try engine.waitUntilReady()
        #expect(try waiting.reply()?.json()["records"] as? Int == 10)
        #expect(try filling.reply()?.status == 200)
        #expect(try engine.settledCounts { $0["examples"] == 10 }["examples"] == 10)
        #expect(try engine.ask("/metrics").text.contains("unlogged_total{model=\"m\"} 1\n"))
    }

    @Test("A post that is larger than what may wait is taken when nothing else waits")
    func largePosts() throws {
        try DoorEngine.with(serving: "request_size_max = \"16MiB\"") { engine in
            let examples = Data((0..<18).map { Self.example("\($0)", size: 1 << 19) }.joined())
            let reply = try engine.post("/v1/examples", examples)
            #expect(reply.status == 200)
            #expect(try reply.json()["records"] as? Int == 18)
        }
    }
}

/// Keeps an engine from starting, after its doors have opened: a file that its recovery reads is a
/// pipe that nobody writes.
private struct StuckStart {
    private let path: String

    init(_ program: Program) throws {
        let folder = program.folder + "/s/models/m/raw"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        path = folder + "/acknowledged"
        try #require(mkfifo(path, 0o600) == 0)
    }

    func release() throws {
        let elsewhere = path + "-once"
        try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
        let descriptor = open(elsewhere, O_WRONLY | O_NONBLOCK)
        try #require(descriptor >= 0)
        close(descriptor)
        try FileManager.default.removeItem(atPath: elsewhere)
    }
}
