/// A fault that can be injected, to see what becomes of it: each once, into the next candidate,
/// or the next example.
package enum FaultName: String, Codable, Sendable, CaseIterable {
    // Of training: found by the trainer.
    /// The next example's step is no number.
    case nanStep = "nan-step"
    /// The trainer stands still and says nothing, until this is taken back.
    case trainingHang = "training-hang"
    // Of the checkpoint: found by its validation.
    case nanWeights = "nan-weights"
    case explodedWeights = "exploded-weights"
    /// What was met since the checkpoint before taught it nothing.
    case zeroGradient = "zero-gradient"
    case flippedBit = "flipped-bit"
    case wrongGolden = "wrong-golden"
    case slowLoad = "slow-load"
    // Of the push: found by reading back what serves.
    /// The push says that it is done, and does nothing.
    case pushNoop = "push-noop"
    /// Nothing is pushed, until this is taken back.
    case pushBlock = "push-block"
    // Of the canary: found by its judge.
    /// One score in 20 fails.
    case canaryErrors = "canary-errors"
    /// Scores lie far from where they should, to either side.
    case canaryVariance = "canary-variance"
    /// Its traffic stops after the first stage.
    case canaryVanish = "canary-vanish"
    /// Its scores are no numbers.
    case canaryNaN = "canary-nan"
    /// Its scores leave their place at the second stage, while that is held.
    case gateBreach = "gate-breach"

    /// Where a fault is put.
    package enum Part: Sendable {
        case training, checkpoint, push, canary
    }

    package var part: Part {
        switch self {
        case .nanStep, .trainingHang: .training
        case .nanWeights, .explodedWeights, .zeroGradient, .flippedBit, .wrongGolden, .slowLoad:
            .checkpoint
        case .pushNoop, .pushBlock: .push
        case .canaryErrors, .canaryVariance, .canaryVanish, .canaryNaN, .gateBreach: .canary
        }
    }
}
