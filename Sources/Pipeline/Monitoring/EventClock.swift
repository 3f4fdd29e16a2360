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
