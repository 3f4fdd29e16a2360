import CNcurses
import CShims
import Console
import Glibc
import Operation
import Vocabulary

/// Paints: at once after a key, once a second with new data, at most 30 times a second while
/// the terminal is being resized. It waits for a terminal that does not read; nobody else does.
struct PaintLoop {
    private static let dataPeriod = Span.seconds(1)
    private static let resizePeriod = Span(microseconds: 33_000)
    /// How often is looked whether a stop was followed.
    private static let stopPeriod = Span(microseconds: 100_000)

    private let board: Switchboard
    private var screen: NcursesScreen
    private let skin: Skin
    private let charset: Charset
    private var lastSkin = Span.zero
    private var isWaiting = false
    private var lastPaint = Span.zero
    private var painted: Sight?
    private var hasLooked = false

    /// What a canvas follows from; while it is the same there is nothing to draw.
    private struct Sight: Equatable {
        var revision: Int
        var size: ScreenSize
        var takenAt: [Instant?]
        var isConnected: Bool
        var hasNote: Bool
        /// The seconds that the screen counts, while it counts any.
        var seconds: Int64
    }

    init(board: Switchboard, screen: NcursesScreen, skin: Skin, charset: Charset) {
        self.board = board
        self.screen = screen
        self.skin = skin
        self.charset = charset
    }

    func run() -> ConsoleExit {
        var loop = self
        return loop.paintUntilTheEnd()
    }

    private mutating func paintUntilTheEnd() -> ConsoleExit {
        paint()
        while true {
            if let reason = board.ending { return reason }
            wait()
            if let reason = board.ending { return reason }
            for errand in board.takeErrands() {
                switch errand {
                case .suspend: screen.suspend()
                case .repaintAll: screen.repaintAll()
                case .tell(let bytes):
                    take(screen.tell(bytes))
                    continue
                }
                painted = nil
            }
            followSkin()
            if isWaiting { take(screen.drain()) }
            if !isWaiting { paint() }
        }
    }

    /// A theme that is being edited is seen as it becomes.
    private mutating func followSkin() {
        guard !isWaiting, Switchboard.now - lastSkin >= Self.dataPeriod else { return }
        lastSkin = Switchboard.now
        switch skin.changed() {
        case .theme(let theme)?:
            screen.use(theme)
            painted = nil
            board.post(.themeSaved(fault: nil))
        // The one before stays.
        case .fault(let text)?: board.post(.themeSaved(fault: text))
        case nil: break
        }
    }

    /// Until a key, the next second, or the terminal's readiness to take more.
    private func wait() {
        var watched = [pollfd(fd: board.paintWake, events: Int16(POLLIN), revents: 0)]
        if isWaiting {
            watched.append(pollfd(fd: board.tty, events: Int16(POLLOUT), revents: 0))
        }
        let isStopping = board.newest?.state.stopAsked.map { asked in
            Switchboard.now.microseconds - asked.at.microseconds < 2_000_000
        }
        let period = isStopping == true ? Self.stopPeriod : Self.dataPeriod
        let due = lastPaint.microseconds + period.microseconds
        let left = max(1000, due - Switchboard.now.microseconds)
        poll(&watched, nfds_t(watched.count), Int32(left / 1000))
        if watched.count > 1, watched[1].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
            board.finish(.hungUp)
        }
        shim_event_clear(board.paintWake)
    }

    private mutating func paint() {
        guard let (state, revision) = board.newest else { return }
        let size = board.size
        if let painted, painted.revision == revision, painted.size != size { waitForResizes() }
        let moment = board.moment()
        let sight = Self.sight(state, revision, moment)
        lastPaint = moment.now
        guard sight != painted else { return }
        painted = sight
        take(screen.present(Scene.canvas(of: state, at: moment, charset: charset)))
        if !hasLooked, moment.link.snapshot?.models.isEmpty == false {
            hasLooked = true
            board.post(.looked)
        }
    }

    /// While only the size changes, the next paint comes a thirtieth of a second after the last;
    /// a key ends the wait.
    private func waitForResizes() {
        guard let (_, revision) = board.newest else { return }
        while board.newest?.revision == revision, board.ending == nil {
            let past = Switchboard.now.microseconds - lastPaint.microseconds
            let left = Self.resizePeriod.microseconds - past
            guard left > 0 else { return }
            var watched = pollfd(fd: board.paintWake, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, Int32(left / 1000 + 1))
            shim_event_clear(board.paintWake)
        }
    }

    private static func sight(
        _ state: ViewState, _ revision: Int, _ moment: ConsoleMoment
    ) -> Sight {
        let link = moment.link
        let isCounting = state.stopAsked != nil || !state.actsAsked.isEmpty
        let isStale =
            link.age > Scene.staleAfter || !link.isConnected
            || link.fleet.contains { !$0.isConnected || $0.age > Scene.staleAfter }
        let second = moment.now.microseconds / 1_000_000
        return Sight(
            revision: revision, size: moment.size,
            takenAt: [link.snapshot?.takenAt] + link.fleet.map(\.snapshot?.takenAt),
            isConnected: link.isConnected, hasNote: state.shownNote(at: moment.now) != nil,
            seconds: isCounting || isStale ? second : 0)
    }

    private mutating func take(_ outcome: NcursesScreen.Outcome) {
        switch outcome {
        case .shown: isWaiting = false
        case .waiting: isWaiting = true
        case .gone: board.finish(.hungUp)
        }
    }
}
