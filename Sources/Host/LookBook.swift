import Operation
import Synchronization
import Vocabulary
import World

/// Whether anybody looks: whose console last showed the engine. The journal has each person's
/// first look of a day (UTC), so that it is known after a restart, too.
package final class LookBook: Sendable {
    package static let effect = "has the engine on the screen, for the first time this day (UTC)"

    /// A console that shows the engine for less has not been read.
    static let spanMin = Span.seconds(10)

    private struct Known {
        var last: LookReport?
        /// By who looked, the newest day that is in the journal.
        var days: [String: Instant] = [:]
    }

    private let known: Mutex<Known>

    package init(_ last: LookReport?) {
        var days: [String: Instant] = [:]
        if let last { days[last.by] = last.at.floored(to: .days(1)) }
        known = Mutex(Known(last: last, days: days))
    }

    /// The newest look of all; nil if nobody has.
    package var last: LookReport? { known.withLock { $0.last } }

    /// Those whose consoles show the engine now; gives what the journal is to say.
    package func note(_ watchers: [WatcherReport], at now: Instant) -> [JournalDraft] {
        let day = now.floored(to: .days(1))
        return known.withLock { known in
            var drafts: [JournalDraft] = []
            for watcher in watchers where now - watcher.since >= Self.spanMin {
                known.last = LookReport(by: watcher.user, at: now)
                guard known.days[watcher.user] ?? .distantPast < day else { continue }
                known.days[watcher.user] = day
                drafts.append(
                    JournalDraft(
                        kind: .engine, act: LookReport.act, by: watcher.user, from: watcher.from,
                        effect: Self.effect))
            }
            return drafts
        }
    }
}

extension JournalBook {
    /// The newest look at the engine; nil if none of the entries that one search meets is one.
    package func newestLook() throws -> LookReport? {
        try search(JournalQuery(text: LookBook.effect, before: .max)).entries.first {
            $0.act == LookReport.act
        }.map { LookReport(by: $0.by, at: $0.ts) }
    }
}

extension StateFolder {
    /// The newest look at the engine; nil, too, where the journal cannot be read, which a snapshot
    /// says where it says what feeds the engine.
    var lastLook: LookReport? {
        do {
            return try journal.newestLook()
        } catch {
            return nil
        }
    }
}
