import Checkpointing
import Engine
import Foundation
import Operation
import Synchronization
import Vocabulary
import World

/// A checkpoint that was written, read back and judged.
struct KeptCheckpoint {
    var manifest: CheckpointManifest
    var loaded: LoadedCheckpoint
    var report: CheckpointReport
    var recoveryPoint: ModelHost.RecoveryPoint
    /// For how long training waited while the state was captured.
    var pause: Span
    /// The arms of a launch at the same moment; nil where there are none.
    var arms: Result<ArmFile, any Error>?
    /// Why it has no second copy; nil if it has one, or needs none.
    var copyFault: String?
}

/// Writes checkpoints, or probes of pushes, on a thread of its own, one at a time, so that training
/// waits for neither disk nor digests.
final class SideWriter<Written> {
    /// What became of one; handed from the writer's thread to the engine's, which alone uses it
    /// from then on.
    private struct Outcome: @unchecked Sendable {
        var result: Result<Written, any Error>
    }

    /// Where the writer's thread leaves what came of it.
    private final class Slot: Sendable {
        let outcome = Mutex<Outcome?>(nil)
        let filled = DispatchSemaphore(value: 0)
    }

    private let queue = DispatchQueue(label: "spindle.checkpoint")
    private let slot = Slot()
    private let timing: CheckpointTiming
    private(set) var isBusy = false
    /// What is to be done later, and how often more it is asked for in vain.
    private var delayed: (work: @Sendable () -> Void, askCount: Int)?

    init(_ timing: CheckpointTiming) {
        self.timing = timing
    }

    /// Begins; there must be none under way.
    func begin(_ work: @escaping @Sendable () throws -> Written) {
        precondition(!isBusy, "one checkpoint at a time")
        isBusy = true
        let perform = { @Sendable [slot] in
            let result = Result { try work() }
            slot.outcome.withLock { $0 = Outcome(result: result) }
            slot.filled.signal()
        }
        switch timing {
        case .atOnce: perform()
        case .inBackground: queue.async(execute: perform)
        case .turnsLater(let count): delayed = (perform, count)
        }
    }

    /// What became of the one under way: nil if there is none, or while it is being written,
    /// unless this waits.
    func finished(waiting: Bool) -> Result<Written, any Error>? {
        guard isBusy else { return nil }
        if let (work, askCount) = delayed {
            guard waiting || askCount == 0 else {
                delayed = (work, askCount - 1)
                return nil
            }
            delayed = nil
            work()
        }
        let limit: DispatchTime = waiting ? .distantFuture : .now()
        guard slot.filled.wait(timeout: limit) == .success else { return nil }
        isBusy = false
        return slot.outcome.withLock { outcome in
            defer { outcome = nil }
            return outcome?.result
        }
    }
}
