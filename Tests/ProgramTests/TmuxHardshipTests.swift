import Foundation
import Testing

/// What a shell and its user do to a console that is attached.
@Suite("The console and its shell", .serialized, .enabled(if: Tmux.isHere), .timeLimit(.minutes(3)))
struct TmuxHardshipTests {
    /// A console attached to an engine of its own, in tmux.
    private struct Bench {
        let program: Program
        let engine: Child
        let tmux: Tmux

        init() throws {
            program = try Program()
            engine = try program.start(["run", "--state", "state"])
            tmux = Tmux(program: program)
        }

        func open(variables: String = "", columns: Int = 100) throws {
            let socket = program.folder + "/state/control.sock"
            try #require(
                Program.wait(seconds: 60) { FileManager.default.fileExists(atPath: socket) })
            try tmux.open(
                columns: columns, rows: 30,
                // Beside a shell: tmux lets no process of its own stop.
                "env \(variables) \(Program.binary) --state \(program.folder)/state; true")
            try #require(try Program.wait(seconds: 30) { try tmux.screen().contains("RUNNING") })
        }

        func end() {
            tmux.end()
            engine.end()
            program.remove()
        }

        func value(_ format: String) throws -> String {
            try tmux.call("display-message", "-p", "#{\(format)}")
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// The process of the console, which is the shell's only one.
        func console() throws -> pid_t {
            let shell = try value("pane_pid")
            let children = try String(
                contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
            return try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
        }

        func trained() throws -> Int {
            let status = try program.json("status", "--json", "--state", "state")
            let model = (status["models"] as? [[String: Any]])?.first
            let counts = try #require(model?["counts"] as? [String: Any])
            return counts["trained"] as? Int ?? 0
        }
    }

    /// Whether the screen has colours: SGR 30 to 49, and 90 to 107.
    private static func hasColours(_ text: String) -> Bool {
        text.components(separatedBy: "\u{1B}[").dropFirst().contains { part in
            guard let end = part.firstIndex(where: { $0.isLetter }), part[end] == "m" else {
                return false
            }
            return part[..<end].split(separator: ";").compactMap { Int($0) }.contains { code in
                (30...38).contains(code) || (40...48).contains(code) || (90...107).contains(code)
            }
        }
    }

    @Test("NO_COLOR takes every colour away, and nothing else")
    func noColour() throws {
        for (variables, isColoured) in [("NO_COLOR=1", false), ("NO_COLOR=", true)] {
            let bench = try Bench()
            defer { bench.end() }
            try bench.open(variables: variables)
            var shown = ""
            for key in ["1", "2", "3", "5", "8"] {
                _ = try bench.tmux.call("send-keys", key)
                _ = try Program.wait(seconds: 5) {
                    try bench.tmux.screen().contains("[\(key) ")
                }
                shown += try bench.tmux.call("capture-pane", "-p", "-e")
            }
            #expect(shown.contains("\u{1B}["), "bold and reverse stay")
            #expect(Self.hasColours(shown) == isColoured, "\(variables)")
        }
    }

    @Test("Keys and a theme that are broken are told with their lines, also while one is edited")
    func brokenFiles() throws {
        let bench = try Bench()
        defer { bench.end() }
        let folder = "config/spindle"
        try FileManager.default.createDirectory(
            atPath: "\(bench.program.folder)/\(folder)/themes", withIntermediateDirectories: true)
        try bench.program.write("\(folder)/keys.toml", Data("resume = \"R\"\n".utf8))
        let theme = "\(folder)/themes/dark.toml"
        try bench.program.write(theme, Data("text = \"t\"\n[palette]\nred = \"blood\"\n".utf8))
        try bench.open(
            // Who runs the tests may have said that they want no colours, and with them no theme.
            variables: "NO_COLOR= SPINDLE_THEME=dark "
                + "XDG_CONFIG_HOME=\(bench.program.folder)/config",
            columns: 300)
        func says(_ text: String) throws -> Bool {
            try Program.wait(seconds: 10) { try bench.tmux.screen().contains(text) }
        }
        #expect(try says("keys.toml:1: resume: "))
        #expect(try says("dark.toml:3: palette.red: expected"))
        let shipped = try bench.program.run("themes", "show", "light").output
        try bench.program.write(theme, Data(shipped.utf8))
        #expect(try says("the theme is as its file has it now"))
        try bench.program.write(theme, Data((shipped + "\n[more]\n").utf8))
        #expect(try says("more: unknown"))
    }

    @Test("A console that is attached has at most 12 MiB of its own, all screens seen")
    func memory() throws {
        let bench = try Bench()
        defer { bench.end() }
        try bench.open()
        let pid = try bench.console()
        for key in ["2", "3", "4", "5", "6", "7", "8", "9", "1"] {
            _ = try bench.tmux.call("send-keys", key)
            #expect(
                try Program.wait(seconds: 5) { try bench.tmux.screen().contains("[\(key) ") })
        }
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let kibibytes = try #require(
            line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
        #expect(kibibytes <= 12 << 10, "\(kibibytes) KiB")
    }

    @Test("With standard input closed and a pipe to write to there are lines")
    func closedInput() throws {
        let bench = try Bench()
        defer { bench.end() }
        try bench.open()
        let line = "\(Program.binary) --state state <&- | head -2"
        let outcome = try bench.program.run(["-c", line], program: "/bin/sh", as: "closed")
        #expect(outcome.output.contains("shop: RUNNING"), "\(outcome)")
    }

    @Test("SIGTSTP gives the terminal back while the engine goes on; SIGCONT takes it again")
    func suspended() throws {
        let bench = try Bench()
        defer { bench.end() }
        try bench.open()
        let pid = try bench.console()
        func isStopped() throws -> Bool {
            let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            return stat.split(separator: ")").last?.split(separator: " ").first == "T"
        }
        #expect(try bench.value("alternate_on") == "1")
        kill(pid, SIGTSTP)
        #expect(try Program.wait(seconds: 5) { try isStopped() })
        #expect(try Program.wait(seconds: 5) { try bench.value("alternate_on") == "0" })
        #expect(try !bench.tmux.screen().contains("RUNNING"))
        let before = try bench.trained()
        #expect(try Program.wait(seconds: 20) { try bench.trained() > before })
        kill(pid, SIGCONT)
        #expect(try Program.wait(seconds: 10) { try bench.tmux.screen().contains("RUNNING") })
        #expect(try bench.value("alternate_on") == "1")
        _ = try bench.tmux.call("send-keys", "2")
        #expect(try Program.wait(seconds: 5) { try bench.tmux.screen().contains("[2 Model]") })
    }
}
