import Engine
import Foundation
import Host
import Ingestion
import Launching
import Monitoring
import Numerics
import Operation
import Serving
import Testing
import Vocabulary
import World

@Suite("A live launch")
struct LiveLaunchTests {
    private static let launch = """
        [models.shop.launch]
        title = "steps"
        stages = [0.2, 0.5]
        least_time = "30m"
        least_exposures = 40
        baselines = ["parallel", "stopped"]
        baseline_share = 0.1
        history = "12h"
        look_every = "15m"
        explore = ["A"]

        [models.shop.launch.candidate]
        alpha = 0.1

        [models.shop.launch.metrics.purchases]
        [models.shop.launch.metrics.revenue]
        kind = "mean"
        amount = "price"

        [models.shop.fallback]
        """

    private static func day(
        in folder: ScratchFolder? = nil, _ changes: [(String, String)] = [],
        answersRequests: Bool = true
    ) throws -> ShopDay {
        var text = launch
        for (old, new) in changes {
            precondition(text.contains(old), "the launch has no \(old)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        return try ShopDay(
            in: folder,
            changes: [("[models.shop.fallback]", text), ("wait = \"6h\"", "wait = \"1h\"")],
            answersRequests: answersRequests)
    }

    /// A shop whose launch is at its first stage.
    private static func begun(
        _ changes: [(String, String)] = [], in folder: ScratchFolder? = nil,
        answersRequests: Bool = true
    ) throws -> ShopDay {
        let day = try day(in: folder, changes, answersRequests: answersRequests)
        try day.playUntilServed()
        try done(day, .start)
        try day.play { $0.model.servingReport().arms["A"] != nil }
        return day
    }

    @discardableResult
    private static func done(_ day: ShopDay, _ act: LaunchAct) throws -> ActEffect {
        let outcome = day.perform(.launch(act))
        guard case .done(let effects) = outcome, let effect = effects.first else {
            throw Refused(text: "\(outcome)")
        }
        return effect
    }

    private struct Refused: Error {
        var text: String
    }

    private static func refusal(_ day: ShopDay, _ act: LaunchAct) -> String? {
        guard case .refused(let text) = day.perform(.launch(act)) else { return nil }
        return text
    }

    private static func status(_ day: ShopDay) throws -> LaunchStatus {
        try #require(Acts.snapshotAtRest(day.state).models[0].launch)
    }

    private static func alarms(_ day: ShopDay) -> [String] {
        Acts.snapshotAtRest(day.state).models[0].alarms.map(\.name)
    }

    @Test("It goes up when its criteria are met and not before, down at once, and ends")
    func stages() throws {
        let day = try Self.begun()
        #expect(day.model.servingReport().arms == ["A": 0.2, "B": 0.6, "C": 0.1, "C2": 0.1])
        #expect(Self.refusal(day, .start)?.contains("under way") == true)
        #expect(Self.refusal(day, .up)?.contains("time is open") == true)
        try day.play { day in try Self.status(day).criteria.allSatisfy { $0.state == .met } }
        #expect(try Self.done(day, .up).text.contains("stage 2 of 2, A answers 50 %"))
        #expect(day.model.servingReport().arms["A"] == 0.5)
        #expect(Self.refusal(day, .up)?.contains("last stage") == true)
        try Self.done(day, .down)
        #expect(day.model.servingReport().arms["A"] == 0.2)
        try Self.done(day, .down)
        #expect(day.model.servingReport().arms == ["B": 1])
        #expect(try !Self.done(day, .down).changed)
        // Nothing came in between: each step has a time of its own all the same.
        let times = try Self.status(day).steps.compactMap { $0.split(separator: " ").first }
        #expect(times.count == 4 && Set(times).count == 4)
        try Self.done(day, .end)
        #expect(try Self.status(day).ended != nil)
        let acts = try day.journal().filter { $0.act == "launch" }
        #expect(acts.count == 5)
        try Self.done(day, .start)
        #expect(try Self.status(day).id.number == 2)
    }

    @Test("Each unit is answered by its arm, production never learns a parallel arm's traffic")
    func isolation() throws {
        let day = try Self.begun()
        let first = try Self.status(day)
        try day.play(minutes: 240)
        let status = try Self.status(day)
        let arms = Dictionary(uniqueKeysWithValues: status.arms.map { ($0.arm.text, $0) })
        let order = status.arms.map(\.arm.text)
        let parallel = try #require(order.firstIndex(of: "C"))
        #expect(arms["B"]?.taughtBy?[parallel] == 0)
        #expect(arms["A"]?.taughtBy?[parallel] == 0)
        #expect(arms["C"]?.taughtBy?[parallel] == 1)
        #expect((arms["B"]?.taughtBy?[0] ?? 0) > 0)
        #expect(arms["A"]?.checkpoint?.model.text == "shop_A")
        #expect(arms["C2"]?.checkpoint == first.arms.last?.checkpoint)
        #expect(arms["B"]?.checkpoint != first.arms[1].checkpoint)
        #expect(arms.values.allSatisfy { $0.exposures > 0 })
        #expect(status.alarms.allSatisfy { $0.contains("settling") })
        try day.leave()
        let settings = day.model.engine.settings
        let report = try StateReading(day.folder.path + "/state", world: .local)
            .verify(nil, deep: { _ in settings })
        #expect(report.faults.isEmpty && (report.learners ?? 0) > 0)
    }

    @Test("After a crash its arms, and their numbers, are what they would have been")
    func crash() throws {
        let calm = try Self.begun(answersRequests: false)
        try calm.play(minutes: 200)
        let end = try #require(calm.model.engine.clock.now)
        let folder = try ScratchFolder()
        do {
            let other = try Self.begun(in: folder, answersRequests: false)
            try other.play(minutes: 90)
        }
        let again = try Self.day(in: folder, answersRequests: false)
        #expect(again.model.servingReport().arms["A"] == 0.2)
        for day in [again, calm] {
            try day.play { $0.model.engine.clock.now ?? .distantPast >= end }
        }
        let (mine, theirs) = (try Self.status(again), try Self.status(calm))
        #expect(mine.arms.map(\.learned) == theirs.arms.map(\.learned))
        #expect(mine.arms.map(\.exposures) == theirs.arms.map(\.exposures))
        #expect(mine.metrics.map(\.bands) == theirs.metrics.map(\.bands))
        #expect(try Self.learners(again) == Self.learners(calm))
    }

    @Test("After a restart it goes on with the arms that it had")
    func restart() throws {
        let folder = try ScratchFolder()
        var before: LaunchStatus?
        do {
            let day = try Self.begun(in: folder)
            try day.play(minutes: 90)
            try day.leave()
            before = try Self.status(day)
        }
        let again = try Self.day(in: folder)
        #expect(again.model.servingReport().arms["A"] == 0.2)
        try again.play(minutes: 30)
        let (status, known) = (try Self.status(again), try #require(before))
        #expect(status.stage == 1 && status.steps == known.steps)
        for (now, then) in zip(status.arms, known.arms) {
            #expect(now.learned ?? 0 >= then.learned ?? 0)
            #expect(now.exposures >= then.exposures)
        }
    }

    /// The parameters of all arms' learners, as a checkpoint's file of arms has them.
    private static func learners(_ day: ShopDay) throws -> [UInt8] {
        try day.model.checkpoint()
        let folder = day.folder.path + "/state/models/shop/arms"
        let newest = try #require(
            try LocalDisk().names(in: folder).compactMap { Int($0.dropLast(5)) }.max())
        let bytes = try LocalDisk().read("\(folder)/\(newest).arms")
        let size = bytes[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
        return Array(bytes[(12 + size)..<(bytes.count - 32)])
    }

    @Test("One unit in the wrong arm raises an alarm, and verdicts are withheld")
    func misrouted() throws {
        let day = try Self.begun([("\"parallel\", ", "")])
        try day.play(minutes: 120)
        #expect(!Self.alarms(day).contains("launch_unsound"))
        let arms = try #require(day.model.desk.current.launch)
        let unit = try #require(
            (0..<1000).map { "u\($0)" }.first {
                arms.assignment(FeatureHash.tag($0)) == .production
            }
        )
        let now = try #require(day.model.engine.clock.now)
        try day.take(
            example:
                #"{"id":"stray","ts":"\#(now.rfc3339)","features":{"price":1},"source":"\#(unit)","#
                + #""arm":"A"}"#)
        try day.play(minutes: 120)
        #expect(Self.alarms(day).contains("launch_unsound"))
        let status = try Self.status(day)
        #expect(status.alarms.contains { $0.contains("mis-routed") })
        #expect(status.metrics.allSatisfy { $0.cause == "withheld" })
        #expect(Self.refusal(day, .up)?.contains("sound is failed") == true)
    }

    @Test("A delayed baseline turns INVALID when its delay has passed, not before")
    func delayed() throws {
        let day = try Self.begun([
            ("\"parallel\", \"stopped\"", "\"delayed\""),
            ("baseline_share = 0.1", "baseline_share = 0.1\ndelay = \"5h\""),
        ])
        func isInvalid() throws -> Bool {
            try Self.status(day).alarms.contains { $0.contains("INVALID") }
        }
        let begun = try Self.status(day).begun
        try day.play { day in
            let now = day.model.engine.clock.now ?? begun
            return try isInvalid() || now > begun + .hours(7)
        }
        let now = try #require(day.model.engine.clock.now)
        #expect(now >= begun + .hours(5) && now <= begun + .hours(6) + .minutes(30))
        try day.play(minutes: 5)
        #expect(Self.alarms(day).contains("launch_unsound"))
    }

    @Test("A stopped baseline's decay is measured, and taken off what C is behind by")
    func decay() throws {
        let day = try Self.begun([("\"parallel\", ", ""), ("explore = [\"A\"]", "")])
        try day.play(minutes: 600)
        let status = try Self.status(day)
        let offline = try #require(status.offline)
        #expect(offline.stopped?.text == "C")
        #expect(offline.gaps.map(\.name) == ["C - A", "C - B"])
        for gap in offline.gaps {
            let corrected = try #require(gap.corrected)
            #expect(corrected.high - corrected.low >= gap.band.high - gap.band.low)
            #expect(corrected.estimate != gap.band.estimate)
        }
        let last = try #require(offline.decay.last)
        let age = try #require(day.model.engine.clock.now) - status.begun
        #expect(last.hours > age.seconds / 7200 && last.hours < age.seconds / 3600)
        #expect(offline.handicap == nil, "A learns what B learns")
        #expect(offline.unsupported == nil, "all arms show the same yarns")
        let page = LaunchPage.markdown(status)
        #expect(page.contains("| C - A | ") && page.contains("| hours stopped | "))
    }

    @Test("A launch of no difference measures C's age, and the next one takes it off")
    func aging() throws {
        let changes = [
            ("\"parallel\", ", ""), ("alpha = 0.1", "alpha = 0.2"), ("explore = [\"A\"]", ""),
            ("stages = [0.2, 0.5]", "stages = [0.4]"), ("share = 0.1", "share = 0.3"),
        ]
        let folder = try ScratchFolder()
        do {
            let day = try Self.begun(changes, in: folder)
            try day.play(minutes: 600)
            #expect(try !Self.status(day).notes.contains { $0.contains("baseline's age") })
            try Self.done(day, .end)
            let start = try Self.done(day, .start).text
            #expect(start.contains("a stopped trainer loses by its age is known from shop-l0001"))
            try day.play(minutes: 300)
            let notes = try Self.status(day).notes
            #expect(notes.contains { $0.contains("purchases: taken off for the baseline's age") })
            #expect(notes.contains { $0.contains("revenue: taken off for the baseline's age") })
            try day.leave()
        }
        let again = try Self.day(in: folder, changes)
        try again.play(minutes: 30)
        #expect(try Self.status(again).notes.contains { $0.contains("for the baseline's age") })
    }

    @Test("A launch whose candidate differs measures no age: B learns from A")
    func noAging() throws {
        let day = try Self.begun([("\"parallel\", ", ""), ("explore = [\"A\"]", "")])
        try day.play(minutes: 300)
        try Self.done(day, .end)
        #expect(try !Self.done(day, .start).text.contains("by its age is known"))
    }

    @Test("A set up as B on its own traffic is, to the bit, the B that learned from as little")
    func matched() throws {
        let day = try Self.begun([
            ("\"parallel\", ", ""), ("alpha = 0.1", "alpha = 0.2"),
            ("explore = [\"A\"]", "data = \"apart\""),
        ])
        try day.play(minutes: 600)
        let status = try Self.status(day)
        let handicap = try #require(status.offline?.handicap)
        #expect(handicap.matched.low == 0 && handicap.matched.high == 0)
        #expect(handicap.candidate.low != handicap.candidate.high)
        #expect(handicap.cause != "design")
        #expect(status.notes.contains { $0.contains(handicap.text) })
    }
}
