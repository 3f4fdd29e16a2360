import TestKit

/// Seeded streams with three changes, or with one that never ends.
enum DriftStream {
    case shifts, rates, slope

    func values(seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<12_000).map { index in
            let stretch = index / 3000
            switch self {
            case .shifts: return random.normal() + [0, 0.5, -0.3, 2][stretch]
            case .rates: return random.unit() < [0.2, 0.26, 0.05, 0.5][stretch] ? 1 : 0
            case .slope: return 1000 + random.normal() * 20 + Double(index) * 0.004
            }
        }
    }
}
