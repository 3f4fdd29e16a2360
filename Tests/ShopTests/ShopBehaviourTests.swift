import Shop
import Testing
import Vocabulary

private let settings = ShopSettings(seed: 7, visitsPerDay: 3000)

@Suite("The shop's habits")
struct ShopBehaviourTests {
    @Test("A ranker taught by the shop's log sells clearly more than a senseless one")
    func learning() {
        var shop = YarnShop(settings: settings)
        var senseless = SenselessRanker()
        var past = Recorder()
        past.play(&shop, to: settings.start + .days(6), &senseless)
        let bought = Set(past.purchases().map(\.id))
        let shown = past.examples()
        var learned = LearnedRanker()
        for _ in 0..<2 {
            for line in shown {
                let label = bought.contains(line.id) ? 1.0 : 0
                learned.learn(FlatJSON(line.features).terms, label: label)
            }
        }

        func rate(_ ranker: some Ranker) -> Double {
            var shop = shop
            var ranker = ranker
            var week = Recorder()
            week.play(&shop, to: settings.start + .days(13), &ranker)
            let count = week.lines.count { $0.stream == .examples }
            return Double(week.purchases().count) / Double(count)
        }
        let without = rate(senseless)
        let with = rate(learned)
        #expect(with > without * 1.25, "\(with) against \(without)")
        #expect(0.04...0.08 ~= without)
        #expect(0.04...0.08 ~= with)
    }

    @Test("Shoppers come in the evening, not at night, and more at the weekend")
    func dayAndWeek() {
        var shop = YarnShop(settings: settings)
        var ranker = ConstantRanker()
        var hours = [Int](repeating: 0, count: 24)
        var weekdays: [String: Int] = [:]
        shop.advance(to: settings.start + .days(14), ranker: &ranker) { stream, bytes in
            guard stream == .examples, let line = ShownLine(bytes) else { return }
            let members = FlatJSON(line.features, keepsText: true).members
            for (name, value) in members {
                if name == "hour", let hour = Int(value) { hours[hour] += 1 }
                if name == "weekday" { weekdays[value, default: 0] += 1 }
            }
        }
        #expect(hours[20] + hours[21] > 8 * (hours[3] + hours[4]))
        let total = hours.reduce(0, +)
        #expect(abs(Double(total) / (14 * 3000 * 4) - 1) < 0.02)
        for day in ["mon", "tue", "wed", "thu", "fri"] {
            #expect((weekdays["sun"] ?? 0) * 10 > (weekdays[day] ?? 0) * 12)
            #expect((weekdays["sat"] ?? 0) * 10 > (weekdays[day] ?? 0) * 11)
        }
    }

    @Test("Half of the labels come within 35 minutes or so, one in a hundred after six hours")
    func delays() {
        let settings = ShopSettings(seed: 3, visitsPerDay: 12_000)
        var shop = YarnShop(settings: settings)
        var ranker = ConstantRanker()
        var visits: [String: Instant] = [:]
        var delays: [Double] = []
        shop.advance(to: settings.start + .days(4), ranker: &ranker) { stream, bytes in
            switch stream {
            case .examples:
                guard let line = ShownLine(bytes) else { return }
                visits[line.id] = line.time
            case .labels:
                guard case .purchase(let id, let time) = LabelLine(bytes) else { return }
                guard let visit = visits[id] else {
                    Issue.record("the label \(id) has no example before it")
                    return
                }
                delays.append((time - visit).seconds)
            }
        }
        delays.sort()
        #expect(delays.count > 5000)
        #expect((33 * 60.0)...(37 * 60.0) ~= delays[delays.count / 2])
        let late = Double(delays.count { $0 > 6 * 3600 }) / Double(delays.count)
        #expect(0.006...0.014 ~= late, "\(late) of the labels are late")
        #expect((delays.first ?? 0) >= 20)
        #expect((delays.last ?? 0) <= 259_200)
    }

    @Test("What is liked sells out, cannot be bought then, and is delivered again")
    func stock() {
        var shop = YarnShop(settings: settings)
        var ranker = ConstantRanker()
        var stocks: [String: [Int]] = [:]
        var stockAtVisit: [String: Int] = [:]
        var salesWhenEmpty = 0
        shop.advance(to: settings.start + .days(12), ranker: &ranker) { stream, bytes in
            if stream == .examples, let line = ShownLine(bytes) {
                let members = FlatJSON(line.features, keepsText: true).members
                func feature(_ name: String) -> String {
                    members.first { $0.name == name }?.value ?? ""
                }
                let stock = Int(feature("stock")) ?? -1
                stocks[feature("product"), default: []].append(stock)
                stockAtVisit[line.id] = stock
                #expect(feature("in_stock") == (stock > 0 ? "true" : "false"))
            } else if case .purchase(let id, _) = LabelLine(bytes), stockAtVisit[id] == 0 {
                salesWhenEmpty += 1
            }
        }
        #expect(stocks.count == settings.productCount)
        #expect(salesWhenEmpty == 0)
        let empty = stocks.values.filter { $0.contains(0) }
        #expect(!empty.isEmpty)
        let again = empty.filter { $0.drop { $0 > 0 }.contains { $0 > 0 } }
        #expect(!again.isEmpty)
        for counts in stocks.values {
            let steps = zip(counts, counts.dropFirst())
            #expect(steps.count { $0 > $1 } > steps.count { $0 < $1 })
        }
    }

    @Test("With deliveries each hour hardly a page shows what is sold out")
    func fullShelves() {
        var full = settings
        full.hasHourlyDeliveries = true
        func emptyShare(_ settings: ShopSettings) -> Double {
            var shop = YarnShop(settings: settings)
            var ranker = ConstantRanker()
            var (empty, all) = (0.0, 0.0)
            shop.advance(to: settings.start + .days(12), ranker: &ranker) { stream, bytes in
                guard stream == .examples, let line = ShownLine(bytes) else { return }
                let members = FlatJSON(line.features, keepsText: true).members
                all += 1
                if members.contains(where: { $0.name == "in_stock" && $0.value == "false" }) {
                    empty += 1
                }
            }
            return empty / all
        }
        let (ordinary, filled) = (emptyShare(settings), emptyShare(full))
        #expect(filled < ordinary / 20, "\(filled) against \(ordinary)")
    }

    @Test("The hour and weekday are those of the shopper's clock, in summer and in winter")
    func clocks() {
        let cases: [(String, [String: Int])] = [
            (
                "2026-01-14T12:00:00Z",
                ["scotland": 12, "norway": 13, "new-england": 7, "patagonia": 9, "japan": 21]
            ),
            ("2026-03-20T12:00:00Z", ["scotland": 12, "norway": 13, "new-england": 8]),
            ("2026-03-29T00:30:00Z", ["scotland": 0, "norway": 1]),
            ("2026-03-29T01:00:00Z", ["scotland": 2, "norway": 3, "japan": 10]),
            (
                "2026-07-01T12:00:00Z",
                ["scotland": 13, "norway": 14, "new-england": 8, "patagonia": 9, "japan": 21]
            ),
            ("2026-10-25T01:00:00Z", ["scotland": 1, "norway": 2, "new-england": 21]),
            ("2026-11-01T05:30:00Z", ["new-england": 1]),
            ("2026-11-01T06:00:00Z", ["new-england": 1]),
            ("2026-11-01T07:00:00Z", ["new-england": 2]),
        ]
        for (text, hours) in cases {
            guard let start = Instant(rfc3339: text) else {
                Issue.record("\(text) is no time")
                continue
            }
            let settings = ShopSettings(seed: 1, visitsPerDay: 500_000, start: start)
            var shop = YarnShop(settings: settings)
            var ranker = ConstantRanker()
            var seen: Set<String> = []
            shop.advance(to: start + .minutes(2), ranker: &ranker) { stream, bytes in
                guard stream == .examples, let line = ShownLine(bytes),
                    let expected = hours[line.segment], seen.insert(line.segment).inserted
                else { return }
                #expect(line.feature("hour").flatMap { Int($0) } == expected, "\(text)")
            }
            #expect(seen.count == hours.count, "\(text) had visits from \(seen.sorted())")
        }
    }
}
