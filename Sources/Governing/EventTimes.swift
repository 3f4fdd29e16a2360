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
    func event(at wall: Instant) -> Instant? {
        guard let after = known.firstIndex(where: { $0.wall >= wall }) else {
            return known.last?.event
        }
        if known[after].wall == wall { return known[after].event }
        guard after > 0 else { return nil }
        let (left, right) = (known[after - 1], known[after])
        let part = (wall - left.wall).seconds / (right.wall - left.wall).seconds
        let way = Double((right.event - left.event).microseconds) * part
        return left.event + Span(microseconds: Int64(way))
    }

    /// When the model was first at an event time; nil if that is before all that is known.
    func wall(at event: Instant) -> Instant? {
        guard let after = known.firstIndex(where: { $0.event >= event }) else {
            return known.last?.wall
        }
        return after > 0 || known[after].event == event ? known[after].wall : nil
    }
}
