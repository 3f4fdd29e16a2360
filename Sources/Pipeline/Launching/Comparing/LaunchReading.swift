import Numerics
import Vocabulary

/// One metric of a launch at one look.
package struct MetricReading: Codable, Sendable, Equatable {
    /// One arm's own figures.
    package struct Arm: Codable, Sendable, Equatable {
        package let arm: ArmName
        package let count: Int
        package let value: Double?
        package let error: Double?
    }

    package let metric: LaunchMetric
    package let arms: [Arm]
    /// A − C.
    package let candidate: ArmDifference?
    /// B − C.
    package let production: ArmDifference?
    /// A − B.
    package let between: ArmDifference?
    /// C − C before the launch.
    package let history: ArmDifference?
    package let verdict: LaunchVerdict

    /// What was taken off the differences for what units brought along; nil where their history is
    /// not known.
    var historyNote: String? {
        let parts = [("A - C", candidate), ("B - C", production), ("A - B", between)]
        let taken = parts.compactMap { name, difference in
            difference?.broughtAlong.map { "\($0 > 0 ? "+" : "")\(FigureText.text($0)) of \(name)" }
        }
        guard !taken.isEmpty else { return nil }
        return "\(metric.name): taken off for what the arms' units did before: "
            + taken.joined(separator: ", ")
    }

    /// What was taken off because the baseline has aged; nil where that was never measured.
    var ageNote: String? {
        guard let aged = candidate?.aged, let reference = candidate?.reference, reference != 0
        else { return nil }
        let share = reference.magnitude
        return "\(metric.name): taken off for the baseline's age, as it was measured before: "
            + "\(FigureText.percent(aged.difference / share)) of it, give or take "
            + FigureText.percent(aged.error / share)
    }

    /// That the baseline is too noisy, or too far away, to tell the least effect yet; nil if it
    /// isn't.
    package var powerNote: String? {
        guard let candidate, candidate.direction == .open, candidate.reference != 0 else {
            return nil
        }
        let reach = (candidate.high - candidate.low) / 2 / candidate.reference.magnitude
        guard reach > metric.leastEffect else { return nil }
        return
            "underpowered: A - C is known to within \(FigureText.percent(reach)) of C, the least "
            + "effect is \(FigureText.percent(metric.leastEffect))"
    }
}

/// A launch at one look: every metric with its verdict, and what speaks against believing it.
package struct LaunchReading: Codable, Sendable, Equatable {
    package let at: Instant
    package let metrics: [MetricReading]
    package let sampleRatio: SampleRatioCheck
    package let mixing: MixingMatrix
    /// What makes the differences worthless: while there is any, verdicts are withheld.
    package let alarms: [String]
    /// Said beside the verdicts.
    package let notes: [String]
}

/// Reads statistics; the same ones give the same reading.
package struct LaunchReader: Sendable {
    package let baseline: BaselineKind
    /// The arm that is the baseline.
    package let baselineArm: ArmName
    /// Arms that are to learn from their own traffic alone.
    package let isolatedArms: [ArmName]
    /// The chance that any interval of the launch ever misses the truth.
    package let alpha: Double
    /// By metric; see `ComparisonPlan`.
    package let plannedCounts: [Double]
    /// What a production that learned from as little as the candidate says; nil without one.
    package var handicap: Handicap?
    /// By metric: what the baseline has lost by its age, as a share of its value; nil, or none,
    /// where that was not measured.
    package var aging: [DecayCurve.Point?] = []

    /// A − C, B − C, A − B, and C against its history share the alpha.
    package static let comparisonCount = 4

    package init(
        baseline: BaselineKind, baselineArm: ArmName = .baseline, isolatedArms: [ArmName] = [],
        alpha: Double = 0.05, plannedCounts: [Double]
    ) {
        precondition(alpha > 0 && alpha < 1, "alpha lies within 0 and 1")
        (self.baseline, self.baselineArm) = (baseline, baselineArm)
        (self.isolatedArms, self.alpha) = (isolatedArms, alpha)
        self.plannedCounts = plannedCounts
    }

    package func read(_ statistics: LaunchStatistics, at now: Instant) -> LaunchReading {
        let ratio = SampleRatioCheck(statistics.roll, statistics.shares)
        let alarms = alarms(statistics, ratio, at: now)
        let metrics = statistics.metrics.indices.map { index in
            reading(index, statistics, withheldBecause: alarms.first)
        }
        return LaunchReading(
            at: now, metrics: metrics, sampleRatio: ratio, mixing: statistics.mixing,
            alarms: alarms,
            notes: notes(statistics, at: now) + metrics.compactMap(\.ageNote)
                + metrics.compactMap(\.historyNote))
    }

    private func alarms(
        _ statistics: LaunchStatistics, _ ratio: SampleRatioCheck, at now: Instant
    ) -> [String] {
        var words: [String] = []
        if let text = ratio.alarm { words.append(text) }
        if let stray = statistics.roll.strays.first {
            words.append(
                "mis-routed: \(FigureText.count(statistics.roll.strayCount)) exposures in the "
                    + "wrong arm, the first of a unit of \(stray.belongsTo) in \(stray.arm)")
        }
        if let text = baseline.objection(at: now) {
            words.append("\(baselineArm), \(baseline.name), \(text)")
        }
        words += isolatedArms.compactMap { statistics.mixing.contamination(of: $0) }
        return words
    }

    private func notes(_ statistics: LaunchStatistics, at now: Instant) -> [String] {
        var words = ["\(baselineArm) is a \(baseline.name): \(baseline.limit(at: now))"]
        let mine = statistics.mixing.weight(of: .candidate)
        let theirs = statistics.mixing.weight(of: .production)
        if let handicap {
            words.append(handicap.text)
        } else if mine > 0, mine < theirs / 2 {
            words.append(
                "handicap: A learned from \(FigureText.percent(mine / theirs)) of what taught B; "
                    + "a fair B would have learned from as little")
        }
        if let text = statistics.roll.newUnitsNote { words.append(text) }
        if statistics.refusedCount > 0 {
            words.append("\(FigureText.count(statistics.refusedCount)) outcomes were refused")
        }
        return words
    }

    private func reading(
        _ index: Int, _ statistics: LaunchStatistics, withheldBecause reason: String?
    ) -> MetricReading {
        let metric = statistics.metrics[index]
        let found = Comparisons(
            statistics, metric: index, baseline: (baselineArm, baseline.ages), point: point(index),
            ComparisonPlan(
                alpha: alpha / Double(Self.comparisonCount * statistics.metrics.count),
                plannedCount: plannedCounts[index]))
        func direction(_ difference: ArmDifference?) -> Direction {
            let direction = difference?.direction ?? .open
            return metric.isHigherBetter ? direction : direction.reversed
        }
        var evidence = LaunchVerdict.Evidence(
            candidate: direction(found.candidate), production: direction(found.production),
            baseline: direction(found.history), between: direction(found.between), kind: baseline,
            taughtByCandidate: statistics.mixing.share(of: .production, servedBy: .candidate))
        evidence.isHandicapped = handicap?.cause == .little
        return MetricReading(
            metric: metric,
            arms: statistics.shares.arms.map { arm in
                let tally = statistics.tally(index, arm)
                return MetricReading.Arm(
                    arm: arm, count: tally.count, value: tally.value,
                    error: tally.squaredError?.squareRoot())
            },
            candidate: found.candidate, production: found.production, between: found.between,
            history: found.history,
            verdict: reason.map(LaunchVerdict.withheld) ?? LaunchVerdict(evidence))
    }

    private func point(_ index: Int) -> DecayCurve.Point? {
        aging.indices.contains(index) ? aging[index] : nil
    }
}

/// The four comparisons of a metric.
private struct Comparisons {
    let candidate: ArmDifference?
    let production: ArmDifference?
    let between: ArmDifference?
    let history: ArmDifference?

    /// Against a baseline that ages only what is surely larger than the least effect counts, but
    /// where its age was measured that is taken off instead.
    init(
        _ statistics: LaunchStatistics, metric index: Int, baseline: (arm: ArmName, ages: Bool),
        point: DecayCurve.Point?, _ plan: ComparisonPlan
    ) {
        let leastEffect = statistics.metrics[index].leastEffect
        let past = statistics.history(index)
        let aged: AgeShare? = point.flatMap { point in
            statistics.tally(index, baseline.arm).value.map { AgeShare(point, of: $0) }
        }
        func difference(
            _ left: ArmName, _ right: ArmName, needsMargin: Bool = false, aged: AgeShare? = nil
        ) -> ArmDifference? {
            var before: (MetricTally, MetricTally)?
            if let mine = past.tally(left, eventCountMin: plan.eventCountMin),
                let theirs = past.tally(right, eventCountMin: plan.eventCountMin)
            {
                before = (mine, theirs)
            }
            return ArmDifference(
                statistics.tally(index, left), against: statistics.tally(index, right), plan,
                leastEffect: leastEffect, needsMargin: needsMargin, before: before, aged: aged)
        }
        let needsMargin = baseline.ages && aged == nil
        candidate = difference(
            .candidate, baseline.arm, needsMargin: needsMargin, aged: aged)
        production = difference(
            .production, baseline.arm, needsMargin: needsMargin, aged: aged)
        between = difference(.candidate, .production)
        history = ArmDifference(
            statistics.tally(index, baseline.arm), against: past.all, plan,
            leastEffect: leastEffect, needsMargin: true, aged: aged?.reversed)
    }
}
