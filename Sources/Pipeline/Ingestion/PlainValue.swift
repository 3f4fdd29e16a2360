import Numerics
import Vocabulary

/// Values as almost all records have them, read over raw pointers with everything in registers;
/// whatever is out of the ordinary is left to `JSONScanner`, which knows all of JSON.
enum PlainValue {
    /// The closing quote of a string that begins at `start` and has neither escapes nor bytes
    /// beyond ASCII; nil if it is no such string.
    @inline(__always)
    static func stringEnd(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var at = start
        while at < end {
            let word = UnsafeRawPointer(at).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let stops =
                ((quote &- ones) & ~quote | (slash &- ones) & ~slash
                    | (word &- (ones &* 0x20)) & ~word | word) & tops
            if stops != 0 {
                at += stops.trailingZeroBitCount >> 3
                return at < end && at.pointee == UInt8(ascii: "\"") ? at : nil
            }
            at += 8
        }
        return nil
    }

    /// The nearest double to a number without an exponent, and the byte behind it; nil if it is
    /// none, or needs more care.
    ///
    /// Up to 19 digits. Mantissas within 2^53 are exact (Clinger 1990). Larger ones are divided
    /// in extended precision, whose 64 bits round to the right double unless they lie within
    /// one unit of the middle between two.
    @inline(__always)
    static func number(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>
    ) -> (value: Double, next: UnsafePointer<UInt8>)? {
        var at = start
        let isNegative = at.pointee == UInt8(ascii: "-")
        if isNegative { at += 1 }
        let digits = at
        var mantissa: UInt64 = 0
        while at < end, at.pointee &- 0x30 <= 9 {
            mantissa = mantissa &* 10 &+ UInt64(at.pointee &- 0x30)
            at += 1
        }
        var digitCount = at - digits
        guard digitCount > 0, digitCount == 1 || digits.pointee != 0x30 else { return nil }
        var scale = 0
        if at < end, at.pointee == UInt8(ascii: ".") {
            at += 1
            let fraction = at
            while at < end, at.pointee &- 0x30 <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(at.pointee &- 0x30)
                at += 1
            }
            scale = at - fraction
            guard scale > 0 else { return nil }
            digitCount += scale
        }
        guard digitCount <= 19, at < end, at.pointee | 0x20 != UInt8(ascii: "e"),
            let magnitude = scaled(mantissa, scale)
        else { return nil }
        return (isNegative ? -magnitude : magnitude, at)
    }

    /// mantissa / 10^scale.
    @inline(__always)
    private static func scaled(_ mantissa: UInt64, _ scale: Int) -> Double? {
        if mantissa <= 1 << 53 { return Double(mantissa) / powers[scale] }
        return scaledInExtendedPrecision(mantissa, scale)
    }

    #if arch(x86_64)
        private static func scaledInExtendedPrecision(_ mantissa: UInt64, _ scale: Int) -> Double? {
            let quotient = Float80(mantissa) / Float80(powers[scale])
            let rest = quotient.significandBitPattern & 0x7FF
            guard rest < 0x3FF || rest > 0x401 else { return nil }
            return Double(quotient)
        }
    #else
        private static func scaledInExtendedPrecision(_ mantissa: UInt64, _ scale: Int) -> Double? {
            nil
        }
    #endif

    /// Powers of ten, each exact in a double: 10^0 to 10^19.
    private static let powers: InlineArray<20, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        1e16, 1e17, 1e18, 1e19,
    ]
}
