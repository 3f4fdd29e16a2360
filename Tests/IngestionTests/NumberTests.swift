import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("Numbers in records")
struct NumberTests {
    private static func digits(_ count: Int, _ random: inout SplitMix64) -> String {
        String(
            decoding: (0..<count).map { _ in UInt8(0x30 + random.below(10)) }, as: UTF8.self)
    }

    /// A numeral that RFC 8259 allows, of any length and size.
    private static func numeral(_ random: inout SplitMix64) -> String {
        var text = random.chance(0.3) ? "-" : ""
        let isShort = random.chance(0.6)
        let whole = digits(1 + random.below(isShort ? 7 : 24), &random)
        let trimmed = whole.drop { $0 == "0" }
        text += trimmed.isEmpty ? "0" : String(trimmed)
        if random.chance(0.6) {
            text += "." + digits(1 + random.below(isShort ? 9 : 26), &random)
        }
        if random.chance(0.4) {
            text += random.pick(["e", "E"]) + random.pick(["", "+", "-"])
            text += String(random.below(random.chance(0.5) ? 25 : 330))
        }
        return text
    }

    private static func value(of numeral: String, _ parser: LineParser) -> Double? {
        let reading = parser.read("{\"id\":\"e\",\"ts\":1,\"features\":{\"x\":\(numeral)}}")
        return reading.features.first.map { Double(bitPattern: $0.bits) }
    }

    @Test(
        "A numeral gives the very bits that the standard library gives",
        arguments: 1...4 as ClosedRange<UInt64>)
    func agreement(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let parser = LineParser()
        for _ in 0..<25_000 {
            let numeral = Self.numeral(&random)
            let wanted = Double(numeral)
            let found = Self.value(of: numeral, parser)
            if let wanted, wanted.isFinite {
                #expect(found?.bitPattern == wanted.bitPattern, "\(numeral)")
            } else {
                #expect(found == nil, "\(numeral)")
            }
        }
    }

    @Test("Every double survives its shortest text", arguments: [9, 10] as [UInt64])
    func shortestTexts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let parser = LineParser()
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(Self.value(of: "\(value)", parser)?.bitPattern == value.bitPattern)
        }
    }

    @Test(
        "Numerals known to be hard are rounded right",
        arguments: [
            "9007199254740993", "9007199254740992.5", "9007199254740993e0",
            "0.1", "1e22", "1e23", "123456789012345678", "18446744073709551615",
            "18446744073709551616", "9999999999999999999", "99999999999999999999",
            "2.2250738585072011e-308", "2.2250738585072014e-308", "4.9406564584124654e-324",
            "1.7976931348623157e308", "5e-324", "8.41e21", "6.8e-22",
            "179769313486231580793728971405301e276", "0.000000000000000000000000000001",
            "1000000000000000000000000000000e-30", "-0", "-0.0", "0e5", "0e-5",
        ])
    func hardNumerals(numeral: String) throws {
        let wanted = try #require(Double(numeral))
        let found = Self.value(of: numeral, LineParser())
        #expect(found?.bitPattern == wanted.bitPattern)
    }

    @Test("An exponent and a fraction that cancel over 100,000 digits give no other number")
    func longNumerals() throws {
        let zeros = String(repeating: "0", count: 100_000)
        let parser = LineParser()
        for numeral in ["0.\(zeros)1e100001", "1\(zeros)e-100000", "0.\(zeros)1e100002"] {
            let wanted = try #require(Double(numeral))
            #expect(Self.value(of: numeral, parser)?.bitPattern == wanted.bitPattern)
        }
    }
}
