import Launching
import Numerics
import Vocabulary

/// How much more log loss one arm's served predictions had than another's.
package struct OfflineGap: Codable, Sendable, Equatable {
    /// `C - A`: above 0, A is better.
    package let name: String
    package let estimate: Double
    package let low: Double
    package let high: Double
    /// The same, less what a stopped baseline has decayed by its mean age; nil without a curve, or
    /// beyond its oldest point.
    package internal(set) var corrected: Corrected?

    /// An estimate with its interval.
    package struct Corrected: Codable, Sendable, Equatable {
        package let estimate: Double
        package let low: Double
        package let high: Double
    }

    init(_ name: String, _ difference: ArmDifference) {
        self.name = name
        (estimate, low, high) = (difference.estimate, difference.low, difference.high)
    }

    /// Of cursors that were scored on the same examples; nil while too little was measured.
    init?(_ name: String, _ tally: MetricTally, plannedCount: Double) {
        guard let gap = LossGap(tally, plannedCount: plannedCount) else { return nil }
        self.name = name
        (estimate, low, high) = (gap.estimate, gap.low, gap.high)
    }

    /// `hours` is the baseline's mean age.
    mutating func correct(by curve: DecayCurve, hours: Double) {
        let found = curve.corrected(
            estimate, reach: high - estimate, atHours: hours, reachOfErrors: 2)
        corrected = found.map { found in
            Corrected(
                estimate: found.estimate, low: found.estimate - found.reach,
                high: found.estimate + found.reach)
        }
    }

    var text: String {
        let plain =
            "\(name): \(FigureText.text(estimate)) "
            + "(\(FigureText.text(low)) to \(FigureText.text(high)))"
        guard let corrected else { return plain }
        return plain + ", without C's decay \(FigureText.text(corrected.estimate)) "
            + "(\(FigureText.text(corrected.low)) to \(FigureText.text(corrected.high)))"
    }
}

/// The log losses of what the arms served, where records say what was predicted.
struct OfflineLosses {
    private var tallies: [ArmName: MetricTally] = [:]
    private var hours = 0.0
    private var count = 0.0

    mutating func add(
        _ arm: ArmName, unit: UInt64, prediction: Double, label: Double, age: Span
    ) {
        guard prediction >= 0, prediction <= 1, label >= 0, label <= 1 else { return }
        let margin = 1e-6
        let answer = min(max(prediction, margin), 1 - margin)
        tallies[arm, default: MetricTally()].add(
            unit: unit, amount: Entropy.nats(of: label, answering: answer))
        guard arm == .baseline else { return }
        hours += age.seconds / 3600
        count += 1
    }

    /// C − A, C − B and B − A, as far as there is enough of both.
    func gaps(alpha: Double, decay: DecayCurve?) -> [OfflineGap] {
        let pairs: [(ArmName, ArmName)] = [
            (.baseline, .candidate), (.baseline, .production), (.production, .candidate),
        ]
        return pairs.compactMap { left, right in
            guard let one = tallies[left], let other = tallies[right] else { return nil }
            let planned = Double(one.count) * Double(other.count) / Double(one.count + other.count)
            let plan = ComparisonPlan(
                alpha: alpha / Double(pairs.count), plannedCount: max(planned, 1))
            guard let difference = ArmDifference(one, against: other, plan, leastEffect: 0)
            else { return nil }
            var gap = OfflineGap("\(left) - \(right)", difference)
            if let decay, left == .baseline, count > 0 {
                gap.correct(by: decay, hours: hours / count)
            }
            return gap
        }
    }
}
