import Engine
import Operation
import Serving
import Vocabulary

/// A checkpoint that is to come to traffic, and what is known of its push.
struct ServedCandidate {
    var model: ServedModel
    var push: PushReport
    /// The fault that its canary is to have.
    var fault: FaultName?
    /// True if the push is to say that it is done, and do nothing.
    var isNoop = false

    var id: CheckpointID { model.checkpoint }
}
