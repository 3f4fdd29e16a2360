import Vocabulary

/// JSON, written byte by byte into a buffer that is used again.
extension [UInt8] {
    /// A JSON string with its quotes.
    mutating func appendString(_ text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                appendText("\\u00")
                append(Self.hexDigit(byte >> 4))
                append(Self.hexDigit(byte & 15))
            default:
                append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Hundredths as a decimal number without idle zeros: 1250 is 12.5, 20 is 0.2.
    mutating func appendHundredths(_ value: Int) {
        appendInteger(value / 100)
        let rest = value % 100
        guard rest > 0 else { return }
        append(UInt8(ascii: "."))
        append(0x30 + UInt8(rest / 10))
        if rest % 10 > 0 { append(0x30 + UInt8(rest % 10)) }
    }

    mutating func appendBool(_ value: Bool) {
        if value { appendText("true") } else { appendText("false") }
    }

    /// A time as `Instant.rfc3339` writes it, in quotes.
    mutating func appendTime(_ instant: Instant) {
        let fraction = Int(instant.microseconds - instant.floored(to: .seconds(1)).microseconds)
        append(UInt8(ascii: "\""))
        appendSeconds(instant)
        if fraction > 0 {
            append(UInt8(ascii: "."))
            if fraction % 1000 > 0 {
                appendPadded(fraction, 6)
            } else {
                appendPadded(fraction / 1000, 3)
            }
        }
        appendText("Z\"")
    }

    /// The id of what was shown in one place of one visit: `y`, the visit's time in base 36, and
    /// the place. No two visits share a microsecond, so no id ever comes twice.
    mutating func appendExampleID(visit: Instant, position: Int) {
        appendText("\"y")
        appendBase36(UInt64(bitPattern: visit.microseconds))
        append(UInt8(ascii: "-"))
        appendInteger(position)
        append(UInt8(ascii: "\""))
    }

    private mutating func appendBase36(_ value: UInt64) {
        if value >= 36 { appendBase36(value / 36) }
        let digit = UInt8(value % 36)
        append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }
}
