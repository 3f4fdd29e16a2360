import CNcurses
import CShims
import Console
import Glibc
import Operation

/// Why a console ended.
package enum ConsoleExit: Equatable, Sendable {
    /// The operator left; `keepEngine` is false if an engine in this process shall end, too.
    case left(keepEngine: Bool)
    /// The terminal, or the reader of the lines, went away; the engine goes on.
    case hungUp
    /// The process was asked to end, by SIGTERM or SIGINT.
    case terminated
}

/// How a console looks.
package struct Skin: Sendable {
    package var theme: Theme
    /// Why it isn't the theme that was asked for; nil if it is.
    package var fault: String?
    /// What became of it, once its file has changed; asked about once a second, by one thread.
    package var changed: @Sendable () -> Change?

    /// What a file that was saved came to.
    package enum Change: Sendable {
        case theme(Theme)
        case fault(String)
    }

    package init(
        _ theme: Theme, fault: String? = nil, changed: @escaping @Sendable () -> Change? = { nil }
    ) {
        (self.theme, self.fault, self.changed) = (theme, fault, changed)
    }
}

/// Which key does what in a console.
package struct Keyboard: Sendable {
    package var map: KeyMap
    /// Why they aren't the keys that were asked for; nil if they are.
    package var fault: String?

    package init(_ map: KeyMap, fault: String? = nil) { (self.map, self.fault) = (map, fault) }
}

/// The console on the terminal of this process; plain lines where that has no screen.
package struct TerminalConsole {
    private let link: any EngineLink
    private let actor: Actor
    private let skin: Skin
    private let keyboard: Keyboard
    private let isReadOnly: Bool
    private let perform: (@Sendable ([String]) -> Void)?

    /// `perform` does a command of the
    /// program: where there is no screen, lines are commands.
    package init(
        link: any EngineLink, actor: Actor, skin: Skin, keyboard: Keyboard = Keyboard(.standard),
        isReadOnly: Bool = false,
        perform: (@Sendable ([String]) -> Void)? = nil
    ) {
        self.link = link
        self.actor = actor
        self.skin = skin
        self.keyboard = keyboard
        self.isReadOnly = isReadOnly
        self.perform = perform
    }

    /// Blocks the calling thread until the console ends; the screen is painted on it, and keys
    /// are read on a thread of their own.
    package func run() -> ConsoleExit {
        let tty = shim_tty_open()
        guard tty >= 0 else { return runPlain() }
        defer { close(tty) }
        return run(on: tty, term: Self.environment("TERM")) ?? runPlain()
    }

    /// The same on a terminal that is open already, without blocking; nil if it can have no
    /// screen. Only one console can run in a process at a time.
    package func run(on tty: Int32, term wanted: String) -> ConsoleExit? {
        let isUTF8 = cn_locale_is_utf8() != 0
        guard let term = Self.usableTerm(wanted) else { return nil }
        let signals = shim_signals_open()
        guard signals >= 0, let board = Switchboard(link: link, tty: tty, signals: signals) else {
            return nil
        }
        defer { shim_signals_close() }
        let hasGlyphs = !["linux", "vt", "ansi", "cons"].contains { term.hasPrefix($0) }
        let screen = NcursesScreen(
            term: term, tty: tty, size: board.readSize(), theme: skin.theme)
        guard let screen else { return nil }
        // Opening the screen put handlers of ncurses in place of ours.
        _ = shim_signals_open()
        shim_signals_on_crash(tty, cn_restore_text())
        var state = ViewState(actor: actor, keyMap: keyboard.map, isReadOnly: isReadOnly)
        let faults = [keyboard.fault, skin.fault].compactMap(\.self)
        if !faults.isEmpty {
            state.note = ViewState.Note(text: faults.joined(separator: "; "), role: .warning)
        }
        let input = InputLoop(board: board, state: state)
        guard let thread = input.start() else {
            screen.close(isGone: false)
            return nil
        }
        let painter = PaintLoop(
            board: board, screen: screen, skin: skin,
            charset: isUTF8 && hasGlyphs ? .unicode : .ascii)
        let exit = painter.run()
        pthread_join(thread, nil)
        screen.close(isGone: Self.isGone(tty))
        return exit
    }

    private func runPlain() -> ConsoleExit {
        PlainConsole(link: link, isReadOnly: isReadOnly, perform: perform).run()
    }

    /// The name under which terminfo knows the terminal; nil where there can be no screen.
    private static func usableTerm(_ term: String) -> String? {
        guard !term.isEmpty, term != "unknown" else { return nil }
        for name in [term, "xterm-256color"] {
            switch cn_terminal_kind(name) {
            case 0: return name
            case 1: return nil
            default: continue
            }
        }
        return nil
    }

    static func environment(_ name: String) -> String {
        getenv(name).map { String(cString: $0) } ?? ""
    }

    /// True when nobody is at the other end of the terminal.
    private static func isGone(_ tty: Int32) -> Bool {
        var one = pollfd(fd: tty, events: Int16(POLLOUT), revents: 0)
        poll(&one, 1, 0)
        return one.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }
}
