import Foundation
import Testing

/// The HTTP doors as a hostile or an unlucky client meets them.
@Suite("spindle's doors", .serialized, .timeLimit(.minutes(3)))
struct DoorTests {
    private static let good = DoorEngine.predict("[{\"query\":\"wool\"}]")
    private static let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n"

    /// A request that cannot be carried out.
    private struct Bad {
        var what: String
        var request: Data
        /// What it is answered.
        var status: Int
        /// What the error names.
        var names = ""

        init(_ what: String, _ request: Data, _ status: Int, _ names: String = "") {
            (self.what, self.request) = (what, request)
            (self.status, self.names) = (status, names)
        }

        init(_ what: String, _ request: String, _ status: Int, _ names: String = "") {
            self.init(what, Data(request.utf8), status, names)
        }
    }

    /// Sends each and expects its answer; a good request after each is answered.
    private func expectRefused(_ requests: [Bad], by engine: DoorEngine) throws {
        for bad in requests {
            let wire = try engine.connect()
            wire.send(bad.request)
            let reply = try wire.reply()
            #expect(reply?.status == bad.status, "\(bad.what): \(reply?.text ?? "closed")")
            let error = try reply?.error() ?? ""
            #expect(bad.names.isEmpty || error.contains(bad.names), "\(bad.what): \(error)")
            let next = try engine.connect()
            next.send(Self.good)
            #expect(try next.reply()?.status == 200, "after \(bad.what)")
        }
        #expect(engine.process.isRunning)
    }

    private static func post(_ headers: String, _ body: String) -> String {
        "POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\n\(headers)\r\n\r\n\(body)"
    }

    @Test("What is not HTTP is refused as JSON and let go, and good requests go on being answered")
    func notHTTP() throws {
        let long = String(repeating: "a", count: 200_000)
        let many = (0..<2000).map { "h\($0): a\r\n" }.joined()
        try DoorEngine.with { engine in
            let requests = [
                Bad("words", "how do you do?\r\n\r\n", 400),
                Bad("the beginning of TLS", Data([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 10]), 400),
                Bad("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
                Bad("HTTP/9", "GET /healthz HTTP/9.9\r\n\r\n", 400),
                Bad("a long request line", "GET /\(long) HTTP/1.1\r\n\r\n", 431),
                Bad("a long header", "\(Self.get)X: \(long)\r\n\r\n", 431),
                Bad("many headers", "\(Self.get)\(many)\r\n", 431),
                Bad("a bad header", "\(Self.get)no colon\r\n\r\n", 400),
                Bad("two lengths", Self.post("Content-Length: 2\r\nContent-Length: 3", "{}"), 400),
                Bad("a length below 0", Self.post("Content-Length: -1", ""), 400),
                Bad("no length", Self.post("Content-Length: many", "{}"), 400),
                Bad(
                    "a length and chunks",
                    Self.post("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
                Bad("bad chunks", Self.post("Transfer-Encoding: chunked", "wool\r\n{}"), 400),
            ]
            try expectRefused(requests, by: engine)
            for bad in requests {
                let wire = try engine.connect()
                wire.send(bad.request)
                #expect(wire.ends(), "\(bad.what)")
            }
        }
    }

    @Test("A request that cannot be carried out is answered with its status, and says why")
    func statuses() throws {
        try DoorEngine.with(serving: "request_size_max = \"64KiB\"") { engine in
            let large = String(repeating: " ", count: 65_537)
            let chunk = String(repeating: " ", count: 0x9000)
            let chunks = "9000\r\n\(chunk)\r\n9000\r\n\(chunk)\r\n0\r\n\r\n"
            let expecting = "Expect: 100-continue\r\nContent-Length: 65537"
            try expectRefused(
                [
                    Bad("a large body", Self.post("Content-Length: 65537", large), 413, "65536"),
                    Bad("large chunks", Self.post("Transfer-Encoding: chunked", chunks), 413),
                    Bad("a large body that waits to be sent", Self.post(expecting, ""), 413),
                    Bad("GET", "GET /v1/models/m:predict HTTP/1.1\r\n\r\n", 405, "POST"),
                    Bad("POST", "POST /healthz HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405, "GET"),
                    Bad("DELETE", "DELETE /v1/examples HTTP/1.1\r\n\r\n", 405, "POST"),
                    Bad("a path", "GET /favicon.ico HTTP/1.1\r\n\r\n", 404, "/favicon.ico"),
                    Bad("no path", "OPTIONS * HTTP/1.1\r\n\r\n", 404),
                    Bad("a proxy", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                    Bad("a model", "GET /v1/models/x HTTP/1.1\r\n\r\n", 404, "x"),
                    Bad("a model's version", "GET /v1/models/m/versions/1 HTTP/1.1\r\n\r\n", 404),
                    Bad("records", DoorEngine.post("/v1/labels?model=x", Data()), 404, "m"),
                    Bad("an act", DoorEngine.post("/v1/models/m:stop", Data()), 403, "socket"),
                    Bad("gzip", Self.post("Content-Encoding: gzip\r\nContent-Length: 0", ""), 415),
                ], by: engine)
            let reply = try engine.ask("/v1/examples")
            #expect(reply.status == 405 && reply.headers["allow"] == "POST")
        }
    }

    @Test("A body that cannot be read is answered with 400, and names the place")
    func bodies() throws {
        func predict(_ what: String, _ body: Data, _ names: String) -> Bad {
            Bad(what, DoorEngine.post("/v1/models/m:predict", body), 400, names)
        }
        func predict(_ body: String, _ names: String) -> Bad {
            predict(String(body.prefix(60)), Data(body.utf8), names)
        }
        let rows = [String](repeating: "{}", count: 10_001).joined(separator: ",")
        let deep = String(repeating: "[", count: 1_000_000)
        let invalid = Data("{\"instances\":[{\"a\":\"".utf8) + [0xFF] + Data("\"}]}".utf8)
        try DoorEngine.with { engine in
            try expectRefused(
                [
                    predict("", "an object"),
                    predict("wool", "byte 1"),
                    predict("[]", "an object"),
                    predict("{}", "instances"),
                    predict("{\"instances\":[{\"a\":1}]", "byte"),
                    predict("{\"instances\":[{\"a\":1}]}}", "nothing after"),
                    predict("{\"instances\":[]}", "instances"),
                    predict("{\"instances\":{\"a\":1}}", "instances"),
                    predict("{\"instances\":[1]}", "instances[0]"),
                    predict("{\"instances\":[{},{\"a\":{\"b\":1}}]}", "instances[1].a"),
                    predict("{\"instances\":[{\"a\":1e999}]}", "instances[0].a"),
                    predict("{\"instances\":[{\"a\":NaN}]}", "instances[0].a"),
                    predict("{\"instances\":[{\"@id\":5}]}", "instances[0].@id"),
                    predict("{\"instances\":[{\"@who\":\"a\"}]}", "instances[0].@who"),
                    predict("{\"inputs\":[1]}", "inputs"),
                    predict("{\"instances\":[\(rows)]}", "10000"),
                    predict("{\"instances\":[{\"a\":\(deep)", "byte"),
                    predict("{\"else\":\(deep)", "byte"),
                    predict("bytes that are not UTF-8", invalid, "UTF-8"),
                ], by: engine)
            let most = Data("{\"instances\":[\(rows.dropLast(3))]}".utf8)
            let reply = try engine.post("/v1/models/m:predict", most)
            #expect((try reply.json()["predictions"] as? [Double])?.count == 10_000)
        }
    }

    @Test("Chunks are a body like any other, and who waits to be told to go on is told")
    func chunks() throws {
        try DoorEngine.with { engine in
            let wire = try engine.connect()
            let text = "5\r\n{\"ins\r\nD;x=y\r\ntances\":[{}]}\r\n0\r\nTrailer: 1\r\n\r\n"
            wire.send(Self.post("Transfer-Encoding: chunked", text))
            #expect(try wire.reply()?.status == 200)
            let body = "{\"instances\":[{}]}"
            wire.send(Self.post("Expect: 100-continue\r\nContent-Length: \(body.utf8.count)", ""))
            #expect(try wire.reply()?.status == 100)
            wire.send(body)
            #expect(try wire.reply()?.status == 200)
        }
    }

    @Test("Requests in one go are answered in their order, and the connection is kept")
    func pipelines() throws {
        try DoorEngine.with { engine in
            let wire = try engine.connect()
            let example = Data("{\"id\":\"e\",\"ts\":0,\"features\":{}}\n".utf8)
            var requests = DoorEngine.predict("[{\"@id\":\"a\"}]")
            // The answer to this one has to wait for the disk.
            requests += DoorEngine.post("/v1/examples", example)
            requests += Data("HEAD /healthz HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n".utf8)
            requests += DoorEngine.predict("[{\"@id\":\"b\"}]")
            for _ in 0..<3 {
                wire.send(requests)
                #expect(try wire.reply()?.json()["ids"] as? [String] == ["a"])
                #expect(try wire.reply()?.json()["records"] as? Int == 1)
                // This one has the length of a body, and no body.
                #expect(try wire.headReply()?.status == 200)
                #expect(try wire.reply()?.status == 404)
                #expect(try wire.reply()?.json()["ids"] as? [String] == ["b"])
            }
        }
    }

    @Test("Thousands of requests in one go, behind one that waits for the disk, are all answered")
    func floods() throws {
        try DoorEngine.with { engine in
            let wire = try engine.connect()
            let count = 10_000
            let looks = [String](repeating: "GET / HTTP/1.1\r\n\r\n", count: count)
            // Large reads are what a connection gets that has brought much before.
            let large = [UInt8](repeating: 32, count: 1 << 20)
            for _ in 0..<2 {
                wire.send(DoorEngine.post("/v1/examples", large))
                #expect(try wire.reply()?.status == 200)
            }
            wire.send(DoorEngine.post("/v1/examples", Data()) + Data(looks.joined().utf8))
            #expect(try wire.reply()?.status == 200)
            for index in 0..<count {
                try #require(try wire.reply()?.status == 404, "answer \(index)")
            }
            #expect(try engine.ask("/healthz").status == 200)
        }
    }

    @Test("Who asks to close, speaks HTTP/1.0 or was refused a body is answered, and nothing after")
    func closes() throws {
        try DoorEngine.with(serving: "request_size_max = \"64KiB\"") { engine in
            let large = [UInt8](repeating: 32, count: 70_000)
            let example = Data("{\"id\":\"after\",\"ts\":0,\"features\":{}}\n".utf8)
            for request in [
                Data("\(Self.get)Connection: close\r\n\r\n".utf8),
                Data("GET /healthz HTTP/1.0\r\n\r\n".utf8), DoorEngine.post("/v1/labels", large),
            ] {
                let wire = try engine.connect()
                wire.send(request + DoorEngine.post("/v1/examples", example))
                #expect(try wire.reply()?.headers["connection"] == "close")
                #expect(wire.endsSilently)
            }
            // What stood behind an end was not taken in.
            let reply = try engine.post("/v1/examples", example).json()
            #expect(reply["records"] as? Int == 1 && reply["duplicates"] as? Int == 0)
        }
    }

    @Test("Who would rather speak another protocol is answered in this one, and may ask again")
    func upgrades() throws {
        try DoorEngine.with { engine in
            let wire = try engine.connect()
            wire.send("\(Self.get)Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
            let first = try #require(try wire.reply())
            #expect(first.status == 200)
            // Kept or closed, but not left waiting for an answer that never comes.
            if first.headers["connection"] == "close" {
                #expect(wire.endsSilently)
            } else {
                wire.send("\(Self.get)\r\n")
                #expect(try wire.reply()?.status == 200)
            }
        }
    }
}
