import Shop
import Testing
import Vocabulary

private let plain = ShopSettings(seed: 11, visitsPerDay: 3000)

@Suite("A disturbed shop")
struct DisturbanceTests {
    private func settings(
        _ kind: Disturbance.Kind, _ change: (inout Disturbance) -> Void = { _ in }
    )
        -> ShopSettings
    {
        var one = Disturbance(
            kind, from: plain.start + .hours(6), to: plain.start + .hours(12))
        change(&one)
        var settings = plain
        settings.disturbances = [one]
        return settings
    }

    private func day(_ settings: ShopSettings) -> (recorder: Recorder, shop: YarnShop) {
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var recorder = Recorder()
        recorder.play(&shop, to: settings.start + .days(1), &ranker)
        return (recorder, shop)
    }

    @Test(
        "Until it begins, a disturbed shop is the plain one, byte for byte",
        arguments: Disturbance.Kind.allCases)
    func before(kind: Disturbance.Kind) {
        func morning(_ settings: ShopSettings) -> [UInt8] {
            var shop = YarnShop(settings: settings)
            var ranker = SenselessRanker()
            var recorder = Recorder()
            recorder.play(&shop, to: settings.start + .hours(6) - Span(microseconds: 1), &ranker)
            return recorder.text
        }
        #expect(morning(settings(kind)) == morning(plain))
    }

    @Test(
        "A shop saved in the middle of a disturbance goes on as the one that was not",
        arguments: [
            Disturbance.Kind.labelsHeld, .labelsBatched, .discountLoop, .undercut, .clickFarm,
        ])
    func restoring(kind: Disturbance.Kind) throws {
        let settings = settings(kind) { $0.strength = 3 }
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var before = Recorder()
        before.play(&shop, to: settings.start + .hours(9) + .seconds(17), &ranker)
        var copy = try YarnShop(restoring: shop.saved(), settings: settings)
        #expect(copy.saved() == shop.saved())
        var on = Recorder()
        var onCopy = Recorder()
        on.play(&shop, to: settings.start + .days(1), &ranker)
        onCopy.play(&copy, to: settings.start + .days(1), &ranker)
        #expect(on.text == onCopy.text)
    }

    @Test("Ordinary shoppers come at the same times whatever robots come besides")
    func sameShoppers() {
        let (calm, _) = day(plain)
        let (busy, shop) = day(settings(.bots) { $0.strength = 2 })
        let shoppers = busy.examples().filter { !$0.source.hasPrefix("bot") }
        #expect(Set(shoppers.map(\.id)) == Set(calm.examples().map(\.id)))
        #expect(busy.examples().count > calm.examples().count)
        #expect(shop.tally.visits == day(plain).shop.tally.visits)
    }

    @Test("Held labels come with their own times, batched ones with the end's")
    func labels() {
        let end = plain.start + .hours(12)
        let calm = day(plain).recorder.purchases()
        let held = day(settings(.labelsHeld)).recorder.purchases()
        #expect(Set(held.map(\.id)) == Set(calm.map(\.id)))
        #expect(Set(held.map(\.time)) == Set(calm.map(\.time)))
        let batched = day(settings(.labelsBatched)).recorder.purchases()
        #expect(batched.count { $0.time == end } > 10)
        #expect(Set(batched.map(\.id)) == Set(calm.map(\.id)))
    }

    @Test("Purchases that are voided leave no label, and are counted")
    func voided() {
        let (recorder, shop) = day(settings(.voided) { $0.strength = 1 })
        let within = recorder.purchases().filter {
            $0.time > plain.start + .hours(6) && $0.time <= plain.start + .hours(12)
        }
        #expect(within.isEmpty)
        #expect(shop.tally.voided > 10)
    }

    @Test("A least score leaves places blank, and a candidate's propensity stays exact")
    func leastScore() {
        let policy = ListPolicy(
            candidateCount: 6, shownCount: 3, explorationShare: 0.3, leastScore: 0.5)
        let scores = [0.9, 0.6, 0.1, 0.2, .nan, 0.3]
        var counts = [Double](repeating: 0, count: 6)
        var propensities = counts
        let rounds = 40_000
        var blanks = 0
        for key in 0..<rounds {
            let list = policy.list(scores: scores, key: UInt64(key))
            blanks += list.count < 3 ? 1 : 0
            for choice in list {
                counts[choice.index] += 1
                propensities[choice.index] = choice.propensity
            }
        }
        for index in scores.indices {
            #expect(abs(counts[index] / Double(rounds) - propensities[index]) < 0.01)
        }
        #expect(blanks > rounds / 4)
    }

    @Test("The region with another weekend has its Friday where others have their Saturday")
    func weekend() {
        var settings = plain
        settings.hasHolidays = true
        var shop = YarnShop(settings: settings)
        var ranker = SenselessRanker()
        var recorder = Recorder()
        recorder.play(&shop, to: settings.start + .days(14), &ranker)
        func share(_ segment: String, of day: Int) -> Double {
            let all = recorder.examples().filter { $0.segment == segment }
            let days = all.filter { example in
                Int((example.time - settings.start).seconds / 86_400) % 7 == day
            }
            return Double(days.count) / Double(max(1, all.count))
        }
        // 4 is Friday, 6 is Sunday: the shop opens on a Monday.
        #expect(share("galilee", of: 4) > share("galilee", of: 6))
        #expect(share("norway", of: 4) < share("norway", of: 6))
    }
}
