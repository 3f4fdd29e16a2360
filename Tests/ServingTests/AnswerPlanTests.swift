import Numerics
import Serving
import Testing
import Vocabulary

/// A model that answers one logit to everything.
private struct PlainModel: AnsweringModel {
    var checkpoint: CheckpointID
    var logit: Double

    func score(_ entry: EntryView, in room: Int) -> Double { logit }
}

@Suite("Who answers a request")
struct AnswerPlanTests {
    private let entry = [UInt64](repeating: 0, count: 8)

    private func model(_ number: Int, logit: Double = 0) throws -> PlainModel {
        let name = try #require(ModelName("shop"))
        return PlainModel(checkpoint: CheckpointID(model: name, number: number), logit: logit)
    }

    private func ask(
        _ plan: AnswerPlan<PlainModel>, key: UInt64 = 1, unit: UInt64 = 1, value: String? = nil
    ) -> ServingAnswer {
        entry.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return ServingAnswer() }
            return plan.answer(EntryView(base), key: key, unit: unit, in: 0) { _ in value }
        }
    }

    private func plan() throws -> AnswerPlan<PlainModel> {
        var plan = AnswerPlan<PlainModel>()
        plan.stable = try model(2)
        plan.lastGood = try model(1, logit: 1)
        plan.table = FallbackTable(
            feature: "product",
            counting: [("wool", 1), ("wool", 1), ("silk", 0), ("silk", 0), (nil, 0)])
        plan.constant = 0.25
        return plan
    }

    @Test("A canary gets its share of the units, to within chance, whatever its number")
    func share() throws {
        for number in 3...6 {
            for share in [0.01, 0.05, 0.25, 0.5, 1] {
                let canary = CanaryShare(model: try model(number), share: share, stage: 0)
                var random = SeededRandom(key: UInt64(number))
                let count = (0..<40_000).count { _ in canary.answers(random.next()) }
                let expected = share * 40_000
                let deviation = (expected * (1 - share)).squareRoot()
                #expect(abs(Double(count) - expected) <= 4.5 * deviation, "\(number), \(share)")
            }
        }
    }

    @Test("While its share grows no unit leaves a canary; another canary begins with other units")
    func growth() throws {
        let shares = [0.01, 0.05, 0.25, 0.5, 1]
        var differs = false
        for unit in 0..<5000 as Range<UInt64> {
            let canaries = try shares.map {
                CanaryShare(model: try model(3), share: $0, stage: 0).answers(unit)
            }
            #expect(canaries == canaries.sorted { !$0 && $1 }, "unit \(unit)")
            let next = CanaryShare(model: try model(4), share: 0.25, stage: 0).answers(unit)
            differs = differs || next != canaries[2]
        }
        #expect(differs)
    }

    @Test("A unit outside the canary is the stable one's, and says so")
    func stable() throws {
        var plan = try plan()
        plan.canary = CanaryShare(model: try model(3, logit: 2), share: 0.5, stage: 0)
        for unit in 0..<200 as Range<UInt64> {
            let isCanarys = plan.canary?.answers(unit) ?? false
            let answer = ask(plan, unit: unit)
            #expect(answer.asksCanary == isCanarys)
            #expect(answer.checkpoint?.number == (isCanarys ? 3 : 2))
            #expect(answer.tier == .model)
        }
    }

    @Test("What fails is passed over for the tier below it, down to the constant")
    func chain() throws {
        var plan = try plan()
        #expect(ask(plan).tier == .model)
        plan.stable = try model(2, logit: .nan)
        #expect(ask(plan).tier == .lastGood)
        #expect(ask(plan).checkpoint?.number == 1)
        #expect(ask(plan).failedScore?.isNaN == true)
        plan.lastGood = try model(1, logit: .nan)
        #expect(ask(plan, value: "wool").tier == .table)
        #expect(ask(plan, value: "wool").probability > ask(plan, value: "silk").probability)
        #expect(ask(plan, value: "felt").probability == 0.4)
        plan.table = nil
        #expect(ask(plan).tier == .constant)
        #expect(ask(plan).probability == 0.25)
    }

    @Test("A tier whose self-test failed, or that lies above the switch, does not answer")
    func switched() throws {
        var plan = try plan()
        plan.canary = CanaryShare(model: try model(3), share: 1, stage: 0)
        for tier in ServingTier.allCases.dropFirst() {
            plan.firstTier = tier
            #expect(plan.tier == tier)
            #expect(ask(plan).tier == tier)
            #expect(!ask(plan).asksCanary)
        }
        plan.firstTier = .model
        plan.failedTiers = [.model, .table]
        #expect(plan.tier == .lastGood)
        plan.failedTiers = ServingTier.allCases
        #expect(plan.tier == .constant)
        #expect(ask(AnswerPlan<PlainModel>()).tier == .constant)
    }

    @Test("A canary's injected fault is seen in its answers, and in no other's")
    func faults() throws {
        var plan = try plan()
        func answers(_ fault: FaultName, stage: Int) throws -> [ServingAnswer] {
            plan.canary = CanaryShare(model: try model(3), share: 1, stage: stage, fault: fault)
            return (0..<2000).map { ask(plan, key: SeededRandom.mixed($0), unit: $0) }
        }
        let errors = try answers(.canaryErrors, stage: 0).count { $0.failedScore != nil }
        #expect((60...150).contains(errors))
        #expect(try answers(.canaryNaN, stage: 0).allSatisfy { $0.failedScore?.isNaN == true })
        #expect(try answers(.canaryVanish, stage: 0).allSatisfy(\.asksCanary))
        #expect(try answers(.canaryVanish, stage: 1).allSatisfy { !$0.asksCanary })
        #expect(try answers(.gateBreach, stage: 0).allSatisfy { $0.probability == 0.5 })
        #expect(try answers(.gateBreach, stage: 1).allSatisfy { $0.probability > 0.9 })
        let spread = try answers(.canaryVariance, stage: 0).map(\.probability)
        #expect(spread.allSatisfy { $0 < 0.1 || $0 > 0.9 })
        // All were answered by somebody.
        #expect(try answers(.canaryNaN, stage: 0).allSatisfy { $0.checkpoint?.number == 2 })
    }
}
