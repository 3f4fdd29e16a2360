import Learning
import Vocabulary

/// A learner that answers requests, with the checkpoint that it comes from. Nobody teaches it any
/// more, so any thread may score with it.
package struct ServedModel: @unchecked Sendable {
    // Sendable because a learner only changes when it is taught.
    package let checkpoint: CheckpointID
    package let learner: FTRLLearner
    /// Newest event time that it has met, outliers left out.
    package let clock: Instant?

    package init(checkpoint: CheckpointID, learner: FTRLLearner, clock: Instant?) {
        self.checkpoint = checkpoint
        self.learner = learner
        self.clock = clock
    }
}
