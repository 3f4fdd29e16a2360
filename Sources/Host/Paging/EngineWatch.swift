import Operation
import Paging
import Synchronization
import Vocabulary
import World

/// Looks at an engine from another process: by whether it answers, and whether what it answers
/// is fresh.
package final class EngineWatch: Sendable {
    private let path: String
    private let models: [ModelName]
    private let limit: Span
    private let lastSign: Mutex<(at: Instant, steady: Span)>

    package init(_ socketPath: String, models: [ModelName], limit: Span) {
        (path, self.models, self.limit) = (socketPath, models, limit)
        lastSign = Mutex((WallClock.now(), WallClock.monotonic()))
    }

    /// The alarms of an engine that gives no sign of life for too long. The limit is measured by
    /// a clock that nobody sets.
    package func look(at now: Instant) -> [(ModelName, AlarmReport)] {
        if isAlive(at: now) {
            lastSign.withLock { $0 = (now, WallClock.monotonic()) }
            return []
        }
        let (since, steady) = lastSign.withLock { $0 }
        guard WallClock.monotonic() - steady >= limit else { return [] }
        return models.map { ($0, ProgressWatch.silence(of: $0, since: since, at: now)) }
    }

    private func isAlive(at now: Instant) -> Bool {
        let client = ControlClient(path)
        var isFresh = false
        do {
            // One that hangs must not hold up the word of it.
            let half = Span(microseconds: limit.microseconds / 2)
            let snapshot = try client.snapshot(full: false, patience: min(half, .seconds(30)))
            isFresh = now - snapshot.takenAt < limit
        } catch {
            // Whatever is the matter, it is no sign of life.
            isFresh = false
        }
        do {
            try client.close()
        } catch {
            return isFresh
        }
        return isFresh
    }
}
