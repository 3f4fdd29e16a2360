/// A point in time, as whole microseconds since 1970-01-01T00:00:00Z.
///
/// Finer fractions are cut off, not rounded, so that an instant never lies after the text it
/// came from. Leap seconds do not exist here, as in POSIX time.
package struct Instant: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static let distantPast = Instant(microseconds: .min)
    package static let distantFuture = Instant(microseconds: .max)

    /// The earliest and latest instants that a record may carry: years 0001 to 9999.
    package static let earliest = Instant(microseconds: -62_135_596_800_000_000)
    package static let latest = Instant(microseconds: 253_402_300_799_999_999)

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Saturates at the ends, so that a deadline beyond all time is `distantFuture`.
    package static func + (instant: Instant, span: Span) -> Instant {
        let (sum, overflow) = instant.microseconds.addingReportingOverflow(span.microseconds)
        if overflow { return span.microseconds > 0 ? .distantFuture : .distantPast }
        return Instant(microseconds: sum)
    }

    package static func - (instant: Instant, span: Span) -> Instant {
        instant + Span(microseconds: -span.microseconds)
    }

    package static func - (left: Instant, right: Instant) -> Span {
        let (difference, overflow) =
            left.microseconds.subtractingReportingOverflow(right.microseconds)
        if overflow { return Span(microseconds: left > right ? .max : .min) }
        return Span(microseconds: difference)
    }

    /// The start of the step of `size` that holds this instant, counted from 1970.
    package func floored(to size: Span) -> Instant {
        precondition(size.microseconds > 0, "a step must have a length")
        var quotient = microseconds / size.microseconds
        if microseconds % size.microseconds < 0 { quotient -= 1 }
        return Instant(microseconds: quotient * size.microseconds)
    }
}

extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "an RFC 3339 time") {
            Instant(rfc3339: $0)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(rfc3339, to: encoder)
    }
}
