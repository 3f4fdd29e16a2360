import Foundation
import Testing

/// A tmux server of a test's own with the console in its one pane.
struct Tmux {
    let program: Program
    let socket = "spindle-" + UUID().uuidString

    static var isHere: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux") }

    func call(_ arguments: String...) throws -> String {
        let output = program.folder + "/tmux-" + UUID().uuidString
        let words = ["-L", socket, "-f", "/dev/null", "-u"] + arguments
        try Child(
            "/usr/bin/tmux", words, folder: program.folder, output: output, errors: "/dev/null"
        ).waitUntilExit()
        return String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
    }

    func open(columns: Int, rows: Int, _ command: String? = nil) throws {
        _ = try call(
            "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
            command ?? "\(Program.binary) --state \(program.folder)/state")
    }

    func screen() throws -> String { try call("capture-pane", "-p") }

    /// False once the program in its pane has ended.
    func isOpen() throws -> Bool { try call("list-panes").contains("active") }

    /// Ends the server, if it has not ended.
    func end() {
        do {
            _ = try call("kill-server")
        } catch {
            // Nothing is left to end.
        }
    }
}

@Suite("The console in tmux", .serialized, .enabled(if: Tmux.isHere), .timeLimit(.minutes(3)))
struct TmuxTests {
    @Test(
        "A stop shows at once, outlives the terminal and is there again after attaching",
        arguments: [(80, 24), (160, 50)])
    func stopsAndComesBack(columns: Int, rows: Int) throws {
        let program = try Program()
        let first = Tmux(program: program)
        defer {
            do {
                _ = try first.call("kill-server")
                if let pid = try engine(program)["pid"] as? Int, pid > 0 {
                    kill(pid_t(pid), SIGKILL)
                }
            } catch {
                // Nothing is left to end.
            }
            program.remove()
        }
        try first.open(columns: columns, rows: rows)
        let isRunning = try Program.wait(seconds: 30) { try first.screen().contains("RUNNING") }
        #expect(isRunning)
        let before = try state(program)
        let isMoving = try Program.wait(seconds: 20) {
            try trained(program) > 1000 && before["state"] as? String == "running"
        }
        #expect(isMoving)
        _ = try first.call("send-keys", "!")
        let isStopped = try Program.wait(seconds: 1) {
            try state(program)["state"] as? String == "stopped"
        }
        #expect(isStopped)
        #expect(try Program.wait(seconds: 5) { try first.screen().contains("STOPPED") })
        _ = try first.call("kill-server")
        let engine = try #require(try self.engine(program)["pid"] as? Int)
        let second = Tmux(program: program)
        try second.open(columns: columns, rows: rows)
        #expect(try Program.wait(seconds: 15) { try second.screen().contains("STOPPED") })
        #expect(try self.engine(program)["pid"] as? Int == engine)
        #expect(try program.run("journal", "--state", "state").output.contains("red button"))
        _ = try second.call("kill-server")
        kill(pid_t(engine), SIGTERM)
        #expect(Program.wait(seconds: 20) { kill(pid_t(engine), 0) != 0 })
        #expect(try program.run("verify", "--state", "state").status == 0)
    }

    private func snapshot(_ program: Program) throws -> [String: Any] {
        try program.json("status", "--json", "--state", "state")
    }

    private func model(_ program: Program) throws -> [String: Any] {
        try #require((try snapshot(program)["models"] as? [[String: Any]])?.first)
    }

    private func state(_ program: Program) throws -> [String: Any] {
        try #require(try model(program)["training"] as? [String: Any])
    }

    private func trained(_ program: Program) throws -> Int {
        let counts = try #require(try model(program)["counts"] as? [String: Any])
        return counts["trained"] as? Int ?? 0
    }

    private func engine(_ program: Program) throws -> [String: Any] {
        try #require(try snapshot(program)["engine"] as? [String: Any])
    }
}
