import Launching
import Numerics
import Vocabulary

/// Whether the intervals of launches keep what they promise, on made-up units and outcomes.
package struct IntervalTrial: Sendable {
    package var launches: Int
    package var looks: Int
    /// Launches with other seeds are others.
    package var seed: UInt64

    package init(launches: Int = 400, looks: Int = 100, seed: UInt64 = 0) {
        (self.launches, self.looks, self.seed) = (launches, looks, seed)
    }

    /// How many of them may fail: one in twenty.
    package var allowed: Int { launches / 20 }

    private func seeds(from first: UInt64) -> [UInt64] {
        (1...UInt64(launches)).map { seed &* 1_000_003 &+ first &+ $0 }
    }

    /// Of launches of three like arms, those in which anything ever leaves 0 at one of the looks,
    /// with units that return and differ.
    package func falseWins(_ kind: LaunchMetric.Kind) -> Int {
        let reader = LaunchReader(
            baseline: .stopped(since: SimulatedLaunch.start), alpha: 0.05, plannedCounts: [2000])
        return seeds(from: 0).count { seed in
            var launch = SimulatedLaunch(.init(kind: kind), seed: seed)
            launch.remember(5000, rate: 0.1)
            return (0..<looks).contains { _ in
                launch.visit(150)
                let metric = launch.read(reader).metrics[0]
                return [metric.candidate, metric.production, metric.between, metric.history]
                    .compactMap { $0?.direction }.contains { $0 == .up || $0 == .down }
            }
        }
    }

    /// Of launches with a true effect of +30 %, those in which the interval of A − B misses it at
    /// one of the looks.
    package func misses() -> Int {
        let rates: [ArmName: Double] = [.candidate: 0.13, .production: 0.1, .baseline: 0.1]
        return seeds(from: 5000).count { seed in
            var launch = SimulatedLaunch(.init(rates: rates), seed: seed)
            return (0..<looks).contains { _ in
                launch.visit(150)
                let (a, b) = (launch.tally(.candidate), launch.tally(.production))
                let plan = ComparisonPlan(alpha: 0.05, plannedCount: 2000)
                guard let difference = ArmDifference(a, against: b, plan, leastEffect: 0.1)
                else { return false }
                // Units' own rates average to the arm's only among all; the launch's own units
                // are what it is about.
                let truth = launch.truth(.candidate) - launch.truth(.production)
                return truth < difference.low || truth > difference.high
            }
        }
    }
}
