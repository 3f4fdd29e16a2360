import Numerics

extension SeededRandom {
    /// Who draws in the shop. The raw values are part of what a seed means: never change one.
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
        case disturbance = 13
    }

    func forked(_ part: Part, _ number: UInt64 = 0) -> SeededRandom {
        forked(part: part.rawValue, number)
    }

    /// Standard normal, from one draw.
    mutating func normal() -> Double {
        Elementary.normalQuantile((Double(next() >> 12) + 0.5) * 0x1p-52)
    }
}
