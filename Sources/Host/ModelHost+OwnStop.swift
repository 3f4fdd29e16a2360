import Engine
import Operation
import Vocabulary

/// Stops that no operator asked for.
extension ModelHost {
    /// The second half of a stop by the trainer itself: the latch goes to disk, then the journal.
    /// Training stands already. After a fault it is tried again at the next turn.
    func keepOwnStop() throws {
        guard engine.trainer.owesStop else { return }
        try latch.save()
        if let hold = engine.trainer.hold, hold.isTrainers {
            try journal.append(
                JournalDraft(
                    kind: .act, act: "stop", model: name, by: hold.by, from: hold.from,
                    reason: hold.reason,
                    effect: "training of \(name) stopped itself before what it could not learn, "
                        + "and its pushes are frozen"))
        }
        engine.trainer.noteStopKept()
    }
}
