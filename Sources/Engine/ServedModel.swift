import Learning
import Serving
import Vocabulary

/// A learner that answers requests, with the checkpoint that it comes from. Nobody teaches it any
/// more, so any thread may score with it.
package struct ServedModel: AnsweringModel, @unchecked Sendable {
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

    package func score(_ entry: EntryView, in room: ScoringRow) -> Double {
        learner.score(room.chosen(entry, by: learner.settings.features), in: room)
    }
}

/// Who answers the requests of a model.
package typealias ServingPlan = AnswerPlan<ServedModel>

/// A checkpoint that answers a share of the units.
package typealias Canary = CanaryShare<ServedModel>
