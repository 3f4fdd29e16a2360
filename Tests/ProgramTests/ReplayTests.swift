import Foundation
import Testing

@Suite("spindle replay", .serialized, .timeLimit(.minutes(3)))
struct ReplayTests {
    @Test("Broken files run to their end: each bad record in quarantine, all counts add up")
    func keepsCount() throws {
        let program = try Program()
        defer { program.remove() }
        let streams = BrokenStreams.make()
        try program.write("examples", streams.examples)
        try program.write("labels", streams.labels)
        let report = try program.json(
            "replay", "--examples", "examples", "--labels", "labels", "--final", "--json")
        let quarantined = try #require(report["quarantined"] as? [String: Any])
        func count(_ key: String) -> Int { report[key] as? Int ?? -1 }
        let heldExamples = quarantined["examples"] as? Int ?? -1
        #expect(count("examples") == streams.count)
        #expect(heldExamples == BrokenStreams.brokenExamples.count + 2)
        #expect(quarantined["labels"] as? Int == 2)
        #expect(
            count("examples") == count("joined") + count("pending") + count("unlabelled")
                + count("duplicates") + heldExamples)
        #expect(count("joined") == count("positives") + count("negatives"))
        #expect(count("joined") == 300)
        #expect(count("orphans") == 1)
        #expect(count("duplicates") == 1)
        #expect(count("label_duplicates") == 1)
        #expect(count("unlabelled") == 100)
        try expectQuarantine(program)
        try expectWhole(program, streams.examples)
    }

    /// A record that is far longer than what the list shows of it.
    private func expectWhole(_ program: Program, _ examples: Data) throws {
        let listing = try program.json("quarantine", "list", "--json")
        let entries = try #require(listing["quarantine"] as? [[String: Any]])
        let longest = try #require(
            entries.max { $0["bytes"] as? Int ?? 0 < $1["bytes"] as? Int ?? 0 })
        let seq = try #require(longest["seq"] as? Int)
        let whole = try program.json("quarantine", "show", "default", "\(seq)", "--json")
        let record = try #require(whole["record"] as? String)
        #expect(record.utf8.count == longest["bytes"] as? Int)
        #expect(examples.range(of: Data(record.utf8)) != nil)
        let none = try program.run("quarantine", "show", "default", "1000000")
        #expect(none.status == 1 && none.errors.contains("no record 1000000 is in quarantine"))
    }

    private func expectQuarantine(_ program: Program) throws {
        let listing = try program.json("quarantine", "list", "--json")
        let entries = try #require(listing["quarantine"] as? [[String: Any]])
        for (index, broken) in BrokenStreams.brokenExamples.enumerated() {
            let line = 2 * index + 2
            let entry = entries.first {
                $0["file"] as? String == "examples" && $0["line"] as? Int == line
            }
            #expect(entry?["rule"] as? String == broken.rule, "line \(line)")
            #expect(entry?["field"] as? String == broken.field, "line \(line)")
        }
        let rules = entries.compactMap { $0["rule"] as? String }
        #expect(rules.contains("invalid_utf8") && rules.contains("record_too_long"))
        #expect(entries.contains { $0["bytes"] as? Int ?? 0 > 2 << 20 })
    }

    @Test("Killed at any moment and run again, it ends with the same counts and learner")
    func survivesKills() throws {
        let program = try Program()
        defer { program.remove() }
        try program.write("examples", Self.examples(60_000))
        try program.write("labels", Self.labels(60_000))
        let arguments = ["replay", "--examples", "examples", "--labels", "labels", "--json"]
        for attempt in 1...8 {
            let process = try program.start(arguments + ["--state", "killed"])
            let log = program.folder + "/killed/models/default/raw/00000000000000000000.log"
            let wanted = attempt * 700_000
            _ = Program.wait(seconds: 20) {
                !process.isRunning || Self.size(of: log) >= wanted
            }
            process.kill()
        }
        let killed = try program.json(
            "replay", "--examples", "examples", "--labels", "labels", "--json", "--state", "killed")
        let whole = try program.json(
            "replay", "--examples", "examples", "--labels", "labels", "--json", "--state", "whole")
        for key in ["examples", "labels", "joined", "trained", "duplicates", "pending"] {
            #expect(killed[key] as? Int == whole[key] as? Int, "\(key)")
        }
        #expect(killed["log_loss"] as? Double == whole["log_loss"] as? Double)
        #expect(killed["learner_digest"] as? String == whole["learner_digest"] as? String)
        #expect(try program.run("journal", "verify", "--state", "killed").status == 0)
        #expect(try program.run("verify", "--state", "killed").status == 0)
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func examples(_ count: Int) -> Data {
        var text = ""
        for index in 0..<count {
            text += "{\"id\":\"e\(index)\",\"ts\":\(index),"
            text += "\"features\":{\"k\":\"\(index % 97)\",\"n\":\(index % 31)}}\n"
        }
        return Data(text.utf8)
    }

    private static func labels(_ count: Int) -> Data {
        var text = ""
        for index in 0..<count {
            text +=
                "{\"id\":\"e\(index)\",\"ts\":\(index + 50),\"label\":\(index % 97 < 30 ? 1 : 0)}\n"
        }
        return Data(text.utf8)
    }

    @Test(
        "Exit statuses: 2 for wrong use, 3 where there is no engine and no state",
        arguments: [
            (["replay", "--examples", "missing"], 2), (["frobnicate"], 2), (["stop", "m"], 2),
            (["status"], 3), (["stop", "m", "--reason", "r"], 3), (["checkpoints"], 3),
            (["--help"], 0),
        ])
    func exits(arguments: [String], status: Int) throws {
        let program = try Program()
        defer { program.remove() }
        let process = try program.start(arguments)
        #expect(Int(try process.waitUntilExit()) == status)
    }

    @Test("A stream that is given twice is wrong use: no file is left out in silence")
    func twice() throws {
        let program = try Program()
        defer { program.remove() }
        try program.write("a", Data())
        let outcome = try program.run("replay", "--examples", "a", "--examples", "a")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--examples: expected once, found 2 times."))
    }

    @Test("A compressed file is refused by its name, before a byte of it is a bad record")
    func compressed() throws {
        let program = try Program()
        defer { program.remove() }
        let whole = Self.examples(2)
        try program.write("examples", whole)
        try program.write("labels.gz", Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0]))
        let outcome = try program.run("replay", "--examples", "examples", "--labels", "labels.gz")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("labels.gz: lines of JSON were expected"))
        #expect(outcome.errors.contains("gunzip -c labels.gz"))
    }
}
