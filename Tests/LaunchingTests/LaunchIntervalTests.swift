import Drilling
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
        let trial = IntervalTrial()
        let wins = trial.falseWins(kind)
        #expect(wins <= trial.allowed, "\(wins) of \(trial.launches)")
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
        let trial = IntervalTrial()
        let misses = trial.misses()
        #expect(misses <= trial.allowed, "\(misses) of \(trial.launches)")
        #expect(misses > 0, "intervals that never miss are too wide")
    }

    @Test("An effect is found by twice what one planned look takes, in four of five launches")
    func timeToDetect() {
        for effect in [0.1, 0.2, 0.4] {
            let row = DetectionTimes(effect: effect, launches: effect < 0.2 ? 60 : 200)
            #expect(row.sharesFound[2] >= 0.8, "\(row)")
        }
    }
}
