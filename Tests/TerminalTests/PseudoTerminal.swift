import CShims
import Console
import Glibc
import Operation
import Synchronization
import Terminal
import Vocabulary

/// A terminal whose other end a test holds.
final class PseudoTerminal {
    let master: Int32
    let slave: Int32
    /// Of its name, `/dev/pts/N`.
    let number: UInt32
    private(set) var received: [UInt8] = []

    init?(rows: UInt16 = 24, columns: UInt16 = 80) {
        // posix_openpt and its kin are not in the Glibc module; these are what they do on Linux.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var lock: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &lock) == 0,
            ioctl(master, 0x8004_5430, &number) == 0
        else { return nil }
        self.number = number
        slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_NONBLOCK)
        guard slave >= 0 else { return nil }
        resize(rows: rows, columns: columns)
    }

    /// The terminal's own end alone, of one that another process reads.
    init?(slaveNumber: Int32) {
        (master, number) = (-1, UInt32(slaveNumber))
        slave = open("/dev/pts/\(slaveNumber)", O_RDWR | O_NOCTTY | O_NONBLOCK)
        guard slave >= 0 else { return nil }
    }

    deinit {
        close(slave)
        if master >= 0 { close(master) }
    }

    func resize(rows: UInt16, columns: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Reads what comes within a time; returns the number of bytes.
    @discardableResult
    func read(forMilliseconds milliseconds: Int) -> Int {
        let end = Clock.microseconds + milliseconds * 1000
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = (end - Clock.microseconds) / 1000
            guard left > 0 else { return total }
            var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&one, 1, Int32(left)) > 0 else { return total }
            let count = Glibc.read(master, &buffer, buffer.count)
            guard count > 0 else { return total }
            received += buffer[..<count]
            total += count
        }
    }

    /// Reads until a text has come; false if it does not within a time.
    func read(until text: String, withinMilliseconds milliseconds: Int) -> Bool {
        let end = Clock.microseconds + milliseconds * 1000
        while !self.text.contains(text) {
            guard Clock.microseconds < end else { return false }
            read(forMilliseconds: 2)
        }
        return true
    }

    /// Reads what is there, up to a number of bytes.
    func read(atMost count: Int) {
        var buffer = [UInt8](repeating: 0, count: count)
        var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&one, 1, 0) > 0 else { return }
        let got = Glibc.read(master, &buffer, count)
        if got > 0 { received += buffer[..<got] }
    }

    /// As if nothing had come so far.
    func forget() { received = [] }

    var text: String { String(decoding: received, as: UTF8.self) }

    var settings: [UInt32] {
        var found = termios()
        tcgetattr(slave, &found)
        return [found.c_iflag, found.c_oflag, found.c_cflag, found.c_lflag]
    }
}

/// Microseconds of the monotonic clock.
enum Clock {
    static var microseconds: Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }
}

/// An engine that only remembers when its red button was pressed.
final class QuietLink: EngineLink {
    private let presses = Mutex<[Int]>([])
    private let isAttached: Bool
    private let second = Mutex(0)

    private let models: @Sendable (Int) -> [ModelReport]

    /// `models` says what there is after so many seconds.
    init(
        isAttached: Bool = true, models: @escaping @Sendable (Int) -> [ModelReport] = { _ in [] }
    ) {
        (self.isAttached, self.models) = (isAttached, models)
    }

    var pressCount: Int { presses.withLock { $0.count } }

    /// Brings a newer snapshot.
    func advance() { second.withLock { $0 += 1 } }

    func latest() -> LinkView {
        let second = second.withLock { $0 }
        let taken = Instant(microseconds: 1_763_942_400_000_000) + .seconds(second)
        let report = EngineReport(
            pid: 1, version: "0", uptimeSeconds: 1, stateDir: "state", source: "a test")
        let snapshot = Snapshot(
            engine: report, models: models(second), latched: false, takenAt: taken, journal: [])
        return LinkView(
            snapshot: snapshot, age: .zero, isConnected: true, isAttached: isAttached)
    }

    func pressRedButton(_ scope: ActScope) {
        let now = Clock.microseconds
        presses.withLock { $0.append(now) }
    }

    func readJournal(
        _ query: JournalQuery, answer: @escaping @Sendable (JournalPage) -> Void
    ) {
        answer(JournalPage(entries: [], reached: 1))
    }

    func readReadiness(answer: @escaping @Sendable (ReadinessAnswer) -> Void) {
        answer(ReadinessAnswer(models: [], fault: "a test knows of none"))
    }

    func showCharts(over span: Span) {}

    func rehearse(
        _ query: RehearsalQuery, of model: ModelName,
        tell: @escaping @Sendable (RehearsalProgress) -> Void
    ) {}

    /// When the red button was pressed for the n-th time, if it is within a second.
    func press(_ number: Int) -> Int? {
        let end = Clock.microseconds + 1_000_000
        while Clock.microseconds < end {
            if let time = presses.withLock({ $0.count >= number ? $0[number - 1] : nil }) {
                return time
            }
            usleep(200)
        }
        return nil
    }

    func submit(_ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void) {
        answer(.refused("a test refuses"))
    }
}

/// A console on a thread of its own.
final class RunningConsole: Sendable {
    private let result = Mutex<ConsoleExit?>(nil)

    init(_ terminal: PseudoTerminal, _ link: QuietLink, term: String = "xterm-256color") {
        let theme = Theme(name: "test", text: "") { role in
            var look = Theme.Look()
            if role == .critical { (look.foreground, look.background) = (.indexed(7), .indexed(1)) }
            if role == .bar || role == .selected { look.isReversed = true }
            return look
        }
        let console = TerminalConsole(
            link: link, actor: Actor(user: "ada", from: "test"), skin: Skin(theme))
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
    func exit(withinMilliseconds milliseconds: Int) -> ConsoleExit? {
        let end = Clock.microseconds + milliseconds * 1000
        while Clock.microseconds < end {
            if let exit = result.withLock({ $0 }) { return exit }
            usleep(1000)
        }
        return nil
    }
}
