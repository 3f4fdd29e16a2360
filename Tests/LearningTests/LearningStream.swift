import Learning
import Numerics
import TestKit
import Vocabulary

/// A seeded stream of examples whose labels follow a hidden rule.
struct LearningStream {
    var seed: UInt64
    /// What each number is multiplied by, and then moved by.
    var scale = 1.0
    var shift = 0.0
    /// Where the hidden logit comes from, and how steep it is.
    var steepness = 4.0
    var weightMax: Float = 1
    var count = 4000

    /// Four numbers and two categories of ten values each.
    func entries() -> [EntryBytes] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { index in
            let numbers = (0..<4).map { _ in random.normal() }
            let first = random.below(10)
            let second = random.below(10)
            let effect = Double(first - 5) / 5
            let logit = steepness * (numbers[0] - 0.5 * numbers[1] + effect)
            let isPositive = random.chance(Entropy.sigmoid(logit))
            let weight = 1 + Float(random.unit()) * (weightMax - 1)
            return EntryBytes(
                id: UInt64(index), time: Instant(microseconds: Int64(index) * 1_000_000),
                label: isPositive ? 1 : 0, weight: weight,
                numbers: numbers.enumerated().map { position, value in
                    (UInt32(1000 + position), value * scale + shift)
                },
                categories: [Self.key(1, first), Self.key(2, second)])
        }
    }

    private static func key(_ name: UInt64, _ value: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: XXHash64.finish(name << 32 | UInt64(value)))
    }
}

extension FTRLLearner {
    /// The mean log loss of what it learns, each entry scored before; the first `skipped`
    /// entries do not count.
    func loss(over entries: [EntryBytes], skipping skipped: Int = 0) -> Double {
        var sum = 0.0
        for (index, entry) in entries.enumerated() {
            let logit = learn(entry.view)
            guard index >= skipped else { continue }
            sum += Entropy.softplus(logit) - Double(entry.view.label) * logit
        }
        return sum / Double(entries.count - skipped)
    }

    static func small(_ change: (inout LearnerSettings) -> Void = { _ in }) -> FTRLLearner {
        var settings = LearnerSettings()
        settings.bits = 14
        change(&settings)
        return FTRLLearner(settings: settings)
    }

    func restored() throws -> FTRLLearner {
        try encode().withUnsafeBytes { try FTRLLearner(decoding: $0) }
    }
}
