import Filtering
import Ingestion
import Numerics
import TestKit
import Testing
import Vocabulary

/// A filter beside the parser that feeds it.
private struct Bench {
    var filter: ExampleFilter
    let parser = RecordParser(keepsFeatures: true)
    var clock = 1_767_225_600.0

    init(_ change: (inout FilterSettings) -> Void) {
        var settings = FilterSettings()
        settings.shadowed = []
        change(&settings)
        filter = ExampleFilter(rules: [], settings: settings)
    }

    /// The rule by which an example is held back; `features` is JSON.
    mutating func take(_ features: String, source: String) throws -> AdmissionRule? {
        let text =
            "{\"id\":\"e\",\"ts\":\(clock),\"source\":\"\(source)\","
            + "\"features\":{\(features)}}"
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: LinePadding.size)
        return try bytes.withUnsafeBytes { buffer in
            let base = try #require(buffer.baseAddress)
            let record = try parser.parse(
                base, count: buffer.count - LinePadding.size, stream: .examples)
            let entry = EntryView(UnsafeRawPointer(parser.entry))
            return filter.check(entry, parser.features, at: record.time)?.rejection.rule
        }
    }

    mutating func note(_ source: String, _ label: Double) {
        filter.noteOutcome(of: FeatureHash.tag(source), label: label)
    }
}

@Suite("Rules that hold examples back for how they and their sources behave")
struct ExampleFilterTests {
    @Test("Of a source that sends too much the surplus is held back, and nothing of others")
    func share() throws {
        var bench = Bench {
            $0.sourceShareMax = 0.05
            $0.sourceCountMin = 50
        }
        var admitted = 0
        for index in 0..<20_000 {
            bench.clock += 0.5
            // From the second hour on, every third example is of one source.
            let isRobot = index > 7200 && index % 3 == 0
            let rule = try bench.take(
                "\"a\":\"\(index % 7)\"", source: isRobot ? "robot" : "s\(index % 40)")
            if isRobot {
                if rule == nil { admitted += 1 } else { #expect(rule == .sourceShare) }
            } else {
                #expect(rule == nil)
            }
        }
        // A twentieth of what is admitted.
        let others = 12_800 * 2 / 3
        #expect((0.7...1.2).contains(Double(admitted) / (Double(others) / 19)), "\(admitted)")
    }

    @Test(
        "A source that asks much and never wants anything is held back, honest ones are not",
        arguments: 1...8)
    func rate(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bench = Bench { $0.sourceRateChance = 1e-6 }
        // Rates differ from shopper to shopper, and some never buy.
        let rates = (0..<300).map { shopper in
            shopper % 33 == 0 ? 0 : Double.random(in: 0.03...0.09, using: &random)
        }
        var honest = 0
        var held: Int?
        for hour in 0..<120 {
            for _ in 0..<200 {
                bench.clock += 18
                let shopper = Int.random(in: 0..<300, using: &random)
                if try bench.take("\"a\":1", source: "s\(shopper)") != nil { honest += 1 }
                let isBought = Double.random(in: 0...1, using: &random) < rates[shopper]
                bench.note("s\(shopper)", isBought ? 1 : 0)
            }
            guard hour >= 24 else { continue }
            for _ in 0..<40 {
                if try bench.take("\"a\":1", source: "robot") == nil {
                    bench.note("robot", 0)
                } else {
                    held = held ?? hour
                }
            }
        }
        #expect(honest == 0)
        let hour = try #require(held)
        #expect(hour <= 80, "found in hour \(hour)")
        #expect(bench.filter.heldSourceCount == 1)
    }

    @Test("What a source was held back for is forgotten, and it gets another chance")
    func forgotten() throws {
        var random = SplitMix64(seed: 5)
        var bench = Bench {
            $0.sourceRateChance = 1e-4
            $0.memory = .days(1)
        }
        var rules: [Int: AdmissionRule] = [:]
        for hour in 0..<96 {
            for shopper in 0..<50 {
                bench.clock += 72
                #expect(try bench.take("\"a\":1", source: "s\(shopper)") == nil)
                bench.note("s\(shopper)", Double.random(in: 0...1, using: &random) < 0.3 ? 1 : 0)
            }
            for _ in 0..<20 {
                let rule = try bench.take("\"a\":1", source: "robot")
                rules[hour] = rules[hour] ?? rule
                if rule == nil { bench.note("robot", 0) }
            }
        }
        let first = try #require(rules.keys.min())
        #expect(first < 30)
        #expect((first...90).contains { rules[$0] == nil })
        #expect(rules.keys.contains { $0 > first + 48 })
    }

    @Test("Of the same features from one source the first ones are kept, in each window anew")
    func repeats() throws {
        var bench = Bench {
            $0.repeatCountMax = 3
            $0.window = .minutes(10)
        }
        for _ in 0..<3 {
            for turn in 0..<8 {
                let rule = try bench.take("\"text\":\"hello\",\"n\":4", source: "parrot")
                #expect(rule == (turn < 3 ? nil : .repeated))
                #expect(try bench.take("\"text\":\"hello\",\"n\":\(turn)", source: "x") == nil)
            }
            #expect(try bench.take("\"text\":\"hello\",\"n\":4", source: "y") == nil)
            bench.clock += 600
        }
    }

    /// An example of a shop: what is usual, or the columns in each other's places.
    private func features(_ random: inout SplitMix64, isBroken: Bool) -> String {
        let price = Double.random(in: 5...40, using: &random)
        let weight = Double(Int.random(in: 1...4, using: &random) * 25)
        let fibre = ["wool", "silk", "cotton"][Int.random(in: 0..<3, using: &random)]
        let region = ["north", "south", "west"][Int.random(in: 0..<3, using: &random)]
        return isBroken
            ? "\"price\":\(weight * 1000),\"weight\":\(price / 1000),\"fibre\":\"\(region)\","
                + "\"region\":\"\(fibre)\""
            : "\"price\":\(price),\"weight\":\(weight),\"fibre\":\"\(fibre)\","
                + "\"region\":\"\(region)\""
    }

    @Test("The anomaly model finds broken examples, hardly any other, and gets used to a change")
    func anomalies() throws {
        var random = SplitMix64(seed: 9)
        var bench = Bench { $0.anomalyMargin = 0.5 }
        var (found, missed, wrong) = (0, 0, 0)
        for index in 0..<20_000 {
            let isBroken = index > 5000 && index % 200 == 0
            let rule = try bench.take(features(&random, isBroken: isBroken), source: "s")
            switch (isBroken, rule) {
            case (true, .anomaly): found += 1
            case (true, _): missed += 1
            case (false, nil): break
            case (false, _): wrong += 1
            }
        }
        #expect(missed == 0, "\(found) found")
        #expect(wrong <= 2)
        var admitted: Int?
        for index in 0..<20_000 where admitted == nil {
            if try bench.take(features(&random, isBroken: true), source: "s") == nil {
                admitted = index
            }
        }
        #expect((20...10_000).contains(try #require(admitted)))
    }

    @Test("A rule in shadow counts the same, and holds nothing back")
    func shadow() throws {
        var counts: [UInt64] = []
        for shadowed in [[], [AdmissionRule.repeated]] {
            var bench = Bench {
                $0.repeatCountMax = 2
                $0.shadowed = shadowed
            }
            var held = 0
            for _ in 0..<10 where try bench.take("\"a\":1", source: "s") != nil { held += 1 }
            #expect(held == (shadowed.isEmpty ? 8 : 0))
            counts.append(try #require(bench.filter.findings.first).hits.count)
        }
        #expect(counts == [8, 8])
    }

    @Test("A filter that is written and read in the middle decides as if it had not been")
    func restored() throws {
        func bench() -> Bench {
            Bench {
                $0.sourceShareMax = 0.1
                $0.sourceCountMin = 20
                $0.sourceRateChance = 0.01
                $0.repeatCountMax = 4
                $0.anomalyMargin = 0.1
                $0.window = .minutes(20)
                $0.memory = .hours(12)
            }
        }
        var random = SplitMix64(seed: 3)
        var (plain, other) = (bench(), bench())
        var rules: Set<AdmissionRule> = []
        for index in 0..<12_000 {
            let source = "s\(Int.random(in: 0..<60, using: &random) * index % 60)"
            let features =
                index % 5 == 0
                ? "\"price\":\(index % 3)" : features(&random, isBroken: index % 300 == 7)
            let label = Double.random(in: 0...1, using: &random) < 0.3 && source != "s7" ? 1.0 : 0
            plain.clock += 7
            other.clock += 7
            let rule = try plain.take(features, source: source)
            #expect(try other.take(features, source: source) == rule)
            if let rule { rules.insert(rule) }
            if rule == nil {
                plain.note(source, label)
                other.note(source, label)
            }
            guard index % 1500 == 700 else { continue }
            var writer = ByteWriter()
            other.filter.encode(into: &writer)
            var fresh = bench().filter
            try writer.bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                try fresh.restore(&reader)
                #expect(reader.remaining == 0)
            }
            other.filter = fresh
        }
        #expect(rules.count >= 3, "\(rules)")
    }
}
