import Numerics
import Vocabulary

/// The newest event time that a stream has shown twice over.
///
/// It follows the second newest time, so that one record from the year 9999 cannot move it.
package struct EventClock: Sendable, Equatable {
    /// Nil until two records came.
    package var now: Instant? { second == .distantPast ? nil : second }

    /// The newest time of all, outliers included; nil before the first record.
    package var newestOfAll: Instant? { newest == .distantPast ? nil : newest }

    /// Where what is still to come begins, for what is changed now: behind all that came. One
    /// record far ahead of all others is not waited for. Nil until two records came.
    package var next: Instant? {
        guard let now else { return nil }
        return (newest - now <= Self.aheadMax ? newest : now) + Span(microseconds: 1)
    }

    private static let aheadMax = Span.minutes(10)

    private var newest = Instant.distantPast
    private var second = Instant.distantPast

    package init() {}

    package mutating func note(_ time: Instant) {
        guard time > second else { return }
        if time > newest {
            second = newest
            newest = time
        } else {
            second = time
        }
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(newest.microseconds)
        writer.write(second.microseconds)
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        newest = Instant(microseconds: try reader.read())
        second = Instant(microseconds: try reader.read())
    }
}
