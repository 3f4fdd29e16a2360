/// Chance that depends on nothing but a key: the seed, a part of the shop, and what is drawn for.
///
/// The generator is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014). A fork depends on the key alone, not on how much was drawn before, so that
/// one more draw in one part moves no other, and nothing about a generator needs saving.
struct SeededRandom: Sendable {
    /// Who draws. The raw values are part of what a seed means: never change one.
    enum Part: UInt64 {
        case catalogue = 1
        case population = 2
        case arrivals = 3
        case visit = 4
        case shopper = 5
        case query = 6
        case retrieval = 7
        case exploration = 8
        case purchase = 9
        case fashion = 10
        case sale = 11
        case tie = 12
    }

    private let key: UInt64
    private var state: UInt64

    init(key: UInt64) {
        self.key = key
        state = key
    }

    func forked(_ part: Part, _ number: UInt64 = 0) -> SeededRandom {
        let named = Self.mixed(key ^ (part.rawValue &* 0xD1B5_4A32_D192_ED03))
        return SeededRandom(key: Self.mixed(named ^ (number &* 0x9E37_79B9_7F4A_7C15)))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Uniform in [0, 1), in steps of 2^-53.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    mutating func between(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * unit()
    }

    /// Uniform in 0 ..< count.
    mutating func below(_ count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// Standard normal, from one draw.
    mutating func normal() -> Double {
        Elementary.normalQuantile((Double(next() >> 12) + 0.5) * 0x1p-52)
    }

    /// A bijection of 64 bits whose every output bit depends on every input bit.
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
