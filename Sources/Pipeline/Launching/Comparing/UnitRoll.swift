import Numerics
import Vocabulary

/// Which units each arm has met, in bounded memory: counts without repetition, and those that
/// were seen where they don't belong.
package struct UnitRoll: Sendable, Equatable {
    /// Counts.
    package enum Limits {
        /// Units whose slot in the traffic is known; later ones are not counted.
        package static let unitCountMax = 1 << 21
        static let strayCountMax = 20
    }

    /// A unit that an arm met which is not its own.
    package struct Stray: Codable, Sendable, Equatable {
        package let unit: UInt64
        package let arm: ArmName
        package let belongsTo: ArmName
    }

    /// Distinct units by arm, in the order of the shares.
    package private(set) var counts: [Int]
    /// Of these, such as nobody had met before the launch.
    package private(set) var newCounts: [Int]
    /// Exposures of units that don't belong to the arm.
    package private(set) var strayCount = 0
    /// The first of them.
    package private(set) var strays: [Stray] = []
    /// Exposures of units that there was no room for.
    package private(set) var uncountedCount = 0
    private let shares: TrafficShares
    private let arms: [ArmName]
    /// False where somebody else assigned the arms.
    private let ownsRouting: Bool
    private var units: [UInt64: UInt8] = [:]

    package init(_ shares: TrafficShares, ownsRouting: Bool = true) {
        (self.shares, self.ownsRouting) = (shares, ownsRouting)
        arms = shares.arms
        counts = [Int](repeating: 0, count: shares.parts.count)
        newCounts = counts
    }

    /// One exposure of a unit in an arm. An arm that the shares don't know counts as a stray.
    package mutating func note(unit: UInt64, in arm: ArmName, isNew: Bool = false) {
        let owner = shares.arm(of: unit)
        if ownsRouting, owner != arm {
            strayCount += 1
            if strays.count < Limits.strayCountMax {
                strays.append(Stray(unit: unit, arm: arm, belongsTo: owner))
            }
        }
        guard let index = arms.firstIndex(of: arm) else { return }
        let bit = UInt8(1) << UInt8(index)
        let known = units[unit]
        if known == nil, units.count >= Limits.unitCountMax {
            uncountedCount += 1
            return
        }
        guard (known ?? 0) & bit == 0 else { return }
        units[unit] = (known ?? 0) | bit
        counts[index] += 1
        if isNew { newCounts[index] += 1 }
    }

    package var unitCount: Int { counts.reduce(0, +) }

    /// Which share of each arm's units was met for the first time, in words; nil where none was.
    var newUnitsNote: String? {
        guard newCounts.contains(where: { $0 > 0 }) else { return nil }
        let parts = arms.indices.filter { counts[$0] > 0 }.map { index in
            "\(FigureText.percent(Double(newCounts[index]) / Double(counts[index]))) of "
                + "\(arms[index])'s \(FigureText.count(counts[index]))"
        }
        return "units without a history: " + parts.joined(separator: ", ")
    }
}
