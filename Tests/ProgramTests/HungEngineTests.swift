import Foundation
import Glibc
import Testing

/// Stops beside an engine that hangs: real processes, one of them halted.
@Suite("An engine that hangs", .serialized, .timeLimit(.minutes(3)))
struct HungEngineTests {
    private func entries(_ program: Program) throws -> [[String: Any]] {
        let outcome = try program.run("journal", "--json", "--state", "s")
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return (object as? [String: Any])?["entries"] as? [[String: Any]] ?? []
    }

    private func status(_ program: Program) throws -> [String: Any] {
        let outcome = try program.run("status", "--json", "--state", "s")
        guard outcome.status == 0 else { return [:] }
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return object as? [String: Any] ?? [:]
    }

    /// What `status` says of the one model's training.
    private func training(_ program: Program) throws -> [String: Any] {
        let models = try status(program)["models"] as? [[String: Any]]
        return models?.first?["training"] as? [String: Any] ?? [:]
    }

    private func answers(_ process: Child, _ program: Program) throws -> Bool {
        let engine = try status(program)["engine"] as? [String: Any]
        return engine?["pid"] as? Int == Int(process.processIdentifier)
    }

    private func isStopped(_ program: Program) throws -> Bool {
        try training(program)["state"] as? String == "stopped"
    }

    private func cursor(_ program: Program) throws -> Int {
        try training(program)["cursor"] as? Int ?? 0
    }

    /// A shop as fast as it can be, that trains.
    private func withShop(_ body: (Program, Child) throws -> Void) throws {
        let program = try Program()
        defer { program.remove() }
        let toml = "[models.shop]\nwait = \"30m\"\n[shop]\nmodel = \"shop\"\nspeed = 0\n"
        try program.write("shop.toml", Data(toml.utf8))
        let process = try program.start(
            ["run", "--config", "shop.toml", "--state", "s"], as: "run")
        defer { process.kill() }
        let trains = try Program.wait(seconds: 60) { try cursor(program) > 100 }
        try #require(trains)
        try body(program, process)
    }

    @Test("spindle stop beside a halted engine is done in seconds, and holds once it goes on")
    func halted() throws {
        try withShop { program, process in
            kill(process.processIdentifier, SIGSTOP)
            let begun = Date()
            let stop = try program.run(
                "stop", "shop", "--reason", "it hangs", "--state", "s", "--config", "shop.toml")
            #expect(stop.status == 0, "\(stop.errors)")
            #expect(Date().timeIntervalSince(begun) < 10)
            #expect(stop.output.contains("models/shop/STOP"))
            kill(process.processIdentifier, SIGCONT)
            #expect(try Program.wait(seconds: 20) { try isStopped(program) })
            let stands = try cursor(program)
            let file = program.folder + "/s/models/shop/STOP"
            #expect(Program.wait(seconds: 10) { !FileManager.default.fileExists(atPath: file) })
            #expect(try cursor(program) == stands)
            let stops = try entries(program).filter { $0["act"] as? String == "stop" }
            #expect(stops.count == 1)
            #expect(stops.first?["reason"] as? String == "it hangs")
            // The request that nobody answered may be met before the file: either is the one stop.
            #expect(["local", file].contains(stops.first?["from"] as? String))
        }
    }

    @Test("A signal stops all models, says who sent it, and outlives the engine")
    func signalled() throws {
        try withShop { program, process in
            kill(process.processIdentifier, SIGUSR1)
            #expect(try Program.wait(seconds: 20) { try isStopped(program) })
            let stopped = try training(program)
            #expect(stopped["reason"] as? String == "signal SIGUSR1")
            #expect(
                try Program.wait(seconds: 10) {
                    try entries(program).contains { $0["from"] as? String == "process \(getpid())" }
                })
            process.kill()
            let again = try program.start(
                ["run", "--config", "shop.toml", "--state", "s"], as: "again")
            defer { again.kill() }
            #expect(try Program.wait(seconds: 60) { try answers(again, program) })
            #expect(try isStopped(program))
        }
    }
}
