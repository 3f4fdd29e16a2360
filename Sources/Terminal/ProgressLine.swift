import Glibc
import Synchronization
import Vocabulary

/// Says how far something has come that takes longer than two seconds, and how much time is left:
/// on a terminal in one line that is redrawn, elsewhere in a line now and then.
package final class ProgressLine: Sendable {
    /// Before that nothing is said.
    package static let patience = Span.seconds(2)
    static let redrawInterval = Span(microseconds: 500_000)
    static let lineInterval = Span.seconds(5)
    /// Less of the way tells no pace.
    private static let shareMin = 0.02

    private struct State {
        var step = ""
        var stepBegun = Span.zero
        /// Where the step began.
        var share = 0.0
        var toldAt: Span?
    }

    private let output: Int32
    private let isTerminal: Bool
    private let isSilent: Bool
    private let now: @Sendable () -> Span
    private let begun: Span
    private let state = Mutex(State())

    /// `isSilent` is for who prints JSON.
    package init(
        to output: Int32 = STDERR_FILENO, isSilent: Bool = false,
        clock: @escaping @Sendable () -> Span = { Switchboard.now }
    ) {
        (self.output, self.isSilent, now) = (output, isSilent, clock)
        isTerminal = isatty(output) != 0
        begun = clock()
    }

    /// `share` is from 0 to 1, nil where the whole is not known; `left`, in seconds, is by the pace
    /// of the step if nobody knows better.
    package func tell(_ step: String, _ share: Double?, left: Double? = nil) {
        guard !isSilent else { return }
        let now = now()
        let text = state.withLock { state -> String? in
            if state.step != step {
                (state.step, state.stepBegun, state.share) = (step, now, share ?? 0)
            }
            let interval = isTerminal ? Self.redrawInterval : Self.lineInterval
            guard now - begun >= Self.patience,
                state.toldAt.map({ now - $0 >= interval }) ?? true
            else { return nil }
            state.toldAt = now
            return Self.text(step, share, left ?? Self.left(share, state, at: now))
        }
        guard let text else { return }
        write(isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
    }

    /// Takes the line away again.
    package func end() {
        guard isTerminal, state.withLock({ $0.toldAt }) != nil else { return }
        write("\r\u{1B}[K")
    }

    private static func text(_ step: String, _ share: Double?, _ left: Double?) -> String {
        var text = step
        if let share { text += ", \(Int(min(max(share, 0), 1) * 100)) %" }
        if let left, left.isFinite, left < 1e9 {
            text += ", \(Span(microseconds: Int64(max(0, left) * 1e6)).text) left"
        }
        return text
    }

    private static func left(_ share: Double?, _ state: State, at now: Span) -> Double? {
        guard let share, share - state.share >= shareMin else { return nil }
        return (now - state.stepBegun).seconds * (1 - share) / (share - state.share)
    }

    /// What nobody reads is left out.
    private func write(_ text: String) {
        var one = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        guard poll(&one, 1, 0) > 0, one.revents & Int16(POLLOUT) != 0 else { return }
        let bytes = Array(text.utf8)
        _ = Glibc.write(output, bytes, bytes.count)
    }
}
