/// Chance that depends on nothing but a key: a seed, a part, and what is drawn for.
///
/// The generator is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014). A fork depends on the key alone, not on how much was drawn before, so that
/// one more draw in one part moves no other, and nothing about a generator needs saving.
package struct SeededRandom: Sendable {
    @usableFromInline let key: UInt64
    @usableFromInline var state: UInt64

    @inlinable
    package init(key: UInt64) {
        self.key = key
        state = key
    }

    /// A generator of its own for a part, and for a number within the part.
    @inlinable
    package func forked(part: UInt64, _ number: UInt64 = 0) -> SeededRandom {
        let named = Self.mixed(key ^ (part &* 0xD1B5_4A32_D192_ED03))
        return SeededRandom(key: Self.mixed(named ^ (number &* 0x9E37_79B9_7F4A_7C15)))
    }

    @inlinable
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Uniform in [0, 1), in steps of 2^-53.
    @inlinable
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    @inlinable
    package mutating func between(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * unit()
    }

    /// Uniform in 0 ..< count.
    @inlinable
    package mutating func below(_ count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    @inlinable
    package mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    @inlinable
    package mutating func pick<Item>(_ items: [Item]) -> Item {
        items[below(items.count)]
    }

    /// A bijection of 64 bits whose every output bit depends on every input bit.
    @inlinable
    package static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
