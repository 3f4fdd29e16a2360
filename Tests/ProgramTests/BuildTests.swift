import Foundation
import Testing

/// Builds of the program take over from each other, as their operators see it.
@Suite("spindle builds", .serialized, .timeLimit(.minutes(3)))
struct BuildTests {
    /// An engine on files, with what is known of it.
    private struct Running {
        let program: Program
        let process: Child
        /// The build that it is.
        let build: String

        /// What `spindle` says, as JSON.
        func json(_ arguments: [String]) throws -> [String: Any] {
            let outcome = try program.run(arguments + ["--json", "--state", "s"])
            let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            return try #require(object as? [String: Any], "\(outcome.errors)")
        }

        /// Nil where nobody answers, as in the moment between two builds.
        func engine() throws -> [String: Any]? {
            let outcome = try program.run("status", "--json", "--state", "s")
            guard outcome.status == 0 else { return nil }
            let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            return (object as? [String: Any])?["engine"] as? [String: Any]
        }

        func model() throws -> [String: Any]? {
            (try json(["status"])["models"] as? [[String: Any]])?.first
        }

        /// The journal's words on builds, oldest first.
        func words() throws -> [String] {
            let entries = try json(["journal"])["entries"] as? [[String: Any]] ?? []
            return entries.filter { $0["act"] as? String == "build" }
                .compactMap { $0["effect"] as? String }
        }

        func rollBack(_ build: String, _ more: [String] = []) throws -> Program.Outcome {
            try program.run(
                ["builds", "rollback", build, "--reason", "a drill", "--state", "s"] + more)
        }

        /// Ends it as a service manager would, by the process that was started.
        func end() {
            #expect(process.isRunning)
            process.end()
        }
    }

    private static func streams() -> (examples: Data, labels: Data) {
        var (examples, labels) = ("", "")
        for index in 0..<2000 {
            examples += "{\"id\":\"e\(index)\",\"ts\":\(index),"
            examples += "\"features\":{\"k\":\"\(index % 97)\"}}\n"
            let label = index % 97 < 30 ? 1 : 0
            labels += "{\"id\":\"e\(index)\",\"ts\":\(index + 50),\"label\":\(label)}\n"
        }
        return (Data(examples.utf8), Data(labels.utf8))
    }

    /// Runs a test against an engine that has learned, is kept, and has a checkpoint.
    private func withEngine(
        readyLimit: String = "30s", _ body: (Running) throws -> Void
    ) throws {
        let program = try Program()
        defer { program.remove() }
        let (examples, labels) = Self.streams()
        try program.write("examples", examples)
        try program.write("labels", labels)
        var toml = "[models.m]\ncheckpoint_examples = 500\n"
        toml += "[builds]\nready_limit = \"\(readyLimit)\"\n"
        for stream in ["examples", "labels"] {
            toml += "[[sources]]\nmodel = \"m\"\nstream = \"\(stream)\"\n"
            toml += "path = \"\(program.folder)/\(stream)\"\n"
        }
        try program.write("engine.toml", Data(toml.utf8))
        let process = try program.start(["run", "--config", "engine.toml", "--state", "s"])
        defer { process.end() }
        var build: String?
        let isReady = try Program.wait(seconds: 60) {
            let status = try program.run("status", "--json", "--state", "s")
            guard status.status == 0, status.output.contains("\"trained\":2000") else {
                return false
            }
            let builds = try program.json("builds", "--json", "--state", "s")
            let kept = (builds["builds"] as? [[String: Any]])?.first?["id"] as? String
            build = builds["running"] as? String
            let list = try program.run("checkpoints", "--state", "s").output
            return build != nil && build == kept && list.contains("m-000001")
                && list.contains("passed")
        }
        #expect(isReady)
        try body(
            Running(program: program, process: process, build: try #require(build)))
    }

    /// A second build: the same program, with a byte behind its end. Gives its id.
    private func keepAnother(_ running: Running) throws -> String {
        let path = running.program.folder + "/another"
        try FileManager.default.copyItem(atPath: Program.binary, toPath: path)
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("x".utf8))
        try file.close()
        return try #require(
            try running.json(["builds", "keep", path])["id"] as? String)
    }

    /// A build that says what it reads and passes its trial, and is otherwise this script.
    private func keepScript(_ running: Running, _ script: String) throws -> String {
        let text = """
            #!/bin/sh
            case "$1" in formats|builds) exec \(Program.binary) "$@";; esac
            \(script)
            """
        try running.program.write("script", Data(text.utf8))
        let path = running.program.folder + "/script"
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: path)
        return try #require(
            try running.json(["builds", "keep", path])["id"] as? String)
    }

    private func recordPath(_ running: Running, _ build: String) -> String {
        "\(running.program.folder)/s/builds/\(build)/build.json"
    }

    @Test("A build takes over with all as it was, in the process that was started, and back again")
    func takesOver() throws {
        try withEngine { running in
            let other = try keepAnother(running)
            #expect(
                try running.program.run(
                    "stop", "m", "--reason", "held", "--state", "s"
                ).status == 0)
            let before = try #require(try running.model())
            let plan = try running.rollBack(other, ["--dry-run"])
            #expect(plan.status == 0 && plan.output.contains("the same learner from m-00000"))
            #expect(try running.words().isEmpty)
            for build in [other, running.build, other] {
                let outcome = try running.rollBack(build)
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(try running.engine()?["build"] as? String == build)
                let after = try #require(try running.model())
                for key in ["training", "counts", "serving"] {
                    let (old, new) = (before[key] as? NSDictionary, after[key] as? NSDictionary)
                    #expect(old != nil && old == new, "\(key): \(after[key] ?? "")")
                }
                #expect(running.process.isRunning)
            }
            let words = try running.words()
            #expect(words.count == 3 * 6)
            for (index, stage) in ["compatibility", "integrity", "trial", "hand-over"].enumerated()
            {
                #expect(words[index + 1].contains("stage \(index + 1) of 4, \(stage)"))
            }
            running.end()
            #expect(try running.program.run("journal", "verify", "--state", "s").status == 0)
            // The build that was installed makes place for the one that was chosen.
            let again = try running.program.start(
                ["run", "--config", "engine.toml", "--state", "s"])
            defer { again.end() }
            let isBack = try Program.wait(seconds: 30) {
                try running.engine()?["build"] as? String == other
            }
            #expect(isBack)
        }
    }

    @Test("A build that cannot read a checkpoint is refused with the reason, before anything else")
    func incompatible() throws {
        try withEngine { running in
            let other = try keepAnother(running)
            let path = recordPath(running, other)
            let json = try String(contentsOfFile: path, encoding: .utf8)
            try json.replacingOccurrences(
                of: #""format":"checkpoint","reads":[2,3]"#,
                with: #""format":"checkpoint","reads":[1]"#
            ).write(toFile: path, atomically: true, encoding: .utf8)
            let list = try running.json(["builds"])["builds"] as? [[String: Any]]
            let entry = try #require(list?.first { $0["id"] as? String == other })
            #expect(entry["compatible"] as? Bool == false)
            let outcome = try running.rollBack(other)
            #expect(outcome.status == 1)
            let reason = "has version 3 of the format checkpoint; build \(other) reads 1"
            #expect(outcome.errors.contains("stage 1 of 4, compatibility: models/m/checkpoints/m-"))
            #expect(outcome.errors.contains(reason))
            try expectUntouched(running)
            #expect(try running.words().last?.contains(reason) == true)
        }
    }

    @Test("A binary that is not what was kept is refused, and so is one that fails its trial")
    func broken() throws {
        try withEngine { running in
            let other = try keepAnother(running)
            let path = "\(running.program.folder)/s/builds/\(other)/spindle"
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.seek(toOffset: 100_000)
            try file.write(contentsOf: Data([0x55, 0xAA, 0x55]))
            try file.close()
            #expect(try running.program.run("builds", "verify", "--state", "s").status == 1)
            let outcome = try running.rollBack(other)
            #expect(outcome.status == 1 && outcome.errors.contains("stage 2 of 4, integrity"))
            let failing = try keepScript(running, "exit 0")
            // The trial reads the checkpoints, which nothing else of this build does.
            let checkpoints = running.program.folder + "/s/models/m/checkpoints"
            let newest = try #require(
                try FileManager.default.contentsOfDirectory(atPath: checkpoints)
                    .filter { $0.hasSuffix(".spindle") }.max())
            let bytes = try #require(FileHandle(forUpdatingAtPath: "\(checkpoints)/\(newest)"))
            try bytes.seekToEnd()
            try bytes.write(contentsOf: Data([1]))
            try bytes.close()
            let trial = try running.rollBack(failing)
            #expect(trial.status == 1 && trial.errors.contains("stage 3 of 4, trial"))
            try expectUntouched(running)
            #expect(try running.words().count { $0.contains("refused") } == 2)
        }
    }

    private func expectUntouched(_ running: Running) throws {
        let engine = try running.engine()
        #expect(engine?["build"] as? String == running.build)
        #expect(engine?["pid"] as? Int == Int(running.process.processIdentifier))
        running.end()
    }

    @Test(
        "A build that does not become ready is given up, and the one before runs again",
        arguments: [
            (script: "exit 7", why: "it ended with status 7 before it was ready"),
            (script: "exec sleep 600", why: "it was not ready within 2s: it does not answer"),
        ])
    func neverReady(_ one: (script: String, why: String)) throws {
        try withEngine(readyLimit: "2s") { running in
            let other = try keepScript(running, one.script)
            let before = try #require(try running.model())
            let outcome = try running.rollBack(other)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(one.why))
            // Between two builds nobody answers for a moment.
            let isBack = try Program.wait(seconds: 20) {
                try running.engine()?["build"] as? String == running.build
            }
            #expect(isBack)
            #expect(
                try running.engine()?["pid"] as? Int == Int(running.process.processIdentifier))
            let after = try #require(try running.model())
            let (old, new) = (before["counts"] as? NSDictionary, after["counts"] as? NSDictionary)
            #expect(old != nil && old == new)
            let words = try running.words()
            #expect(words.contains { $0.contains("the engine ends, all is kept") })
            let last = "build \(other) did not take over, build \(running.build) runs again"
            #expect(words.last?.contains(last) == true && words.last?.contains(one.why) == true)
            running.end()
        }
    }

    @Test("Wrong use, no engine, an unknown build, the running build: each has its status")
    func statuses() throws {
        try withEngine { running in
            let unknown = "0.1.0-0123456789ab"
            #expect(try running.rollBack("nothing").status == 2)
            #expect(try running.rollBack(unknown).status == 1)
            let own = try running.rollBack(running.build)
            #expect(own.status == 1 && own.errors.contains("is running"))
            #expect(
                try running.program.run("builds", "keep", "/bin/true", "--state", "s").status == 1)
            running.end()
            #expect(try running.rollBack(unknown).status == 3)
            #expect(try running.words().isEmpty)
        }
    }
}
