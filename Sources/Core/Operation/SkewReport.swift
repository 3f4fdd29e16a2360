import Vocabulary

/// A sample of what was learned, made anew from the records it came from: whether the features that
/// training stored, and the answers that serving gave, are those that this build makes of them.
package struct SkewReport: Codable, Sendable, Equatable {
    /// How many were made anew, and how many of them came out otherwise.
    package struct Comparison: Codable, Sendable, Equatable {
        package var compared = 0
        package var different = 0

        package init() {}
    }

    /// One that came out otherwise.
    package struct Difference: Codable, Sendable, Equatable {
        /// In the training log.
        package var seq: UInt64
        /// The offset of its record in the raw log.
        package var rawOffset: UInt64
        package var ts: Instant
        /// What differs, and how.
        package var text: String

        package init(seq: UInt64, rawOffset: UInt64, ts: Instant, text: String) {
            (self.seq, self.rawOffset, self.ts, self.text) = (seq, rawOffset, ts, text)
        }
    }

    package var model: ModelName
    /// Examples that were chosen, and how many there were to choose from.
    package var sampled = 0
    package var pool = 0
    /// Entries of the training log against what the parser makes of their records.
    package var features = Comparison()
    /// Logged answers against what their checkpoint answers to the stored entry.
    package var answers = Comparison()
    /// Logged answers whose checkpoint is not kept, or that a launch's candidate gave.
    package var answersUnknown = 0
    /// The largest difference of an answer; 0 where none was compared.
    package var answerGap = 0.0
    /// The oldest few.
    package var differences: [Difference] = []

    package init(model: ModelName) {
        self.model = model
    }

    package var isClean: Bool { features.different + answers.different == 0 }
}
