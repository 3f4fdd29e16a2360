import Console
import Glibc
import Operation
import Synchronization
import Vocabulary

/// An engine that only remembers when its red button was pressed.
package final class QuietLink: EngineLink {
    private let presses = Mutex<[Int]>([])
    private let isAttached: Bool
    private let second = Mutex(0)

    private let models: @Sendable (Int) -> [ModelReport]

    /// `models` says what there is after so many seconds.
    package init(
        isAttached: Bool = true, models: @escaping @Sendable (Int) -> [ModelReport] = { _ in [] }
    ) {
        (self.isAttached, self.models) = (isAttached, models)
    }

    package var pressCount: Int { presses.withLock { $0.count } }

    /// Brings a newer snapshot.
    package func advance() { second.withLock { $0 += 1 } }

    package func latest() -> LinkView {
        let second = second.withLock { $0 }
        let taken = Instant(microseconds: 1_763_942_400_000_000) + .seconds(second)
        let report = EngineReport(
            pid: 1, version: "0", uptimeSeconds: 1, stateDir: "state", source: "a bench")
        let snapshot = Snapshot(
            engine: report, models: models(second), latched: false, takenAt: taken, journal: [])
        return LinkView(
            snapshot: snapshot, age: .zero, isConnected: true, isAttached: isAttached)
    }

    package func pressRedButton(_ scope: ActScope) {
        let now = Ticks.microseconds
        presses.withLock { $0.append(now) }
    }

    package func readJournal(
        _ query: JournalQuery, answer: @escaping @Sendable (JournalPage) -> Void
    ) {
        answer(JournalPage(entries: [], reached: 1))
    }

    package func readReadiness(answer: @escaping @Sendable (ReadinessAnswer) -> Void) {
        answer(ReadinessAnswer(models: [], fault: "a quiet engine knows of none"))
    }

    package func showCharts(over span: Span) {}

    package func rehearse(
        _ query: RehearsalQuery, of model: ModelName,
        tell: @escaping @Sendable (RehearsalProgress) -> Void
    ) {}

    /// When the red button was pressed for the n-th time, if it is within five seconds.
    package func press(_ number: Int) -> Int? {
        let end = Ticks.microseconds + 5_000_000
        while Ticks.microseconds < end {
            if let time = presses.withLock({ $0.count >= number ? $0[number - 1] : nil }) {
                return time
            }
            usleep(200)
        }
        return nil
    }

    package func submit(_ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void) {
        answer(.refused("a quiet engine refuses"))
    }
}
