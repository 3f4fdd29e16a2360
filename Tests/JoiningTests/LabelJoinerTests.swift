import Joining
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("The join of examples and labels")
struct LabelJoinerTests {
    private static let orders: [(wait: Span?, shuffle: Span?)] = [
        (nil, nil), (.minutes(10), nil), (.hours(3), nil), (nil, .hours(1)),
        (.minutes(10), .hours(2)), (.hours(3), .minutes(20)),
    ]

    private static func cases(_ change: (inout JoinCase) -> Void) -> [JoinCase] {
        orders.enumerated().flatMap { index, order in
            (1...3).map { seed in
                var test = JoinCase(
                    seed: UInt64(seed + index * 10), wait: order.wait, shuffle: order.shuffle)
                change(&test)
                return test
            }
        }
    }

    @Test("It does what plain dictionaries do", arguments: cases { _ in })
    func plain(test: JoinCase) throws {
        var bench = JoinBench(test)
        try bench.run()
        #expect(bench.counts.joined > 500 && bench.counts.duplicates > 100)
    }

    @Test(
        "It does so with a memory of 1,024 ids, and what is forgotten counts as unlabelled",
        arguments: cases { $0.countMax = 1 })
    func smallMemory(test: JoinCase) throws {
        var bench = JoinBench(test)
        try bench.run()
        #expect(test.wait != nil || bench.counts.unlabelled > 100)
    }

    @Test(
        "It does so when most waiting examples are left to the raw log",
        arguments: cases {
            $0.categoryCount = 3000
            $0.eventCount = 2500
        })
    func coldEntries(test: JoinCase) throws {
        var bench = JoinBench(test)
        try bench.run()
        #expect(test.wait == .minutes(10) || bench.coldCount > 10)
    }

    @Test("It does so across restarts", arguments: cases { $0.restarts = 0.01 })
    func restarts(test: JoinCase) throws {
        var bench = JoinBench(test)
        try bench.run()
    }

    @Test(
        "It does so with restarts, a small memory and ends for good",
        arguments: cases {
            $0.restarts = 0.003
            $0.finals = 0.001
            $0.countMax = 1500
        })
    func everything(test: JoinCase) throws {
        var bench = JoinBench(test)
        try bench.run()
    }

    @Test(
        "A ready example whose id has to be forgotten goes out at once, before all others",
        arguments: cases {
            $0.countMax = 1
            $0.disorder = .days(1)
            $0.isMarked = false
            $0.restarts = 0.002
        })
    func expelled(test: JoinCase) throws {
        var bench = JoinBench(test)
        try bench.run()
        let isOrdered = test.wait != nil || test.shuffle != nil
        #expect(isOrdered ? bench.expelledCount > 100 : bench.expelledCount == 0)
        #expect(bench.fates.contains("example is expelled") == isOrdered)
        #expect(isOrdered ? bench.readyCountMax > 100 : bench.readyCountMax == 0)
    }

    @Test("It does so while labels come from a disorder of a day and of nothing")
    func disorders() throws {
        for disorder in [Span.zero, .days(1)] {
            var test = JoinCase(seed: 5, wait: .minutes(10))
            test.disorder = disorder
            var bench = JoinBench(test)
            try bench.run()
        }
    }

    private static let commonFates: Set<String> = [
        "example waits", "example is a duplicate", "label is held", "label is a duplicate",
        "label is late",
    ]

    @Test("A random sequence brings about every fate")
    func everyFate() throws {
        var bench = JoinBench(JoinCase(seed: 8))
        try bench.run()
        #expect(
            bench.fates
                == Self.commonFates.subtracting(["label is late"]).union([
                    "example meets its label", "example brings its label",
                    "label meets its example",
                ]))
        var test = JoinCase(seed: 8, wait: .minutes(10))
        test.disorder = .hours(8)
        var ordered = JoinBench(test)
        try ordered.run()
        #expect(
            ordered.fates
                == Self.commonFates.union([
                    "example is ready", "label makes its example ready", "example has its turn",
                ]))
    }

    @Test("A joiner that was restored has the bytes of the one before")
    func encodingIsStable() throws {
        var settings = LabelJoiner.Settings()
        settings.wait = .minutes(10)
        settings.shuffle = .minutes(30)
        var joiner = LabelJoiner(settings: settings)
        var random = SplitMix64(seed: 3)
        for step in 0..<4000 {
            let time = Instant(microseconds: Int64(step) * 1_000_000)
            let id = XXHash64.finish(UInt64(random.below(1500)))
            let record = ParsedRecord(
                kind: .example, idHash: id, time: time, label: random.chance(0.5) ? nil : 1)
            if random.chance(0.5) {
                let entry = EntryBytes(id: id, time: time)
                _ = joiner.add(record, entry: entry.base, rawOffset: UInt64(step))
            } else {
                _ = joiner.add(ParsedRecord(kind: .label, idHash: id, time: time, label: 1))
            }
        }
        var first = ByteWriter()
        joiner.encode(into: &first)
        let again = try JoinBench.restored(first.bytes, settings, LabelJoiner.Limits())
        var second = ByteWriter()
        again.encode(into: &second)
        #expect(first.bytes == second.bytes)
        #expect(again.counts.ready > 0 && again.counts.pending > 0 && again.counts.orphans > 0)
    }

    @Test("Every cut of an encoded joiner is found")
    func cuts() throws {
        var settings = LabelJoiner.Settings()
        settings.wait = .minutes(10)
        var joiner = LabelJoiner(settings: settings)
        for id in 1...20 as ClosedRange<UInt64> {
            let entry = EntryBytes(id: id)
            let record = ParsedRecord(
                kind: .example, idHash: id, time: Instant(microseconds: 0),
                label: id % 3 == 0 ? 1 : nil)
            _ = joiner.add(record, entry: entry.base, rawOffset: id)
        }
        var writer = ByteWriter()
        joiner.encode(into: &writer)
        for count in stride(from: 0, to: writer.bytes.count, by: 7) {
            #expect(throws: ByteFault.self) {
                _ = try JoinBench.restored(
                    Array(writer.bytes[..<count]), settings, LabelJoiner.Limits())
            }
        }
    }

    @Test("One label from the year 9999 makes no negative")
    func labelOutlier() {
        var settings = LabelJoiner.Settings()
        settings.wait = .minutes(10)
        var joiner = LabelJoiner(settings: settings)
        let entry = EntryBytes(id: 1)
        let start = Instant(microseconds: 0)
        _ = joiner.add(
            ParsedRecord(kind: .example, idHash: 1, time: start, label: nil),
            entry: entry.base, rawOffset: 0)
        _ = joiner.add(ParsedRecord(kind: .label, idHash: 2, time: start, label: 1))
        _ = joiner.add(ParsedRecord(kind: .label, idHash: 3, time: .latest, label: 1))
        #expect(joiner.nextDue() == nil)
        let later = ParsedRecord(kind: .label, idHash: 4, time: start + .hours(9), label: 1)
        _ = joiner.add(later)
        #expect(joiner.nextDue() != nil)
        #expect(joiner.counts.negatives == 1)
    }

    @Test("Labels without examples push out no example that waits")
    func strayLabels() {
        var limits = LabelJoiner.Limits()
        limits.rememberedCountMax = 1024
        var joiner = LabelJoiner(settings: LabelJoiner.Settings(), limits: limits)
        let start = Instant(microseconds: 0)
        func label(_ id: UInt64) -> ParsedRecord {
            ParsedRecord(kind: .label, idHash: XXHash64.finish(id), time: start, label: 1)
        }
        for id in 0..<1000 as Range<UInt64> {
            let entry = EntryBytes(id: id)
            let record = ParsedRecord(
                kind: .example, idHash: XXHash64.finish(id), time: start, label: nil)
            _ = joiner.add(record, entry: entry.base, rawOffset: id)
        }
        for id in 10_000..<20_000 as Range<UInt64> { _ = joiner.add(label(id)) }
        #expect(joiner.counts.pending == 1000)
        #expect(joiner.counts.orphans == 10_000)
        for id in 0..<1000 as Range<UInt64> { _ = joiner.add(label(id)) }
        #expect(joiner.counts.joined == 1000)
    }
}
