import Operation
import Synchronization
import Vocabulary
import World

/// The consoles that show an engine, each by a mark of its own, until they have not looked for
/// some seconds.
package final class Watchers: Sendable {
    /// Spans and counts.
    enum Limits {
        /// A console looks twice a second.
        static let silence = Span.seconds(5)
        /// More are not told; nobody is turned away.
        static let countMax = 32
    }

    private struct Known {
        var report: WatcherReport
        var seen: Span
    }

    private let known = Mutex<[String: Known]>([:])

    package init() {}

    /// A console looked, now by the monotonic clock.
    package func note(_ mark: String, user: String, from: String, at now: Span) {
        known.withLock { known in
            if known[mark] != nil {
                known[mark]?.seen = now
                return
            }
            known = known.filter { now - $0.value.seen <= Limits.silence }
            guard known.count < Limits.countMax else { return }
            let report = WatcherReport(user: user, from: from, since: WallClock.now())
            known[mark] = Known(report: report, seen: now)
        }
    }

    /// Those that look now, the first to come first.
    package func list(at now: Span) -> [WatcherReport] {
        known.withLock { known in
            known.filter { now - $0.value.seen <= Limits.silence }.sorted { one, other in
                (one.value.report.since, one.key) < (other.value.report.since, other.key)
            }.map(\.value.report)
        }
    }
}
