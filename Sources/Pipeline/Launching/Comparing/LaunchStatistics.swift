import Vocabulary

/// All that a launch is judged by, gathered as it comes: outcomes by metric and arm, units, and
/// whose traffic taught whom.
package struct LaunchStatistics: Sendable {
    package let metrics: [LaunchMetric]
    package let shares: TrafficShares
    package private(set) var roll: UnitRoll
    package var mixing: MixingMatrix
    /// Outcomes that no metric of its kind can have, or that came too late.
    package private(set) var refusedCount = 0
    /// By metric, then by arm in the order of the shares.
    private var tallies: [[MetricTally]]
    private var awaiting: [AwaitingOutcomes]
    /// By metric: what units came to before the launch.
    private var histories: [UnitHistory]
    private var past: PastUnits

    package init(
        metrics: [LaunchMetric], shares: TrafficShares, ownsRouting: Bool = true,
        histories: [UnitHistory]? = nil, past: PastUnits = PastUnits()
    ) {
        precondition(metrics.allSatisfy { $0.objection == nil }, "a metric makes no sense")
        (self.metrics, self.shares) = (metrics, shares)
        self.past = past
        roll = UnitRoll(shares, ownsRouting: ownsRouting)
        mixing = MixingMatrix(shares.arms)
        tallies = metrics.map { _ in shares.parts.map { _ in MetricTally() } }
        awaiting = metrics.map { AwaitingOutcomes(wait: $0.wait) }
        self.histories =
            histories ?? metrics.map { _ in UnitHistory(ownsRouting ? shares : nil) }
    }

    /// A unit met an arm.
    package mutating func noteExposure(unit: UInt64, in arm: ArmName) {
        roll.note(unit: unit, in: arm, isNew: past.isNew(unit))
    }

    /// An outcome of an exposure since the launch.
    package mutating func add(_ outcome: Outcome, metric index: Int) {
        guard metrics[index].admits(amount: outcome.amount, base: outcome.base),
            shares.arms.contains(outcome.arm), awaiting[index].add(outcome)
        else {
            refusedCount += 1
            return
        }
    }

    /// An outcome of before the launch; its arm is that of an earlier one.
    package mutating func addHistory(_ outcome: Outcome, metric index: Int) {
        guard metrics[index].admits(amount: outcome.amount, base: outcome.base) else {
            refusedCount += 1
            return
        }
        past.add(outcome.unit)
        histories[index].add(
            unit: outcome.unit, amount: outcome.amount, base: outcome.base, served: outcome.arm)
    }

    /// All labels are in up to this event time.
    package mutating func advance(completeTo time: Instant) {
        let arms = shares.arms
        for index in metrics.indices {
            awaiting[index].release(completeTo: time) { outcome in
                guard let arm = arms.firstIndex(of: outcome.arm) else { return }
                tallies[index][arm].add(
                    unit: outcome.unit, amount: outcome.amount, base: outcome.base)
            }
        }
    }

    package func tally(_ index: Int, _ arm: ArmName) -> MetricTally {
        shares.arms.firstIndex(of: arm).map { tallies[index][$0] } ?? MetricTally()
    }

    package func history(_ index: Int) -> UnitHistory { histories[index] }
}
