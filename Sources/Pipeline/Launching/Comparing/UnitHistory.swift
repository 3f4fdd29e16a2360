import Vocabulary

/// What units came to before a launch, for one metric: all of them, and those of each arm to be.
///
/// Units differ, and chance doesn't give all arms alike ones. What an arm's own units did before
/// anything was launched says what they brought along; that is taken off a difference, as far as
/// it foretells one.
package struct UnitHistory: Sendable {
    package private(set) var all = MetricTally()
    private let shares: TrafficShares?
    private var arms: [ArmName: MetricTally] = [:]
    /// True once an earlier launch had begun.
    private var hasMetLaunch = false

    /// Without shares nobody knows which arm a unit is going to meet.
    package init(_ shares: TrafficShares?) {
        self.shares = shares
        for arm in shares?.arms ?? [] { arms[arm] = MetricTally() }
    }

    /// `served` is the arm of an earlier launch that served it; nil for none.
    ///
    /// With the same salt the units of an earlier candidate are the new one's, and what it did to
    /// them is nothing that they brought along. So arms' histories end where an earlier launch
    /// begins: for all arms at once, because times differ, too.
    package mutating func add(
        unit: UInt64, amount: Double, base: Double = 1, served: ArmName? = nil
    ) {
        all.add(unit: unit, amount: amount, base: base)
        if let served, served != .production { hasMetLaunch = true }
        guard let shares, !hasMetLaunch else { return }
        arms[shares.arm(of: unit)]?.add(unit: unit, amount: amount, base: base)
    }

    /// Of an arm's own units; nil where too few of their exposures came to anything.
    func tally(_ arm: ArmName, eventCountMin: Int) -> MetricTally? {
        arms[arm].flatMap { $0.eventCount >= eventCountMin ? $0 : nil }
    }
}

/// What is taken off a difference for what units brought along (CUPED: Deng, Xu, Kohavi and Walker,
/// "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data",
/// 2013): θ times the difference of before, where θ is the slope of what buckets of units come to
/// on what they came to before.
struct BroughtAlong {
    /// To be taken off the difference.
    private(set) var difference = 0.0
    /// What is left of the squared errors of the two arms.
    private(set) var squaredErrors = (mine: 0.0, theirs: 0.0)

    /// Nil where an arm has no value, now or before.
    init?(
        _ mine: MetricTally, before: MetricTally, _ theirs: MetricTally, before other: MetricTally
    ) {
        guard let value = before.value, let otherValue = other.value else { return nil }
        let (now, then) = (mine.residuals, before.residuals)
        let (otherNow, otherThen) = (theirs.residuals, other.residuals)
        guard !now.isEmpty, !otherNow.isEmpty, !then.isEmpty, !otherThen.isEmpty else { return nil }
        var (products, squares) = (0.0, 0.0)
        for bucket in now.indices {
            products += now[bucket] * then[bucket] + otherNow[bucket] * otherThen[bucket]
            squares += then[bucket] * then[bucket] + otherThen[bucket] * otherThen[bucket]
        }
        guard squares > 0 else { return nil }
        let slope = products / squares
        difference = slope * (value - otherValue)
        squaredErrors = (
            Self.squaredError(now, then, slope), Self.squaredError(otherNow, otherThen, slope)
        )
    }

    /// Of what is left of each bucket.
    private static func squaredError(_ now: [Double], _ then: [Double], _ slope: Double) -> Double {
        var (sum, occupied) = (0.0, 0.0)
        for bucket in now.indices where now[bucket] != 0 || then[bucket] != 0 {
            let rest = now[bucket] - slope * then[bucket]
            sum += rest * rest
            occupied += 1
        }
        // The value and the slope were fitted to them.
        return occupied > 2 ? sum * occupied / (occupied - 2) : 0
    }
}
