import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("Escapes change nothing")
struct EscapeTests {
    /// Writes a text with some of its characters escaped, and space where space may stand.
    private struct Writer {
        var random: SplitMix64

        mutating func string(_ text: String) -> String {
            var out = "\""
            for unit in text.utf16 {
                let hex = String(unit, radix: 16, uppercase: random.chance(0.5))
                let escaped = "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                let isSurrogate = unit & 0xF800 == 0xD800
                let plain = String(decoding: [unit], as: UTF16.self)
                switch plain {
                case "\"", "\\": out += random.chance(0.5) ? "\\" + plain : escaped
                case "/": out += random.pick(["/", "\\/", escaped])
                case "\n": out += random.pick(["\\n", escaped])
                case "\t": out += random.pick(["\\t", escaped])
                default: out += isSurrogate || random.chance(0.4) ? escaped : plain
                }
            }
            return out + "\""
        }

        mutating func space() -> String { random.pick(["", "", " ", "\t", "  ", "\r"]) }

        mutating func record() -> String {
            var parts = [
                "\(string("id")):\(space())\(string("e/1\n"))",
                "\(string("ts")):\"1970-01-01T00:00:01Z\"",
                "\(string("source")):\(string("pärtner"))",
                "\(string("segment")):\(string("EU \"north\""))",
            ]
            var features: [String] = []
            for (name, value) in [("query", "brown \\ wool"), ("größe", "🧶"), ("a\tb", "")] {
                features.append("\(string(name))\(space()):\(space())\(string(value))")
            }
            features.append("\(string("tags")):[\(string("sale")),\(space())\(string("nëw"))]")
            features.append("\(string("price")):\(space())12.5")
            features.append("\(string("member")):true")
            let object = features.joined(separator: space() + "," + space())
            parts.append("\(string("features")):\(space()){\(space())\(object)\(space())}")
            let fields = parts.joined(separator: "," + space())
            return space() + "{" + fields + space() + "}" + space()
        }
    }

    @Test(
        "A record is the same however its texts are escaped and spaced",
        arguments: 1...4 as ClosedRange<UInt64>)
    func equalReadings(seed: UInt64) {
        let parser = LineParser()
        var writer = Writer(random: SplitMix64(seed: seed))
        let first = parser.read(writer.record())
        #expect(first.isAdmitted && first.features.count == 7)
        for _ in 0..<2000 {
            #expect(parser.read(writer.record()) == first)
        }
    }

    @Test("A boolean is the category of its word, and a null is no feature")
    func literals() {
        let parser = LineParser()
        func features(_ object: String) -> [Reading.Feature] {
            parser.read("{\"id\":\"e\",\"ts\":1,\"features\":\(object)}").features
        }
        #expect(features(#"{"a":true}"#) == features(#"{"a":"true"}"#))
        #expect(features(#"{"a":false}"#) == features(#"{"a":["false"]}"#))
        #expect(features(#"{"a":null}"#).isEmpty)
        #expect(features(#"{"a":[]}"#).isEmpty)
        #expect(features(#"{"a":"x"}"#) != features(#"{"b":"x"}"#))
    }

    @Test("The entry holds numbers and categories in the order of the line")
    func entryLayout() {
        let line =
            #"{"id":"e","ts":2.5,"label":0.25,"sample_rate":0.5,"features":"#
            + #"{"a":1,"t":["x","y"],"b":-2.5},"source":"s","segment":"g"}"#
        let reading = LineParser().read(line)
        reading.entry.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let entry = EntryView(base)
            #expect(entry.isWhole(within: bytes.count))
            #expect(entry.size == bytes.count && entry.size % 8 == 0)
            #expect(entry.numberCount == 2 && entry.categoryCount == 2)
            #expect(entry.time == Instant(microseconds: 2_500_000))
            #expect(entry.label == 0.25 && entry.weight == 2)
            #expect(entry.numbers[0] == 1 && entry.numbers[1] == -2.5)
            #expect(entry.source != 0 && entry.segment != 0 && entry.source != entry.segment)
            for index in 0..<2 {
                #expect(
                    entry.numberKeys[index]
                        == UInt32(truncatingIfNeeded: reading.features[index * 3].name))
                #expect(
                    entry.categoryKeys[index]
                        == UInt32(truncatingIfNeeded: reading.features[index + 1].category))
            }
        }
    }
}
