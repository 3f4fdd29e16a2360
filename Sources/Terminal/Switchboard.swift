import CShims
import Console
import Glibc
import Operation
import Synchronization
import Vocabulary

/// What the thread that reads keys and the thread that paints tell each other.
///
/// Nothing here is held for longer than it takes to copy a value, so that neither waits for the
/// other.
final class Switchboard: Sendable {
    /// What the painter shall do beyond painting.
    enum Errand: Sendable {
        case suspend
        /// Another process may have written to the terminal.
        case repaintAll
        /// Bytes that change nothing on the screen.
        case tell([UInt8])
    }

    let link: any EngineLink
    let tty: Int32
    let signals: Int32
    let inputWake: Int32
    let paintWake: Int32
    private let published = Mutex<(state: ViewState, revision: Int)?>(nil)
    private let inbox = Mutex<[ConsoleMessage]>([])
    private let errands = Mutex<[Errand]>([])
    private let exit = Mutex<ConsoleExit?>(nil)
    private let packedSize: Atomic<Int>

    init?(link: any EngineLink, tty: Int32, signals: Int32) {
        self.link = link
        self.tty = tty
        self.signals = signals
        inputWake = shim_event_open()
        paintWake = shim_event_open()
        packedSize = Atomic(80 << 16 | 24)
        guard inputWake >= 0, paintWake >= 0 else { return nil }
    }

    deinit {
        close(inputWake)
        close(paintWake)
    }

    static var now: Span { Span(microseconds: shim_monotonic_microseconds()) }

    var size: ScreenSize {
        let packed = packedSize.load(ordering: .acquiring)
        return ScreenSize(width: packed >> 16, height: packed & 0xFFFF)
    }

    /// Asks the terminal for its size.
    @discardableResult
    func readSize() -> ScreenSize {
        var rows: Int32 = 0
        var columns: Int32 = 0
        if shim_tty_size(tty, &rows, &columns) == 0 {
            packedSize.store(Int(columns) << 16 | Int(rows), ordering: .releasing)
        }
        return size
    }

    func moment() -> ConsoleMoment {
        ConsoleMoment(link: link.latest(), now: Self.now, size: size)
    }

    // MARK: - To the painter

    func publish(_ state: ViewState, revision: Int) {
        published.withLock { $0 = (state: state, revision: revision) }
        shim_event_signal(paintWake)
    }

    var newest: (state: ViewState, revision: Int)? { published.withLock { $0 } }

    func wakePainter() { shim_event_signal(paintWake) }

    func send(_ errand: Errand) {
        errands.withLock { if $0.count < 8 { $0.append(errand) } }
        shim_event_signal(paintWake)
    }

    func takeErrands() -> [Errand] {
        errands.withLock { list in
            defer { list = [] }
            return list
        }
    }

    // MARK: - To the reader of keys

    func post(_ message: ConsoleMessage) {
        inbox.withLock { $0.append(message) }
        shim_event_signal(inputWake)
    }

    func takeMessages() -> [ConsoleMessage] {
        inbox.withLock { list in
            defer { list = [] }
            return list
        }
    }

    // MARK: - The end

    /// The first reason to end is the one that counts.
    func finish(_ reason: ConsoleExit) {
        exit.withLock { $0 = $0 ?? reason }
        shim_event_signal(inputWake)
        shim_event_signal(paintWake)
    }

    var ending: ConsoleExit? { exit.withLock { $0 } }
}
