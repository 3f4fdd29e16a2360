import Vocabulary

/// Which examples turned a model bad, found by leaving parts of them out.
package struct BisectionReport: Codable, Sendable, Equatable {
    /// One part that was left out, and what that repaired.
    package struct Trial: Codable, Sendable, Equatable {
        /// What was left out, in words.
        package var text: String
        /// Log loss on the golden set without it, in nats.
        package var logLoss: Double
        /// Of what all that was learned since the good checkpoint did harm: 1 for all of it.
        package var repaired: Double

        package init(text: String, logLoss: Double, repaired: Double) {
            (self.text, self.logLoss, self.repaired) = (text, logLoss, repaired)
        }
    }

    /// The checkpoint from before it; nil for the beginning of the log.
    package var good: CheckpointID?
    /// Log loss on the golden set of a learner that met nothing newer than the good checkpoint, and
    /// of one that met all.
    package var goodLoss: Estimate?
    package var badLoss: Estimate?
    /// The second less the first, row by row.
    package var harm: Estimate?
    /// What a purge would leave out: the smallest part that was found to do all of the harm. Nil
    /// where that cannot be told.
    package var window: ExampleSelection?
    /// Trained examples in it.
    package var examples: UInt64 = 0
    /// What the learner comes to without it.
    package var repairedLoss: Estimate?
    package var learnerDigest: String?
    /// The newest checkpoint that has met nothing of it, and the oldest that has.
    package var lastGood: CheckpointID?
    package var firstBad: CheckpointID?
    /// What was found, in one sentence.
    package var text: String
    /// What that rests on, a sentence each.
    package var evidence: [String] = []
    /// In the order in which they were tried.
    package var trials: [Trial] = []

    package init(text: String) {
        self.text = text
    }
}
