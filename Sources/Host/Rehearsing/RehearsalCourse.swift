import Synchronization
import Vocabulary
import World

/// A rehearsal that was ended before it was done.
struct RehearsalCancelled: Error, CustomStringConvertible {
    var description: String { "the rehearsal was cancelled" }
}

/// How far a rehearsal has come, and whether it is to go on: told by its thread, asked by others.
package final class RehearsalCourse: Sendable {
    private struct State {
        var step = "begins"
        /// How long steps take, roughly, against each other: those that are done, the one at
        /// hand, and all.
        var done = 0.0
        var weight = 0.0
        var total = 1.0
        /// Of the one at hand.
        var share = 0.0
        var isCancelled = false
    }

    private let state = Mutex(State())
    private let clock: any HostClock
    private let begun: Span
    /// Called at each step forward, on the rehearsal's thread.
    private let onAdvance: @Sendable (RehearsalCourse) -> Void

    package init(
        clock: any HostClock, onAdvance: @escaping @Sendable (RehearsalCourse) -> Void = { _ in }
    ) {
        (self.clock, self.onAdvance) = (clock, onAdvance)
        begun = clock.monotonic()
    }

    /// Wall time since the start.
    package var elapsed: Span { clock.monotonic() - begun }
    package var step: String { state.withLock { $0.step } }

    /// From 0 to 1, over all steps that are known of.
    package var share: Double {
        state.withLock { state in
            let done = state.done + state.share * state.weight
            return min(done / max(state.total, state.done + state.weight, 1), 1)
        }
    }

    /// Wall time that is left at the pace so far; nil in the first moments.
    package var secondsLeft: Double? {
        let share = share
        guard share > 0.02 else { return nil }
        return elapsed.seconds * (1 - share) / share
    }

    package func cancel() { state.withLock { $0.isCancelled = true } }

    /// What all steps together weigh.
    func plan(_ total: Double) { state.withLock { $0.total = total } }

    func begin(_ step: String, weight: Double = 1) throws(RehearsalCancelled) {
        state.withLock { state in
            state.done += state.weight
            (state.step, state.weight, state.share) = (step, weight, 0)
        }
        try advance(to: 0)
    }

    func advance(to share: Double) throws(RehearsalCancelled) {
        let isCancelled = state.withLock { state in
            state.share = min(max(share, 0), 1)
            return state.isCancelled
        }
        if isCancelled { throw RehearsalCancelled() }
        onAdvance(self)
    }
}
