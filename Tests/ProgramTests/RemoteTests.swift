import Foundation
import Glibc
import Testing

/// A console on an engine of another host: a made-up `ssh` that runs its command here.
@Suite("A console through ssh", .serialized, .enabled(if: Tmux.isHere), .timeLimit(.minutes(3)))
struct RemoteTests {
    static let ssh = """
        #!/bin/sh
        # Options, then the host, then the command; as ssh hands them to a shell.
        while [ $# -gt 0 ]; do
          case "$1" in
            -o) shift 2 ;;
            -O) exit 0 ;;
            *) break ;;
          esac
        done
        echo "$1" >> "$(dirname "$0")/hosts"
        shift
        exec sh -c "$*"
        """

    /// A program folder with an engine that trains, and `ssh` and `spindle` in `bin`.
    private func withEngine(_ body: (Program, String) throws -> Void) throws {
        let program = try Program()
        defer { program.remove() }
        let bin = try program.makeBin(ssh: Self.ssh)
        let toml = "[models.shop]\nwait = \"30m\"\n[shop]\nmodel = \"shop\"\nspeed = 0\n"
        try program.write("shop.toml", Data(toml.utf8))
        let engine = try program.start(
            ["run", "--config", "shop.toml", "--state", "s"], as: "run")
        defer { engine.kill() }
        try #require(try Program.wait(seconds: 60) { try program.training(in: "s") == "running" })
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        try body(
            program,
            "env PATH=\(bin):\(path) spindle --host db1.example --state "
                + "\(program.folder)/s")
    }

    @Test("The console shows the engine there, says where, and stops it; leaving leaves it be")
    func stops() throws {
        try withEngine { program, command in
            let tmux = Tmux(program: program)
            defer { tmux.end() }
            try tmux.open(columns: 120, rows: 40, command)
            #expect(
                try Program.wait(seconds: 30) {
                    let screen = try tmux.screen()
                    return screen.contains("SPINDLE at db1.example") && screen.contains("RUNNING")
                })
            _ = try tmux.call("send-keys", "!")
            #expect(try Program.wait(seconds: 10) { try program.training(in: "s") == "stopped" })
            #expect(try Program.wait(seconds: 10) { try tmux.screen().contains("STOPPED") })
            _ = try tmux.call("send-keys", "q")
            #expect(try Program.wait(seconds: 10) { !(try tmux.isOpen()) })
            #expect(try program.training(in: "s") == "stopped")
            let hosts = try String(
                contentsOfFile: program.folder + "/bin/hosts", encoding: .utf8)
            #expect(Set(hosts.split(separator: "\n")) == ["db1.example"])
        }
    }

    @Test("A console that only looks stops nothing there either")
    func readOnly() throws {
        try withEngine { program, command in
            let tmux = Tmux(program: program)
            defer { tmux.end() }
            try tmux.open(columns: 120, rows: 40, command + " --read-only")
            #expect(try Program.wait(seconds: 30) { try tmux.screen().contains("READ-ONLY") })
            _ = try tmux.call("send-keys", "!")
            #expect(
                try Program.wait(seconds: 10) {
                    try tmux.screen().contains("this console only looks")
                })
            #expect(try program.training(in: "s") == "running")
        }
    }

    @Test("A host that no engine answers on is said, with what says more, and the status is 3")
    func nobody() throws {
        let program = try Program()
        defer { program.remove() }
        let bin = try program.makeBin(ssh: "#!/bin/sh\nexit 255\n")
        let outcome = try program.run(
            ["PATH=\(bin):/usr/bin:/bin", Program.binary, "--host", "gone.example"],
            program: "/usr/bin/env", as: "nobody")
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(outcome.errors.contains("ssh gone.example spindle status"))
    }

    @Test("Without a screen lines are commands, in their order, and ! stops beside them")
    func lines() throws {
        try withEngine { program, _ in
            let lines = "status\\nthemes\\nrun\\nno-such-thing\\n! shop\\nq\\n"
            let outcome = try program.run(
                ["-c", "printf '\(lines)' | TERM=dumb \(Program.binary) --state s"],
                program: "/bin/sh", as: "lines")
            let output = outcome.output
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(output.contains("TRAINING") && output.contains("solarized"), "\(output)")
            #expect(output.contains("run: not within a console"))
            #expect(output.contains("no-such-thing"))
            #expect(output.contains("asked to stop shop"))
            #expect(try Program.wait(seconds: 10) { try program.training(in: "s") == "stopped" })
        }
    }

    @Test("attach --stdio hands one request on to the engine and its answer back")
    func stdio() throws {
        try withEngine { program, _ in
            let request = "GET /v1/status HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
            let outcome = try program.run(
                ["-c", "printf '\(request)' | \(Program.binary) attach --stdio --state s"],
                program: "/bin/sh", as: "stdio")
            #expect(outcome.output.hasPrefix("HTTP/1.1 200"), "\(outcome.output.prefix(200))")
            #expect(outcome.output.contains("\"models\""))
        }
    }
}
