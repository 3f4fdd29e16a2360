import Operation
import Vocabulary

/// Which event time a model was at when, by the wall's clock.
///
/// A stream that is replayed, or simulated, has a clock of its own; its checkpoints know both.
/// Between two of them time is taken to pass evenly.
struct EventTimes {
    private struct Pair {
        var wall: Instant
        var event: Instant
    }

    /// By the wall's clock, rising.
    private let known: [Pair]

    init(_ checkpoints: [CheckpointReport], now: Instant, eventTime: Instant?) {
        var pairs = checkpoints.compactMap { checkpoint in
            checkpoint.eventTime.map { Pair(wall: checkpoint.created, event: $0) }
        }
        if let eventTime { pairs.append(Pair(wall: now, event: eventTime)) }
        known = pairs.sorted { ($0.wall, $0.event) < ($1.wall, $1.event) }
    }

    /// Nil before the first that is known; behind the last the newest.
    func event(at wall: Instant) -> Instant? { look(wall, from: \.wall, to: \.event) }

    /// When the model was first at an event time; nil if that is before all that is known.
    func wall(at event: Instant) -> Instant? { look(event, from: \.event, to: \.wall) }

    private func look(
        _ at: Instant, from: KeyPath<Pair, Instant>, to: KeyPath<Pair, Instant>
    ) -> Instant? {
        guard let after = known.firstIndex(where: { $0[keyPath: from] >= at }) else {
            return known.last?[keyPath: to]
        }
        let right = known[after]
        if right[keyPath: from] == at { return right[keyPath: to] }
        guard after > 0 else { return nil }
        let left = known[after - 1]
        let whole = (right[keyPath: from] - left[keyPath: from]).seconds
        let part = (at - left[keyPath: from]).seconds / whole
        let way = Double((right[keyPath: to] - left[keyPath: to]).microseconds) * part
        return left[keyPath: to] + Span(microseconds: Int64(way))
    }
}
