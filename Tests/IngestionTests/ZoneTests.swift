import Ingestion
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Time zones of records, and the features made of them")
struct ZoneTests {
    /// `East` is two hours ahead until it goes back to one at 1970-01-04T01:00Z, a Sunday.
    private static let clocks: ZoneClocks = { zone, now in
        let hour = now.microseconds / 3_600_000_000
        switch zone {
        case "UTC", "Zürich": return ZoneTime(offset: 0)
        case "West": return ZoneTime(offset: -8 * 3600)
        case "East" where hour < 73: return ZoneTime(offset: 7200)
        case "East": return ZoneTime(offset: 3600, isRepeated: hour == 73)
        default: return nil
        }
    }

    private static let features = RecordRules(clocks, ExampleDesign(makesTimeFeatures: true))

    private static func record(_ zone: String?, ts: Int = 0, id: String = "e") -> String {
        let field = zone.map { ",\"tz\":\($0)" } ?? ""
        return "{\"id\":\"\(id)\",\"ts\":\(ts),\"features\":{\"a\":\"x\"}\(field)}"
    }

    @Test("A zone that is unknown is refused with its name, however the record is read")
    func unknown() {
        for parser in [
            LineParser(rules: RecordRules(Self.clocks)),
            .full(rules: Self.features),
        ] {
            for good in ["\"East\"", "\"Z\\u00fcrich\"", "\"Zürich\"", "\"UTC\"", "\"East\""] {
                #expect(parser.read(Self.record(good)).isAdmitted, "\(good)")
            }
        }
        let parser = LineParser(rules: RecordRules(Self.clocks))
        for _ in 0..<3 {
            #expect(parser.read(Self.record("\"UTC\"")).isAdmitted)
            for bad in ["\"Atlantis\"", "\"\"", "7", "true"] {
                let rejection = parser.read(Self.record(bad)).rejection
                #expect(rejection?.rule == .zoneUnknown, "\(bad)")
                #expect(rejection?.field == "tz")
            }
            let rejection = parser.read(Self.record("\"Atlantis\"")).rejection
            #expect(rejection?.text.contains("found Atlantis") == true)
        }
        #expect(parser.read(Self.record(nil)).isAdmitted)
        #expect(parser.read(Self.record("null")).isAdmitted)
        #expect(parser.read("{\"id\":\"l\",\"ts\":1,\"label\":1,\"tz\":\"?\"}", .labels).isAdmitted)
    }

    @Test("Where features are made of it, a record without a zone is refused")
    func missing() {
        let parser = LineParser(rules: Self.features)
        for _ in 0..<3 {
            #expect(parser.read(Self.record("\"UTC\"")).isAdmitted)
            #expect(parser.read(Self.record(nil)).rejection?.rule == .zoneMissing)
            #expect(parser.read(Self.record("null")).rejection?.rule == .zoneMissing)
        }
        let own = "{\"id\":\"e\",\"ts\":0,\"features\":{\"local_hour\":\"3\"},\"tz\":\"UTC\"}"
        #expect(parser.read(own).rejection?.rule == .duplicateField)
    }

    private static func categories(_ entry: [UInt8]) -> [UInt32] {
        entry.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            let view = EntryView(base)
            return (0..<view.categoryCount).map { view.categoryKeys[$0] }
        }
    }

    private static func expected(
        _ hour: String, _ weekday: Int, month: Int
    ) -> [UInt32] {
        let texts = [
            ("local_hour", hour), ("local_weekday", "\(weekday)"),
            ("local_hour_of_week", "\(weekday) \(hour)"), ("local_month", "\(month)"),
        ]
        return texts.map { name, text in
            UInt32(
                truncatingIfNeeded: FeatureHash.category(text, name: FeatureHash.name(name)))
        }
    }

    @Test("Features tell the sender's clock, and the hour that comes twice apart")
    func features() {
        let parser = LineParser(rules: Self.features)
        let cases: [(zone: String, ts: Int, hour: String, weekday: Int, month: Int)] = [
            ("\"UTC\"", 0, "0", 4, 1), ("\"West\"", 0, "16", 3, 12),
            ("\"East\"", 72 * 3600 + 1800, "2", 7, 1), ("\"East\"", 73 * 3600, "2 again", 7, 1),
            ("\"East\"", 73 * 3600 + 3599, "2 again", 7, 1), ("\"East\"", 74 * 3600, "3", 7, 1),
            ("\"UTC\"", -1, "23", 3, 12),
        ]
        for one in cases + cases {
            let reading = parser.read(Self.record(one.zone, ts: one.ts))
            #expect(
                Array(Self.categories(reading.entry).dropFirst())
                    == Self.expected(one.hour, one.weekday, month: one.month), "\(one)")
            #expect(reading.features.count == 1, "the schema sees what the sender wrote")
        }
    }

    @Test("The same entry comes of every way to read a record, and of serving")
    func ways() throws {
        let rules = Self.features
        let known = LineParser(rules: rules)
        let full = LineParser.full(rules: rules)
        let serving = RecordParser(rules: rules)
        var random = SplitMix64(seed: 7)
        for _ in 0..<500 {
            let zone = random.pick(["\"UTC\"", "\"West\"", "\"East\"", "\"Zürich\""])
            let ts = random.below(1_000_000)
            let record = Self.record(zone, ts: ts)
            let fresh = LineParser(rules: rules).read(record)
            #expect(fresh.isAdmitted)
            #expect(known.read(record) == fresh)
            #expect(full.read(record) == fresh)
            try serving.parseFeatures(
                Array("{\"a\":\"x\"}".utf8),
                at: Instant(microseconds: Int64(ts) * 1_000_000), zone: Array(zone.utf8))
            let size = EntryView(UnsafeRawPointer(serving.entry)).size
            let entry = Array(UnsafeRawBufferPointer(start: serving.entry, count: size))
            #expect(Self.categories(entry) == Self.categories(fresh.entry))
        }
    }
}
