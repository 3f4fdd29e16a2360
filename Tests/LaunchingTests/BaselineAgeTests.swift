import Drilling
import Launching
import TestKit
import Testing
import Vocabulary

@Suite("A baseline that is behind for its age")
struct BaselineAgeTests {
    /// A and B are the same; C sells a twentieth less, which is half of the least effect.
    private func launch(_ seed: UInt64, exposures: Int = 300_000) -> SimulatedLaunch {
        let rates: [ArmName: Double] = [.candidate: 0.1, .production: 0.1, .baseline: 0.095]
        var launch = SimulatedLaunch(.init(rates: rates, unitSpread: 0.2), seed: seed)
        launch.remember(60_000, rate: 0.1)
        launch.visit(exposures)
        return launch
    }

    private func reader(_ kind: BaselineKind) -> LaunchReader {
        LaunchReader(baseline: kind, plannedCounts: [15_000])
    }

    @Test("What a stopped or delayed C loses by its age, below the least effect, praises nobody")
    func margin() throws {
        let delayed = BaselineKind.delayed(by: .days(1), exposedSince: zero)
        var found = 0
        for seed in UInt64(1)...20 {
            let launch = launch(seed)
            for kind in [BaselineKind.stopped(since: zero), delayed] {
                let metric = launch.read(reader(kind)).metrics[0]
                #expect(metric.verdict.cause == .noDifference, "seed \(seed): \(metric.verdict)")
            }
            let alone = launch.read(reader(.parallel(since: zero, isSettled: true))).metrics[0]
            found += alone.verdict.cause == .bothGained ? 1 : 0
        }
        #expect(found >= 5, "\(found) of 20: one that does not age is held to nothing but 0")
    }

    @Test("Where nothing counts against C and A is surely ahead of B, or behind, that is said")
    func ahead() {
        func text(_ between: Direction) -> String {
            LaunchVerdict(
                LaunchVerdict.Evidence(
                    candidate: .level, production: .level, baseline: .level, between: between,
                    kind: .stopped(since: zero))
            ).text
        }
        #expect(text(.up) == "no difference from C that counts, and A is ahead of B")
        #expect(text(.down) == "no difference from C that counts, and A is behind B")
        #expect(text(.open) == "no difference between the arms")
    }

    /// A stopped trainer that loses a thousandth of its rate an hour, for 100 hours.
    private func measure(_ seed: UInt64) -> DecayCurve {
        var measure = AgingMeasure()
        var random = SplitMix64(seed: seed)
        for index in 0..<60_000 {
            let hours = Double(index) / 600
            let isStopped = random.chance(0.4)
            let rate = 0.2 * (isStopped ? 1 - 0.001 * hours : 1)
            measure.add(
                unit: UInt64(random.below(20_000)), amount: random.chance(rate) ? 1 : 0, base: 1,
                hours: hours, isStopped: isStopped)
        }
        return measure.curve
    }

    @Test("How a stopped baseline decays is measured by age, and its errors cover the truth")
    func curve() throws {
        var (misses, points) = (0, 0)
        for seed in UInt64(1)...100 {
            let curve = measure(seed)
            #expect(curve.points.count > 4 && curve.points.count <= 8)
            for point in curve.points {
                let truth = 1 / (1 - 0.001 * point.hours) - 1
                points += 1
                misses += (point.drop - truth).magnitude > 2 * point.error ? 1 : 0
            }
            #expect(curve.drop(atHours: 120) == nil, "what was not measured is not guessed")
        }
        #expect(misses < points / 12, "\(misses) of \(points) beyond two errors")
        #expect(misses > 0, "errors that never miss are too wide")
    }

    @Test("What C's age is measured to be worth is taken off, with its error: the truth is covered")
    func corrected() throws {
        var misses = 0
        for seed in UInt64(1)...100 {
            let launch = launch(seed, exposures: 60_000)
            var reader = reader(.stopped(since: zero))
            let plain = try #require(launch.read(reader).metrics[0].candidate)
            // As it was measured: a little off.
            var random = SplitMix64(seed: 500 + seed)
            let error = 0.01
            let drop = 0.1 / 0.095 - 1 + error * random.normal()
            reader.aging = [DecayCurve.Point(hours: 50, drop: drop, error: error)]
            let reading = launch.read(reader)
            let metric = reading.metrics[0]
            let candidate = try #require(metric.candidate)
            let truth = launch.truth(.candidate) - launch.truth(.baseline) * 0.1 / 0.095
            misses += truth < candidate.low || truth > candidate.high ? 1 : 0
            #expect(candidate.high - candidate.low > plain.high - plain.low)
            #expect(candidate.estimate < plain.estimate)
            let (history, aged) = (try #require(metric.history), try #require(candidate.aged))
            #expect(history.aged?.difference == -aged.difference)
            #expect(reading.notes.contains { $0.contains("taken off for the baseline's age") })
        }
        #expect(misses <= 5, "\(misses) of 100")
    }

    @Test("With its decay measured, an effect counts that is below the least one")
    func sharper() {
        let rates: [ArmName: Double] = [.candidate: 0.108, .production: 0.1, .baseline: 0.1]
        var launch = SimulatedLaunch(.init(rates: rates, unitSpread: 0.2), seed: 5)
        launch.remember(60_000, rate: 0.1)
        launch.visit(300_000)
        var reader = reader(.stopped(since: zero))
        #expect(launch.read(reader).metrics[0].verdict.cause == .noDifference)
        reader.aging = [DecayCurve.Point(hours: 50, drop: 0, error: 0.001)]
        #expect(launch.read(reader).metrics[0].verdict.cause == .candidateBetter)
    }

    @Test("How many units each arm met for the first time is said, where there is a history")
    func strangers() {
        var launch = SimulatedLaunch(.init(), seed: 3)
        launch.visit(3000)
        #expect(launch.statistics.roll.newCounts == [0, 0, 0], "nobody knows who is new")
        var known = SimulatedLaunch(.init(), seed: 3)
        known.remember(2000, rate: 0.1)
        known.visit(3000)
        let (new, all) = (known.statistics.roll.newCounts, known.statistics.roll.counts)
        // 3,000 units, of which 2,000 visits leave half unmet.
        for (new, all) in zip(new, all) {
            #expect((0.4...0.6).contains(Double(new) / Double(all)), "\(new) of \(all)")
        }
        let notes = known.read(reader(.stopped(since: zero))).notes
        #expect(notes.contains { $0.hasPrefix("units without a history: ") })
    }
}
