import Vocabulary

/// A strict scanner of RFC 8259 JSON over the bytes of one line.
///
/// On the data's way, so fast comes before plain: it works on raw pointers, eight bytes at a
/// time in strings, and allocates nothing unless a string has escapes. At least eight bytes
/// after `end` must be readable; nothing is decided by them.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var at = 0
    /// Where and what went wrong; set by the function that returned false.
    var fault: Fault?

    struct Fault {
        var offset: Int
        var expected: StaticString
        var isNonFinite = false
    }

    static let depthMax = 64

    init(_ base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        end = count
    }

    /// The next byte, or 0 at the end (0 is no part of JSON, so nothing takes it for one).
    @inline(__always)
    var byte: UInt8 { at < end ? base[at] : 0 }

    @inline(__always)
    mutating func skipSpace() {
        while at < end {
            let byte = base[at]
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A else { return }
            at += 1
        }
    }

    @inline(__always)
    mutating func take(_ wanted: UInt8) -> Bool {
        guard at < end, base[at] == wanted else { return false }
        at += 1
        return true
    }

    @inline(never)
    mutating func fail(_ expected: StaticString, nonFinite: Bool = false) -> Bool {
        if fault == nil {
            fault = Fault(offset: at, expected: expected, isNonFinite: nonFinite)
        }
        return false
    }

    /// The bytes between two quotes, as they stand.
    struct RawString {
        var start = 0
        var count = 0
        var hasEscapes = false
    }

    /// Reads a string from its opening quote to its closing one; UTF-8 is checked here, escapes
    /// in `JSONEscapes`.
    @inline(__always)
    mutating func string(_ out: inout RawString) -> Bool {
        guard take(UInt8(ascii: "\"")) else { return fail("a string") }
        out.start = at
        out.hasEscapes = false
        var high: UInt64 = 0
        while true {
            let word = UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)
            let stops = Self.stops(word)
            if stops == 0 {
                high |= word & 0x8080_8080_8080_8080
                at += 8
                guard at < end else { return failUnclosed() }
                continue
            }
            let index = stops.trailingZeroBitCount >> 3
            if index > 0 {
                high |= (word << UInt64((8 - index) * 8)) & 0x8080_8080_8080_8080
            }
            at += index
            guard at < end else { return failUnclosed() }
            let byte = base[at]
            if byte == UInt8(ascii: "\"") { break }
            if byte != UInt8(ascii: "\\") {
                return fail("no control character in a string")
            }
            guard escape() else { return false }
            out.hasEscapes = true
        }
        out.count = at - out.start
        at += 1
        if high != 0 { return checkUTF8(out.start, out.count) }
        return true
    }

    private mutating func failUnclosed() -> Bool {
        at = end
        return fail("a closing quote")
    }

    /// The top bit of each byte that is a quote, a backslash or a control character; exact up
    /// to the first one, which is all that is used.
    @inline(__always)
    private static func stops(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        let isQuote = (quote &- ones) & ~quote
        let isSlash = (slash &- ones) & ~slash
        let isControl = (word &- (ones &* 0x20)) & ~word
        return (isQuote | isSlash | isControl) & tops
    }

    private mutating func escape() -> Bool {
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
            return true
        case UInt8(ascii: "u"):
            guard at + 5 <= end else { return fail("four hexadecimal digits") }
            for index in at + 1...at + 4 where JSONEscapes.hexValue(base[index]) == nil {
                return fail("four hexadecimal digits")
            }
            at += 5
            return true
        default:
            return fail("an escape: one of \" \\ / b f n r t u")
        }
    }

    private mutating func checkUTF8(_ start: Int, _ count: Int) -> Bool {
        let bytes = UnsafeBufferPointer(start: base + start, count: count)
        guard let offset = UTF8Check.firstFault(in: bytes) else { return true }
        at = start + offset
        return fail("valid UTF-8")
    }
}

extension JSONScanner {
    /// Reads a number as the nearest double (ties to even).
    ///
    /// Up to 19 digits with a power of ten within ±22 take the exact fast path (Clinger 1990);
    /// everything else goes through the standard library, which rounds correctly.
    @inline(__always)
    mutating func number(_ out: inout Double) -> Bool {
        let start = at
        let isNegative = take(UInt8(ascii: "-"))
        var mantissa: UInt64 = 0
        let digitsStart = at
        while at < end, base[at] &- 0x30 <= 9 {
            mantissa = mantissa &* 10 &+ UInt64(base[at] &- 0x30)
            at += 1
        }
        var digitCount = at - digitsStart
        guard digitCount > 0 else { return failNumber(from: start) }
        if digitCount > 1, base[digitsStart] == 0x30 { return fail("no leading zero") }
        var exponent = 0
        if take(UInt8(ascii: ".")) {
            let fractionStart = at
            while at < end, base[at] &- 0x30 <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(base[at] &- 0x30)
                at += 1
            }
            exponent = fractionStart - at
            digitCount -= exponent
            guard exponent < 0 else { return fail("a digit after the point") }
        }
        if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
            guard exponentPart(&exponent) else { return false }
        }
        if digitCount <= 19, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
            let magnitude = Double(mantissa)
            let value =
                exponent < 0
                ? magnitude / Self.powersOfTen[-exponent] : magnitude * Self.powersOfTen[exponent]
            out = isNegative ? -value : value
            return true
        }
        return slowNumber(from: start, &out)
    }

    private mutating func exponentPart(_ exponent: inout Int) -> Bool {
        at += 1
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative || byte == UInt8(ascii: "+") { at += 1 }
        let start = at
        var value = 0
        while at < end, base[at] &- 0x30 <= 9 {
            value = min(value * 10 + Int(base[at] &- 0x30), 100_000)
            at += 1
        }
        guard at > start else { return fail("a digit in the exponent") }
        exponent += isNegative ? -value : value
        return true
    }

    private mutating func slowNumber(from start: Int, _ out: inout Double) -> Bool {
        let text = String(
            decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            at = start
            return fail("a finite number", nonFinite: true)
        }
        out = value
        return true
    }

    private mutating func failNumber(from start: Int) -> Bool {
        at = start
        let rest = String(
            decoding: UnsafeBufferPointer(start: base + at, count: min(9, end - at)), as: UTF8.self
        ).lowercased()
        let isNonFinite =
            rest.hasPrefix("nan") || rest.hasPrefix("inf") || rest.hasPrefix("-inf")
            || rest.hasPrefix("-nan")
        return fail(isNonFinite ? "a finite number" : "a value", nonFinite: isNonFinite)
    }

    /// Reads over a value of any type, checking it.
    mutating func skipValue(depth: Int = 0) -> Bool {
        guard depth < Self.depthMax else { return fail("at most 64 levels") }
        skipSpace()
        switch byte {
        case UInt8(ascii: "\""):
            var ignored = RawString()
            return string(&ignored)
        case UInt8(ascii: "{"):
            return skipObject(depth: depth)
        case UInt8(ascii: "["):
            return skipArray(depth: depth)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            return literal() != nil
        default:
            var ignored = 0.0
            return number(&ignored)
        }
    }

    private mutating func skipObject(depth: Int) -> Bool {
        at += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return true }
        while true {
            var name = RawString()
            guard string(&name), colon(), skipValue(depth: depth + 1) else { return false }
            skipSpace()
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")) else { return fail("',' or '}'") }
            skipSpace()
        }
    }

    private mutating func skipArray(depth: Int) -> Bool {
        at += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return true }
        while true {
            guard skipValue(depth: depth + 1) else { return false }
            skipSpace()
            if take(UInt8(ascii: "]")) { return true }
            guard take(UInt8(ascii: ",")) else { return fail("',' or ']'") }
        }
    }

    @inline(__always)
    mutating func colon() -> Bool {
        skipSpace()
        guard take(UInt8(ascii: ":")) else { return fail("':'") }
        skipSpace()
        return true
    }

    enum Literal {
        case yes, no, null
    }

    mutating func literal() -> Literal? {
        for (text, value) in [("true", Literal.yes), ("false", .no), ("null", .null)] {
            guard at + text.utf8.count <= end else { continue }
            let bytes = UnsafeBufferPointer(start: base + at, count: text.utf8.count)
            guard bytes.elementsEqual(text.utf8) else { continue }
            at += text.utf8.count
            return value
        }
        _ = failNumber(from: at)
        return nil
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
