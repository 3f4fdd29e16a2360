import Synchronization
import Vocabulary

/// What was answered on one event loop, for `/metrics`. Only that loop writes.
final class DoorCounts: Sendable {
    /// Upper ends, in microseconds.
    static let bucketEnds: [Int64] = [
        500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        2_500_000, 5_000_000, 10_000_000,
    ]

    struct Tally: Sendable {
        /// By status code.
        var codes: [Int: Int] = [:]
        /// Not summed up; the last one is for what took longer than the last end.
        var buckets = [Int](repeating: 0, count: DoorCounts.bucketEnds.count + 1)
        var microseconds: Int64 = 0

        mutating func add(_ code: Int, _ span: Span) {
            codes[code, default: 0] += 1
            microseconds += span.microseconds
            let place = DoorCounts.bucketEnds.firstIndex { span.microseconds <= $0 }
            buckets[place ?? DoorCounts.bucketEnds.count] += 1
        }

        mutating func add(_ other: Tally) {
            codes.merge(other.codes, uniquingKeysWith: +)
            microseconds += other.microseconds
            for index in buckets.indices { buckets[index] += other.buckets[index] }
        }
    }

    private let tallies = Mutex(
        [Tally](repeating: Tally(), count: DoorRoute.allCases.count))

    func note(_ route: DoorRoute, _ code: Int, _ span: Span) {
        tallies.withLock { $0[route.index].add(code, span) }
    }

    /// By route, over all loops.
    static func sum(_ all: [DoorCounts]) -> [Tally] {
        var sum = [Tally](repeating: Tally(), count: DoorRoute.allCases.count)
        for counts in all {
            let tallies = counts.tallies.withLock { $0 }
            for index in sum.indices { sum[index].add(tallies[index]) }
        }
        return sum
    }
}
