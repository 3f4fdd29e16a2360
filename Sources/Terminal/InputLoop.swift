import CShims
import Console
import Glibc
import Operation
import Vocabulary

/// Reads keys and owns the view state, on a thread of its own that nothing can hold up: not the
/// engine, not the painter, not a terminal that has stopped reading.
final class InputLoop {
    /// How long an ESC waits for the rest of a sequence.
    private static let escapeMilliseconds: Int32 = 50
    /// How long a paste may be silent before its end counts as lost.
    private static let pasteMilliseconds: Int32 = 2000

    /// How often is looked whether a stop was followed.
    private static let stopMilliseconds: Int32 = 100

    private let board: Switchboard
    private var state: ViewState
    private var decoder = KeyDecoder()
    private var revision = 0
    private var lastInput = Span.zero
    private var buffer = [UInt8](repeating: 0, count: 4096)

    init(board: Switchboard, state: ViewState) {
        self.board = board
        self.state = state
    }

    /// Starts the thread; nil if there can be none.
    func start() -> pthread_t? {
        board.publish(state, revision: revision)
        var thread = pthread_t()
        let handle = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<InputLoop>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, handle.toOpaque())
        guard result == 0 else {
            handle.release()
            return nil
        }
        return thread
    }

    private func run() {
        shim_thread_name("console-input")
        shim_thread_hurry()
        while board.ending == nil {
            var watched = [board.tty, board.signals, board.inputWake].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let ready = poll(&watched, nfds_t(watched.count), timeout)
            if state.awaitsStop { take(.looked) }
            if ready == 0 { takeSilence() }
            guard ready > 0 else { continue }
            if watched[0].revents != 0 { readKeys(watched[0].revents) }
            if watched[1].revents != 0 { readSignals() }
            if watched[2].revents != 0 {
                shim_event_clear(board.inputWake)
                let messages = board.takeMessages()
                for message in messages { take(message) }
                if !messages.isEmpty { publish() }
            }
        }
    }

    private var timeout: Int32 {
        if decoder.isWaiting { return Self.escapeMilliseconds }
        if state.awaitsStop { return Self.stopMilliseconds }
        return decoder.isSwallowing ? Self.pasteMilliseconds : -1
    }

    private func takeSilence() {
        let events = decoder.flush()
        let silence = Switchboard.now.microseconds - lastInput.microseconds
        if silence >= Int64(Self.pasteMilliseconds) * 1000 { decoder.abandon() }
        for event in events { take(event) }
        if !events.isEmpty { publish() }
    }

    private func readKeys(_ conditions: Int16) {
        if conditions & Int16(POLLIN) != 0 {
            let count = read(board.tty, &buffer, buffer.count)
            if count > 0 {
                lastInput = Switchboard.now
                let events = decoder.decode(buffer[..<count])
                for event in events { take(event) }
                if !events.isEmpty { publish() }
                return
            }
            let isPassing = count < 0 && (errno == EAGAIN || errno == EINTR)
            if !isPassing { board.finish(.hungUp) }
        } else {
            // POLLHUP, POLLERR or POLLNVAL alone: nobody is there any more.
            board.finish(.hungUp)
        }
    }

    private func take(_ event: KeyEvent) {
        // Before anything else, and before the view state is even looked at in full.
        let link = board.link
        let scope = state.redButtonScope(for: event, at: Switchboard.now) {
            ViewState.worst(of: link.latest().snapshot?.models ?? [])?.name
        }
        if let scope { link.pressRedButton(scope) }
        take(.key(event), isPressed: scope != nil)
    }

    /// `isPressed` says that the red button was pressed already, when the key came.
    private func take(_ message: ConsoleMessage, isPressed: Bool = false) {
        for action in state.update(message, at: board.moment()) {
            switch action {
            case .pressRedButton(let scope): if !isPressed { board.link.pressRedButton(scope) }
            case .submit(let token, let request):
                let board = board
                board.link.submit(request) { board.post(.answer(token: token, $0)) }
            case .rehearse(let token, let model, let query):
                let board = board
                board.link.rehearse(query, of: model) {
                    board.post(.rehearsed(token: token, $0))
                }
            case .readJournal(let token, let query):
                let board = board
                board.link.readJournal(query) { board.post(.journalRead(token: token, $0)) }
            case .readReadiness(let token):
                let board = board
                board.link.readReadiness { board.post(.readinessRead(token: token, $0)) }
            case .look(let engine): board.link.look(at: engine)
            case .showCharts(let span): board.link.showCharts(over: span)
            case .copy(let text):
                board.send(
                    .tell(TerminalText.copying(text, environment: TerminalConsole.environment)))
            case .useMouse(let isOn): board.send(.tell(TerminalText.mouse(isOn)))
            case .leave(let keepEngine): board.finish(.left(keepEngine: keepEngine))
            }
        }
    }

    private func publish() {
        revision += 1
        board.publish(state, revision: revision)
    }

    private func readSignals() {
        var numbers = [UInt8](repeating: 0, count: 256)
        let count = read(board.signals, &numbers, numbers.count)
        guard count > 0 else { return }
        for number in numbers[..<count] {
            switch Int32(number) {
            case SIGWINCH:
                board.readSize()
                board.wakePainter()
            case SIGHUP: board.finish(.hungUp)
            case SIGTERM, SIGINT: board.finish(.terminated)
            case SIGTSTP: suspend()
            case SIGCONT:
                board.send(.repaintAll)
                if state.isMouseOn { board.send(.tell(TerminalText.mouse(true))) }
            default: break
            }
        }
    }

    /// An engine in this process would stop with it; so only an attached console suspends.
    private func suspend() {
        if board.link.latest().isAttached {
            board.send(.suspend)
        } else {
            take(.suspendRefused)
            publish()
        }
    }
}
