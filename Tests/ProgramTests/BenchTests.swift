import Foundation
import Testing

@Suite("spindle bench")
struct BenchCommandTests {
    private let program: Program

    init() throws {
        program = try Program()
    }

    private func object(_ arguments: [String]) throws -> [String: Any] {
        let outcome = try program.run(arguments, as: "bench")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let parsed = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(parsed as? [String: Any])
    }

    @Test("Each stage can be asked for by its name, and prints one JSON object and nothing else")
    func stages() throws {
        defer { program.remove() }
        let listed = try object(["bench", "list", "--json"])
        let stages = try #require(listed["stages"] as? [[String: Any]])
        #expect(stages.count > 15)
        for name in stages.compactMap({ $0["name"] as? String }) {
            // They take seconds, however few the rows.
            if ["save", "restore", "red-button", "console", "console-memory"].contains(name) {
                continue
            }
            let report = try object(
                ["bench", name, "--rows", "300", "--repeat", "1", "--json"])
            let results = try #require(report["stages"] as? [[String: Any]])
            #expect(results.compactMap { $0["name"] as? String } == [name])
        }
    }

    @Test("A workload that was written is learned from, with the digest of its seed")
    func workload() throws {
        defer { program.remove() }
        let arguments = ["bench", "workload", "--rows", "500", "--seed", "3", "--json", "--into"]
        let one = try object(arguments + [program.folder + "/one"])
        let other = try object(arguments + [program.folder + "/other"])
        #expect(one["digest"] as? String == other["digest"] as? String)
        let learned = try object(
            ["bench", "train", "--json", "--from", program.folder + "/one/labelled.jsonl"])
        #expect(learned["rows"] as? Int == 500)
        #expect(learned["rejected"] as? Int == 0)
    }

    @Test("A stage that there is not is wrong use, and so is a file that there is not")
    func wrongUse() throws {
        defer { program.remove() }
        let unknown = try program.run(["bench", "no-such-stage"], as: "bench")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("no-such-stage"))
        let missing = try program.run(["bench", "train", "--from", "/nowhere.jsonl"], as: "bench")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("/nowhere.jsonl"))
    }
}
