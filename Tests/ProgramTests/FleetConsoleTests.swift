import Foundation
import Glibc
import Testing

/// One console over engines of this host and of another one.
@Suite("A fleet in one console", .serialized, .enabled(if: Tmux.isHere), .timeLimit(.minutes(3)))
struct FleetConsoleTests {
    /// Two engines and a list of them; the second is behind a made-up `ssh`, and a third is on a
    /// host that cannot be reached.
    private func withFleet(_ body: (Program, String, [Child]) throws -> Void) throws {
        let program = try Program()
        defer { program.remove() }
        let ssh = RemoteTests.ssh.replacing(
            "echo \"$1\"", with: "[ \"$1\" = gone.example ] && exit 255\necho \"$1\"")
        let bin = try program.makeBin(ssh: ssh)
        let toml = "[models.shop]\nwait = \"30m\"\n[shop]\nmodel = \"shop\"\nspeed = 600\n"
        try program.write("shop.toml", Data(toml.utf8))
        var engines: [Child] = []
        defer { for engine in engines { engine.kill() } }
        for folder in ["one", "two"] {
            engines.append(
                try program.start(
                    ["run", "--config", "shop.toml", "--state", folder], as: "run-" + folder))
            try #require(
                try Program.wait(seconds: 60) { try program.training(in: folder) == "running" })
        }
        let fleet = """
            [[engine]]
            name = "here"
            state = "\(program.folder)/one"
            [[engine]]
            name = "there"
            host = "db1.example"
            state = "\(program.folder)/two"
            [[engine]]
            name = "gone"
            host = "gone.example"
            """
        try program.write("fleet.toml", Data(fleet.utf8))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let command =
            "env PATH=\(bin):\(path) spindle fleet --file "
            + "\(program.folder)/fleet.toml"
        try body(program, command, engines)
    }

    @Test("! stops the model under the cursor on its own engine, while others hang or are gone")
    func stops() throws {
        try withFleet { program, command, engines in
            let tmux = Tmux(program: program)
            defer { tmux.end() }
            try tmux.open(columns: 120, rows: 40, command)
            #expect(
                try Program.wait(seconds: 30) {
                    let screen = try tmux.screen()
                    return screen.contains("▶ here    shop   ● RUNNING")
                        && screen.contains("there   shop   ● RUNNING")
                        && screen.contains("1 engine LOST")
                })
            kill(engines[0].processIdentifier, SIGSTOP)
            _ = try tmux.call("send-keys", "Down", "!")
            #expect(try Program.wait(seconds: 10) { try program.training(in: "two") == "stopped" })
            #expect(
                try Program.wait(seconds: 10) {
                    try tmux.screen().contains("shop of there: stopped, pushes frozen")
                })
            kill(engines[0].processIdentifier, SIGCONT)
            #expect(try program.training(in: "one") == "running")
            _ = try tmux.call("send-keys", "q")
            #expect(try Program.wait(seconds: 10) { !(try tmux.isOpen()) })
        }
    }

    @Test("An engine that is killed is a row that says so, and is back once it runs again")
    func comesBack() throws {
        try withFleet { program, command, engines in
            let tmux = Tmux(program: program)
            defer { tmux.end() }
            try tmux.open(columns: 120, rows: 40, command)
            #expect(
                try Program.wait(seconds: 30) {
                    try tmux.screen().contains("there   shop   ● RUNNING")
                })
            engines[1].kill()
            #expect(
                try Program.wait(seconds: 30) {
                    try tmux.screen().contains("there   shop   ▲ LOST")
                })
            let again = try program.start(
                ["run", "--config", "shop.toml", "--state", "two"], as: "run-again")
            defer { again.kill() }
            #expect(
                try Program.wait(seconds: 60) {
                    try tmux.screen().contains("there   shop   ● RUNNING")
                })
        }
    }

    @Test("Without a screen, ! ENGINE MODEL stops one model, and ! those of all engines")
    func lines() throws {
        try withFleet { program, command, _ in
            func run(_ lines: String, _ name: String) throws -> Program.Outcome {
                try program.run(
                    ["-c", "printf '\(lines)' | TERM=dumb \(command)"], program: "/bin/sh", as: name
                )
            }
            let one = try run("! there shop\\n! nowhere shop\\nstatus\\nq\\n", "one-lines")
            #expect(one.output.contains("there: "), "\(one.output)")
            #expect(one.output.contains("asked to stop shop of there"))
            #expect(one.output.contains("no engine is called that: nothing was stopped"))
            #expect(one.output.contains("! ENGINE MODEL stops one"))
            #expect(try Program.wait(seconds: 10) { try program.training(in: "two") == "stopped" })
            #expect(try program.training(in: "one") == "running")
            _ = try run("!\\nq\\n", "all-lines")
            #expect(try Program.wait(seconds: 10) { try program.training(in: "one") == "stopped" })
        }
    }

    @Test("A picture of the fleet has the engines' table, and one of a model is of its engine")
    func pictures() throws {
        try withFleet { program, command, _ in
            func picture(_ words: String, _ name: String) throws -> Program.Outcome {
                let line = command.replacing("spindle fleet", with: "spindle snapshot " + words)
                return try program.run(["-c", line], program: "/bin/sh", as: name)
            }
            let text = try picture("fleet", "text")
            #expect(text.status == 0, "\(text.errors)")
            let rows = ["here    shop   ● RUNN", "there   shop   ● RUNN", "gone    -      ▲ LOST"]
            for row in rows {
                #expect(text.output.contains(row), "\(row) is missing:\n\(text.output)")
            }
            #expect(text.output.contains("gone: ssh gone.example reaches no engine"))
            let ansi = try picture("fleet --ansi", "ansi")
            #expect(ansi.output.contains("\u{1B}[") && ansi.output.contains("there"))
            let svg = try picture("fleet --svg --size 160x50", "svg")
            #expect(svg.output.hasPrefix("<svg") && svg.output.contains("there"))
            let model = try picture("model --engine there", "model")
            #expect(model.output.contains("SPINDLE at there") && model.output.contains("RUNNING"))
            let nobody = try picture("model --engine gone", "nobody")
            #expect(nobody.status == 3 && nobody.errors.contains("gone: ssh gone.example"))
            #expect(try picture("fleet --engine nowhere", "nowhere").status == 2)
        }
    }

    @Test("Hosts that are named make a fleet of which there is a picture")
    func hosts() throws {
        try withFleet { program, command, _ in
            let line = command.replacing(
                "fleet --file \(program.folder)/fleet.toml",
                with: "snapshot fleet --host db1.example --host gone.example --state "
                    + "\(program.folder)/two")
            let outcome = try program.run(["-c", line], program: "/bin/sh", as: "hosts")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("db1.example"))
            #expect(outcome.output.contains("gone.example"))
        }
    }
}
