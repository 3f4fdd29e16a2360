import Ingestion
import TestKit
import Testing
import Vocabulary

/// Records that were made to do harm, and once did.
@Suite("Hostile records")
struct HostileTests {
    private static func example(_ features: String) -> String {
        "{\"id\":\"e\",\"ts\":1,\"features\":{\(features)}}"
    }

    @Test("A name that came twice is found, whatever the parser has learned of its neighbours")
    func namesLearnedApart() {
        for parser in [LineParser(), .full()] { namesLearnedApart(by: parser) }
    }

    private func namesLearnedApart(by parser: LineParser) {
        #expect(parser.read(Self.example(#""a":1,"b":2,"c":3"#)).isAdmitted)
        // "a" now follows a place at which "b" was expected, and is expected before it too.
        #expect(parser.read(Self.example(#""b":1,"a":2"#)).isAdmitted)
        let rejection = parser.read(Self.example(#""a":1,"b":2,"a":3"#)).rejection
        #expect(rejection?.rule == .duplicateField && rejection?.field == "features.a")
    }

    @Test(
        "Names in any order, some left out, some twice: twice is found",
        arguments: 1...8 as ClosedRange<UInt64>)
    func shuffledNames(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let parser = seed % 2 == 0 ? LineParser() : .full()
        for _ in 0..<3000 {
            var names = ["a", "b", "c", "d", "e", "f"].shuffled(using: &random)
            names.removeLast(random.below(5))
            if random.chance(0.3) {
                names.insert(random.pick(names), at: random.below(names.count))
            }
            let space = random.pick(["", "", "", " "])
            let features = names.map { "\"\($0)\":\(space)1" }.joined(separator: ",")
            let reading = parser.read(Self.example(features))
            #expect(reading.isAdmitted == (Set(names).count == names.count), "\(features)")
        }
    }

    @Test("A bag that fills the room for features leaves none for what follows on a known way")
    func longBags() {
        func line(items: Int, others: Int) -> String {
            let bag = Array(repeating: "\"x\"", count: items).joined(separator: ",")
            let rest = (0..<others).map { ",\"n\($0)\":\"v\"" }.joined()
            return Self.example("\"bag\":[\(bag)]\(rest)")
        }
        let parser = LineParser()
        #expect(parser.read(line(items: 3, others: 200)).isAdmitted)
        for items in [9_600, 9_743, 9_744, 9_745, 9_799, 9_800] {
            let reading = parser.read(line(items: items, others: 200))
            #expect(reading.features.count == items + 200)
            #expect(reading.breach(of: Array(line(items: items, others: 200).utf8)) == nil)
        }
        for items in [9_801, 9_900, 9_999, 10_000, 10_001, 20_000] {
            let reading = parser.read(line(items: items, others: 200))
            #expect(reading.rejection?.rule == .tooManyFeatures)
        }
    }

    @Test("A record with more features than may be is refused by a parser that is full, too")
    func manyFeatures() {
        let names = (0..<30_000).map { "\"\($0)\":" }
        for value in ["1", "\"x\"", "true", "[\"x\",\"y\"]"] {
            let parser = LineParser.full()
            for count in [9_999, 10_000, 10_001, 10_300, 30_000] {
                let features = names.prefix(count).map { $0 + value }.joined(separator: ",")
                let reading = parser.read(Self.example(features))
                let isWithin = count <= (value.first == "[" ? 5_000 : 10_000)
                #expect(reading.isAdmitted == isWithin)
                #expect(isWithin || reading.rejection?.rule == .tooManyFeatures)
            }
        }
    }

    @Test("Zeros are no date, even where a date was read that had to be unescaped")
    func zerosForDate() {
        let parser = LineParser()
        let escaped = #"{"id":"e","ts":"2026\u002d11-23T08:00:00Z","features":{}}"#
        #expect(parser.read(escaped).isAdmitted)
        for byte in [0x00, 0x01, 0x7F, 0xFF] as [UInt8] {
            let date = [UInt8](repeating: byte, count: 10)
            let line =
                Array(#"{"id":"e","ts":""#.utf8) + date
                + Array(#"T08:00:00Z","features":{}}"#.utf8)
            #expect(!parser.read(line).isAdmitted)
        }
        let first = parser.read(#"{"id":"e","ts":"1970-01-01T00:00:02Z","features":{}}"#)
        #expect(first.isAdmitted)
        first.entry.withUnsafeBytes { bytes in
            #expect(bytes.baseAddress.map { EntryView($0).time.microseconds } == 2_000_000)
        }
    }

    @Test("Of sixty thousand names in one record, one that came twice is found without delay")
    func manyEmptyNames() {
        let names = (100_000..<160_000).map { "\"\($0)\":null" }
        let parser = LineParser()
        let clock = ContinuousClock()
        let time = clock.measure {
            let all = Self.example(names.joined(separator: ","))
            #expect(parser.read(all).isAdmitted)
            for twice in ["100000", "130000", "159999"] {
                let line = Self.example((names + ["\"\(twice)\":1"]).joined(separator: ","))
                let rejection = parser.read(line).rejection
                #expect(rejection?.rule == .duplicateField)
                #expect(rejection?.field == "features." + twice)
            }
        }
        // With a look at every name for every name it takes three seconds and more.
        #expect(time < .seconds(2))
        #expect(parser.read(Self.example("\"100000\":1,\"b\":1")).isAdmitted)
    }
}
