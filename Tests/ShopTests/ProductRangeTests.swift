import Shop
import Testing
import Vocabulary

private let begin = ShopSettings().start + .days(3)
private let rangeCount = 6

private func settings(withRange: Bool = true) -> ShopSettings {
    var settings = ShopSettings(seed: 5, visitsPerDay: 3000, productCount: 60)
    guard withRange else { return settings }
    settings.productCount += rangeCount
    settings.range = ProductRange(productCount: rangeCount, from: begin, appeal: 5)
    return settings
}

/// A model that no longer learns, in an arm, with or without exploration.
private struct FrozenRanker<Base: Ranker>: Ranker {
    var base: Base
    var explores = true
    var arm: String?
    var tier: String?
    var checkpoint: String? { base.checkpoint }

    mutating func probability(ofFeatures json: [UInt8]) -> Double {
        base.probability(ofFeatures: json)
    }
}

extension Recorder {
    fileprivate func isOfRange(_ line: ShownLine) -> Bool { line.feature("brand") == "aurora" }

    /// How many of the lines are of the range, or not, and what share of them was bought.
    fileprivate func sold(ofRange: Bool) -> (shown: Int, rate: Double) {
        let ids = Set(examples().filter { isOfRange($0) == ofRange }.map(\.id))
        let bought = purchases().count { ids.contains($0.id) }
        return (ids.count, Double(bought) / Double(max(1, ids.count)))
    }
}

@Suite("A new range of products")
struct ProductRangeTests {
    /// The shop when the range comes on sale, and a model taught by all that went before.
    private func opening() -> (shop: YarnShop, model: LearnedRanker) {
        var shop = YarnShop(settings: settings())
        var ranker = SenselessRanker()
        var past = Recorder()
        past.play(&shop, to: begin, &ranker)
        var model = LearnedRanker()
        teach(&model, past)
        return (shop, model)
    }

    private func teach(_ model: inout LearnedRanker, _ log: Recorder) {
        let bought = Set(log.purchases().map(\.id))
        for line in log.examples() {
            model.learn(FlatJSON(line.features).terms, label: bought.contains(line.id) ? 1 : 0)
        }
    }

    private func day(
        _ shop: YarnShop, _ model: LearnedRanker, explores: Bool
    ) -> Recorder {
        var shop = shop
        var ranker = FrozenRanker(base: model, explores: explores)
        var log = Recorder()
        log.play(&shop, to: shop.now + .days(1), &ranker)
        return log
    }

    @Test("Until it is on sale, the shop is the one without it, byte for byte")
    func before() {
        func text(_ settings: ShopSettings, to end: Instant) -> [UInt8] {
            var shop = YarnShop(settings: settings)
            var ranker = SenselessRanker()
            var log = Recorder()
            log.play(&shop, to: end, &ranker)
            return log.text
        }
        let plain = settings(withRange: false)
        let eve = begin - Span(microseconds: 1)
        func isSame(to end: Instant) -> Bool { text(settings(), to: end) == text(plain, to: end) }
        #expect(isSame(to: eve))
        #expect(!isSame(to: begin + .hours(1)))
    }

    @Test("A greedy arm never shows it; one that explores does, and it sells; who learns shows it")
    func discovery() {
        let (shop, model) = opening()
        let greedy = day(shop, model, explores: false)
        #expect(greedy.sold(ofRange: true).shown == 0)
        #expect(greedy.sold(ofRange: false).shown > 8000)

        let exploring = day(shop, model, explores: true)
        let (shown, rate) = exploring.sold(ofRange: true)
        #expect(shown > 100)
        #expect(rate > 2 * exploring.sold(ofRange: false).rate)
        var taught = model
        teach(&taught, exploring)
        let after = day(shop, taught, explores: false)
        #expect(after.sold(ofRange: true).shown > 3000)
        let all = Double(after.purchases().count) / Double(after.examples().count)
        let before = Double(greedy.purchases().count) / Double(greedy.examples().count)
        #expect(all > 1.5 * before, "\(all) after, \(before) before")
    }

    @Test("A list without exploration is the best by score, with a propensity of 1")
    func greedyLists() {
        var shop = YarnShop(settings: settings())
        var ranker = FrozenRanker(base: SenselessRanker(), explores: false)
        var log = Recorder()
        log.play(&shop, to: begin + .hours(3), &ranker)
        #expect(log.examples().allSatisfy { $0.propensity == 1 })
        #expect(log.examples().contains(where: log.isOfRange))
        var chancy = FrozenRanker(base: SenselessRanker())
        var other = YarnShop(settings: settings())
        var otherLog = Recorder()
        otherLog.play(&other, to: begin + .hours(3), &chancy)
        #expect(otherLog.examples().allSatisfy { $0.propensity < 1 })
        #expect(otherLog.examples().map(\.id) == log.examples().map(\.id))
    }

    @Test("Some stand among the candidates wherever a word is asked for, and nowhere else")
    func candidates() {
        struct Counter: Ranker {
            var checkpoint: String? { nil }
            var scored: [Bool] = []
            var hasWord = true
            var faults = 0
            mutating func begin(visitor: String, at time: Instant, zone: String) {
                if !scored.isEmpty { check() }
                scored = []
            }
            mutating func check() {
                let expected = hasWord ? 2 : 0
                if scored.count != 12 || scored.count(where: { $0 }) != expected { faults += 1 }
            }
            mutating func probability(ofFeatures json: [UInt8]) -> Double {
                let members = FlatJSON(json, keepsText: true).members
                hasWord = members.contains { $0.name == "matches" }
                scored.append(members.contains { $0.name == "brand" && $0.value == "aurora" })
                return 0.5
            }
        }
        var settings = settings()
        settings.range?.from = settings.start
        var shop = YarnShop(settings: settings)
        var counter = Counter()
        shop.advance(to: settings.start + .hours(9), ranker: &counter) { _, _ in }
        #expect(counter.faults == 0)
        #expect(shop.tally.visits > 300)
    }

    @Test("A shop saved while it is on sale goes on as the one that was not")
    func restoring() throws {
        let settings = settings()
        var shop = YarnShop(settings: settings)
        var ranker = ConstantRanker()
        var before = Recorder()
        before.play(&shop, to: begin + .hours(30) + .seconds(17), &ranker)
        var copy = try YarnShop(restoring: shop.saved(), settings: settings)
        var on = Recorder()
        var onCopy = Recorder()
        on.play(&shop, to: begin + .days(2), &ranker)
        onCopy.play(&copy, to: begin + .days(2), &ranker)
        let isSame = on.text == onCopy.text && shop.saved() == copy.saved()
        #expect(isSame)
        let fibres = on.examples().map { $0.feature("last_bought_fibre") }
        #expect(fibres.contains("nettle"), "what was bought last may be of the range")
        copy.skip(to: begin + .days(40))
        var late = Recorder()
        late.play(&copy, to: copy.now + .hours(3), &ranker)
        #expect(late.examples().contains(where: late.isOfRange))
    }

    @Test("An example says its arm; where the ranker names none, its tier says B, as ever")
    func arms() {
        func all(_ arm: String?, _ tier: String?, end: String) -> Bool {
            var shop = YarnShop(settings: settings(withRange: false))
            var ranker = FrozenRanker(
                base: ConstantRanker(checkpoint: "x"), arm: arm, tier: tier)
            var log = Recorder()
            log.play(&shop, to: shop.now + .minutes(30), &ranker)
            let lines = log.lines.filter { $0.stream == .examples }
            return !lines.isEmpty
                && lines.allSatisfy { $0.bytes.suffix(end.utf8.count).elementsEqual(end.utf8) }
        }
        #expect(all(nil, nil, end: #""checkpoint":"x"}"#))
        #expect(all(nil, "model", end: #""checkpoint":"x","arm":"B","tier":"model"}"#))
        #expect(all("A", "model", end: #""checkpoint":"x","arm":"A","tier":"model"}"#))
        #expect(all("C", nil, end: #""checkpoint":"x","arm":"C"}"#))
    }

    @Test("A range that no shop can open with is told in words")
    func objections() {
        func objection(_ change: (inout ShopSettings) -> Void) -> String? {
            var settings = settings()
            change(&settings)
            return settings.objection
        }
        #expect(objection { _ in } == nil)
        #expect(objection { $0.range?.productCount = 0 }?.contains("not within 1 and 54") == true)
        #expect(objection { $0.range?.productCount = 55 }?.contains("range's product") == true)
        #expect(objection { $0.range?.productCount = 54 } == nil)
        #expect(objection { $0.range?.appeal = .nan }?.contains("appeal") == true)
        #expect(objection { $0.range?.from = .distantPast }?.contains("begin") == true)
        #expect(objection { $0.candidateCount = 5 }?.contains("less than 6") == true)
    }
}
