import CShims
import Numerics
import Vocabulary

/// Whether each arm met as many units as its share says: if not, the arms are not alike, and what
/// they differ in says nothing.
///
/// Chi-square against the configured shares, with p below 0.001 and an arm off its share by a
/// hundredth of it or more, is the rule for one look. Looked at often, chi-square would alarm for
/// nothing sooner or later; so an alarm needs the sequential test as well, whose evidence holds at
/// all looks at once (Lindon, Malek: "Anytime-valid inference for multinomial count data", 2022:
/// the Bayes factor of a Dirichlet prior around the shares against the shares themselves).
package struct SampleRatioCheck: Codable, Sendable, Equatable {
    /// Of one arm.
    package struct Row: Codable, Sendable, Equatable {
        package let arm: ArmName
        package let configured: Double
        package let count: Int
        /// Nil before anything was counted.
        package let observed: Double?
    }

    package let rows: [Row]
    package let chiSquare: Double
    /// Of chi-square, at one look.
    package let chance: Double
    /// The largest relative deviation of an arm from its share.
    package let deviation: Double
    /// The logarithm of the Bayes factor against the shares: alarms beyond ln(1/0.001).
    package let logEvidence: Double
    /// An arm without a share that met units.
    package let leakingArm: ArmName?

    static let chanceMin = 0.001
    static let deviationMin = 0.01
    /// How much the prior weighs: a deviation of a tenth is expected rather than one of all.
    private static let priorCount = 100.0

    package init(_ roll: UnitRoll, _ shares: TrafficShares) {
        self.init(counts: roll.counts, shares)
    }

    /// Counts of units in the order of the shares' parts.
    package init(counts: [Int], _ shares: TrafficShares) {
        let total = Double(counts.reduce(0, +))
        var rows: [Row] = []
        var (square, deviation, evidence) = (0.0, 0.0, 0.0)
        var leaking: ArmName?
        var freedom = -1
        for (part, count) in zip(shares.parts, counts) {
            let share = Double(part.slots) / Double(TrafficShares.slotCount)
            rows.append(
                Row(
                    arm: part.arm, configured: share, count: count,
                    observed: total > 0 ? Double(count) / total : nil))
            if part.slots == 0 {
                if count > 0 { leaking = leaking ?? part.arm }
                continue
            }
            freedom += 1
            guard total > 0 else { continue }
            let expected = share * total
            let distance = Double(count) - expected
            square += distance * distance / expected
            deviation = max(deviation, distance.magnitude / expected)
            let prior = Self.priorCount * share
            evidence +=
                LogGamma.value(prior + Double(count)) - LogGamma.value(prior)
                - Double(count) * spindle_log(share)
        }
        evidence += LogGamma.value(Self.priorCount) - LogGamma.value(Self.priorCount + total)
        (self.rows, self.deviation, leakingArm) = (rows, deviation, leaking)
        chiSquare = square
        logEvidence = total > 0 ? evidence : 0
        chance = freedom > 0 ? TailChance.chiSquare(square, freedom: freedom) : 1
    }

    /// What an analysis at one planned look would say.
    package var failsAtOneLook: Bool {
        leakingArm != nil || chance < Self.chanceMin && deviation >= Self.deviationMin
    }

    /// Holds however often one looks.
    package var fails: Bool {
        leakingArm != nil || failsAtOneLook && logEvidence > -spindle_log(Self.chanceMin)
    }

    /// Nil while all is as configured.
    package var alarm: String? {
        if let arm = leakingArm {
            let count = rows.first { $0.arm == arm }?.count ?? 0
            return "leak: \(arm) has no share, and met \(FigureText.count(count)) units"
        }
        guard fails else { return nil }
        let shares = rows.map { row in
            "\(row.arm) \(FigureText.percent(row.observed ?? 0)) of units, configured "
                + FigureText.percent(row.configured)
        }
        return "sample ratio: " + shares.joined(separator: "; ") + ", by chance "
            + FigureText.text(chance)
    }
}
