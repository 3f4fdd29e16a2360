import Joining
import Monitoring
import Recording
import Vocabulary

/// What the label stream says of its own end.
extension ModelEngine {
    /// False while the end of the label stream would move the watermark: where a crash lost that
    /// mark, it has to be made again.
    package var knowsLabelsEnd: Bool { joiner.knowsLabelsEnd(latest: latestLabel) }

    /// A label that is so much later than all else is of a broken clock: what has no label yet must
    /// not become a negative because of it.
    var latestLabel: Instant {
        clock.now.map { $0 + (settings.wait ?? .zero) + .days(30) } ?? .distantFuture
    }

    /// The label stream ended: logged, so that a replay of the log knows it too.
    package func endLabels() throws {
        try mark(.labelsEnded)
    }

    /// No label will come any more for what is here.
    package func completeForGood() throws {
        try mark(.completeForGood)
    }

    private func mark(_ kind: RawRecord.Kind) throws {
        precondition(!isSettling, "nothing is taken in while a batch waits for the disk")
        _ = raw.append(kind)
        isWhole = false
        try absorb(kind)
        isWhole = true
    }
}
