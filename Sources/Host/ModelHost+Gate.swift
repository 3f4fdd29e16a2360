import Checkpointing
import Engine
import Learning
import Operation
import Validation
import Vocabulary
import World

/// A gate that is ready to be run on the checkpoint writer's thread.
struct PreparedGate: @unchecked Sendable {
    // Sendable because nobody changes a checkpoint that was kept.
    var order: GateOrder
    var place: ValidationPlace
    var disk: any Disk
    /// The newest one that was kept, with its file, if it is at hand.
    var known: (path: String, checkpoint: LoadedCheckpoint)?

    /// True if this process looks at the parameters.
    var isHere: Bool {
        if case .here = place { return true }
        return false
    }

    /// What was read back already isn't read again in this process, unless a fault came between.
    func judge(_ loaded: LoadedCheckpoint, _ fault: FaultName? = nil) -> GateOutcome {
        switch place {
        case .here where fault == .flippedBit: return GateRun.judge(order, disk: disk)
        case .here: return GateRun.judge(loaded, order, known: known, disk: disk)
        case .apart(let program):
            var order = order
            if fault == .slowLoad { order.delay = order.settings.secondsMax * 2 }
            return GateSandbox.judge(order, program: program)
        }
    }
}

/// What a checkpoint is validated against, and the faults that are injected into it.
extension ModelHost {
    /// The gate of a checkpoint that is about to be written.
    func gateRun(of manifest: CheckpointManifest) -> PreparedGate {
        var order = GateOrder(
            of: manifest.id, in: folder.place, among: checkpoints, settings: engine.settings.gate)
        order.needsGolden = ramps
        order.design = engine.settings.design
        order.lacking = lacking(manifest)
        let known = newestKept.map {
            (path: folder.place.path(of: $0.manifest.id), checkpoint: $0)
        }
        return PreparedGate(order: order, place: validation, disk: disk, known: known)
    }

    /// How far a checkpoint is behind what serves, where a purge has sent the learner back: one of
    /// the past is no update, and nothing to hold the next ones against.
    private func lacking(_ manifest: CheckpointManifest) -> UInt64 {
        guard let serving = engine.serving?.checkpoint,
            let served = checkpoints.first(where: { $0.id == serving })
        else { return 0 }
        let wanted = min(served.reach, engine.trainingCount)
        return wanted > manifest.reach ? wanted - manifest.reach : 0
    }

    /// The fault that the next checkpoint is to have; once.
    func takeCheckpointFault() -> FaultName? {
        guard let fault = push.state.faults.first(where: { $0.part == .checkpoint }) else {
            return nil
        }
        push.state.faults.removeAll { $0 == fault }
        push.isChanged = true
        return fault
    }

    /// The parameters that a fault puts in place of the learner's; nil where it leaves them.
    func distortion(_ fault: FaultName) throws -> LearnerSnapshot? {
        switch fault {
        case .nanWeights: return engine.trainer.learner.snapshot().distorted(by: .nan)
        case .explodedWeights: return engine.trainer.learner.snapshot().distorted(by: 1e6)
        case .wrongGolden: return engine.trainer.learner.snapshot().distorted(by: -1)
        case .zeroGradient:
            guard let before = checkpoints.first(where: { $0.verdict != .failed }) else {
                return nil
            }
            return try folder.load(before.id).checkpoint.learner.snapshot()
        case .nanStep, .trainingHang, .flippedBit, .slowLoad, .pushNoop, .pushBlock,
            .canaryErrors, .canaryVariance, .canaryVanish, .canaryNaN, .gateBreach:
            return nil
        }
    }
}

extension CheckpointPlace {
    /// Turns one bit in the middle of a file: a fault that is injected.
    func flipBit(of id: CheckpointID) throws {
        let file = try disk.open(path(of: id), .readWrite)
        let at = try file.size() / 2
        var byte: [UInt8] = [0]
        _ = try byte.withUnsafeMutableBytes { try file.read(into: $0, at: at) }
        byte[0] ^= 1
        try byte.withUnsafeBytes { try file.write($0, at: at) }
        try file.sync()
    }
}
