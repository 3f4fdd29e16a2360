import Foundation
import Glibc
import Testing

/// The program as an engine without sources, with its doors open on a port of its own.
final class DoorEngine {
    let program: Program
    let port: Int
    private(set) var process: Child

    /// Runs a test against an engine that is ready. `serving` are more keys of that table.
    static func with(
        serving: String = "", models: [String] = ["m"], _ body: (DoorEngine) throws -> Void
    ) throws {
        let program = try Program()
        defer { program.remove() }
        let engine = try DoorEngine(program, serving: serving, models: models)
        defer { engine.kill() }
        try engine.waitUntilReady()
        try body(engine)
    }

    /// Starts an engine; it may not be ready yet. `more` are more tables.
    init(
        _ program: Program, serving: String = "", models: [String] = ["m"], more: String = ""
    ) throws {
        self.program = program
        port = try Wire.freePort()
        var toml = "[serving]\nlisten = \"127.0.0.1:\(port)\"\nmust_listen = true\n\(serving)\n"
        for model in models { toml += "[models.\(model)]\nsync_every = \"1h\"\n" }
        try program.write("engine.toml", Data((toml + more).utf8))
        process = try Self.start(program)
    }

    private static func start(_ program: Program) throws -> Child {
        try program.start(["run", "--config", "engine.toml", "--state", "s"], as: "run")
    }

    /// Takes connections, and knows how it is.
    func waitUntilReady() throws {
        let isReady = try Program.wait(seconds: 60) {
            try #require(process.isRunning)
            return try status(of: "/v1/status") == 200
        }
        try #require(isReady)
    }

    /// Nil where nobody takes the connection.
    func status(of path: String) throws -> Int? {
        do {
            return try ask(path).status
        } catch Wire.Fault.refused {
            return nil
        }
    }

    func connect() throws -> Wire { try Wire(port: port) }

    /// One request on a connection of its own.
    func ask(_ path: String) throws -> Wire.Reply {
        try ask(Data("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
    }

    func post(_ path: String, _ body: some DataProtocol) throws -> Wire.Reply {
        try ask(Self.post(path, body))
    }

    /// One instance without features.
    func predict() throws -> Wire.Reply {
        try post("/v1/models/m:predict", Data("{\"instances\":[{}]}".utf8))
    }

    private func ask(_ request: Data) throws -> Wire.Reply {
        let wire = try connect()
        wire.send(request)
        return try #require(try wire.reply())
    }

    /// The bytes of a request that posts something.
    static func post(_ path: String, _ body: some DataProtocol, headers: String = "") -> Data {
        var head = "POST \(path) HTTP/1.1\r\nHost: x\r\n"
        head += "Content-Length: \(body.count)\r\n\(headers)\r\n"
        return Data(head.utf8) + body
    }

    static func predict(_ instances: String) -> Data {
        post("/v1/models/m:predict", Data("{\"instances\":\(instances)}".utf8))
    }

    /// What became of the records of a model, as `spindle status` has it.
    func counts(of model: String = "m") throws -> [String: Int] {
        let outcome = try program.run("status", "--json", "--state", "s")
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let status = try #require(object as? [String: Any], "\(outcome.errors)")
        let models = try #require(status["models"] as? [[String: Any]])
        let counts = models.first { $0["name"] as? String == model }?["counts"] as? [String: Any]
        return try #require(counts).compactMapValues { $0 as? Int }
    }

    /// The counts once they are so, or after a while as they are: a snapshot is made now and then.
    func settledCounts(_ isSo: ([String: Int]) -> Bool) throws -> [String: Int] {
        _ = try Program.wait(seconds: 10) { isSo(try counts()) }
        return try counts()
    }

    /// Ends it as a power failure does.
    func kill() { process.kill() }

    func signal(_ number: Int32) {
        #expect(Glibc.kill(process.processIdentifier, number) == 0)
    }

    func restart() throws {
        process = try Self.start(program)
        try waitUntilReady()
    }
}
