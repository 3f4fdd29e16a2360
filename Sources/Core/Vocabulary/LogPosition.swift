/// A position in a log: how many records lie before it, and in how many bytes.
public struct LogPosition: Hashable, Sendable {
    /// Offset of a batch in the log's bytes.
    public var offset: UInt64
    /// Sequence of the first record of that batch.
    public var sequence: UInt64

    public init(offset: UInt64 = 0, sequence: UInt64 = 0) {
        self.offset = offset
        self.sequence = sequence
    }
}

/// Where a trainer stands in the training log.
public struct TrainingCursor: Hashable, Sendable {
    /// The batch that holds the next entry.
    public var batch: LogPosition
    /// Entries met so far: the sequence of the next.
    public var sequence: UInt64

    public init(batch: LogPosition = LogPosition(), sequence: UInt64 = 0) {
        self.batch = batch
        self.sequence = sequence
    }
}
