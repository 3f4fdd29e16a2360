import Foundation
import Testing

/// Streams whose examples are a second apart from the start of 1970, in text.
private enum TimedStreams {
    static func examples(_ count: Int, without gone: Range<Int> = 0..<0) -> Data {
        var text = ""
        for index in 0..<count where !gone.contains(index) {
            text += "{\"id\":\"e\(index)\",\"ts\":\(index),\"source\":\"s\(index % 3)\","
            text += "\"features\":{\"k\":\"\(index % 97)\",\"n\":\(index % 31)}}\n"
        }
        return Data(text.utf8)
    }

    static func labels(_ count: Int) -> Data {
        var text = ""
        for index in 0..<count {
            let label = index % 97 < 30 ? 1 : 0
            text += "{\"id\":\"e\(index)\",\"ts\":\(index + 50),\"label\":\(label)}\n"
        }
        return Data(text.utf8)
    }
}

@Suite("spindle purge", .serialized, .timeLimit(.minutes(3)))
struct PurgeTests {
    private static let hasCurl = FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")
    /// Examples 3600 up to 7200, in RFC 3339.
    private static let window = ["--from", "1970-01-01T01:00:00Z", "--to", "1970-01-01T02:00:00Z"]
    private static let gone = 3600..<7200

    private func prepared(_ count: Int) throws -> Program {
        let program = try Program()
        try program.write("examples", TimedStreams.examples(count))
        try program.write("labels", TimedStreams.labels(count))
        try program.write("fewer", TimedStreams.examples(count, without: Self.gone))
        return program
    }

    private func json(_ program: Program, _ arguments: [String]) throws -> [String: Any] {
        let outcome = try program.run(arguments)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(object as? [String: Any], "\(outcome.errors)")
    }

    private func effect(_ reply: [String: Any]) throws -> [String: Any] {
        try #require((reply["effects"] as? [[String: Any]])?.first)
    }

    /// The newest checkpoint's learner.
    private func digest(_ program: Program, _ state: String) throws -> String? {
        let list = try json(program, ["checkpoints", "--json", "--state", state])
        return (list["checkpoints"] as? [[String: Any]])?.first?["learner_digest"] as? String
    }

    private func digestWithout(_ program: Program) throws -> String {
        let report = try program.json(
            "replay", "--examples", "fewer", "--labels", "labels", "--json", "--state", "fewer-s")
        return try #require(report["learner_digest"] as? String)
    }

    @Test("A rehearsal says what a purge comes to, and a purge without a reason is refused")
    func rehearsed() throws {
        let program = try prepared(9000)
        defer { program.remove() }
        try program.json(
            "replay", "--examples", "examples", "--labels", "labels", "--json", "--state", "s")
        let report = try json(
            program, ["rehearse", "default", "--json", "--state", "s"] + Self.window)
        let incident = try #require(report["incident"] as? [String: Any])
        let rows = try #require(incident["responses"] as? [[String: Any]])
        #expect(
            rows.compactMap { $0["response"] as? String }
                == ["do_nothing", "stop", "rollback", "purge", "ride_through"])
        #expect(incident["examples"] as? Int == 3600)
        let purged = rows[3]["learner_digest"] as? String
        #expect(try purged == digestWithout(program))
        let text = try program.run(["rehearse", "default", "--state", "s"] + Self.window)
        #expect(text.status == 0 && text.output.contains("RESPONSE"), "\(text)")
        #expect(try program.run("purge", "default", "--propose", "--state", "s").status == 0)
        #expect(try program.run(["purge", "default", "--state", "s"] + Self.window).status == 2)
        #expect(try program.run("rehearse", "default", "--event", "x", "--state", "s").status == 1)
        #expect(try program.run("rehearse", "default", "--state", "none").status == 3)
    }

    @Test("At rest: a dry run counts, a purge equals a run without, an undo equals the whole")
    func atRest() throws {
        let program = try prepared(9000)
        defer { program.remove() }
        let whole = try program.json(
            "replay", "--examples", "examples", "--labels", "labels", "--json", "--state", "s")
        let purge = ["purge", "default"] + Self.window + ["--reason", "bad hour", "--json"]
        let plan = try json(program, purge + ["--dry-run", "--state", "s"])
        #expect(plan["outcome"] as? String == "would_do")
        #expect(try effect(plan)["examples"] as? Int == 3600)
        #expect(try digest(program, "s") == whole["learner_digest"] as? String)
        let some = try json(program, purge + ["--source", "s1", "--dry-run", "--state", "s"])
        #expect(try effect(some)["examples"] as? Int == 1200)
        let one = try json(
            program,
            purge + ["--where", "k=5", "--where", "n=5", "--dry-run", "--state", "s"])
        let matching = Self.gone.count { $0 % 97 == 5 && $0 % 31 == 5 }
        #expect(try effect(one)["examples"] as? Int == matching)

        let done = try json(program, purge + ["--state", "s"])
        #expect(done["outcome"] as? String == "done")
        #expect(try effect(done)["examples"] as? Int == 3600)
        #expect(try digest(program, "s") == digestWithout(program))
        let id = try #require(try effect(done)["purge"] as? String)
        let again = try json(program, purge + ["--state", "s"])
        #expect(try effect(again)["changed"] as? Bool == false)
        let undo = try program.run([
            "purge", "default", "--undo", id, "--reason", "was good", "--state", "s",
        ])
        #expect(undo.status == 0 && undo.output.contains("undone"))
        #expect(try digest(program, "s") == whole["learner_digest"] as? String)
        try expectJournal(program, ["bad hour", "bad hour", "was good"])
    }

    private func expectJournal(_ program: Program, _ reasons: [String]) throws {
        let journal = try json(program, ["journal", "--json", "--state", "s"])
        let entries = try #require(journal["entries"] as? [[String: Any]])
        let acts = entries.filter { $0["act"] as? String == "purge" }
        #expect(acts.compactMap { $0["reason"] as? String } == reasons)
        #expect(try program.run("journal", "verify", "--state", "s").status == 0)
        #expect(try program.run("verify", "--deep", "--state", "s").status == 0)
    }

    @Test("Exit statuses: 1 refused, 2 wrong use, 3 where there is nothing to purge")
    func exits() throws {
        let program = try prepared(1000)
        defer { program.remove() }
        let reason = ["--reason", "r"]
        #expect(try program.run(["purge", "default"] + Self.window + reason).status == 3)
        try program.json("replay", "--examples", "examples", "--labels", "labels", "--json")
        let back = ["--from", "1970-01-01T02:00:00Z", "--to", "1970-01-01T01:00:00Z"]
        let empty = ["--from", "1970-01-01T01:00:00Z", "--to", "1970-01-01T01:00:00Z"]
        let cases: [([String], Int32)] = [
            (["other"] + Self.window + reason, 1),
            (["default", "--undo", "default-p0001"] + reason, 1),
            (["default"] + back + reason, 2), (["default"] + empty + reason, 2),
            (["default", "--undo", "nothing"] + reason, 2), (["default"] + reason, 2),
            (["default", "--undo", "default-p0001"] + Self.window + reason, 2),
            (["default"] + Self.window, 2), (["default"] + Self.window + ["--reason", " "], 2),
            (["default", "--where", "k"] + Self.window + reason, 2),
            (["default"] + Self.window + reason, 0),
        ]
        for (arguments, status) in cases {
            let outcome = try program.run(["purge"] + arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
        }
    }

    /// Starts `spindle run` on the files; gives its process once everything is trained.
    private func engine(_ program: Program, _ count: Int) throws -> Child {
        let toml = """
            [models.m]
            checkpoint_examples = 20000
            [[sources]]
            model = "m"
            stream = "examples"
            path = "\(program.folder)/examples"
            [[sources]]
            model = "m"
            stream = "labels"
            path = "\(program.folder)/labels"
            """
        try program.write("engine.toml", Data(toml.utf8))
        let process = try program.start(["run", "--config", "engine.toml", "--state", "s"])
        let isReady = try Program.wait(seconds: 60) {
            let outcome = try program.run("status", "--json", "--state", "s")
            guard outcome.status == 0 else { return false }
            return outcome.output.contains("\"trained\":\(count)")
        }
        #expect(isReady)
        return process
    }

    @Test("Through a running engine the answer comes once the newest checkpoint is purged")
    func running() throws {
        let program = try prepared(40_000)
        defer { program.remove() }
        let process = try engine(program, 40_000)
        defer { process.kill() }
        let purge = ["purge", "m"] + Self.window + ["--reason", "bad", "--json", "--state", "s"]
        let plan = try json(program, purge + ["--dry-run"])
        #expect(try effect(plan)["examples"] as? Int == 3600)
        let erased = try program.run(
            "erase", "m", "--id", "e7", "--reason", "letter", "--state", "s")
        #expect(erased.status == 1 && erased.errors.contains("end the engine first"), "\(erased)")
        let done = try json(program, purge)
        let id = try #require(try effect(done)["purge"] as? String)
        let purged = try digest(program, "s")
        let wanted = try digestWithout(program)
        #expect(purged == wanted)
        let undo = ["purge", "m", "--undo", id, "--reason", "good", "--state", "s"]
        #expect(try program.run(undo + ["--no-wait"]).status == 0)
        let whole = try program.json(
            "replay", "--examples", "examples", "--labels", "labels", "--json", "--state", "whole")
        let isBack = try Program.wait(seconds: 30) {
            try digest(program, "s") == whole["learner_digest"] as? String
        }
        #expect(isBack)
        process.end()
        try expectJournal(program, ["bad", "good"])
        let skew = try program.json("skew", "m", "--sample", "50", "--json", "--state", "s")
        #expect((skew["features"] as? [String: Any])?["compared"] as? Int == 50)
        let gone = try json(
            program,
            ["erase", "m", "--id", "e7", "--reason", "letter", "--json", "--state", "s"])
        #expect(try effect(gone)["examples"] as? Int == 1)
    }

    @Test("The same over HTTP, from any client", .enabled(if: hasCurl))
    func curl() throws {
        let program = try prepared(10_000)
        defer { program.remove() }
        let process = try engine(program, 10_000)
        defer { process.kill() }
        func post(_ body: String) throws -> (reply: [String: Any], status: String) {
            let outcome = try program.run(
                [
                    "-sS", "--unix-socket", "s/control.sock", "-X", "POST", "-d", body,
                    "-w", "\n%{http_code}", "http://localhost/v1/models/m:purge",
                ], program: "/usr/bin/curl", as: "curl")
            let lines = outcome.output.split(separator: "\n")
            let text = String(lines.dropLast().joined(separator: "\n"))
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            return (object as? [String: Any] ?? [:], String(lines.last ?? ""))
        }
        let window = "\"from\":\"1970-01-01T01:00:00Z\",\"to\":\"1970-01-01T02:00:00Z\""
        let plan = try post("{\(window),\"dry_run\":true}")
        #expect(plan.status == "200" && plan.reply["outcome"] as? String == "would_do")
        #expect(try effect(plan.reply)["examples"] as? Int == 3600)
        let silent = try post("{\(window)}")
        #expect(silent.status != "200" && silent.reply["outcome"] as? String == "refused")
        let open = try post("{\"from\":\"1970-01-01T01:00:00Z\",\"reason\":\"r\"}")
        #expect(open.status != "200")
        let done = try post("{\(window),\"reason\":\"r\"}")
        #expect(done.status == "200" && done.reply["outcome"] as? String == "done")
        #expect(try digest(program, "s") == digestWithout(program))
        process.end()
    }
}
