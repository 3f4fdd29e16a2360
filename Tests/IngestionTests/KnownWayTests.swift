import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("Records that take a way which others took before")
struct KnownWayTests {
    /// A seeded shape of records: which fields and features there are, in which order, with
    /// which spaces between.
    struct Shape {
        var keys: [String]
        var names: [String]
        var space: String
        var isNested: Bool
    }

    private static let strings = [
        "", "a", "EWR", "seven77", "eight888", "nine99999", "exactly sixteen.",
        "a text of more than sixteen bytes", "Zürich", "日本語のテキスト", "tab\\t", "\\u00e9",
        "quote\\\"d", "\u{10FFFF}",
    ]

    private static func shape(_ random: inout SplitMix64) -> Shape {
        var keys = ["id", "ts", "features"]
        for key in ["label", "segment", "source", "sample_rate", "note", "arm", "propensity"]
        where random.chance(0.4) {
            keys.append(key)
        }
        var names = (0..<random.below(12)).map { "n\($0)" }
        if random.chance(0.3) { names.append("a very long name of a feature, thirty and more") }
        if random.chance(0.3) { names.append("größe") }
        names += strings[3...7].filter { _ in random.chance(0.2) }
        return Shape(
            keys: keys.shuffled(using: &random), names: names.shuffled(using: &random),
            space: random.chance(0.3) ? " " : "", isNested: random.chance(0.1))
    }

    private static func string(_ random: inout SplitMix64) -> String {
        "\"" + random.pick(strings) + "\""
    }

    private static func number(_ random: inout SplitMix64) -> String {
        switch random.below(6) {
        case 0: "\(random.below(100))"
        case 1: "-\(random.below(10_000))"
        case 2: "\(random.unit())"
        case 3: "\(Double(random.below(100_000)) / 100)"
        case 4: "\(random.unit() * 1e9)"
        default: random.pick(["1e5", "01", "1.", ".5", "-", "12345678", "1234567", "0", "-0"])
        }
    }

    private static func time(_ random: inout SplitMix64) -> String {
        func two(_ count: Int) -> String {
            let value = random.below(count)
            return value < 10 ? "0\(value)" : "\(value)"
        }
        switch random.below(8) {
        case 0: return "\(random.below(2_000_000_000))"
        case 1: return "\"2013-01-01T10:15:\(two(70))Z\""
        case 2: return "\"2013-01-01T\(two(30)):00:00.25+01:00\""
        case 3: return "\"2013-01-01 10:15:00z\""
        default: return "\"2013-0\(1 + random.below(2))-01T\(two(24)):\(two(61)):\(two(60))Z\""
        }
    }

    private static func feature(_ random: inout SplitMix64, _ position: Int) -> String {
        switch (position + random.below(20) / 18) % 5 {
        case 0, 1: string(&random)
        case 2, 3: number(&random)
        default:
            random.pick(["null", "true", "false", "[]", #"["a"]"#, #"["a", "bb","ccccccccccc"]"#])
        }
    }

    private static func line(_ shape: Shape, _ random: inout SplitMix64) -> String {
        let fields = shape.keys.map { key in
            let value =
                switch key {
                case "id": random.chance(0.1) ? string(&random) : "\"e\(random.below(1000))\""
                case "ts": time(&random)
                case "features":
                    "{"
                        + shape.names.enumerated().map { position, name in
                            "\"\(name)\":\(shape.space)\(feature(&random, position))"
                        }.joined(separator: "," + shape.space) + "}"
                case "label": random.pick(["0", "1", "0.5", "1.5", "null"])
                case "sample_rate", "propensity": random.pick(["1", "0.25", "0", "2"])
                case "note": shape.isNested ? "{\"a\":[1]}" : random.pick(["1", "\"x\"", "true"])
                default: string(&random)
                }
            return "\"\(key)\":\(shape.space)\(value)"
        }
        return "{" + fields.joined(separator: "," + shape.space) + "}"
    }

    @Test(
        "A parser that knows the way says what one that does not says, whatever the record",
        arguments: 1...40 as ClosedRange<UInt64>)
    func agreement(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let shapes = (0..<3).map { _ in Self.shape(&random) }
        let experienced = LineParser()
        for _ in 0..<400 {
            var line = Array(Self.line(random.pick(shapes), &random).utf8)
            if random.chance(0.1) {
                // Something is wrong with it.
                line[random.below(line.count)] = UInt8(truncatingIfNeeded: random.next())
            } else if random.chance(0.03) {
                line.removeLast(random.below(line.count))
            }
            let tail = UInt8(truncatingIfNeeded: random.next())
            let stream: StreamKind = random.chance(0.8) ? .examples : .labels
            let known = experienced.read(line, stream, tail: tail)
            let anew = LineParser().read(line, stream, tail: tail)
            #expect(known == anew, "\(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test("More shapes than can be known are read all the same")
    func manyShapes() {
        var random = SplitMix64(seed: 77)
        let experienced = LineParser()
        for index in 0..<12_000 {
            let names = (0..<6).map { _ in "n\(random.below(1000))" }
            let features = Set(names).sorted().map { "\"\($0)\":1" }.joined(separator: ",")
            let line = "{\"id\":\"e\(index)\",\"ts\":\(index),\"features\":{\(features)}}"
            let reading = experienced.read(line)
            #expect(reading.features.count == Set(names).count)
        }
    }
}
