import Foundation
import Testing

/// Faults injected into the running shop by `spindle inject`, found by processes of their own as
/// in production. The others are in `PushTests`, stepped by hand.
@Suite("spindle inject", .serialized, .timeLimit(.minutes(3)))
struct FaultTests {
    /// A shop as fast as it can, until a checkpoint has all of the traffic.
    private func withShop(_ body: (Program) throws -> Void) throws {
        let program = try Program()
        defer { program.remove() }
        // The embedded configuration, as the state directory remembers it.
        let first = try program.start(["run", "--state", "embedded"])
        let path = program.folder + "/embedded/spindle.toml"
        let isThere = Program.wait(seconds: 20) { FileManager.default.fileExists(atPath: path) }
        #expect(isThere)
        first.kill()
        let gate = "[models.shop.gate]"
        let toml = try String(contentsOfFile: path, encoding: .utf8)
            .replacingOccurrences(of: "speed = 720", with: "speed = 0")
            .replacingOccurrences(of: gate, with: gate + "\nseconds_max = 1")
        try program.write("shop.toml", Data(toml.utf8))
        let process = try program.start(["run", "--config", "shop.toml", "--state", "s"])
        defer { process.end() }
        let isServed = try Program.wait(seconds: 60) {
            try !entries(program, containing: "all of the traffic").isEmpty
        }
        #expect(isServed)
        try body(program)
    }

    /// What the journal says, oldest first.
    private func entries(_ program: Program, containing text: String) throws -> [String] {
        let outcome = try program.run("journal", "--json", "--state", "s")
        guard outcome.status == 0 else { return [] }
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let all = (object as? [String: Any])?["entries"] as? [[String: Any]] ?? []
        return all.compactMap { $0["effect"] as? String }.filter { $0.contains(text) }
    }

    @Test("A checkpoint that loads too slowly or has a flipped bit is refused, and says why")
    func checkpoints() throws {
        try withShop { program in
            for (fault, reason) in [("slow-load", "more than 1s"), ("flipped-bit", "checksum")] {
                #expect(
                    try program.run(
                        "inject", fault, "shop", "--reason", "a drill", "--state", "s"
                    ).status == 0)
                var failed: [String] = []
                let isFound = try Program.wait(seconds: 30) {
                    failed = try entries(program, containing: ", failed: ")
                    return failed.contains { $0.contains(reason) }
                }
                #expect(isFound, "\(fault): \(failed)")
            }
        }
    }
}
