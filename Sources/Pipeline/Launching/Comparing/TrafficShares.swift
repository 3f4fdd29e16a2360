import Numerics
import Vocabulary

/// Which arm a unit belongs to, and how much of the traffic each arm has.
///
/// A keyed hash puts each unit into one of 10,000 slots, and each arm has so many of them: shares
/// are exact, and the same after a restart. The candidate's slots grow from the one end, the
/// baselines' lie at the other, production has the rest; so when the candidate's share changes,
/// units only move between production and the candidate, and the baselines keep theirs.
package struct TrafficShares: Codable, Sendable, Equatable {
    /// Slots of an arm.
    package struct Part: Codable, Sendable, Equatable {
        package let arm: ArmName
        /// Of 10,000; 0 is an arm that must not see a unit.
        package let slots: Int
    }

    /// In the order of the slots: the candidate, production, the baselines.
    package private(set) var parts: [Part]
    /// Another number assigns all units anew.
    package let salt: UInt64

    package static let slotCount = 10_000

    /// Shares of the candidate and of the baselines, each to a hundredth of a per cent; the rest
    /// is production's. Nil where they don't leave production a slot, or an arm is named twice.
    package init?(
        candidate: Double, baselines: [(arm: ArmName, share: Double)] = [], salt: UInt64
    ) {
        let all = [(ArmName.candidate, candidate)] + baselines
        guard all.allSatisfy({ $0.1 >= 0 && $0.1 < 1 }),
            Set(all.map(\.0)).union([.production]).count == all.count + 1
        else { return nil }
        let slots = all.map { Int(($0.1 * Double(Self.slotCount)).rounded()) }
        let rest = Self.slotCount - slots.reduce(0, +)
        guard rest > 0 else { return nil }
        parts = zip(all, slots).map { Part(arm: $0.0, slots: $1) }
        parts.insert(Part(arm: .production, slots: rest), at: 1)
        self.salt = salt
    }

    package var arms: [ArmName] { parts.map(\.arm) }

    package func share(of arm: ArmName) -> Double {
        Double(parts.first { $0.arm == arm }?.slots ?? 0) / Double(Self.slotCount)
    }

    /// The arm of a unit, by the hash of its name.
    package func arm(of unit: UInt64) -> ArmName {
        var slot = Self.slot(of: unit, salt: salt)
        for part in parts {
            if slot < part.slots { return part.arm }
            slot -= part.slots
        }
        return .production
    }

    /// 0 ..< 10,000.
    static func slot(of unit: UInt64, salt: UInt64) -> Int {
        var random = SeededRandom(key: unit).forked(part: 0x61_726D_73, salt)
        return random.below(slotCount)
    }
}
