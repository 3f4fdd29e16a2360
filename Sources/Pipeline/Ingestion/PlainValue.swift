import CShims
import Numerics
import Vocabulary

/// Values as almost all records have them, read over raw pointers with everything in registers;
/// whatever is out of the ordinary is left to `JSONScanner`, which knows all of JSON.
///
/// `LinePadding.size` bytes behind `end` must be readable; nothing is decided by them.
enum PlainValue {
    @usableFromInline static let ones: UInt64 = 0x0101_0101_0101_0101
    @usableFromInline static let tops: UInt64 = 0x8080_8080_8080_8080

    /// A string's hash, and where its closing quote stands.
    struct Text {
        var hash: UInt64
        var quote: UnsafePointer<UInt8>
    }

    /// The hash of a string without escapes whose first byte is at `start`; nil if it is none.
    @inline(__always)
    static func text(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, seed: UInt64
    ) -> Text? {
        // One more bit than there are bytes, so that there always is one.
        let count = (spindle_text_stops(start) | 1 << 16).trailingZeroBitCount
        let quote = start + count
        guard quote < end, quote.pointee == UInt8(ascii: "\"") else {
            return longText(start, before: end, seed: seed)
        }
        var head = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
        var tail: UInt64 = 0
        if count < 8 {
            head &= (1 &<< UInt64(count &* 8)) &- 1
        } else if count > 8 {
            tail = UnsafeRawPointer(quote - 8).loadUnaligned(as: UInt64.self)
        }
        return Text(hash: FeatureHash.short(head, tail, count: count, seed: seed), quote: quote)
    }

    /// The same without a branch on the text's length, for texts of ever other lengths.
    @inline(__always)
    static func unevenText(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, seed: UInt64
    ) -> Text? {
        let count = (spindle_text_stops(start) | 1 << 16).trailingZeroBitCount
        let quote = start + count
        guard quote < end, count > 0, quote.pointee == UInt8(ascii: "\"") else {
            return longText(start, before: end, seed: seed)
        }
        let headCount = min(count, 8)
        // All ones if there are more than eight bytes.
        let isLong = UInt64(bitPattern: Int64(8 &- count) &>> 63)
        let head = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
        let tail = UnsafeRawPointer(quote - headCount).loadUnaligned(as: UInt64.self)
        let hash = FeatureHash.short(
            head & (.max &>> UInt64(64 &- 8 &* headCount)), tail & isLong, count: count,
            seed: seed)
        return Text(hash: hash, quote: quote)
    }

    @inline(never)
    private static func longText(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, seed: UInt64
    ) -> Text? {
        guard let quote = stringEnd(start, before: end) else { return nil }
        let hash = FeatureHash.category(start, count: quote - start, name: seed)
        return Text(hash: hash, quote: quote)
    }

    /// The closing quote of a string without escapes that begins at `start`, its UTF-8 checked;
    /// nil if it is no such string.
    static func stringEnd(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        var at = start
        var high: UInt64 = 0
        while at < end {
            let word = UnsafeRawPointer(at).loadUnaligned(as: UInt64.self)
            let stops = stops(word)
            high |= word & tops
            guard stops != 0 else {
                at += 8
                continue
            }
            at += stops.trailingZeroBitCount >> 3
            guard at < end, at.pointee == UInt8(ascii: "\"") else { return nil }
            if high == 0 { return at }
            let text = UnsafeBufferPointer(start: start, count: at - start)
            return UTF8Check.firstFault(in: text) == nil ? at : nil
        }
        return nil
    }

    /// The top bit of each byte that is a quote, a backslash or a control character; exact up
    /// to the first one.
    @inline(__always)
    private static func stops(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        return
            ((quote &- ones) & ~quote | (slash &- ones) & ~slash
            | (word &- (ones &* 0x20)) & ~word) & tops
    }

    /// A number, and the byte behind it.
    struct Number {
        var value: Double
        var next: UnsafePointer<UInt8>
    }

    /// The nearest double to a number without an exponent; nil if it is none, or needs more
    /// care. What follows it is for the caller to see.
    @inline(__always)
    static func number(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>
    ) -> Number? {
        let word = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
        let wholeCount = digitCount(word)
        // Up to seven digits, with or without a point among them, are one word.
        guard wholeCount > 0, wholeCount < 7 else { return longNumber(start, before: end) }
        var digits = word
        var count = wholeCount
        var size = wholeCount
        if UInt8(truncatingIfNeeded: word &>> UInt64(wholeCount &* 8)) == UInt8(ascii: ".") {
            let low: UInt64 = (1 &<< UInt64(wholeCount &* 8)) &- 1
            digits = word & low | (word &>> 8) & ~low
            count = digitCount(digits)
            size = count &+ 1
            guard count > wholeCount, count < 7 else { return longNumber(start, before: end) }
        }
        guard start + size < end, wholeCount == 1 || word & 0xFF != 0x30 else { return nil }
        let mantissa = value(of: digits, count: count)
        let whole = Double(Int64(mantissa))
        // Most numbers have no fraction, and a division takes as long as all the rest.
        let number = count == wholeCount ? whole : whole / powers[count &- wholeCount]
        return Number(value: number, next: start + size)
    }

    /// Up to 19 digits, perhaps behind a minus. Mantissas within 2^53 are exact (Clinger 1990).
    /// Larger ones are divided in extended precision, whose 64 bits round to the right double
    /// unless they lie within one unit of the middle between two.
    @inline(never)
    private static func longNumber(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>
    ) -> Number? {
        let isNegative = start.pointee == UInt8(ascii: "-")
        let first = isNegative ? start + 1 : start
        var at = first
        var mantissa: UInt64 = 0
        var digits = takeDigits(&at, before: end, into: &mantissa)
        guard digits > 0, digits == 1 || first.pointee != UInt8(ascii: "0") else { return nil }
        var scale = 0
        if at < end, at.pointee == UInt8(ascii: ".") {
            at += 1
            scale = takeDigits(&at, before: end, into: &mantissa)
            guard scale > 0 else { return nil }
            digits += scale
        }
        guard digits <= 19, at < end, let magnitude = scaled(mantissa, scale) else { return nil }
        return Number(value: isNegative ? -magnitude : magnitude, next: at)
    }

    /// Reads over digits; gives their count. The mantissa wraps beyond 19 of them.
    @inline(__always)
    private static func takeDigits(
        _ at: inout UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>,
        into mantissa: inout UInt64
    ) -> Int {
        let start = at
        while at < end {
            let word = UnsafeRawPointer(at).loadUnaligned(as: UInt64.self)
            let count = min(digitCount(word), end - at)
            guard count > 0 else { break }
            mantissa = mantissa &* wholePowers[count] &+ value(of: word, count: count)
            at += count
            guard count == 8 else { break }
        }
        return at - start
    }

    /// How many of a word's first bytes are decimal digits.
    @inline(__always)
    static func digitCount(_ word: UInt64) -> Int {
        let offset = word ^ (ones &* 0x30)
        // A byte above 9 reaches its top bit, or has it; nothing is carried into the next.
        let stops = ((offset & ~tops) &+ (ones &* 0x76) | offset) & tops
        return stops.trailingZeroBitCount >> 3
    }

    /// The value of a word's first digits, 1 to 8 of them (Lemire 2018, "Quickly parsing
    /// eight digits").
    @inline(__always)
    static func value(of word: UInt64, count: Int) -> UInt64 {
        var digits = (word ^ (ones &* 0x30)) &<< UInt64(64 &- 8 &* count)
        digits = digits &* 10 &+ (digits >> 8)
        let pairs: UInt64 = 0x0000_00FF_0000_00FF
        return
            ((digits & pairs) &* 0x000F_4240_0000_0064
            &+ ((digits >> 16) & pairs) &* 0x0000_2710_0000_0001) >> 32
    }

    /// mantissa / 10^scale.
    @inline(__always)
    private static func scaled(_ mantissa: UInt64, _ scale: Int) -> Double? {
        if mantissa <= 1 << 53 { return Double(Int64(mantissa)) / powers[scale] }
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

    private static let wholePowers: InlineArray<9, UInt64> = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]
}
