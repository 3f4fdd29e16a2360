import Ingestion
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Examples that weigh one over their propensity")
struct PropensityTests {
    private static let rules = RecordRules(nil, ExampleDesign(propensityFloor: 0.05))

    private static func record(_ fields: String, isLast: Bool = true) -> String {
        isLast
            ? "{\"id\":\"e\",\"ts\":0,\"features\":{\"a\":\"x\"}\(fields)}"
            : "{\"id\":\"e\",\"ts\":0\(fields),\"features\":{\"a\":\"x\"}}"
    }

    private func weight(_ reading: Reading) -> Float {
        reading.entry.withUnsafeBytes { bytes in
            bytes.baseAddress.map { EntryView($0).weight } ?? .nan
        }
    }

    private func cut(_ reading: Reading) -> Float {
        reading.entry.withUnsafeBytes { bytes in
            bytes.baseAddress.map { EntryView($0).cutWeight } ?? .nan
        }
    }

    @Test("The weight is one over propensity and sample rate, however the record is read")
    func weights() {
        var random = SplitMix64(seed: 4)
        let parsers = [LineParser(rules: Self.rules), .full(rules: Self.rules)]
        for _ in 0..<200 {
            let propensity = Double.random(in: 0.05...1, using: &random)
            let rate = Double.random(in: 0.05...1, using: &random)
            let (first, second) = (",\"propensity\":\(propensity)", ",\"sample_rate\":\(rate)")
            let wanted = Float(1 / (propensity * rate))
            for parser in parsers {
                for line in [
                    Self.record(first + second), Self.record(second + first),
                    Self.record(first + second, isLast: false),
                ] {
                    let reading = parser.read(line)
                    #expect(weight(reading) == wanted)
                    #expect(cut(reading) == 0)
                }
                #expect(weight(parser.read(Self.record(first))) == Float(1 / propensity))
            }
        }
    }

    @Test("A propensity below the floor counts as the floor, and what that takes is told")
    func floor() {
        let parser = LineParser(rules: Self.rules)
        for _ in 0..<3 {
            let small = parser.read(Self.record(",\"propensity\":0.01"))
            #expect(weight(small) == 20)
            #expect(cut(small) == 80)
            let smallest = parser.read(Self.record(",\"propensity\":1e-300"))
            #expect(weight(smallest) == 20)
            #expect(cut(smallest) == 1e30)
            // The limit of all weights takes, too.
            let both = parser.read(Self.record(",\"propensity\":0.5,\"sample_rate\":0.0001"))
            #expect(weight(both) == 10_000)
            #expect(cut(both) == 10_000)
        }
    }

    @Test("A record without a propensity, or with one that is none, is refused by its rule")
    func refused() {
        let parser = LineParser(rules: Self.rules)
        for _ in 0..<3 {
            #expect(parser.read(Self.record(",\"propensity\":0.5")).isAdmitted)
            let missing = parser.read(Self.record("")).rejection
            #expect(missing?.rule == .propensityMissing)
            #expect(missing?.field == "propensity")
            #expect(parser.read(Self.record(",\"propensity\":null")).rejection != nil)
            for bad in ["0", "-0.5", "1.5", "-0"] {
                #expect(
                    parser.read(Self.record(",\"propensity\":\(bad)")).rejection?.rule
                        == .propensityRange, "\(bad)")
            }
            #expect(!parser.read(Self.record(",\"propensity\":NaN")).isAdmitted)
        }
        #expect(LineParser.full(rules: Self.rules).read(Self.record("")).rejection != nil)
        let lenient = LineParser(rules: Self.rules.lenient).read(Self.record(""))
        #expect(weight(lenient) == 1)
    }

    @Test("Without a floor, propensities weigh nothing and are not needed")
    func unused() {
        let parser = LineParser()
        for _ in 0..<3 {
            #expect(weight(parser.read(Self.record(",\"propensity\":0.01"))) == 1)
            let sampled = parser.read(Self.record(",\"propensity\":0.01,\"sample_rate\":0.5"))
            #expect(weight(sampled) == 2)
            #expect(cut(sampled) == 0)
            #expect(weight(parser.read(Self.record(""))) == 1)
        }
    }
}
