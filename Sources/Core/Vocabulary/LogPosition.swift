/// A position in a log: how many records lie before it, and in how many bytes.
package struct LogPosition: Hashable, Sendable {
    /// Offset of a batch in the log's bytes.
    package var offset: UInt64
    /// Sequence of the first record of that batch.
    package var sequence: UInt64

    package init(offset: UInt64 = 0, sequence: UInt64 = 0) {
        self.offset = offset
        self.sequence = sequence
    }
}

/// Where a trainer stands in the training log.
package struct TrainingCursor: Hashable, Sendable {
    /// The batch that holds the next entry.
    package var batch: LogPosition
    /// Entries met so far: the sequence of the next.
    package var sequence: UInt64

    package init(batch: LogPosition = LogPosition(), sequence: UInt64 = 0) {
        self.batch = batch
        self.sequence = sequence
    }
}
