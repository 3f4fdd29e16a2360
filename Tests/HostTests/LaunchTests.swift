import Engine
import Foundation
import Host
import Launching
import Learning
import Numerics
import Testing
import Vocabulary
import World

@Suite("Launches over a model's log")
struct LaunchTests {
    /// A model on disk whose world turns over at the launch: what sold sells no more.
    private struct Ground: @unchecked Sendable {
        // Sendable because it is only read once it is made.
        static let count = 9000
        static let launch = 4500

        let folder: ScratchFolder
        let settings: ModelSettings

        static func instant(_ index: Int) -> Instant {
            Instant(microseconds: Int64(1_767_225_600 + index * 20) * 1_000_000)
        }

        static func line(_ index: Int) -> String {
            var chance = SeededRandom(key: 11).forked(part: 2, UInt64(index))
            let (word, user) = (chance.below(8), chance.below(600))
            let sells = (word % 3 == 0) != (index >= launch)
            let label = chance.chance(sells ? 0.7 : 0.1) ? 1 : 0
            return "{\"id\":\"e\(index)\",\"ts\":\(1_767_225_600 + index * 20),"
                + "\"source\":\"u\(user)\",\"label\":\(label),"
                + "\"features\":{\"word\":\"w\(word)\"}}\n"
        }

        init() throws {
            folder = try ScratchFolder()
            let examples = try folder.write(
                "examples", (0..<Self.count).map(Self.line).joined())
            let state = try StateFolder(
                folder.path + "/state", world: .local, mayCreate: true
            ) { _ in
                try SpindleConfiguration(
                    toml: "[models.m]\n[models.m.learner]\nbits = 12\n", file: "test")
            }
            settings = state.models[0].engine.settings
            let feed = try FileFeed(
                state.models[0], examples: examples, labels: nil, isFollowing: false,
                completesForGood: false, passes: 1)
            try EngineHost(state).run(state, feeds: [feed])
        }

        func rehearse(
            _ change: (inout LearnerSettings) -> Void = { _ in }, candidate: Double = 0.2,
            delay: Span = .hours(1)
        ) throws -> LaunchRehearsalReport {
            var learner = settings.learner
            change(&learner)
            let shares = try #require(
                TrafficShares(candidate: candidate, baselines: [(.baseline, 0.2)], salt: 1))
            return try StateReading(folder.path + "/state", world: .local).rehearseLaunch(
                settings, since: Self.instant(Self.launch), shares: shares, candidate: learner,
                delay: delay, course: RehearsalCourse(clock: LocalClock()))
        }
    }

    private static let ground = Result { try Ground() }

    private func row(
        _ name: String, _ report: LaunchRehearsalReport
    ) throws -> LaunchRehearsalReport.Row {
        try #require(report.cursors.first { $0.name == name })
    }

    @Test("A candidate that is set up as production comes to production's very losses")
    func alike() throws {
        let report = try Self.ground.get().rehearse()
        let (a, b) = (try row("A", report), try row("B", report))
        #expect(a.learned == b.learned && a.logLoss == b.logLoss)
        #expect(a.againstProduction?.estimate == 0)
        #expect(report.measured > 4000)
    }

    @Test("A candidate that hardly learns comes to other losses, and the gap says how far off")
    func otherwise() throws {
        let report = try Self.ground.get().rehearse { $0.alpha = 1e-4 }
        let (a, b) = (try row("A", report), try row("B", report))
        let gap = try #require(a.againstProduction)
        let (mine, theirs) = (try #require(a.logLoss), try #require(b.logLoss))
        // It says one half to everything.
        #expect((mine - 0.693).magnitude < 0.05)
        #expect((gap.estimate - (mine - theirs)).magnitude < 1e-9)
        #expect(gap.low < gap.estimate && gap.estimate < gap.high)
    }

    @Test("A candidate without the only feature knows the rate alone; B is what it was")
    func otherFeatures() throws {
        let ground = try Self.ground.get()
        let plain = try ground.rehearse()
        let report = try ground.rehearse { $0.features = FeatureChoice(ignored: ["word"]) }
        #expect(try row("B", report).logLoss == row("B", plain).logLoss)
        for name in ["A", "A apart"] {
            let blind = try #require(try row(name, report).logLoss)
            #expect(blind > 0.6, "three in ten, or seven: nothing tells which")
            #expect(try row(name, report).logLoss != row(name, plain).logLoss)
        }
        #expect(try row("B as little", report).logLoss == row("B as little", plain).logLoss)
    }

    @Test("A stopped baseline learns nothing of the launch, and its decay is measured by age")
    func stopped() throws {
        let report = try Self.ground.get().rehearse()
        let stopped = try row("C stopped", report)
        let production = try row("B", report)
        #expect(stopped.learned < production.learned)
        #expect(try #require(stopped.againstProduction).low > 0)
        let last = try #require(report.decay.points.last)
        #expect(last.drop > 3 * last.error)
        #expect(stopped.limit?.hasPrefix("stopped for ") == true)
    }

    @Test("A delayed baseline is INVALID once its delay has passed, and counts down before")
    func delayed() throws {
        let ground = try Self.ground.get()
        let late = try row("C delayed", ground.rehearse(delay: .hours(1)))
        #expect(late.limit?.hasPrefix("INVALID") == true)
        let report = try ground.rehearse(delay: .days(30))
        let early = try row("C delayed", report)
        #expect(early.limit?.hasPrefix("valid for ") == true)
        #expect(early.learned == 0, "the log is younger than its delay")
        let production = try row("B", report)
        #expect(late.learned > 0 && late.learned < production.learned)
    }

    @Test("Nobody but the parallel universe meets its units, and it meets no others")
    func parallel() throws {
        let report = try Self.ground.get().rehearse()
        #expect(report.alarms.isEmpty)
        #expect(report.mixing.share(of: .baseline, servedBy: .baseline) == 1)
        for arm in [ArmName.candidate, .production] {
            #expect(report.mixing.share(of: arm, servedBy: .baseline) == 0)
            #expect(try #require(report.mixing.share(of: arm, servedBy: .candidate)) > 0.1)
        }
        let own = (0..<Ground.count).count { index in
            var chance = SeededRandom(key: 11).forked(part: 2, UInt64(index))
            _ = chance.below(8)
            let user = FeatureHash.tag("u\(chance.below(600))")
            let shares = TrafficShares(
                candidate: 0.2, baselines: [(.baseline, 0.2)], salt: 1)
            return shares?.arm(of: user) == .baseline
        }
        #expect(try row("C parallel", report).learned == own)
    }

    @Test("A that learned from a hundredth of the traffic has a handicap, not a worse design")
    func handicap() throws {
        let report = try Self.ground.get().rehearse(candidate: 0.01)
        let text = try #require(report.handicap)
        #expect(text.hasSuffix("a handicap, not a worse design"), "\(text)")
    }

    // MARK: judged from records

    private func order(_ candidate: Double, owns: Bool = true) throws -> LaunchOrder {
        let shares = try #require(
            TrafficShares(candidate: candidate, baselines: [(.baseline, 0.2)], salt: 5))
        var order = LaunchOrder(
            metric: LaunchMetric(name: "bought", wait: .hours(6), leastEffect: 0.1),
            shares: shares, baseline: .stopped)
        order.ownsRouting = owns
        return order
    }

    /// 40,000 exposures before the launch and 60,000 since, labels within an hour.
    private func judge(
        _ order: LaunchOrder, stray: Bool = false, predicted: [ArmName: Double] = [:],
        rate: (ArmName) -> Double
    ) throws -> LaunchReport {
        var log = LaunchLog(order)
        var (examples, labels) = ("", "")
        for index in 0..<100_000 {
            var chance = SeededRandom(key: 3).forked(part: 3, UInt64(index))
            let unit = "u\(chance.below(5000))"
            let time = 1_767_225_600 + index
            var arm: ArmName?
            if index >= 40_000 { arm = order.shares.arm(of: FeatureHash.tag(unit)) }
            if stray, index == 50_000 { arm = arm == .baseline ? .production : .baseline }
            var name = arm.map { ",\"arm\":\"\($0)\"" } ?? ""
            if let value = arm.flatMap({ predicted[$0] }) { name += ",\"prediction\":\(value)" }
            examples +=
                "{\"id\":\"e\(index)\",\"ts\":\(time),\"source\":\"\(unit)\"\(name),"
                + "\"features\":{}}\n"
            if chance.chance(arm.map(rate) ?? 0.1) {
                labels += "{\"id\":\"e\(index)\",\"ts\":\(time + 3000),\"label\":1}\n"
            }
        }
        labels += "{\"heartbeat\":\(1_767_225_600 + 200_000)}\n"
        try Array(examples.utf8).withUnsafeBytes { try log.take($0, .examples) }
        try Array(labels.utf8).withUnsafeBytes { try log.take($0, .labels) }
        return try log.report()
    }

    @Test("A launch is judged from records that name their arm, the time before being C's history")
    func judged() throws {
        let report = try judge(order(0.3)) { $0 == .candidate ? 0.14 : 0.1 }
        let last = try #require(report.last)
        #expect(last.alarms.isEmpty)
        let metric = last.metrics[0]
        #expect(metric.verdict.cause == .candidateBetter, "\(metric.verdict.text)")
        #expect(metric.arms.reduce(0) { $0 + $1.count } == 60_000)
        #expect((try #require(report.history) - 0.1).magnitude < 0.005)
        #expect(report.looks.count == 24)
        let counts = report.looks.map { $0.metrics[0].arms.reduce(0) { $0 + $1.count } }
        #expect(counts == counts.sorted(), "what is complete grows from look to look")
        #expect(report.markdown.contains("**bought: A is better"))
        #expect(report.markdown.contains("| C - C before |"))
    }

    @Test("Better predictions and fewer purchases are a conflict, and said to be one")
    func conflict() throws {
        let predicted: [ArmName: Double] = [.candidate: 0.07, .production: 0.3, .baseline: 0.1]
        let report = try judge(order(0.3), predicted: predicted) { $0 == .candidate ? 0.07 : 0.1 }
        #expect(report.conflict == "offline up, business down: bought fell")
        #expect(report.markdown.contains("- CONFLICT: offline up, business down: bought fell"))
        let agreeing = try judge(order(0.3), predicted: predicted) {
            $0 == .candidate ? 0.14 : 0.1
        }
        #expect(agreeing.conflict == nil)
    }

    @Test("One record of a unit in another's arm withholds the verdict")
    func stray() throws {
        let report = try judge(order(0.3), stray: true) { _ in 0.1 }
        let last = try #require(report.last)
        #expect(last.alarms.contains { $0.hasPrefix("mis-routed: 1 exposures") })
        #expect(last.metrics[0].verdict.cause == .withheld)
    }

    @Test("Shares that are not those declared alarm, and no record with an arm is no launch")
    func shares() throws {
        let declared = try order(0.2, owns: false)
        var served = try order(0.3, owns: false)
        let real = served.shares
        served.shares = declared.shares
        // Assigned by other shares than declared.
        var log = LaunchLog(served)
        var lines = ""
        for index in 0..<20_000 {
            let arm = real.arm(of: FeatureHash.tag("u\(index)"))
            lines +=
                "{\"id\":\"e\(index)\",\"ts\":\(index),\"source\":\"u\(index)\","
                + "\"arm\":\"\(arm)\",\"label\":0}\n"
        }
        try Array(lines.utf8).withUnsafeBytes { try log.take($0, .examples) }
        let alarms = try #require(try log.report().last).alarms
        #expect(alarms.contains { $0.hasPrefix("sample ratio: A 3") }, "\(alarms)")
        let none = LaunchLog(served)
        #expect(throws: ActRefusal.self) { _ = try none.report() }
    }

    @Test("Exposures without a label stream are refused, not read as a launch of no length")
    func unlabelled() throws {
        var order = try order(0.3)
        order.since = Instant(microseconds: 1_767_225_600_000_000)
        var log = LaunchLog(order)
        let line = #"{"id":"e1","ts":1767225700,"source":"u1","arm":"B"}"# + "\n"
        try Array(line.utf8).withUnsafeBytes { try log.take($0, .examples) }
        #expect(throws: ActRefusal.self) { _ = try log.report() }
    }
}
