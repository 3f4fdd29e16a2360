import Foundation
import Launching
import TestKit
import Testing
import Vocabulary

@Suite("Intervals that may be looked at as often as one likes")
struct LaunchIntervalTests {
    private func reader(_ plannedCount: Double) -> LaunchReader {
        LaunchReader(
            baseline: .stopped(since: zero), alpha: 0.05, plannedCounts: [plannedCount])
    }

    @Test(
        "Of 400 launches of three like arms, looked at 100 times each, at most 1 in 20 ever wins",
        arguments: LaunchMetric.Kind.allCases)
    func falseWins(kind: LaunchMetric.Kind) {
        let wins = (1...400).count { seed in
            var launch = SimulatedLaunch(.init(kind: kind), seed: UInt64(seed))
            launch.remember(5000, rate: 0.1)
            return (1...100).contains { _ in
                launch.visit(150)
                let metric = launch.read(reader(2000)).metrics[0]
                return [metric.candidate, metric.production, metric.between, metric.history]
                    .compactMap { $0?.direction }.contains { $0 == .up || $0 == .down }
            }
        }
        #expect(wins <= 20, "\(wins) of 400")
    }

    @Test(
        "What units brought along is taken off: narrower intervals, and 1 in 20 wins at most",
        arguments: LaunchMetric.Kind.allCases)
    func broughtAlong(kind: LaunchMetric.Kind) {
        var (wins, blindWins) = (0, 0)
        var (width, blindWidth) = (0.0, 0.0)
        for seed in 1...400 {
            var launch = SimulatedLaunch(
                .init(kind: kind, unitSpread: 1), seed: UInt64(9000 + seed))
            launch.remember(60_000, rate: 0.3)
            var (hasWon, hasWonBlindly) = (false, false)
            for _ in 1...20 {
                launch.visit(1500, rate: 0.3)
                guard let known = launch.read(reader(10_000)).metrics[0].between,
                    let blind = ArmDifference(
                        launch.tally(.candidate), against: launch.tally(.production),
                        ComparisonPlan(alpha: 0.05 / 4, plannedCount: 10_000), leastEffect: 0.1)
                else { continue }
                #expect(known.broughtAlong != nil && blind.broughtAlong == nil)
                hasWon = hasWon || known.low > 0 || known.high < 0
                hasWonBlindly = hasWonBlindly || blind.low > 0 || blind.high < 0
                width += known.high - known.low
                blindWidth += blind.high - blind.low
            }
            wins += hasWon ? 1 : 0
            blindWins += hasWonBlindly ? 1 : 0
        }
        #expect(wins <= 10, "\(wins) of 200, \(blindWins) without what was before")
        #expect(width < 0.95 * blindWidth, "\(width / blindWidth) of the width")
        if ProcessInfo.processInfo.environment["LAUNCH_TABLE"] != nil {
            print(kind, "wins", wins, blindWins, "width", width / blindWidth)
        }
    }

    @Test("What an earlier launch with the same salt did to units is not what they brought along")
    func earlierLaunch() throws {
        var launch = SimulatedLaunch(.init(unitSpread: 1), seed: 77)
        launch.remember(60_000, rate: 0.3)
        var plain = launch
        launch.remember(60_000, rate: 0.3, earlier: [.candidate: 0.6])
        launch.visit(30_000, rate: 0.3)
        plain.visit(30_000, rate: 0.3)
        let (one, other) = (
            launch.read(reader(10_000)).metrics[0], plain.read(reader(10_000)).metrics[0]
        )
        let between = try #require(one.between)
        #expect(between.direction != .up && between.direction != .down, "\(between.text)")
        let taken = try #require(between.broughtAlong)
        #expect(taken.magnitude < 0.02, "\(taken) of what units brought along")
        #expect(try #require(other.between?.broughtAlong).magnitude < 0.02)
    }

    @Test("With a true effect an interval covers it at all of 100 looks, in 19 of 20 launches")
    func coverage() {
        let rates: [ArmName: Double] = [.candidate: 0.13, .production: 0.1, .baseline: 0.1]
        let misses = (1...400).count { seed in
            var launch = SimulatedLaunch(.init(rates: rates), seed: UInt64(5000 + seed))
            return (1...100).contains { _ in
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
        #expect(misses <= 20, "\(misses) of 400")
        #expect(misses > 0, "intervals that never miss are too wide")
    }

    @Test("An effect is found by twice what one planned look takes, in four of five launches")
    func timeToDetect() {
        var lines: [String] = []
        for effect in [0.1, 0.2, 0.4] {
            let row = DetectionTimes(effect: effect, launches: effect < 0.2 ? 60 : 200)
            #expect(row.sharesFound[2] >= 0.8, "\(row)")
            lines.append(row.line)
        }
        if ProcessInfo.processInfo.environment["LAUNCH_TABLE"] != nil {
            print(DetectionTimes.head + lines.joined(separator: "\n"))
        }
    }
}

/// How long launches take to find an effect, beside a test with one planned look.
struct DetectionTimes {
    static let head = """
        | effect | one look: n per arm | found by n | by 1.5 n | by 2 n | median of found | \
        least | one look found |
        | --- | --- | --- | --- | --- | --- | --- | --- |

        """
    let effect: Double
    let fixedCount: Double
    /// By the fixed test's count, and by 1.5 and 2 times that.
    private(set) var sharesFound: [Double] = []
    private var times: [Double] = []
    private var fixedFound = 0.0

    init(effect: Double, launches: Int) {
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
                rate, rate + distance, UInt64(seed), fixedCount: Int(fixedCount), planned)
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
        var random = SplitMix64(seed: seed)
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

    var line: String {
        func part(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }
        let median = times.isEmpty ? 0 : times[times.count / 2]
        return "| +\(part(effect)) | \(Int(fixedCount)) | "
            + sharesFound.map(part).joined(separator: " | ")
            + " | \(Int(median)) | \(Int(times.first ?? 0)) | \(part(fixedFound)) |"
    }
}
