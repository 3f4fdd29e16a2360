import Launching
import Numerics
import Vocabulary

/// How long launches take to find an effect, beside a test with one planned look.
package struct DetectionTimes: Sendable {
    package let effect: Double
    package let fixedCount: Double
    /// By the fixed test's count, and by 1.5 and 2 times that.
    package private(set) var sharesFound: [Double] = []
    /// Of launches that found it, rising, in exposures of an arm.
    package private(set) var times: [Double] = []
    /// Of the tests with one look.
    package private(set) var fixedFound = 0.0

    package init(effect: Double, launches: Int, seed base: UInt64 = 0) {
        self.effect = effect
        let rate = 0.1
        let (low, high) = (rate * (1 - rate), rate * (1 + effect) * (1 - rate * (1 + effect)))
        let scores = 1.959964 + 0.841621
        let distance = rate * effect
        fixedCount = (scores * scores * (low + high) / (distance * distance)).rounded(.up)
        let planned = DetectableEffect.plannedCount(
            variance: (low + high) / 2, effect: distance, alpha: 0.05)
        var found = [Double]()
        var one = 0
        for seed in 1...launches {
            let result = Self.run(
                rate, rate + distance, base &+ UInt64(seed), fixedCount: Int(fixedCount), planned)
            found.append(result.time)
            one += result.fixed ? 1 : 0
        }
        let count = Double(launches)
        sharesFound = [1.0, 1.5, 2].map { part in
            Double(found.count { $0 <= part * fixedCount }) / count
        }
        times = found.filter { $0.isFinite }.sorted()
        fixedFound = Double(one) / count
    }

    /// Twenty looks within the fixed test's count.
    private static func run(
        _ rate: Double, _ better: Double, _ seed: UInt64, fixedCount: Int, _ planned: Double
    ) -> (time: Double, fixed: Bool) {
        var random = SeededRandom(key: seed)
        var (a, b) = (MetricTally(), MetricTally())
        var (time, fixed) = (Double.infinity, false)
        var count = 0
        for look in 1...40 {
            while count < look * fixedCount / 20 {
                count += 1
                a.add(unit: random.next(), amount: random.chance(better) ? 1 : 0)
                b.add(unit: random.next(), amount: random.chance(rate) ? 1 : 0)
            }
            if look == 20, let x = a.value, let y = b.value, let e = a.squaredError,
                let f = b.squaredError
            {
                fixed = x - y > 1.959964 * (e + f).squareRoot()
            }
            let plan = ComparisonPlan(alpha: 0.05, plannedCount: planned)
            if time.isInfinite,
                ArmDifference(a, against: b, plan, leastEffect: 0.1)?.direction == .up
            {
                time = Double(count)
            }
        }
        return (time, fixed)
    }
}
