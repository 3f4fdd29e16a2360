import Checkpointing
import Engine
import Foundation
import Host
import Learning
import Monitoring
import Operation
import Testing
import Vocabulary
import World

@Suite("A launch's candidate that becomes production")
struct PromotionTests {
    private static func day(
        in folder: ScratchFolder? = nil, candidate: String = "alpha = 0.1",
        data: String = "pooled", declared: String = "", answersRequests: Bool = true
    ) throws -> ShopDay {
        let launch = """
            \(declared)
            [models.shop.launch]
            stages = [0.2, 0.5]
            least_time = "30m"
            least_exposures = 20
            baselines = ["parallel", "stopped"]
            baseline_share = 0.1
            history = "6h"
            look_every = "15m"
            data = "\(data)"

            [models.shop.launch.candidate]
            \(candidate)

            [models.shop.launch.metrics.purchases]

            [models.shop.fallback]
            """
        return try ShopDay(
            in: folder,
            changes: [("[models.shop.fallback]", launch), ("wait = \"6h\"", "wait = \"1h\"")],
            answersRequests: answersRequests)
    }

    /// A shop whose candidate answers its first share.
    private static func begun(
        in folder: ScratchFolder? = nil, candidate: String = "alpha = 0.1",
        data: String = "pooled", answersRequests: Bool = true
    ) throws -> ShopDay {
        let day = try day(
            in: folder, candidate: candidate, data: data, answersRequests: answersRequests)
        try day.playUntilServed()
        try done(day, .launch(.start))
        try day.play { $0.model.servingReport().arms["A"] != nil }
        return day
    }

    @discardableResult
    private static func done(
        _ day: ShopDay, _ act: Act, overrides: Bool = false, isDryRun: Bool = false
    ) throws -> String {
        var request = ActRequest(
            act: act, scope: .all, reason: "a test", isDryRun: isDryRun,
            actor: Actor(user: "tester", from: "here"))
        request.overrides = overrides
        switch Acts.perform(request, on: day.state) {
        case .done(let effects), .wouldDo(let effects): return effects.first?.text ?? ""
        case let other: throw Refused(text: "\(other)")
        }
    }

    private struct Refused: Error {
        var text: String
    }

    private static func refusal(_ day: ShopDay) throws -> String {
        do {
            return "not refused: " + (try done(day, .launch(.promote)))
        } catch let refused as Refused {
            return refused.text
        }
    }

    private static func alpha(_ day: ShopDay) -> Float { day.model.engine.settings.learner.alpha }

    /// The parameters of the candidate's learner, as far as production has learned.
    private static func candidate(_ day: ShopDay) throws -> [UInt8] {
        try day.model.checkpoint()
        let folder = day.folder.path + "/state/models/shop/arms"
        let newest = try #require(
            try LocalDisk().names(in: folder).compactMap { Int($0.dropLast(5)) }.max())
        let bytes = try LocalDisk().read("\(folder)/\(newest).arms")
        func number(_ range: Range<Int>) -> Int {
            bytes[range].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let learners = 12 + number(8..<12)
        let size = number(learners..<(learners + 8))
        return Array(bytes[(learners + 8)..<(learners + 8 + size)])
    }

    private static func verify(_ day: ShopDay) throws {
        let settings = day.model.engine.settings
        let report = try StateReading(day.folder.path + "/state", world: .local)
            .verify(nil, deep: { _ in settings })
        #expect(report.faults.isEmpty, "\(report.faults)")
        #expect((report.learners ?? 0) > 1)
    }

    @Test("An idea is closed by the launch that tried it, once that is over, with what it came to")
    func ideas() throws {
        let day = try Self.begun()
        let launch = LaunchID(model: day.model.name, number: 1)
        func note(_ step: IdeaStep) -> ActOutcome { day.perform(.note(NoteOrder(idea: step))) }
        func refusal(_ step: IdeaStep) -> String? {
            guard case .refused(let text) = note(step) else { return nil }
            return text
        }
        guard case .done = note(IdeaStep()) else { throw Refused(text: "an idea") }
        #expect(refusal(IdeaStep(closes: "n7", launch: launch)) == "there is no idea n7")
        #expect(refusal(IdeaStep(closes: "n1"))?.hasPrefix("an idea is closed by evidence") == true)
        #expect(
            refusal(IdeaStep(closes: "n1", launch: LaunchID(model: launch.model, number: 99)))
                == "there is no launch shop-l0099 of this model")
        #expect(
            refusal(IdeaStep(closes: "n1", launch: launch)) == "\(launch) is not over yet")
        try day.play(minutes: 120)
        try Self.done(day, .launch(.end))
        // What is claimed is not what counts.
        guard
            case .done = note(IdeaStep(closes: "n1", launch: launch, result: "a great success"))
        else { throw Refused(text: "to close it") }
        #expect(refusal(IdeaStep(closes: "n1", launch: launch)) == "n1 was closed by n2")
        let notes = try StateReading(day.folder.path + "/state", world: .local).notes()
        let idea = try #require(Idea.all(in: notes).first)
        #expect(Idea.all(in: notes).count == 1 && idea.opened.id == "n1")
        let step = try #require(idea.closed?.idea)
        #expect(step.launch == launch)
        #expect(step.result?.hasPrefix("a test; purchases: ") == true, "\(step)")
        let told = try day.journal().filter { $0.act == "note" }.map(\.effect)
        #expect(
            told.contains { $0.hasPrefix("n2, closes the idea n1: a test; purchases") }, "\(told)")
    }

    @Test("It is refused before the last stage, and while a criterion is not met")
    func refused() throws {
        let day = try Self.begun()
        #expect(try Self.refusal(day).contains("at stage 1 of 2"))
        try Self.done(day, .launch(.up), overrides: true)
        #expect(try Self.refusal(day).contains("is open"))
        #expect(Self.alpha(day) == 0.2)
        try day.play { day in
            try #require(Acts.snapshotAtRest(day.state).models[0].launch).criteria
                .allSatisfy { $0.state == .met }
        }
        let text = try Self.done(day, .launch(.promote), isDryRun: true)
        #expect(text.contains("production learns by alpha 0.1 (was 0.2)"))
        #expect(Self.alpha(day) == 0.2)
        try Self.done(day, .launch(.promote))
        #expect(Self.alpha(day) == 0.1)
        let status = try #require(Acts.snapshotAtRest(day.state).models[0].launch)
        #expect(status.ended?.contains("promoted") == true)
        #expect(try day.journal().contains { $0.effect.contains("is promoted") })
    }

    /// Takes fewer features than production, and crosses others.
    private static let choosing = """
        ignore = ["price", "discount"]
        cross = [["query", "region"], ["past_purchases", "device"]]
        """

    @Test(
        "Production is then, to the bit, what the candidate was; and serves, also after a restart",
        arguments: ["alpha = 0.1", "alpha = 0.1\n" + choosing])
    func exact(candidate: String) throws {
        let folder = try ScratchFolder()
        do {
            let day = try Self.begun(in: folder, candidate: candidate)
            try day.play(minutes: 120)
            let mine = try Self.candidate(day)
            try Self.done(day, .launch(.promote), overrides: true)
            #expect(day.model.engine.trainer.cursor.sequence == 0)
            while try day.model.catchUp(batchCount: 16) {}
            #expect(day.model.engine.trainer.learner.encode() == mine)
            try day.play { day in
                day.report(day.serving ?? .init(model: day.model.name, number: 0))?.launch
                    == LaunchID(model: day.model.name, number: 1)
            }
            #expect(day.model.servingReport().arms["A"] == nil)
            try day.leave()
            try Self.verify(day)
        }
        let again = try Self.day(in: folder, candidate: candidate)
        #expect(Self.alpha(again) == 0.1)
        #expect(again.model.engine.trainer.learner.settings.alpha == 0.1)
        // What was answered is what its example comes to on the way of training.
        #expect(again.model.skewCount == 0)
        #expect(again.report(try #require(again.serving))?.launch != nil)
        try again.play(minutes: 60)
        try again.leave()
        try Self.verify(again)
        // A launch of what the configuration says differs from what it no longer says.
        #expect(throws: Refused.self) { try Self.done(again, .launch(.start)) }
    }

    @Test("A rollback to a checkpoint of before brings the old settings back, and stays")
    func rollback() throws {
        let folder = try ScratchFolder()
        do {
            let day = try Self.begun(in: folder)
            let before = try #require(day.serving)
            try day.play(minutes: 60)
            try Self.done(day, .launch(.promote), overrides: true)
            try day.play(minutes: 60)
            #expect(day.model.engine.trainer.learner.settings.alpha == 0.1)
            let act = Act.rollback(to: .checkpoint(before), keepsCursor: false)
            #expect(try Self.done(day, act).contains("it learns by alpha 0.2 (was 0.1) again"))
            #expect(Self.alpha(day) == 0.2)
            try Self.done(day, .resume)
            try day.play(minutes: 60)
            #expect(day.model.engine.trainer.learner.settings.alpha == 0.2)
            #expect(day.model.checkpoints.first?.launch == nil)
            try day.leave()
            try Self.verify(day)
        }
        let again = try Self.day(in: folder)
        #expect(Self.alpha(again) == 0.2)
        try Self.verify(again)
    }

    @Test("Cut off after the promotion was written down, it is done at the next start")
    func crash() throws {
        let folder = try ScratchFolder()
        var before: CheckpointID?
        do {
            let day = try Self.begun(in: folder)
            try day.play(minutes: 60)
            try Self.done(day, .launch(.promote), overrides: true)
            before = day.model.checkpoints.first?.id
        }
        let again = try Self.day(in: folder)
        #expect(again.model.checkpoints.first?.id == before)
        #expect(again.model.engine.trainer.learner.settings.alpha == 0.1)
        while try again.model.catchUp(batchCount: 16) {}
        try again.play(minutes: 60)
        #expect(again.model.checkpoints.first?.launch != nil)
        try again.leave()
        try Self.verify(again)
    }

    @Test("A purge after it goes back to nothing that was learned by the old settings")
    func purge() throws {
        let day = try Self.begun()
        try day.play(minutes: 60)
        try Self.done(day, .launch(.promote), overrides: true)
        try day.play(minutes: 120)
        let now = try #require(day.model.engine.clock.now)
        let text = try Self.done(
            day,
            .purge(.leaveOut(ExampleSelection(from: now - .hours(5), to: now - .hours(4)))))
        #expect(text.contains("anew from the beginning"))
        try day.play(minutes: 60)
        try day.leave()
        try Self.verify(day)
    }

    @Test("A candidate on its own traffic is promoted on A's and B's")
    func apart() throws {
        let day = try Self.begun(data: "apart")
        try day.play(minutes: 60)
        #expect(try Self.done(day, .launch(.promote), overrides: true).contains("A and B alike"))
        // What A served is no longer left out, what the baselines served is.
        #expect(Acts.snapshotAtRest(day.state).models[0].exclusions.count == 2)
        try day.play(minutes: 60)
        try day.leave()
        try Self.verify(day)
    }

    @Test("A configuration that says something else than either is refused")
    func otherConfiguration() throws {
        let folder = try ScratchFolder()
        do {
            let day = try Self.begun(in: folder)
            try Self.done(day, .launch(.promote), overrides: true)
            try day.play(minutes: 60)
            try day.leave()
        }
        func learner(_ alpha: String) -> String { "[models.shop.learner]\nalpha = \(alpha)\n" }
        #expect(throws: ChangedLearner.self) {
            try Self.day(in: folder, declared: learner("0.3"))
        }
        let again = try Self.day(in: folder, candidate: "alpha = 0.05", declared: learner("0.1"))
        #expect(Self.alpha(again) == 0.1)
        try Self.done(again, .launch(.start))
    }
}
