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
    private(set) var statistics: LaunchStatistics
    /// The newest, one for each baseline.
    private(set) var readings: [LaunchReading] = []
    /// Whether each parallel arm has settled.
    var settled: [ArmName: Bool] = [:]

    init(
        _ terms: LaunchTerms, wait: Span, stage: Int, start: Instant, begun: Instant,
        histories: [UnitHistory]
    ) {
        guard let shares = terms.shares(atStage: stage) else {
            preconditionFailure("the terms of a launch were checked")
        }
        (self.terms, self.stage, self.start) = (terms, stage, start)
        (self.begun, self.histories) = (begun, histories)
        statistics = LaunchStatistics(
            metrics: terms.metrics.map { $0.waiting(wait) }, shares: shares, histories: histories)
    }

    mutating func meet(_ exposure: LaunchLedger.Exposure) {
        guard let arm = exposure.arm else { return }
        statistics.noteExposure(unit: exposure.unit, in: arm)
    }

    mutating func learn(_ exposure: LaunchLedger.Exposure) {
        guard let arm = exposure.arm, let label = exposure.label else { return }
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
            return reader.read(statistics, at: now)
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
