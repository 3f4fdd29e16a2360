import Numerics

/// The program's seeded chance for tests: a seed gives the same numbers everywhere.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var random: SeededRandom

    package init(seed: UInt64) {
        random = SeededRandom(key: seed)
    }

    package mutating func next() -> UInt64 { random.next() }

    /// 0 ..< count; the bias is below one in 2^32 for what tests ask.
    package mutating func below(_ count: Int) -> Int {
        Int(next() % UInt64(count))
    }

    /// 0 ..< 1.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    package mutating func chance(_ share: Double) -> Bool {
        unit() < share
    }

    /// Mean 0, deviation 1; the sum of twelve even draws (Irwin-Hall).
    package mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += unit() }
        return sum
    }

    package mutating func pick<Item>(_ items: [Item]) -> Item {
        items[below(items.count)]
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
