import Vocabulary

/// Merges the two streams of a model by event time, examples first where times are equal.
///
/// On the data's way, so fast comes before plain: it merges a block of lines at a time.
package final class StreamMerger {
    /// What comes next.
    package enum Step {
        /// A line; valid until the next step.
        case line(UnsafePointer<ParsedLine>)
        /// The label stream has come to its end; said once.
        case labelsEnded
        /// There is nothing more, or, while following, nothing at present.
        case ended
    }

    package let examples: LineReader?
    /// No example comes behind those that were merged, as far as is known.
    package private(set) var examplesAreOver = false
    package let labels: LineReader?
    private var hasToldLabelsEnd: Bool
    private let merged: UnsafeMutablePointer<UnsafePointer<ParsedLine>>
    private var position = 0
    private var count = 0
    private var takenExamples = 0
    private var takenLabels = 0

    /// How many lines ahead the memory of their ids is asked for.
    private static let prefetchDistance = 16

    /// `isFollowing` streams have no end that could be told.
    package init(examples: LineReader?, labels: LineReader?, isFollowing: Bool = false) {
        self.examples = examples
        self.labels = labels
        hasToldLabelsEnd = labels == nil || isFollowing
        merged = .allocate(capacity: 2 * LineReader.Limits.lineCount)
    }

    deinit {
        merged.deallocate()
    }

    @inline(__always)
    package func next() throws -> Step {
        if position == count {
            try merge()
            if count == 0 { return endOfStreams() }
        }
        position &+= 1
        return .line(merged[position &- 1])
    }

    /// The hash of the id of a line a little further on, to fetch what is known of it.
    @inline(__always)
    package var idAhead: UInt64? {
        let ahead = position &+ Self.prefetchDistance
        return ahead < count ? merged[ahead].pointee.record.idHash : nil
    }

    /// The hash of the id of a label that comes soon, what is known of which was fetched before.
    @inline(__always)
    package var labelAhead: UInt64? {
        let ahead = position &+ Self.prefetchDistance / 2
        guard ahead < count, merged[ahead].pointee.stream == .labels else { return nil }
        return merged[ahead].pointee.record.idHash
    }

    private func endOfStreams() -> Step {
        if hasToldLabelsEnd { return .ended }
        hasToldLabelsEnd = true
        return .labelsEnded
    }

    /// Puts in order what both readers hold, as far as that settles it: a line whose successor
    /// must be seen first waits for the next block.
    private func merge() throws {
        examples?.consume(takenExamples)
        labels?.consume(takenLabels)
        (position, count, takenExamples, takenLabels) = (0, 0, 0, 0)
        try examples?.refill()
        try labels?.refill()
        let left = Held(examples)
        let right = Held(labels)
        while true {
            let hasLeft = takenExamples < left.settledCount
            let hasRight = takenLabels < right.settledCount
            if hasLeft, hasRight {
                let isLabel = right.dueTime(takenLabels) < left.dueTime(takenExamples)
                if isLabel { takeLabel(right) } else { takeExample(left) }
            } else if hasLeft, right.isOver(takenLabels), hasToldLabelsEnd {
                takeExample(left)
            } else if hasRight, left.isOver(takenExamples) {
                takeLabel(right)
            } else {
                examplesAreOver = left.isOver(takenExamples)
                return
            }
        }
    }

    @inline(__always)
    private func takeExample(_ held: Held) {
        guard let base = held.lines.baseAddress else { return }
        merged[count] = base + takenExamples
        takenExamples &+= 1
        count &+= 1
    }

    @inline(__always)
    private func takeLabel(_ held: Held) {
        guard let base = held.lines.baseAddress else { return }
        merged[count] = base + takenLabels
        takenLabels &+= 1
        count &+= 1
    }
}

/// The lines that a reader holds, and what they settle.
private struct Held {
    let lines: UnsafeBufferPointer<ParsedLine>
    /// Lines whose due time is known: all but the last, and that one too if none follows it.
    let settledCount: Int

    /// No reader has no lines.
    init(_ reader: LineReader?) {
        lines = reader?.lines ?? UnsafeBufferPointer(start: nil, count: 0)
        settledCount = reader?.isDry ?? true ? lines.count : lines.count - 1
    }

    /// When a line is due in a merge: its own time or the next line's, whichever is earlier, so
    /// that a lone line from the far future holds nothing up.
    @inline(__always)
    func dueTime(_ index: Int) -> Instant {
        let own = lines[index].time
        return index &+ 1 < lines.count ? min(own, lines[index &+ 1].time) : own
    }

    /// True if none of its lines is left, and none follows.
    @inline(__always)
    func isOver(_ taken: Int) -> Bool { taken == lines.count && settledCount == lines.count }
}
