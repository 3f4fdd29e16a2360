import Vocabulary

/// Merges the two streams of a model by event time, examples first where times are equal.
package final class StreamMerger {
    /// What comes next.
    package enum Step {
        /// The line at hand of this reader; `advance` it afterwards.
        case line(LineReader)
        /// The label stream has come to its end; said once.
        case labelsEnded
        /// There is nothing more, or, while following, nothing at present.
        case ended
    }

    package let examples: LineReader?
    package let labels: LineReader?
    private var hasToldLabelsEnd: Bool

    /// `isFollowing` streams have no end that could be told.
    package init(examples: LineReader?, labels: LineReader?, isFollowing: Bool = false) {
        self.examples = examples
        self.labels = labels
        hasToldLabelsEnd = labels == nil || isFollowing
    }

    package func next() throws -> Step {
        let example = try examples?.current()
        let label = try labels?.current()
        if let examples, example != nil {
            if let labels, label != nil {
                return .line(labels.dueTime < examples.dueTime ? labels : examples)
            }
            if !hasToldLabelsEnd { return tellLabelsEnd() }
            return .line(examples)
        }
        if let labels, label != nil { return .line(labels) }
        return hasToldLabelsEnd ? .ended : tellLabelsEnd()
    }

    private func tellLabelsEnd() -> Step {
        hasToldLabelsEnd = true
        return .labelsEnded
    }
}
