import Vocabulary

/// What is kept of a model, and for how long; nil for ever. Whatever a cursor, a waiting example
/// or a recovery still needs stays in any case.
package struct Retention: Sendable, Equatable {
    /// Of one log: by event time, and in bytes of whole segments.
    package struct Log: Sendable, Equatable {
        package var age: Span?
        package var sizeMax: UInt64?

        package init() {}

        package var isForEver: Bool { age == nil && sizeMax == nil }
    }

    package var raw = Log()
    package var training = Log()
    /// In bytes: a log's file that has reached this is followed by a new one. Nil for the
    /// world's own.
    package var segmentSizeMax: UInt64?
    /// The newest checkpoints.
    package var recentCount = 96
    /// Besides, the newest checkpoint of each hour and day of event time, so many hours and days.
    package var hourlyCount = 48
    package var dailyCount = 30
    /// A second folder that each checkpoint is copied to; nil for none.
    package var copyFolder: String?

    package init() {}
}
