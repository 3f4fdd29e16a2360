import Bench
import Glibc
import Terminal
import Testing

/// The console on a terminal that behaves, and on terminals that don't.
@Suite(.serialized) struct TerminalConsoleTests {
    func terminal() throws -> PseudoTerminal { try #require(PseudoTerminal()) }

    @Test("The first frame comes at once, as one synchronized update")
    func firstFrame() throws {
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink())
        terminal.read(forMilliseconds: 500)
        #expect(terminal.text.contains("SPINDLE"))
        #expect(terminal.text.contains("\u{1B}[?2026h"))
        #expect(terminal.text.contains("\u{1B}[?2026l"))
        terminal.type("q")
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 2000) == .left(keepEngine: true))
    }

    @Test("An unchanged screen sends no byte")
    func unchanged() throws {
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink())
        terminal.read(forMilliseconds: 700)
        #expect(terminal.read(forMilliseconds: 2500) == 0)
        terminal.type("q")
        terminal.read(forMilliseconds: 200)
        #expect(console.exit(withinMilliseconds: 2000) != nil)
    }

    @Test("The red button works within 25 ms while the terminal reads nothing")
    func stalled() throws {
        let terminal = try terminal()
        let link = QuietLink()
        let console = RunningConsole(on: terminal, link)
        usleep(300_000)
        var waits: [Int] = []
        for number in 1...50 {
            // Keys and new sizes make frames that nobody takes.
            terminal.resize(rows: UInt16(20 + number % 20), columns: UInt16(70 + number))
            kill(getpid(), SIGWINCH)
            terminal.type(["1", "2", "3", "4"][number % 4])
            link.advance()
            usleep(5000)
            let start = Ticks.microseconds
            terminal.type("!")
            let time = try #require(link.press(number))
            waits.append(time - start)
        }
        waits.sort()
        #expect(waits[44] <= 25_000, "90 of 100 within 25 ms, on a machine that does other things")
        terminal.read(forMilliseconds: 300)
        terminal.type("q")
        terminal.read(forMilliseconds: 500)
        #expect(console.exit(withinMilliseconds: 3000) == .left(keepEngine: true))
    }

    @Test("A terminal that stopped reading can be left")
    func leaveStalled() throws {
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink())
        usleep(200_000)
        for number in 0..<40 {
            terminal.type(["1", "2", "3", "4"][number % 4])
            usleep(10_000)
        }
        terminal.type("q")
        #expect(console.exit(withinMilliseconds: 3000) == .left(keepEngine: true))
    }

    @Test("Leaving gives the terminal back as it was found")
    func restored() throws {
        let terminal = try terminal()
        let before = terminal.settings
        let console = RunningConsole(on: terminal, QuietLink())
        terminal.read(forMilliseconds: 400)
        #expect(terminal.settings != before)
        terminal.type("q")
        terminal.read(forMilliseconds: 400)
        #expect(console.exit(withinMilliseconds: 2000) == .left(keepEngine: true))
        #expect(terminal.settings == before)
        #expect(terminal.text.contains("\u{1B}[?1049l"))
        #expect(terminal.text.contains("\u{1B}[?2004l"))
    }

    @Test("When the terminal goes away the console ends, and does not spin")
    func hungUp() throws {
        let link = QuietLink()
        let console: RunningConsole
        do {
            let terminal = try terminal()
            console = RunningConsole(on: terminal, link)
            terminal.read(forMilliseconds: 300)
            terminal.hangUp()
            #expect(console.exit(withinMilliseconds: 2000) == .hungUp)
        }
    }

    @Test("SIGHUP ends the screen, SIGTERM and SIGINT ask to end the process")
    func signals() throws {
        let ends = [
            (SIGHUP, ConsoleExit.hungUp), (SIGTERM, .terminated), (SIGINT, .terminated),
        ]
        for (number, expected) in ends {
            let terminal = try terminal()
            let console = RunningConsole(on: terminal, QuietLink())
            terminal.read(forMilliseconds: 300)
            kill(getpid(), number)
            terminal.read(forMilliseconds: 300)
            #expect(console.exit(withinMilliseconds: 2000) == expected)
        }
    }

    @Test("A storm of resizes is painted at most 30 times a second, and the last size wins")
    func resizes() throws {
        let terminal = try terminal()
        let console = RunningConsole(on: terminal, QuietLink())
        terminal.read(forMilliseconds: 400)
        let before = terminal.text.split(separator: "\u{1B}[?2026h").count
        let start = Ticks.microseconds
        for number in 0..<600 {
            terminal.resize(rows: UInt16(15 + number % 30), columns: UInt16(60 + number % 90))
            kill(getpid(), SIGWINCH)
            terminal.read(forMilliseconds: 3)
        }
        terminal.resize(rows: 10, columns: 30)
        kill(getpid(), SIGWINCH)
        terminal.read(forMilliseconds: 500)
        let seconds = Double(Ticks.microseconds - start) / 1_000_000
        let frames = terminal.text.split(separator: "\u{1B}[?2026h").count - before
        #expect(frames <= Int(seconds * 30) + 2, "\(frames) frames in \(seconds) s")
        #expect(terminal.text.contains("too small"))
        terminal.type("q")
        terminal.read(forMilliseconds: 200)
        #expect(console.exit(withinMilliseconds: 2000) != nil)
    }

    @Test("40 kB of random input leave the red button working")
    func random() throws {
        let terminal = try terminal()
        let link = QuietLink(isAttached: false)
        let console = RunningConsole(on: terminal, link)
        terminal.read(forMilliseconds: 300)
        var state: UInt64 = 7
        for _ in 0..<400 {
            let bytes = (0..<100).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Without the letters that leave.
                let byte = UInt8(truncatingIfNeeded: state >> 33)
                return byte == UInt8(ascii: "q") ? 0x1B : byte
            }
            _ = write(terminal.master, bytes, bytes.count)
            terminal.read(forMilliseconds: 1)
        }
        terminal.read(forMilliseconds: 3000)
        let count = link.pressCount
        terminal.type("!")
        #expect(link.press(count + 1) != nil)
        kill(getpid(), SIGTERM)
        terminal.read(forMilliseconds: 300)
        #expect(console.exit(withinMilliseconds: 2000) == .terminated)
    }

    @Test("Terminals without cursor addressing get no screen; unknown ones are tried as xterm")
    func terms() throws {
        for (term, hasScreen) in [
            ("dumb", false), ("", false), ("unknown", false), ("no-such-terminal", true),
            ("vt100", true), ("linux", true), ("screen-256color", true), ("ansi", true),
        ] {
            let terminal = try terminal()
            let console = RunningConsole(on: terminal, QuietLink(), term: term)
            terminal.read(forMilliseconds: 250)
            #expect(terminal.text.contains("SPINDLE") == hasScreen, "\(term)")
            terminal.type("q")
            terminal.read(forMilliseconds: 150)
            let exit = console.exit(withinMilliseconds: 1000)
            #expect(exit == (hasScreen ? .left(keepEngine: true) : nil), "\(term)")
        }
    }
}
