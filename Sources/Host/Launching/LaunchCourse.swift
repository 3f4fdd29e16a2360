import Launching
import Vocabulary

/// The numbers of one stage of a launch as they come in: each stage begins anew, because shares
/// differ between stages, and so do the times that an arm's exposures are of.
struct LaunchCourse {
    let stage: Int
    let start: Instant
    /// By metric: what came before the launch.
    private let histories: [UnitHistory]
    private let terms: LaunchTerms
    private let begun: Instant
    /// How a stopped baseline ages, where that was measured.
    private let aging: [LaunchBook.Aging]
    /// Ages of its exposures.
    private var stoppedHours = (sum: 0.0, count: 0)
    private(set) var statistics: LaunchStatistics
    /// The newest, one for each baseline.
    private(set) var readings: [LaunchReading] = []
    /// Whether each parallel arm has settled.
    var settled: [ArmName: Bool] = [:]

    init(
        _ entry: LaunchBook.Entry, wait: Span, stage: Int, start: Instant,
        histories: [UnitHistory], past: PastUnits
    ) {
        let terms = entry.terms
        guard let shares = terms.shares(atStage: stage) else {
            preconditionFailure("the terms of a launch were checked")
        }
        (self.terms, self.stage, self.start) = (terms, stage, start)
        (begun, self.histories) = (entry.begun, histories)
        aging = entry.aging ?? []
        statistics = LaunchStatistics(
            metrics: terms.metrics.map { $0.waiting(wait) }, shares: shares, histories: histories,
            past: past)
    }

    mutating func meet(_ exposure: LaunchLedger.Exposure) {
        guard let arm = exposure.arm else { return }
        statistics.noteExposure(unit: exposure.unit, in: arm)
    }

    mutating func learn(_ exposure: LaunchLedger.Exposure) {
        guard let arm = exposure.arm, let label = exposure.label else { return }
        if arm == terms.arm(of: .stopped) {
            stoppedHours.sum += (exposure.time - begun).seconds / 3600
            stoppedHours.count += 1
        }
        for (index, factor) in exposure.factors.enumerated() {
            statistics.add(
                Outcome(
                    arm: arm, unit: exposure.unit, amount: label * factor.amount,
                    base: factor.base, exposedAt: exposure.time), metric: index)
        }
    }

    /// A look at an event time up to which all labels are in.
    mutating func look(at now: Instant, mixing: MixingMatrix, handicap: Handicap?) {
        statistics.advance(completeTo: now)
        statistics.mixing = mixing
        readings = terms.baselines.map { baseline in
            var reader = LaunchReader(
                baseline: baseline.design.kind(
                    since: begun, isSettled: settled[baseline.arm] ?? false),
                baselineArm: baseline.arm, isolatedArms: terms.isolatedArms,
                alpha: terms.alpha / Double(terms.stages.count), plannedCounts: plannedCounts)
            reader.handicap = handicap
            if baseline.design == .stopped { reader.aging = agingPoints }
            return reader.read(statistics, at: now)
        }
    }

    /// By metric, at the mean age of the exposures of a stopped baseline.
    private var agingPoints: [DecayCurve.Point?] {
        guard stoppedHours.count > 0 else { return [] }
        let hours = stoppedHours.sum / Double(stoppedHours.count)
        return terms.metrics.map { metric in
            aging.first { $0.metric == metric.name }?.curve.drop(atHours: hours)
        }
    }

    /// By metric, effective exposures of a pair by when the least effect is to be found: what
    /// history says that it takes.
    private var plannedCounts: [Double] {
        zip(terms.metrics, histories).map { metric, history in
            guard let value = history.all.value, let variance = history.all.varianceOfOne,
                value != 0
            else { return LaunchOrder.plannedCount }
            return DetectableEffect.plannedCount(
                variance: variance, effect: metric.leastEffect * value.magnitude,
                alpha: terms.alpha / Double(LaunchReader.comparisonCount))
        }
    }

    /// Exposures of an arm in this stage, with their outcomes.
    func count(of arm: ArmName) -> Int { statistics.tally(0, arm).count }
}
