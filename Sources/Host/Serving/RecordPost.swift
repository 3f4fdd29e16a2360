import Vocabulary

/// Records on their way from a request to the log: JSON Lines of one stream.
package struct RecordPost: Sendable {
    package var stream: StreamKind
    /// Each line with its line feed.
    package var lines: [UInt8]
    /// What was answered for each line, where these are requests for predictions.
    package var answers: [LoggedAnswer]
    /// Called once all is durable, or will never be; nil where nobody waits for that.
    package var whenDurable: (@Sendable (PostOutcome) -> Void)?

    package init(
        stream: StreamKind, lines: [UInt8], answers: [LoggedAnswer] = [],
        whenDurable: (@Sendable (PostOutcome) -> Void)? = nil
    ) {
        self.stream = stream
        self.lines = lines
        self.answers = answers
        self.whenDurable = whenDurable
    }
}

/// What a request was answered, beside the line that logs it.
package struct LoggedAnswer: Sendable, Equatable {
    package var probability: Double
    /// Nil where a fallback answered.
    package var checkpoint: CheckpointID?

    package init(probability: Double, checkpoint: CheckpointID?) {
        (self.probability, self.checkpoint) = (probability, checkpoint)
    }
}

/// What became of posted records.
package enum PostOutcome: Sendable, Equatable {
    /// On the disk: records taken in, of which so many had been there before, or are in
    /// quarantine.
    case durable(records: Int, duplicates: Int, quarantined: Int)
    case refused(String)
}
