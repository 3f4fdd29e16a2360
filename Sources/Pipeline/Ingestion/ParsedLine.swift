import Vocabulary

/// One line and what its parser made of it.
///
/// Not a value, because its parser's buffers are large.
package final class ParsedLine {
    package let parser = RecordParser()
    /// Means nothing while there is a rejection.
    package private(set) var record = ParsedRecord(
        kind: .example, idHash: 0, time: .distantPast, label: nil)
    package private(set) var rejection: Rejection?
    package private(set) var stream = StreamKind.examples
    /// Counts from 1 in its source.
    package var number = 0
    /// The first byte after the line's newline, in its source.
    package var endOffset = 0
    /// When the line is due in a merge: its own time, or that of the line before it if it has
    /// none.
    var time = Instant.distantPast
    /// Where it begins in its reader's buffer.
    var start = 0
    private(set) var size = 0

    package init() {}

    /// Parses a line without its newline, behind which at least eight bytes are readable.
    package func parse(_ bytes: UnsafeRawBufferPointer, stream: StreamKind) {
        self.stream = stream
        size = bytes.count
        guard let base = bytes.baseAddress else { return }
        do throws(Rejection) {
            record = try parser.parse(base, count: bytes.count, stream: stream)
            if rejection != nil { rejection = nil }
        } catch {
            rejection = error
        }
    }
}
