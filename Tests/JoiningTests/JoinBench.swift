import Joining
import Numerics
import TestKit
import Testing
import Vocabulary

/// One thing that can happen to a join.
enum JoinEvent {
    case example(id: UInt64, time: Instant, label: Double?)
    case label(id: UInt64, time: Instant, label: Double)
    case heartbeat(Instant)
    case endLabels
    case completeForGood
    /// The joiner is encoded, and another one goes on from the bytes.
    case restart
}

/// How a random sequence is made, and what the join is set to.
struct JoinCase: Sendable, CustomTestStringConvertible {
    var seed: UInt64
    var wait: Span?
    var shuffle: Span?
    var disorder = Span.seconds(60)
    var countMax = 1 << 20
    var eventCount = 6000
    var idCount = 2500
    var categoryCount = 1
    var restarts = 0.0
    var finals = 0.0
    /// Whether the label stream says how far it is complete.
    var isMarked = true

    var testDescription: String {
        "seed \(seed), wait \(wait?.text ?? "none"), shuffle \(shuffle?.text ?? "none"), "
            + "\(countMax) ids, restarts \(restarts)"
    }

    func events() -> [JoinEvent] {
        var random = SplitMix64(seed: seed)
        var now = 1_000_000
        return (0..<eventCount).map { _ in
            now += random.below(30)
            // Mixed well, as the hashes of ids are.
            let id = XXHash64.finish(UInt64(1 + random.below(idCount)))
            let jitter = random.chance(0.02) ? random.below(40_000) - 20_000 : random.below(400)
            let time = Instant(microseconds: Int64(now + jitter - 200) * 1_000_000)
            let draw = random.unit()
            if draw < restarts { return .restart }
            if draw < restarts + finals { return .completeForGood }
            if isMarked, draw < restarts + finals + 0.005 { return .heartbeat(time) }
            if isMarked, draw < restarts + finals + 0.008 { return .endLabels }
            if random.chance(0.55) {
                let label = random.chance(0.05) ? random.unit() : nil
                return .example(id: id, time: time, label: label)
            }
            return .label(id: id, time: time, label: random.chance(0.3) ? 1 : random.unit())
        }
    }
}

/// Lets a joiner and the reference live through the same events, and compares them at each.
struct JoinBench: ~Copyable {
    private let test: JoinCase
    private var settings = LabelJoiner.Settings()
    private var limits = LabelJoiner.Limits()
    private var joiner: LabelJoiner
    private var reference: ReferenceJoin
    private(set) var fates: Set<String> = []
    private(set) var coldCount = 0
    private var examples = 0
    /// Examples that went out, at once or in their turn.
    private(set) var outCount = 0
    private(set) var expelledCount = 0
    private(set) var readyCountMax = 0
    private var offset: UInt64 = 0

    init(_ test: JoinCase, hotSizeMax: Int = 2 << 20) {
        self.test = test
        settings.wait = test.wait
        settings.shuffle = test.shuffle
        settings.disorder = test.disorder
        limits.rememberedCountMax = test.countMax
        limits.hotSizeMax = hotSizeMax
        joiner = LabelJoiner(settings: settings, limits: limits)
        reference = ReferenceJoin(settings, countMax: max(1024, test.countMax))
    }

    var counts: LabelJoiner.Counts { joiner.counts }

    mutating func run() throws {
        for event in test.events() {
            try take(event)
            try drain()
            let counts = joiner.counts
            try #require(counts == reference.counts)
            try #require(joiner.watermark == reference.watermark)
            try #require(
                examples
                    == counts.joined + counts.pending + counts.unlabelled + counts.duplicates)
            try #require(counts.joined == counts.positives + counts.negatives)
            try #require(counts.joined == outCount + counts.ready)
            readyCountMax = max(readyCountMax, counts.ready)
        }
    }

    private mutating func take(_ event: JoinEvent) throws {
        switch event {
        case .example(let id, let time, let label): try takeExample(id, time, label)
        case .label(let id, let time, let label):
            let record = ParsedRecord(kind: .label, idHash: id, time: time, label: label)
            try compare(joiner.add(record), reference.add(label: record), label)
        case .heartbeat(let time):
            joiner.completeLabels(upTo: time)
            reference.heartbeat(time)
        case .endLabels:
            joiner.endLabels()
            reference.endLabels()
        case .completeForGood:
            joiner.completeForGood()
            reference.completeForGood()
        case .restart:
            var writer = ByteWriter()
            joiner.encode(into: &writer)
            let delays = joiner.delays
            joiner = try Self.restored(writer.bytes, settings, limits)
            #expect(joiner.delays == delays)
        }
    }

    static func restored(
        _ bytes: [UInt8], _ settings: LabelJoiner.Settings, _ limits: LabelJoiner.Limits
    ) throws -> LabelJoiner {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        var reader = ByteReader(UnsafeRawBufferPointer(copy))
        return try LabelJoiner(settings: settings, limits: limits, restoring: &reader)
    }

    private mutating func takeExample(_ id: UInt64, _ time: Instant, _ label: Double?) throws {
        examples += 1
        offset += 100
        let record = ParsedRecord(kind: .example, idHash: id, time: time, label: label)
        let entry = EntryBytes(
            id: offset, time: time,
            categories: [UInt32](repeating: UInt32(offset), count: test.categoryCount))
        let fate = joiner.add(record, entry: UnsafeRawPointer(entry.base), rawOffset: offset)
        switch (fate, reference.add(example: record, offset: offset)) {
        case (.waits, .waits): fates.insert("example waits")
        case (.duplicate, .duplicate): fates.insert("example is a duplicate")
        case (.joined(let found), .joined(let wanted, nil)):
            try #require(found == wanted)
            fates.insert(label == nil ? "example meets its label" : "example brings its label")
            outCount += 1
        case (.ready, .ready): fates.insert("example is ready")
        case (_, let wanted):
            throw Difference(text: "example \(offset): \(fate), not \(wanted)")
        }
    }

    private mutating func compare(
        _ fate: LabelJoiner.LabelFate, _ wanted: ReferenceJoin.Out, _ label: Double
    ) throws {
        switch (fate, wanted) {
        case (.held, .held): fates.insert("label is held")
        case (.duplicate, .duplicate): fates.insert("label is a duplicate")
        case (.late, .late): fates.insert("label is late")
        case (.joined(let waiting), .joined(_, let offset)):
            try #require(place(waiting) == offset)
            fates.insert("label meets its example")
            outCount += 1
        case (.ready, .ready): fates.insert("label makes its example ready")
        default: throw Difference(text: "label: \(fate), not \(wanted)")
        }
    }

    private mutating func drain() throws {
        for wanted in reference.due() {
            guard let due = joiner.nextDue() else {
                throw Difference(text: "\(wanted.offset) is due, and did not come")
            }
            try #require(place(due.example) == wanted.offset)
            // Labels are kept as the training log keeps them.
            try #require(due.label == Double(Float(wanted.label)))
            try #require(due.time == wanted.time)
            outCount += 1
            let isExpelled = due.time > joiner.watermark
            if isExpelled { expelledCount += 1 }
            fates.insert(isExpelled ? "example is expelled" : "example has its turn")
        }
        try #require(joiner.nextDue() == nil)
    }

    /// The raw offset of an example that waited; every entry bears its own as its id.
    private mutating func place(_ waiting: LabelJoiner.Waiting) -> UInt64 {
        switch waiting {
        case .hot(let bytes):
            let entry = EntryView(bytes)
            let isIntact = (0..<entry.categoryCount).allSatisfy {
                entry.categoryKeys[$0] == UInt32(entry.idHash)
            }
            #expect(isIntact && entry.categoryCount == test.categoryCount)
            return entry.idHash
        case .cold(let offset):
            coldCount += 1
            return offset
        }
    }

    struct Difference: Error {
        var text: String
    }
}
