import Ingestion
import TestKit
import Testing
import Vocabulary

/// The exact decimal digits of a whole number times a power of two, by long multiplication.
private struct ExactDecimal {
    /// From the last to the first, nine digits each.
    private var limbs: [UInt64]
    /// How many of the digits stand behind the point.
    private var scale = 0

    init(_ significand: UInt64, exponent: Int) {
        limbs = [significand % 1_000_000_000, significand / 1_000_000_000 % 1_000_000_000]
        limbs.append(significand / 1_000_000_000_000_000_000)
        for _ in 0..<abs(exponent) { multiply(by: exponent < 0 ? 5 : 2) }
        scale = max(0, -exponent)
    }

    private mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = limbs[index] * factor + carry
            limbs[index] = product % 1_000_000_000
            carry = product / 1_000_000_000
        }
        if carry > 0 { limbs.append(carry) }
    }

    /// One less in the last digit.
    mutating func decrement() {
        for index in limbs.indices {
            if limbs[index] > 0 {
                limbs[index] -= 1
                return
            }
            limbs[index] = 999_999_999
        }
    }

    /// All digits, more of them behind the last, and the point as far to the left as is said, with
    /// an exponent that makes up for it.
    func text(more: String, pointShift: Int = 0) -> String {
        var digits =
            limbs.reversed().map { limb in
                let text = String(limb)
                return String(repeating: "0", count: 9 - text.count) + text
            }.joined() + more
        let places = scale + more.count + pointShift
        if digits.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.count) + digits
        }
        let split = digits.index(digits.endIndex, offsetBy: -places)
        let whole = digits[..<split].drop { $0 == "0" }
        let exponent = pointShift == 0 ? "" : "e\(pointShift)"
        let fraction = digits[split...].isEmpty ? "" : "." + digits[split...]
        return (whole.isEmpty ? "0" : String(whole)) + fraction + exponent
    }
}

@Suite("Numbers between two doubles")
struct RoundingTests {
    private let parser = LineParser()

    private func value(of numeral: String) -> Double? {
        let reading = parser.read("{\"id\":\"e\",\"ts\":1,\"features\":{\"x\":\(numeral)}}")
        return reading.features.first.map { Double(bitPattern: $0.bits) }
    }

    /// Numerals at the middle between a double and the next one, a hair below, and a hair above.
    private func check(_ low: Double) {
        let bits = low.bitPattern
        let exponent = Int(bits >> 52)
        let fraction = bits & (1 << 52 - 1)
        let significand = exponent == 0 ? fraction : fraction | 1 << 52
        let middle = ExactDecimal(
            2 * significand + 1, exponent: max(exponent, 1) - 1076)
        var below = middle
        below.decrement()
        let high = low.nextUp
        let even = significand % 2 == 0 ? low : high
        for shift in [0, 1, 17, 330] {
            expect(middle.text(more: "", pointShift: shift), even)
            expect(middle.text(more: "000", pointShift: shift), even)
            expect(middle.text(more: "0000000001", pointShift: shift), high)
            expect(below.text(more: "9", pointShift: shift), low)
            expect(below.text(more: "9999999999", pointShift: shift), low)
        }
        expect(ExactDecimal(significand, exponent: max(exponent, 1) - 1075).text(more: ""), low)
    }

    private func expect(_ numeral: String, _ wanted: Double) {
        for (text, value) in [(numeral, wanted), ("-" + numeral, -wanted)] {
            let found = self.value(of: text)
            if value.isFinite {
                #expect(found?.bitPattern == value.bitPattern, "\(text)")
            } else {
                #expect(found == nil, "\(text)")
            }
        }
    }

    @Test("Where few digits say all: wholes and halves from 2^50 to 2^63")
    func fewDigits() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            let power = 50 + random.below(14)
            check(Double(sign: .plus, exponent: power, significand: 1 + random.unit()))
        }
    }

    @Test("Anywhere, with as many digits as it takes", arguments: [2, 3] as [UInt64])
    func anywhere(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let value = Double(bitPattern: random.next() & ~(1 << 63))
            if value.isFinite { check(value) }
        }
    }

    @Test("Below the least normal number, and at both ends of what there is")
    func ends() {
        var random = SplitMix64(seed: 4)
        check(0)
        check(.leastNonzeroMagnitude)
        check(.leastNormalMagnitude)
        check(.leastNormalMagnitude.nextDown)
        check(.greatestFiniteMagnitude.nextDown)
        // The middle between the greatest double and what would come next has no double.
        check(.greatestFiniteMagnitude)
        for _ in 0..<60 { check(Double(bitPattern: random.next() >> (12 + random.next() % 50))) }
    }

    @Test("Numerals of 1 to 19 digits, with the point anywhere, next to a middle")
    func shortNumerals() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<100_000 {
            let digits = String(random.next() >> (random.next() % 60)).prefix(19)
            let point = digits.index(digits.startIndex, offsetBy: random.below(digits.count))
            let whole = digits[..<point].isEmpty ? "0" : String(digits[..<point])
            let numeral = whole + "." + digits[point...]
            #expect(value(of: numeral)?.bitPattern == Double(numeral)?.bitPattern, "\(numeral)")
        }
    }
}
