import Joining
import Numerics
import TestKit
import Testing
import Vocabulary

/// One example as it went out of a join.
private struct Sent: Hashable {
    var id: UInt64
    var label: Double
    var time: Instant
}

/// Lets a joiner live through events; what it sends out is kept by id.
private struct Run: ~Copyable {
    private(set) var joiner: LabelJoiner
    private(set) var sent: [Sent] = []
    /// The ids by the offsets that their examples were given.
    private var ids: [UInt64] = []

    init(_ settings: LabelJoiner.Settings) {
        var limits = LabelJoiner.Limits()
        limits.hotSizeMax = 1
        joiner = LabelJoiner(settings: settings, limits: limits)
    }

    mutating func take(_ events: [JoinEvent]) throws {
        for event in events {
            switch event {
            case .example(let id, let time, let label): takeExample(id, time, label)
            case .label(let id, let time, let label): takeLabel(id, time, label)
            case .heartbeat(let time): joiner.completeLabels(upTo: time)
            case .endLabels: joiner.endLabels()
            case .completeForGood: joiner.completeForGood()
            case .restart:
                var writer = ByteWriter()
                joiner.encode(into: &writer)
                joiner = try JoinBench.restored(
                    writer.bytes, joiner.settings, LabelJoiner.Limits())
            }
            while let due = joiner.nextDue() {
                sent.append(Sent(id: id(due.example), label: due.label, time: due.time))
            }
        }
    }

    private mutating func takeExample(_ id: UInt64, _ time: Instant, _ label: Double?) {
        let entry = EntryBytes(
            id: id, time: time, categories: [UInt32](repeating: 1, count: 2000))
        let record = ParsedRecord(kind: .example, idHash: id, time: time, label: label)
        let fate = joiner.add(record, entry: entry.base, rawOffset: UInt64(ids.count))
        ids.append(id)
        if case .joined(let label) = fate { sent.append(Sent(id: id, label: label, time: time)) }
    }

    private mutating func takeLabel(_ id: UInt64, _ time: Instant, _ label: Double) {
        let record = ParsedRecord(kind: .label, idHash: id, time: time, label: label)
        guard case .joined(let waiting) = joiner.add(record) else { return }
        sent.append(Sent(id: self.id(waiting), label: label, time: time))
    }

    private func id(_ waiting: LabelJoiner.Waiting) -> UInt64 {
        switch waiting {
        case .hot(let bytes): EntryView(bytes).idHash
        case .cold(let offset): ids[Int(offset)]
        }
    }
}

/// How examples and labels are to be ordered, and with which seed.
struct TakingAwayCase: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var wait: Span?
    var shuffle: Span?
    /// Share of the ids that are taken away.
    var share: Double

    var testDescription: String {
        "seed \(seed), wait \(wait?.text ?? "none"), shuffle \(shuffle?.text ?? "none"), \(share)"
    }

    var settings: LabelJoiner.Settings {
        var settings = LabelJoiner.Settings()
        settings.wait = wait
        settings.shuffle = shuffle
        settings.disorder = .minutes(2)
        return settings
    }

    /// Records reach the log up to a minute late, and heartbeats are true.
    func orderlyEvents() -> [JoinEvent] {
        var random = SplitMix64(seed: seed)
        var now = 1_000_000
        var events: [JoinEvent] = (0..<5000).map { index in
            now += random.below(40)
            let id = XXHash64.finish(UInt64(1 + random.below(1500)))
            let time = Instant(microseconds: Int64(now - random.below(60)) * 1_000_000)
            let draw = random.unit()
            if draw < 0.01 { return .heartbeat(time - .minutes(1)) }
            if draw < 0.015 { return .restart }
            if random.chance(0.55) {
                let label: Double? = random.chance(0.1) ? Double(random.below(2)) : nil
                return .example(id: id, time: time, label: label)
            }
            return .label(id: id, time: time, label: Double(random.below(2)))
        }
        events.append(.completeForGood)
        return events
    }
}

@Suite("Taking examples away")
struct TakingAwayTests {
    private static let cases: [TakingAwayCase] = {
        let orders: [(wait: Span?, shuffle: Span?)] = [
            (nil, nil), (.minutes(10), nil), (.hours(4), nil), (nil, .hours(1)),
            (.minutes(30), .minutes(20)), (.hours(2), .days(1)),
        ]
        return orders.enumerated().flatMap { index, order in
            [0.002, 0.1, 0.5].enumerated().map { number, share in
                TakingAwayCase(
                    seed: UInt64(100 * index + number), wait: order.wait, shuffle: order.shuffle,
                    share: share)
            }
        }
    }()

    private enum Kept {
        case labels
        case nothing
    }

    private func without(
        _ gone: Set<UInt64>, _ events: [JoinEvent], keeping kept: Kept
    ) -> [JoinEvent] {
        events.filter { event in
            switch event {
            case .example(let id, _, _): !gone.contains(id)
            case .label(let id, _, _): kept == .labels || !gone.contains(id)
            case .heartbeat, .endLabels, .completeForGood, .restart: true
            }
        }
    }

    private func check(
        _ test: TakingAwayCase, _ events: [JoinEvent], keeping kept: Kept
    ) throws {
        var whole = Run(test.settings)
        try whole.take(events)
        // By a coin for each id, or else the one that went out in the middle.
        var gone: Set<UInt64> = []
        for sent in whole.sent
        where Double(XXHash64.finish(sent.id &+ test.seed) >> 11) * 0x1p-53 < test.share {
            gone.insert(sent.id)
        }
        gone.insert(whole.sent[whole.sent.count / 2].id)
        var rest = Run(test.settings)
        try rest.take(without(gone, events, keeping: kept))
        let wanted = whole.sent.filter { !gone.contains($0.id) }
        try #require(wanted.count < whole.sent.count && wanted.count > 200)
        #expect(rest.sent == wanted)
    }

    @Test("It moves no other, if their labels stay as orphans", arguments: cases)
    func labelsStay(test: TakingAwayCase) throws {
        try check(test, test.orderlyEvents(), keeping: .labels)
    }

    @Test("It moves no other, if their labels go too", arguments: cases)
    func labelsGo(test: TakingAwayCase) throws {
        try check(test, test.orderlyEvents(), keeping: .nothing)
    }

    @Test(
        "It moves no other in streams with any disorder, if their labels stay", arguments: cases)
    func anyDisorder(test: TakingAwayCase) throws {
        var wild = JoinCase(seed: test.seed, wait: test.wait, shuffle: test.shuffle)
        wild.restarts = 0.002
        wild.finals = 0.0005
        try check(test, wild.events(), keeping: .labels)
    }
}
