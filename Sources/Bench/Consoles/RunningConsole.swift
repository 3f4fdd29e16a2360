import CShims
import Console
import Glibc
import Operation
import Synchronization
import Terminal

/// A console on a thread of its own.
package final class RunningConsole: Sendable {
    private let result = Mutex<ConsoleExit?>(nil)

    package init(
        on terminal: PseudoTerminal, _ link: any EngineLink, term: String = "xterm-256color"
    ) {
        let theme = Theme(name: "bench", text: "") { role in
            var look = Theme.Look()
            if role == .critical { (look.foreground, look.background) = (.indexed(7), .indexed(1)) }
            if role == .bar || role == .selected { look.isReversed = true }
            return look
        }
        let console = TerminalConsole(
            link: link, actor: Actor(user: "ada", from: "bench"), skin: Skin(theme))
        let tty = terminal.slave
        let body = Work { [self] in
            shim_thread_name("console-paint")
            let exit = console.run(on: tty, term: term)
            result.withLock { $0 = exit }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(body).toOpaque())
        pthread_detach(thread)
    }

    /// What a thread is given to do.
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// How it ended, if that is within some time.
    package func exit(withinMilliseconds milliseconds: Int) -> ConsoleExit? {
        let end = Ticks.microseconds + milliseconds * 1000
        while Ticks.microseconds < end {
            if let exit = result.withLock({ $0 }) { return exit }
            usleep(1000)
        }
        return nil
    }
}
