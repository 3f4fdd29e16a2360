/// Text, written byte by byte into a buffer that is used again.
extension [UInt8] {
    package mutating func appendText(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// A whole number, not negative.
    package mutating func appendInteger(_ value: Int) {
        if value >= 10 { appendInteger(value / 10) }
        append(0x30 + UInt8(value % 10))
    }

    /// Exactly `width` digits.
    package mutating func appendPadded(_ value: Int, _ width: Int) {
        if width > 1 { appendPadded(value / 10, width - 1) }
        append(0x30 + UInt8(value % 10))
    }

    /// As RFC 3339 writes it, up to the second.
    package mutating func appendSeconds(_ instant: Instant) {
        let (date, second) = instant.civil
        appendPadded(date.year, 4)
        append(UInt8(ascii: "-"))
        appendPadded(date.month, 2)
        append(UInt8(ascii: "-"))
        appendPadded(date.day, 2)
        append(UInt8(ascii: "T"))
        appendPadded(second / 3600, 2)
        append(UInt8(ascii: ":"))
        appendPadded(second / 60 % 60, 2)
        append(UInt8(ascii: ":"))
        appendPadded(second % 60, 2)
    }
}
