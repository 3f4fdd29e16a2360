import Engine
import Foundation
import Host
import Monitoring
import Operation
import Serving
import Testing
import Vocabulary

/// Whole shops, so one at a time.
@Suite("Pushes of the shop", .serialized)
struct PushTests {
    @Test("Nothing serves before a golden set has let it pass, and everything goes by stages")
    func stages() throws {
        let shop = try ShopDay()
        try shop.play { $0.model.checkpoints.contains { $0.verdict == .passed } }
        #expect(shop.serving == nil)
        #expect(shop.model.desk.current.tier != .model)
        let early = shop.model.checkpoints.filter { $0.verdict == .inconclusive }
        #expect(early.count > 10)
        #expect(early.allSatisfy { $0.push == nil })
        try shop.playUntilServed()
        let first = try #require(shop.serving)
        let push = try #require(shop.report(first)?.push)
        #expect(push.outcome == .live)
        #expect(push.stages.map(\.share) == [0.2, 0.5, 1])
        #expect(push.stages.allSatisfy { $0.samples >= 120 && $0.until - $0.since >= .minutes(2) })
        #expect(try shop.journal().contains { $0.effect.contains("read back: it is what serves") })
    }

    @Test("The age of what serves is told by the parts of its way, and they add up to it")
    func ages() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        for minute in 0..<120 {
            if minute == 60 { shop.perform(.hold(isOn: true)) }
            try shop.play(minutes: 5)
            let model = try #require(Acts.snapshotAtRest(shop.state).models.first)
            let (age, stages) = try (
                #require(model.stalenessSeconds), #require(model.stalenessStages)
            )
            #expect(stages.map(\.stage) == StageDelay.Stage.allCases)
            #expect(stages.allSatisfy { $0.seconds >= 0 })
            #expect(abs(stages.reduce(0) { $0 + $1.seconds } - age) < 1e-3)
        }
        // While pushes are held, the time is lost before them.
        let last = try #require(Acts.snapshotAtRest(shop.state).models.first?.stalenessStages)
        #expect(last.max { $0.seconds < $1.seconds }?.stage == .push, "\(last)")
    }

    @Test(
        "A day at 15 minutes is 96 checkpoints, and nearly all of them come to all of the traffic")
    func day() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        let first = try #require(shop.model.checkpoints.first?.id.number)
        try shop.play(minutes: 20_000) { day in
            (day.model.checkpoints.first?.id.number ?? 0) >= first + 97
        }
        let day = shop.model.checkpoints.filter { (first + 2...first + 97).contains($0.id.number) }
        #expect(day.count == 96)
        #expect(day.allSatisfy { $0.push != nil || $0.verdict != .passed })
        let live = day.count { $0.push?.outcome == .live }
        #expect(live >= 90, "\(live) of 96")
    }

    @Test(
        "A broken checkpoint is refused for the right reason, and what served goes on",
        arguments: [
            (FaultName.nanWeights, "are not finite"),
            (.explodedWeights, "largest weight"),
            (.zeroGradient, "learning has stopped"),
            (.wrongGolden, "of the last good"),
        ])
    func refused(fault: FaultName, reason: String) throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        shop.perform(.inject(fault, isOn: true))
        let number = try #require(shop.model.checkpoints.first?.id.number)
        try shop.play { $0.model.checkpoints.first?.id.number ?? 0 > number }
        let refused = try #require(shop.model.checkpoints.first)
        #expect(refused.verdict == .failed)
        #expect(refused.reasons.first?.contains(reason) == true, "\(refused.reasons)")
        #expect(refused.push == nil)
        #expect(refused.reasons.allSatisfy { !$0.contains("\n") })
        let alarms = shop.model.engine.alarms
        try shop.play { _ in
            shop.model.engine.alarms.raisedCount > alarms.raisedCount
                || shop.model.checkpoints.first?.id != refused.id
        }
        #expect(try shop.journal().contains { $0.effect.contains("checkpoint_refused") == false })
        #expect(shop.serving.map { $0 < refused.id } == true)
        // The next one is whole again.
        try shop.play { $0.serving.map { $0 > refused.id } ?? false }
    }

    @Test(
        "A canary that misbehaves is taken back, and what served goes on",
        arguments: [
            (FaultName.canaryErrors, "errors"), (.canaryVanish, "no traffic in the canary"),
            (.canaryNaN, "errors"), (.canaryVariance, "variance of scores"),
            (.gateBreach, "at 50 %"), (.pushNoop, "is not what was pushed"),
        ])
    func returned(fault: FaultName, reason: String) throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        shop.perform(.inject(fault, isOn: true))
        try shop.play { shop in
            shop.model.checkpoints.contains { $0.push?.outcome == .returned }
        }
        let back = try #require(shop.model.checkpoints.first { $0.push?.outcome == .returned })
        #expect(back.push?.text.contains(reason) == true, "\(back.push?.text ?? "")")
        #expect(shop.serving.map { $0 < back.id } == true)
        #expect(shop.model.desk.current.canary == nil)
        #expect(
            try shop.journal().contains { entry in
                entry.kind == .push && entry.effect.contains("\(back.id) is taken back")
            })
        try shop.play { $0.serving.map { $0 > back.id } ?? false }
    }

    @Test("A fault waits for a candidate that comes to traffic: a superseded one does not take it")
    func faultWaits() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        shop.perform(.hold(isOn: true))
        shop.perform(.inject(.canaryVariance, isOn: true))
        let number = try #require(shop.model.checkpoints.first?.id.number)
        try shop.play { $0.model.checkpoints.first?.id.number ?? 0 > number + 3 }
        #expect(shop.model.checkpoints.contains { $0.push?.outcome == .superseded })
        shop.perform(.hold(isOn: false))
        try shop.play { $0.model.desk.current.canary != nil }
        #expect(shop.model.desk.current.canary?.fault == .canaryVariance)
    }

    @Test("A breach while an operator holds the ramp takes the canary back at once")
    func breachWhileHeld() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        shop.perform(.inject(.gateBreach, isOn: true))
        try shop.play { $0.model.desk.current.canary?.stage == 1 }
        let candidate = try #require(shop.model.desk.current.canary?.model.checkpoint)
        shop.perform(.hold(isOn: true))
        try shop.play { $0.model.desk.current.canary == nil }
        #expect(shop.report(candidate)?.push?.outcome == .returned)
        // While held none begins; afterwards they do.
        let number = try #require(shop.model.checkpoints.first?.id.number)
        try shop.play { $0.model.checkpoints.first?.id.number ?? 0 > number + 2 }
        #expect(shop.model.desk.current.canary == nil)
        shop.perform(.hold(isOn: false))
        try shop.play { $0.model.desk.current.canary != nil }
    }

    @Test("A stop freezes pushes, an injected block and a used-up quota do too, each says why")
    func frozen() throws {
        let shop = try ShopDay(changes: [
            ("push_interval = \"1m\"", "push_interval = \"1m\"\npushes_per_day = 3")
        ])
        try shop.playUntilServed()
        shop.perform(.inject(.pushBlock, isOn: true))
        try shop.play { $0.model.servingReport().waiting != nil }
        try shop.play(minutes: 60) { $0.model.servingReport().waitingFor?.isEmpty == false }
        #expect(shop.model.servingReport().waitingFor == "push-block was injected")
        shop.perform(.inject(.pushBlock, isOn: false))
        try shop.play {
            $0.model.servingReport().waitingFor?.contains("3 pushes in 24 hours") == true
        }
        let serving = shop.serving
        try shop.play(minutes: 120)
        #expect(shop.serving == serving)
    }

    @Test("After a restart the same serves, and the ramp goes on in its stage")
    func restart() throws {
        let folder = try ScratchFolder()
        var shop: ShopDay? = try ShopDay(in: folder)
        try shop?.playUntilServed()
        try shop?.play { $0.model.desk.current.canary?.stage == 1 }
        let serving = try #require(shop?.serving)
        let candidate = try #require(shop?.model.desk.current.canary?.model.checkpoint)
        let lastGood = shop?.model.desk.current.lastGood?.checkpoint
        try shop?.leave()
        shop = nil
        let again = try ShopDay(in: folder)
        #expect(again.serving == serving)
        #expect(again.model.desk.current.lastGood?.checkpoint == lastGood)
        let canary = try #require(again.model.desk.current.canary)
        #expect(canary.model.checkpoint == candidate)
        #expect(canary.stage == 1)
        try again.play { $0.serving == candidate }
    }

    @Test("While a fallback answers by an operator's word no candidate is blamed for it")
    func fallenBack() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        try shop.play { $0.model.desk.current.canary != nil }
        shop.perform(.fallback(isOn: true, tier: .table))
        try shop.play(minutes: 120)
        #expect(!shop.model.checkpoints.contains { $0.push?.outcome == .returned })
        shop.perform(.fallback(isOn: false, tier: nil))
        let serving = shop.serving
        try shop.play { $0.serving != serving }
    }

    @Test("Another design waits for an approval; new weights don't")
    func launch() throws {
        let folder = try ScratchFolder()
        var shop: ShopDay? = try ShopDay(in: folder)
        try shop?.playUntilServed()
        let serving = try #require(shop?.serving)
        try shop?.leave()
        shop = nil
        let again = try ShopDay(
            in: folder,
            changes: [("[shop]\nmodel", "[models.shop.features.price]\nmin = 0\n\n[shop]\nmodel")])
        try again.play { $0.model.servingReport().waitingFor?.contains("LAUNCH") == true }
        try again.play(minutes: 100)
        #expect(again.serving == serving)
    }

    @Test("An operator's push needs no ramp; a rollback ends the ramp under way")
    func byHand() throws {
        let shop = try ShopDay()
        try shop.playUntilServed()
        try shop.play { $0.model.desk.current.canary != nil }
        let candidate = try #require(shop.model.desk.current.canary?.model.checkpoint)
        let passed = try #require(shop.model.checkpoints.first { $0.verdict == .passed }?.id)
        #expect(shop.perform(.push(passed)).effects.count == 1)
        #expect(shop.serving == passed)
        #expect(shop.model.desk.current.canary == nil)
        if candidate != passed { #expect(shop.report(candidate)?.push?.outcome == .superseded) }
        let failed = CheckpointID(model: shop.model.name, number: 1)
        guard case .refused = shop.perform(.push(failed)) else {
            Issue.record("an inconclusive checkpoint was pushed")
            return
        }
    }

    @Test("A request to the shop's model is of the stream's time, not of the wall's")
    func requestTime() throws {
        let shop = try ShopDay()
        try shop.play(minutes: 120)
        let stream = try #require(shop.model.engine.clock.now)
        #expect(shop.model.desk.now <= stream)
        #expect(shop.model.desk.now >= stream - .minutes(2))
    }

    @Test("A model that goes to traffic at once is not blamed for a golden set that nobody made")
    func noGoldenSet() throws {
        let shop = try ShopDay(answersRequests: false)
        try shop.playUntilServed()
        try shop.play(minutes: 180)
        let golden = shop.model.engine.conditionsBeside.filter {
            $0.name == .goldenSetUnusable && $0.text != nil
        }
        #expect(golden.isEmpty, "\(golden)")
    }
}
