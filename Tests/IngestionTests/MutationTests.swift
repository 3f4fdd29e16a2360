import Ingestion
import TestKit
import Testing
import Vocabulary

/// Valid records, broken at random.
struct RecordMutator {
    var random: SplitMix64

    static let examples = [
        #"{"id":"e1","ts":"2026-11-23T08:00:00Z","features":{"query":"brown wool","price":12.5,"#
            + #""tags":["sale","new"],"member":true}}"#,
        #"{"id":"e2","ts":"2026-11-23T08:00:07.25+01:00","features":{"query":"needles","price":3,"#
            + #""tags":[],"member":false},"label":1,"source":"partner","segment":"EU"}"#,
        #"{"ts":176,"id":"e-3","sample_rate":0.25,"propensity":0.5,"features":{"a":"EWR","b":-7}}"#,
        #"{"id":"é4","ts":1.5,"features":{"größe":"Zürich","n":1234567.125,"z":null},"arm":"A"}"#,
        #"{"features":{"x":"\u00e9\ud83e\udDF6","y":9007199254740993,"t":["a", "b"]},"id":"\"5","#
            + #""ts":0,"note":[1,{"k":null}],"tz":"Asia\/Tokyo"}"#,
        #" { "id" : "e6" , "ts" : "2026-11-23 08:00:00z" , "features" : { "a" : 1e-3 } } "#,
        #"{"id":"e7","ts":-1,"features":{},"checkpoint":"c","unit":8,"later":true}"#,
    ]
    static let labels = [
        #"{"id":"e1","ts":"2026-11-23T08:21:04.120Z","label":1}"#,
        #"{"id":"e2","ts":"2026-11-23T08:21:04Z","label":0.25}"#,
        #"{"heartbeat":"2026-11-23T08:21:04Z"}"#,
        #"{"label":0,"ts":5,"id":"\u0065","source":"s","x":{"a":[]}}"#,
    ]
    private static let pieces = [
        "\"", "\\", "\\u", "\\ud83e", "\\uDDF6", "{", "}", "[", "]", ",", ":", " ", "\t", "\r", "-",
        "0", "00", "1", ".", "e", "E+", "e400", "true", "null", "NaN", "12345678901234567890",
        "\"a\":", "\"a\":1,", "\"id\":\"e\",", "\u{0}", "é", "🧶", "aaaaaaaa", "[[[[", "\u{1F}",
    ]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func valid(_ stream: StreamKind) -> [UInt8] {
        Array(random.pick(stream == .examples ? Self.examples : Self.labels).utf8)
    }

    mutating func mutated(_ stream: StreamKind) -> [UInt8] {
        var line = valid(stream)
        for _ in 0..<random.pick([0, 0, 0, 1, 1, 1, 1, 2, 3]) { mutate(&line, stream) }
        return line
    }

    private mutating func range(_ line: [UInt8], lengthMax: Int) -> Range<Int> {
        let start = random.below(line.count + 1)
        return start..<min(line.count, start + random.below(lengthMax + 1))
    }

    private mutating func mutate(_ line: inout [UInt8], _ stream: StreamKind) {
        guard !line.isEmpty else { return }
        let index = random.below(line.count)
        switch random.below(10) {
        case 0, 1: line[index] ^= 1 << UInt8(random.below(8))
        case 2: line[index] = UInt8(truncatingIfNeeded: random.next())
        case 3: line[index] = random.pick(Array("\"\\{}[],: 0123456789-+.eE".utf8))
        case 4: line.removeSubrange(range(line, lengthMax: 12))
        case 5: line.insert(contentsOf: Array(random.pick(Self.pieces).utf8), at: index)
        case 6: line.insert(contentsOf: line[range(line, lengthMax: 30)], at: index)
        case 7:
            // The beginning of one record and the end of another.
            let other = valid(stream)
            line = Array(line[..<index] + other[random.below(other.count)...])
        case 8: line.removeLast(random.below(line.count))
        default:
            let other = valid(stream)
            line.insert(contentsOf: other[range(other, lengthMax: 40)], at: index)
        }
        line.removeAll { $0 == 0x0A }
    }
}

@Suite("Records broken at random")
struct MutationTests {
    @Test(
        "Two ways to read give one outcome, and it agrees with a plain reader of JSON",
        arguments: 1...10 as ClosedRange<UInt64>)
    func agreement(seed: UInt64) {
        var mutator = RecordMutator(seed: seed)
        let experienced = LineParser()
        let general = LineParser()
        let full = LineParser.full()
        var admitted = 0
        for count in 0..<12_000 {
            let stream: StreamKind = mutator.random.chance(0.75) ? .examples : .labels
            let line = mutator.mutated(stream)
            let tail = UInt8(truncatingIfNeeded: mutator.random.next())
            let known = experienced.read(line, stream, tail: tail)
            // White space that no record had before leads off every known way.
            let space = (0..<24).map { _ in mutator.random.pick([0x20, 0x09] as [UInt8]) }
            let anew = general.read(space + line, stream, tail: tail)
            #expect(JSONTests.isSame(known, anew), "\(String(decoding: line, as: UTF8.self))")
            let plain = full.read(line, stream, tail: tail)
            #expect(known == plain, "\(String(decoding: line, as: UTF8.self))")
            if count % 64 == 0 {
                let fresh = LineParser().read(line, stream, tail: tail)
                #expect(known == fresh, "\(String(decoding: line, as: UTF8.self))")
            }
            if let breach = known.breach(of: line) {
                Issue.record("\(breach): \(String(decoding: line, as: UTF8.self))")
            }
            if known.isAdmitted { admitted += 1 }
        }
        #expect(admitted > 3000 && admitted < 9000)
    }

    @Test(
        "A block of broken lines gives what each of them gives by itself",
        arguments: 1...6 as ClosedRange<UInt64>)
    func blocks(seed: UInt64) throws {
        var mutator = RecordMutator(seed: 100 + seed)
        let lines = (0..<3000).map { _ in mutator.mutated(.examples) }
        var cuts = mutator.random
        let source = MemorySource(Array(lines.joined(separator: [0x0A]))) { 1 + cuts.below(5000) }
        let found = try LineReaderTests.take(LineReader(source, stream: .examples))
        let wanted = LineReaderTests.expected(Array(lines.joined(separator: [0x0A])))
        #expect(found == wanted)
    }

    /// A record whose fields stand in any order, with any space between, any escapes inside.
    private static func written(
        _ fields: [(String, String)], _ random: inout SplitMix64
    ) -> [UInt8] {
        func space() -> String { random.pick(["", "", " ", "\t", "\r", "   "]) }
        func text(_ value: String) -> String {
            value.unicodeScalars.map { scalar in
                guard random.chance(0.2) else { return String(Character(scalar)) }
                return String(Character(scalar)).utf16.map { unit in
                    let hex = String(unit, radix: 16, uppercase: random.chance(0.5))
                    return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                }.joined()
            }.joined()
        }
        func key(_ name: String) -> String { "\"" + text(name) + "\"" + space() + ":" + space() }
        let parts = fields.shuffled(using: &random).map { name, value in
            guard value.first == "'" else { return key(name) + value }
            return key(name) + "\"" + text(String(value.dropFirst())) + "\""
        }
        return Array(
            (space() + "{" + space() + parts.joined(separator: space() + "," + space()) + space()
                + "}" + space()).utf8)
    }

    @Test("An entry is the same, byte for byte, in whatever order and spelling its fields come")
    func orderAndSpelling() {
        var random = SplitMix64(seed: 9)
        let texts = ["e", "brown wool", "Zürich", "日本語", "🧶🧶", "12345678", "exactly 16 bytes"]
        let parser = LineParser()
        for _ in 0..<400 {
            let features =
                "{\"a\":\"\(random.pick(texts))\",\"b\":[\"x\",\"y\"],\"c\":\(random.below(99999)),"
                + "\"d\":true,\"e\":null,\"f\":-\(random.unit())}"
            let fields = [
                ("id", "'" + random.pick(texts)), ("ts", "'2026-11-23T08:00:00Z"),
                ("features", features), ("source", "'" + random.pick(texts)),
                ("segment", "'" + random.pick(texts)), ("label", "1"), ("sample_rate", "0.5"),
                ("arm", "'A"), ("other", "[{}]"),
            ]
            let first = parser.read(Self.written(fields, &random))
            #expect(first.isAdmitted && first.breach(of: Self.written(fields, &random)) == nil)
            for _ in 0..<20 {
                #expect(parser.read(Self.written(fields, &random)) == first)
            }
        }
    }

    @Test("Features in another order are the same numbers and categories, by name")
    func orderOfFeatures() {
        var random = SplitMix64(seed: 10)
        let parser = LineParser()
        for _ in 0..<300 {
            let fields = (0..<12).map { index in
                ("f\(index)", random.pick(["'x", "'Zürich", "1.5", "-2", "true", "null", "[]"]))
            }
            func reading() -> Reading {
                let head = Array(#"{"id":"e","ts":1,"features":"#.utf8)
                return parser.read(head + Self.written(fields, &random) + Array("}".utf8))
            }
            let first = reading()
            #expect(first.isAdmitted)
            for _ in 0..<10 {
                let other = reading()
                #expect(other.outcome == first.outcome)
                #expect(Set(other.features) == Set(first.features))
                #expect(other.entry.count == first.entry.count)
            }
        }
    }
}
