import Vocabulary

/// One line and what its parser made of it; a plain value, so that it costs nothing to hand on.
///
/// What its pointers lead to is valid until its reader or parser goes on.
package struct ParsedLine {
    package var stream: StreamKind
    /// False if the line broke a rule. Which one, the parser says when it is asked again: that
    /// is rare, and would make this more than a plain value.
    package var isAdmitted: Bool
    /// Means nothing unless admitted.
    package var record: ParsedRecord
    /// Counts from 1 in its source.
    package var number: Int
    /// The first byte after the line's newline, in its source.
    package var endOffset: Int
    /// Without the newline; at least `LinePadding.size` bytes behind them are readable.
    package var bytes: UnsafeRawBufferPointer
    /// An example's entry, and its features if the parser keeps them.
    package var entry: UnsafeMutableRawPointer
    package var features: UnsafeBufferPointer<FeatureValue>
    /// When the line is due in a merge: its own time, or that of the line before it if it has
    /// none.
    var time: Instant
}

extension RecordParser {
    /// Parses a line without its newline, with `LinePadding.size` readable bytes behind it.
    package func line(
        _ bytes: UnsafeRawBufferPointer, stream: StreamKind, number: Int, endOffset: Int = 0
    ) -> ParsedLine {
        var record = ParsedRecord(kind: .example, idHash: 0, time: .distantPast, label: nil)
        var isAdmitted = false
        if let base = bytes.baseAddress {
            do throws(Rejection) {
                record = try parse(base, count: bytes.count, stream: stream)
                isAdmitted = true
            } catch {
                isAdmitted = false
            }
        }
        return ParsedLine(
            stream: stream, isAdmitted: isAdmitted, record: record, number: number,
            endOffset: endOffset, bytes: bytes, entry: entry, features: features,
            time: record.time)
    }

    /// Why a line was not admitted; nil if it was.
    package func rejection(of line: ParsedLine) -> Rejection? {
        guard let base = line.bytes.baseAddress else { return nil }
        do throws(Rejection) {
            _ = try parse(base, count: line.bytes.count, stream: line.stream)
            return nil
        } catch {
            return error
        }
    }
}
