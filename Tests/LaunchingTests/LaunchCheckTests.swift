import Launching
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Whether arms are what they are said to be")
struct LaunchCheckTests {
    private func shares(_ candidate: Double, _ baseline: Double? = nil) throws -> TrafficShares {
        try #require(
            TrafficShares(
                candidate: candidate, baselines: baseline.map { [(.baseline, $0)] } ?? [],
                salt: 7))
    }

    @Test("A unit stays in its arm, and only moves into the candidate's as that grows")
    func stability() throws {
        let (small, large) = (try shares(0.05, 0.1), try shares(0.25, 0.1))
        var moved = 0
        for unit in UInt64(1)...20_000 {
            let (before, after) = (small.arm(of: unit), large.arm(of: unit))
            #expect(before == small.arm(of: unit))
            guard before != after else { continue }
            #expect(before == .production && after == .candidate)
            moved += 1
        }
        #expect((3700...4300).contains(moved), "a fifth of 20,000 moved, not \(moved)")
        #expect(large.share(of: .production) == 0.65)
    }

    @Test("Another salt assigns anew; shares that leave production nothing are refused")
    func salts() throws {
        let other = try #require(TrafficShares(candidate: 0.5, salt: 8))
        let first = try shares(0.5)
        let same = (UInt64(1)...10_000).count { first.arm(of: $0) == other.arm(of: $0) }
        #expect((4700...5300).contains(same))
        #expect(TrafficShares(candidate: 0.5, baselines: [(.baseline, 0.5)], salt: 1) == nil)
        #expect(TrafficShares(candidate: 0.1, baselines: [(.candidate, 0.1)], salt: 1) == nil)
    }

    @Test("53/47 of a declared 50/50 alarms; 95/5 declared as such doesn't")
    func sampleRatio() throws {
        let even = SampleRatioCheck(counts: [5300, 4700], try shares(0.5))
        #expect(even.fails)
        #expect(even.alarm?.contains("A 53 % of units, configured 50 %") == true)
        let skew = SampleRatioCheck(counts: [5000, 95_000], try shares(0.05))
        #expect(!skew.fails && !skew.failsAtOneLook)
        let slight = SampleRatioCheck(counts: [5_040_000, 4_960_000], try shares(0.5))
        #expect(!slight.fails, "less than a hundredth off its share is let be")
    }

    @Test("One unit in an arm without a share is a leak")
    func leak() throws {
        var roll = UnitRoll(try shares(0))
        let check = try shares(0)
        roll.note(unit: 1, in: .production)
        #expect(SampleRatioCheck(roll, check).alarm == nil)
        roll.note(unit: 2, in: .candidate)
        #expect(
            SampleRatioCheck(roll, check).alarm == "leak: A has no share, and met 1 units")
    }

    @Test("Looked at 200 times, right shares alarm in at most 1 of 500 launches")
    func sequential() throws {
        let shares = try shares(0.3, 0.2)
        var (always, oneLook) = (0, 0)
        for seed in UInt64(1)...500 {
            var random = SplitMix64(seed: seed)
            var counts = [0, 0, 0]
            var (failed, wouldFail) = (false, false)
            for _ in 1...200 {
                for _ in 1...50 {
                    let drawn = random.unit()
                    counts[drawn < 0.3 ? 0 : drawn < 0.8 ? 1 : 2] += 1
                }
                let check = SampleRatioCheck(counts: counts, shares)
                failed = failed || check.fails
                wouldFail = wouldFail || check.failsAtOneLook
            }
            if failed { always += 1 }
            if wouldFail { oneLook += 1 }
        }
        #expect(always <= 1, "\(always) of 500")
        #expect(oneLook > always, "chi-square alone alarms too often when looked at often")
    }

    @Test("A chi-square's chance and a normal score are what tables say")
    func tables() {
        let table: [(Double, Int, Double)] = [
            (3.8415, 1, 0.05), (10.8276, 1, 0.001), (5.9915, 2, 0.05), (13.8155, 2, 0.001),
            (11.0705, 5, 0.05), (18.4668, 4, 0.001),
        ]
        for (value, freedom, chance) in table {
            let found = TailChance.chiSquare(value, freedom: freedom)
            #expect((found / chance - 1).magnitude < 1e-3, "\(value): \(found)")
        }
        #expect((TailChance.normalScore(0.05) - 1.959964).magnitude < 1e-6)
        #expect((TailChance.normalScore(0.001) - 3.290527).magnitude < 1e-6)
        #expect((TailChance.studentScore(0.01, freedom: 23) - 2.8073).magnitude < 2e-3)
        #expect((TailChance.studentScore(0.01, freedom: 5) - 4.0321).magnitude < 5e-2)
    }

    @Test("One mis-routed unit raises an alarm, and the verdict is withheld")
    func misrouted() throws {
        let shares = try shares(0.3, 0.3)
        var statistics = LaunchStatistics(
            metrics: [LaunchMetric(name: "bought")], shares: shares)
        for unit in UInt64(1)...3000 {
            statistics.noteExposure(unit: unit, in: shares.arm(of: unit))
        }
        let reader = LaunchReader(
            baseline: .parallel(since: zero, isSettled: true), isolatedArms: [.baseline],
            plannedCounts: [1000])
        #expect(reader.read(statistics, at: zero).alarms.isEmpty)
        let stray = try #require((UInt64(1)...100).first { shares.arm(of: $0) == .production })
        statistics.noteExposure(unit: stray, in: .baseline)
        let reading = reader.read(statistics, at: zero)
        #expect(
            reading.alarms == [
                "mis-routed: 1 exposures in the wrong arm, the first of a unit of B in C"
            ])
        #expect(reading.metrics[0].verdict.cause == .withheld)
    }

    @Test("One foreign example in what taught the parallel universe is contamination")
    func contamination() throws {
        let shares = try shares(0.3, 0.3)
        var statistics = LaunchStatistics(
            metrics: [LaunchMetric(name: "bought")], shares: shares)
        for _ in 1...999 { statistics.mixing.note(trained: .baseline, servedBy: .baseline) }
        let reader = LaunchReader(
            baseline: .parallel(since: zero, isSettled: true), isolatedArms: [.baseline],
            plannedCounts: [1000])
        #expect(reader.read(statistics, at: zero).alarms.isEmpty)
        statistics.mixing.note(trained: .baseline, servedBy: .candidate)
        #expect(
            reader.read(statistics, at: zero).alarms == [
                "contamination: 0.1 % of what taught C was served by A"
            ])
    }

    @Test("A delayed baseline counts down, and is INVALID once its delay has passed")
    func delayed() {
        let kind = BaselineKind.delayed(by: .days(2), exposedSince: zero)
        #expect(kind.objection(at: zero + .hours(47)) == nil)
        #expect(kind.limit(at: zero + .hours(47)) == "valid for 1h 00m more")
        #expect(kind.objection(at: zero + .hours(48))?.hasPrefix("INVALID") == true)
        #expect(kind.objection(at: zero + .days(3))?.hasPrefix("INVALID") == true)
    }

    @Test("A parallel universe is no baseline before its weights have settled")
    func settling() {
        let kind = BaselineKind.parallel(since: zero, isSettled: false)
        #expect(kind.objection(at: zero) == "settling: its weights still change")
    }

    @Test("A purchase counts only once those who did not buy are known")
    func maturity() throws {
        let shares = try shares(0.3, 0.3)
        let metric = LaunchMetric(name: "bought", wait: .hours(6))
        var statistics = LaunchStatistics(metrics: [metric], shares: shares)
        let unit = try #require((UInt64(1)...100).first { shares.arm(of: $0) == .candidate })
        func outcome(_ amount: Double) -> Outcome {
            Outcome(arm: .candidate, unit: unit, amount: amount, exposedAt: zero)
        }
        statistics.add(outcome(1), metric: 0)
        statistics.advance(completeTo: zero + .hours(1))
        #expect(statistics.tally(0, .candidate).count == 0)
        for _ in 0..<3 { statistics.add(outcome(0), metric: 0) }
        statistics.advance(completeTo: zero + .hours(7))
        #expect(statistics.tally(0, .candidate).value == 0.25)
        statistics.add(outcome(1), metric: 0)
        #expect(statistics.refusedCount == 1, "too late: its time was counted")
        statistics.add(outcome(0.5), metric: 0)
        #expect(statistics.refusedCount == 2, "half a purchase")
    }
}
