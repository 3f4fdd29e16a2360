import Launching
import Numerics
import TestKit
import Vocabulary

/// Seeded traffic of two arms: skewed probabilities, some errors, labels for some.
struct ServedTraffic {
    /// What is wrong with an arm.
    struct Fault {
        /// Added to each score.
        var shift = 0.0
        /// Distances from the mean, times this.
        var stretch = 1.0
        var errorShare = 0.0
        var nonFiniteShare = 0.0
        /// The share of scores that are thrown far out, to both sides alike.
        var thrownShare = 0.0
        /// The logit of predictions for labels, moved by this.
        var miscalibration = 0.0
        /// The share of predictions that are noise, where labels are concerned.
        var noiseShare = 0.0
    }

    /// Of the healthy scores, measured once over ten million.
    static let mean = 0.1708
    static let deviation = 0.1412

    var random: SplitMix64
    var labelShare = 0.5
    var errorShare = 0.002
    private var served: UInt64 = 0

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func serve(_ count: Int, _ arm: inout ArmStatistics, _ fault: Fault = Fault()) {
        for _ in 0..<count {
            served += 1
            if random.chance(errorShare + fault.errorShare) {
                arm.addError()
                continue
            }
            let logit = 1.2 * random.normal() - 2
            let chance = Entropy.sigmoid(logit)
            arm.add(score: score(chance, fault), key: served)
            guard random.chance(labelShare) else { continue }
            let label = random.chance(chance) ? 1.0 : 0
            let told = random.chance(fault.noiseShare) ? 1.2 * random.normal() - 2 : logit
            arm.addLabel(
                prediction: Entropy.sigmoid(told + fault.miscalibration), label: label,
                servedAt: arm.since)
        }
    }

    private mutating func score(_ chance: Double, _ fault: Fault) -> Double {
        if fault.nonFiniteShare > 0, random.chance(fault.nonFiniteShare) { return .nan }
        if fault.thrownShare > 0, random.chance(fault.thrownShare) {
            return Self.mean + (random.chance(0.5) ? 1.5 : -1.5)
        }
        return Self.mean + fault.stretch * (chance - Self.mean) + fault.shift
    }
}

let zero = Instant(microseconds: 1_700_000_000_000_000)
