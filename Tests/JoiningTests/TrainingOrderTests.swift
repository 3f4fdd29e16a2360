import Joining
import Numerics
import TestKit
import Testing
import Vocabulary

/// A joiner with a few words to feed it, and what went out of it.
private struct Feeder: ~Copyable {
    private(set) var joiner: LabelJoiner
    /// Of what went out: the id and the label.
    private(set) var out: [String] = []
    private var offset: UInt64 = 0

    init(_ settings: LabelJoiner.Settings) {
        joiner = LabelJoiner(settings: settings)
    }

    static func time(_ minutes: Double) -> Instant {
        Instant(microseconds: Int64(minutes * 60_000_000))
    }

    @discardableResult
    mutating func example(
        _ id: UInt64, at minutes: Double, label: Double? = nil
    ) -> LabelJoiner.ExampleFate {
        offset += 1
        let entry = EntryBytes(id: id, time: Self.time(minutes))
        let fate = joiner.add(
            ParsedRecord(
                kind: .example, idHash: id, time: Self.time(minutes), label: label),
            entry: entry.base, rawOffset: offset)
        drain()
        return fate
    }

    @discardableResult
    mutating func label(
        _ id: UInt64, at minutes: Double, _ label: Double = 1, plus extra: Span = .zero
    ) -> LabelJoiner.LabelFate {
        let fate = joiner.add(
            ParsedRecord(
                kind: .label, idHash: id, time: Self.time(minutes) + extra, label: label))
        drain()
        return fate
    }

    mutating func complete(upTo minutes: Double) {
        joiner.completeLabels(upTo: Self.time(minutes))
        drain()
    }

    private mutating func drain() {
        while let due = joiner.nextDue() {
            switch due.example {
            case .hot(let bytes): out.append("\(EntryView(bytes).idHash)=\(Int(due.label))")
            case .cold: out.append("cold")
            }
        }
    }
}

@Suite("The order of training")
struct TrainingOrderTests {
    private func settings(wait: Span? = nil, shuffle: Span? = nil) -> LabelJoiner.Settings {
        var settings = LabelJoiner.Settings()
        settings.wait = wait
        settings.shuffle = shuffle
        // Labels alone complete nothing here.
        settings.disorder = .days(1)
        return settings
    }

    @Test("Labelled and negative examples go out in one order of the time at which they are due")
    func oneOrder() {
        var feeder = Feeder(settings(wait: .minutes(10)))
        for id in 1...4 as ClosedRange<UInt64> { feeder.example(id, at: Double(id)) }
        #expect(feeder.label(4, at: 5) == .ready)
        #expect(feeder.example(5, at: 5, label: 0) == .ready)
        // The end of the first wait, 11; it is a negative one microsecond after.
        #expect(feeder.label(3, at: 11) == .ready)
        #expect(feeder.label(2, at: 11.5) == .ready)
        #expect(feeder.out.isEmpty)
        feeder.complete(upTo: 20)
        #expect(feeder.out == ["4=1", "5=0", "3=1", "1=0", "2=1"])
        #expect(feeder.joiner.counts.ready == 0)
    }

    @Test("What is due at one time goes out in the order of arrival")
    func tiesByArrival() {
        var feeder = Feeder(settings(wait: .minutes(10)))
        for id in [9, 2, 7, 1, 8] as [UInt64] { feeder.example(id, at: 1) }
        for id in [1, 7, 9] as [UInt64] { feeder.label(id, at: 4) }
        feeder.complete(upTo: 20)
        #expect(feeder.out == ["9=1", "7=1", "1=1", "2=0", "8=0"])
    }

    @Test("A label at the very end of the wait is in time, and one microsecond after is late")
    func endOfWait() {
        var feeder = Feeder(settings(wait: .minutes(10)))
        feeder.example(1, at: 0)
        feeder.example(2, at: 0)
        feeder.complete(upTo: 10)
        #expect(feeder.out.isEmpty && feeder.joiner.counts.pending == 2)
        #expect(feeder.label(1, at: 10) == .ready)
        #expect(feeder.label(2, at: 10, plus: Span(microseconds: 1)) == .late)
        #expect(feeder.out == ["1=1"])
        feeder.complete(upTo: 11)
        #expect(feeder.out == ["1=1", "2=0"])
    }

    @Test("A label dated before its example makes it due at the example's own time")
    func earlyLabel() {
        var feeder = Feeder(settings(wait: .minutes(10)))
        feeder.label(1, at: 1)
        feeder.label(2, at: 1)
        feeder.example(2, at: 6)
        feeder.example(1, at: 5)
        feeder.complete(upTo: 4)
        #expect(feeder.out.isEmpty)
        feeder.complete(upTo: 7)
        #expect(feeder.out == ["1=1", "2=1"])
    }

    @Test("Where neither a wait nor a shuffle is set, labels teach as they come")
    func plain() {
        var feeder = Feeder(settings())
        feeder.example(1, at: 1)
        guard case .joined = feeder.label(1, at: 2) else {
            Issue.record("the label did not join")
            return
        }
        #expect(feeder.example(2, at: 3, label: 1) == .joined(label: 1))
        #expect(feeder.joiner.counts.ready == 0 && feeder.out.isEmpty)
    }

    @Test("A block goes out whole, once the label watermark has reached its end")
    func wholeBlocks() {
        var feeder = Feeder(settings(shuffle: .minutes(30)))
        for id in 1...8 as ClosedRange<UInt64> {
            feeder.example(id, at: Double(id) * 3, label: 1)
        }
        feeder.example(99, at: 30, label: 1)
        feeder.complete(upTo: 29.999)
        #expect(feeder.out.isEmpty && feeder.joiner.counts.ready == 9)
        feeder.complete(upTo: 30)
        let wanted = (1...8 as ClosedRange<UInt64>).sorted {
            XXHash64.finish($0) < XXHash64.finish($1)
        }
        #expect(feeder.out == wanted.map { "\($0)=1" })
        #expect(wanted != Array(1...8) && feeder.joiner.counts.ready == 1)
    }

    @Test(
        "A shuffled order hangs on event times and ids alone, not on the order of arrival",
        arguments: 1...8 as ClosedRange<UInt64>)
    func arrivalIsForgotten(seed: UInt64) {
        func outcome(_ order: [UInt64]) -> [String] {
            var feeder = Feeder(settings(wait: .minutes(40), shuffle: .minutes(15)))
            for id in order {
                let minutes = Double(XXHash64.finish(id) % 100)
                if id % 4 == 0 { feeder.label(id, at: minutes + Double(id % 7)) }
                feeder.example(id, at: minutes)
                if id % 4 == 2 { feeder.label(id, at: minutes + Double(id % 7)) }
            }
            feeder.complete(upTo: 500)
            return feeder.out
        }
        var random = SplitMix64(seed: seed)
        let ids = Array(1...200 as ClosedRange<UInt64>)
        let plain = outcome(ids)
        #expect(plain.count == 200)
        #expect(outcome(ids.shuffled(using: &random)) == plain)
    }
}
