import Foundation
import Glibc
import Testing

/// What commands say of themselves while they take long.
@Suite("Progress of commands", .serialized, .timeLimit(.minutes(2))) struct ProgressTests {
    /// A replay from a pipe that is not closed.
    private func open(
        _ program: Program, _ more: [String]
    ) throws -> (replay: Child, feeder: Child) {
        var lines = ""
        for index in 0..<200 {
            lines += "{\"id\":\"e\(index)\",\"ts\":\(1000 + index),\"features\":{\"a\":\"1\"}}\n"
        }
        try program.write("lines", Data(lines.utf8))
        try #require(mkfifo(program.folder + "/pipe", 0o600) == 0)
        let feeder = try program.start(
            ["-c", "exec 3>pipe; cat lines >&3; exec sleep 100"], program: "/bin/sh", as: "feeder")
        let replay = try program.start(
            ["replay", "--examples", "pipe", "--state", "state"] + more, as: "replay")
        return (replay, feeder)
    }

    private func text(_ program: Program, _ stream: String) throws -> String {
        try String(contentsOfFile: "\(program.folder)/\(stream)-replay", encoding: .utf8)
    }

    @Test("A replay says how far it is after two seconds; ^C keeps what was read")
    func replay() throws {
        let program = try Program()
        defer { program.remove() }
        let (replay, feeder) = try open(program, [])
        defer { feeder.kill() }
        #expect(
            try Program.wait(seconds: 20) { try text(program, "stderr").contains("reading") })
        kill(replay.processIdentifier, SIGINT)
        #expect(try replay.waitUntilExit() == 0)
        // The last line waits for another, so that both files are read in their order.
        #expect(try text(program, "stdout").contains("199 examples"))
        let kept = try program.json("checkpoints", "--json", "--state", "state")
        #expect((kept["checkpoints"] as? [Any])?.isEmpty == false)
    }

    @Test("A purge at rest says how much time is left; ^C keeps it, and the same again goes on")
    func purge() throws {
        let program = try Program()
        defer { program.remove() }
        var lines = ""
        for index in 0..<40_000 {
            lines += "{\"id\":\"e\(index)\",\"ts\":\(index),\"label\":\(index % 3 / 2),"
            lines += "\"features\":{\"a\":\"\(index % 97)\",\"b\":\(index % 31)}}\n"
        }
        try program.write("lines", Data(lines.utf8))
        // Many passes: what is learned again is all of them.
        try program.json(
            "replay", "--examples", "lines", "--passes", "600", "--json", "--state", "state")
        let purge = [
            "purge", "default", "--from", "1970-01-01T00:00:10Z", "--to", "1970-01-01T00:00:20Z",
            "--reason", "bad", "--state", "state",
        ]
        let child = try program.start(purge, as: "replay")
        defer { child.kill() }
        #expect(
            try Program.wait(seconds: 30) {
                let text = try text(program, "stderr")
                return text.contains("default learns again") && text.contains(" left")
            })
        kill(child.processIdentifier, SIGINT)
        #expect(try child.waitUntilExit() == 0)
        let answer = try text(program, "stdout")
        #expect(answer.contains("default-p0001 leaves out") && answer.contains("INTERRUPTED"))
        let again = try program.run(purge, as: "again")
        #expect(again.status == 0 && again.output.contains("has purged just that"), "\(again)")
        #expect(!again.output.contains("INTERRUPTED"))
        #expect(try program.run("verify", "--deep", "--state", "state").status == 0)
    }

    @Test("With --json it says nothing but the one object")
    func silent() throws {
        let program = try Program()
        defer { program.remove() }
        let (replay, feeder) = try open(program, ["--json"])
        defer { feeder.kill() }
        let socket = program.folder + "/state/control.sock"
        #expect(Program.wait(seconds: 20) { FileManager.default.fileExists(atPath: socket) })
        // Longer than anything is kept quiet.
        let begun = Date()
        #expect(Program.wait(seconds: 10) { Date().timeIntervalSince(begun) > 3 })
        kill(replay.processIdentifier, SIGINT)
        #expect(try replay.waitUntilExit() == 0)
        #expect(try text(program, "stderr").isEmpty)
        #expect(try text(program, "stdout").hasPrefix("{"))
    }
}
