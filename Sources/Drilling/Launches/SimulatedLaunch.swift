import Launching
import Numerics
import Vocabulary

/// A launch over made-up units: who visits, and what comes of it, by a seed.
package struct SimulatedLaunch {
    /// What an arm's visitors do: one of the kinds of metric, at a rate.
    package struct World {
        package var kind = LaunchMetric.Kind.binary
        /// Of purchases among exposures.
        package var rates: [ArmName: Double] = [:]
        /// How far a unit's own rate is from its arm's, as a share of it.
        package var unitSpread = 0.5
        package var leastEffect = 0.1

        package init(
            kind: LaunchMetric.Kind = .binary, rates: [ArmName: Double] = [:],
            unitSpread: Double = 0.5, leastEffect: Double = 0.1
        ) {
            (self.kind, self.rates) = (kind, rates)
            (self.unitSpread, self.leastEffect) = (unitSpread, leastEffect)
        }
    }

    package static let arms: [ArmName] = [.candidate, .production, .baseline]

    package static let start = Instant(microseconds: 1_700_000_000_000_000)

    package let world: World
    package let shares: TrafficShares
    package private(set) var statistics: LaunchStatistics
    private var random: SeededRandom
    private var now = Self.start
    private let unitCount = 3000

    package init(
        _ world: World, seed: UInt64, candidate: Double = 1 / 3.0, baseline: Double = 1 / 3.0
    ) {
        self.world = world
        guard
            let shares = TrafficShares(
                candidate: candidate, baselines: [(.baseline, baseline)], salt: seed)
        else { preconditionFailure("shares that leave production nothing") }
        self.shares = shares
        let metric = LaunchMetric(name: "bought", kind: world.kind, leastEffect: world.leastEffect)
        statistics = LaunchStatistics(metrics: [metric], shares: shares)
        random = SeededRandom(key: seed)
    }

    private mutating func outcome(of unit: UInt64, at rate: Double) -> (
        amount: Double, base: Double
    ) {
        var own = SeededRandom(key: unit &* 0x9E37_79B9)
        let mine = rate * (1 + world.unitSpread * (2 * own.unit() - 1))
        let bought = random.chance(mine)
        switch world.kind {
        case .binary: return (bought ? 1 : 0, 1)
        case .mean: return (bought ? 10 + 5 * normal() + 30 * random.unit() : 0, 1)
        case .ratio:
            let looks = Double(1 + random.below(5))
            return (bought ? looks * (1 + random.unit()) : 0, looks)
        }
    }

    /// Mean 0, deviation 1; the sum of twelve even draws (Irwin-Hall).
    private mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + random.unit() }
    }

    /// Visits of before the launch, at a rate.
    ///
    /// `earlier` are the rates of an earlier launch's arms, which had the same units.
    package mutating func remember(_ count: Int, rate: Double, earlier: [ArmName: Double] = [:]) {
        for _ in 0..<count {
            let unit = UInt64(1 + random.below(unitCount))
            let arm = earlier.isEmpty ? .production : shares.arm(of: unit)
            let outcome = outcome(of: unit, at: earlier[arm] ?? rate)
            statistics.addHistory(
                Outcome(
                    arm: arm, unit: unit, amount: outcome.amount, base: outcome.base,
                    exposedAt: now), metric: 0)
        }
    }

    package mutating func visit(_ count: Int, rate: Double = 0.1) {
        for _ in 0..<count {
            let unit = UInt64(1 + random.below(unitCount))
            let arm = shares.arm(of: unit)
            let outcome = outcome(of: unit, at: world.rates[arm] ?? rate)
            statistics.noteExposure(unit: unit, in: arm)
            statistics.add(
                Outcome(
                    arm: arm, unit: unit, amount: outcome.amount, base: outcome.base,
                    exposedAt: now), metric: 0)
        }
        now = now + .minutes(1)
        statistics.advance(completeTo: now)
    }

    package func tally(_ arm: ArmName) -> MetricTally { statistics.tally(0, arm) }

    /// The mean rate of an arm's units.
    package func truth(_ arm: ArmName) -> Double {
        var (sum, count) = (0.0, 0.0)
        for unit in 1...unitCount where shares.arm(of: UInt64(unit)) == arm {
            var own = SeededRandom(key: UInt64(unit) &* 0x9E37_79B9)
            sum += 1 + world.unitSpread * (2 * own.unit() - 1)
            count += 1
        }
        return (world.rates[arm] ?? 0.1) * sum / count
    }

    package func read(_ reader: LaunchReader) -> LaunchReading { reader.read(statistics, at: now) }
}
