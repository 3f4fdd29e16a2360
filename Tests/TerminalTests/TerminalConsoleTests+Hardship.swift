import Bench
import Glibc
import Synchronization
import Terminal
import Testing

/// Slow links, busy machines, other terminals.
extension TerminalConsoleTests {
    @Test("Every kind of terminal gets a screen, and its red button works")
    func kinds() throws {
        let names = [
            "xterm", "xterm-256color", "screen-256color", "tmux-256color", "linux", "ansi", "vt100",
            "vt220",
        ]
        for name in names {
            let terminal = try terminal()
            let link = QuietLink()
            let console = RunningConsole(on: terminal, link, term: name)
            terminal.read(forMilliseconds: 250)
            #expect(terminal.text.contains("SPINDLE"), "\(name)")
            terminal.type("!")
            #expect(link.press(1) != nil, "\(name)")
            terminal.type("q")
            terminal.read(forMilliseconds: 150)
            #expect(console.exit(withinMilliseconds: 1000) == .left(keepEngine: true), "\(name)")
        }
    }

    @Test("Over a link of 2 kB/s the red button works within 25 ms")
    func slowLink() throws {
        let terminal = try terminal()
        let link = QuietLink()
        let console = RunningConsole(on: terminal, link)
        var waits: [Int] = []
        for number in 1...40 {
            link.advance()
            terminal.type(["1", "2", "3", "4"][number % 4])
            // 20 bytes in 10 ms.
            for _ in 0..<4 {
                terminal.read(atMost: 20)
                usleep(10_000)
            }
            let start = Ticks.microseconds
            terminal.type("!")
            waits.append(try #require(link.press(number)) - start)
        }
        waits.sort()
        #expect(waits[35] <= 25_000, "90 of 100 within 25 ms, on a machine that does other things")
        terminal.type("q")
        terminal.read(forMilliseconds: 500)
        #expect(console.exit(withinMilliseconds: 3000) == .left(keepEngine: true))
    }

    @Test("With every thread of the cooperative pool busy the red button works")
    func busyPool() async throws {
        let terminal = try terminal()
        let link = QuietLink()
        let console = RunningConsole(on: terminal, link)
        terminal.read(forMilliseconds: 300)
        let isOver = Flag()
        let count = 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let busy = (0..<count).map { _ in
            Task.detached { while !isOver.isSet {} }
        }
        var waits: [Int] = []
        for number in 1...20 {
            usleep(20_000)
            let start = Ticks.microseconds
            terminal.type("!")
            waits.append(try #require(link.press(number)) - start)
        }
        isOver.set()
        for task in busy { await task.value }
        waits.sort()
        #expect(waits[10] <= 25_000, "\(waits)")
        terminal.type("q")
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 3000) == .left(keepEngine: true))
    }

    @Test("In the locale C no byte is above 127")
    func plainLocale() throws {
        let before = getenv("LC_ALL").map { String(cString: $0) }
        setenv("LC_ALL", "C", 1)
        defer {
            if let before { setenv("LC_ALL", before, 1) } else { unsetenv("LC_ALL") }
        }
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink())
        terminal.read(forMilliseconds: 300)
        for key in ["2", "3", "4", "5", "7", "8", "?"] {
            terminal.type(key)
            terminal.read(forMilliseconds: 60)
        }
        #expect(terminal.text.contains("SPINDLE"))
        #expect(terminal.received.allSatisfy { $0 < 0x80 })
        terminal.type("\u{1B}")
        usleep(100_000)
        terminal.type("q")
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 2000) == .left(keepEngine: true))
    }

    @Test("A key is seen on the screen within 50 ms, the first frame within 100")
    func echo() throws {
        let terminal = try terminal()
        let start = Ticks.microseconds
        let console = RunningConsole(on: terminal, QuietLink())
        #expect(terminal.read(until: "SPINDLE", withinMilliseconds: 1000))
        let first = Ticks.microseconds - start
        #expect(first <= 100_000, "\(first)")
        terminal.read(forMilliseconds: 300)
        var waits: [Int] = []
        for number in 0..<30 {
            let (key, title) = [("2", "[2 Model]"), ("1", "[1 Fleet]")][number % 2]
            terminal.forget()
            let start = Ticks.microseconds
            terminal.type(key)
            #expect(terminal.read(until: title, withinMilliseconds: 1000), "\(title)")
            waits.append(Ticks.microseconds - start)
            usleep(10_000)
        }
        waits.sort()
        #expect(waits[27] <= 50_000, "\(waits)")
        terminal.type("q")
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 2000) != nil)
    }

    @Test("A console that has its engine in this process is not suspended, and says so")
    func suspendRefused() throws {
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink(isAttached: false))
        terminal.read(forMilliseconds: 400)
        kill(getpid(), SIGTSTP)
        #expect(terminal.read(until: "not suspended", withinMilliseconds: 2000))
        #expect(!terminal.text.contains("\u{1B}[?1049l"))
        kill(getpid(), SIGTERM)
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 2000) == .terminated)
    }

    @Test("The mouse is asked for, and put off again at the end")
    func mouse() throws {
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink())
        terminal.read(forMilliseconds: 300)
        #expect(!terminal.text.contains("\u{1B}[?1006h"))
        terminal.type("m")
        #expect(terminal.read(until: "\u{1B}[?1000h\u{1B}[?1006h", withinMilliseconds: 1000))
        terminal.type("\u{1B}[<0;20;1M")
        #expect(terminal.read(until: "[2 Model]", withinMilliseconds: 1000))
        terminal.forget()
        terminal.type("q")
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 2000) != nil)
        #expect(terminal.text.contains("\u{1B}[?1000l\u{1B}[?1006l"))
    }
}

/// Set once, by one thread for all others.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

@Suite("Lines of a console without a screen")
struct PlainConsoleTests {
    @Test("Lines are split at blanks that are not between quotes")
    func words() {
        let cases: [(String, [String])] = [
            ("stop shop", ["stop", "shop"]), ("  ! \t shop\r", ["!", "shop"]), ("", []),
            (
                #"resume shop --reason "it's over""#,
                ["resume", "shop", "--reason", "it's over"]
            ), (#"a ''"#, ["a", ""]), (#"a"b c"d"#, ["ab cd"]), (#"a "b"#, ["a", "b"]),
        ]
        for (line, words) in cases { #expect(PlainConsole.words(of: line) == words, "\(line)") }
    }
}
