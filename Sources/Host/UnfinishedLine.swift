import Ingestion
import Vocabulary
import World

/// A last line that was read before all of it was written: no record, and in quarantine therefore.
/// Where its file has grown since, it is read once more, whole, so that nothing is lost.
enum UnfinishedLine {
    /// Where the line begins that so many bytes of a file ended in the middle of; nil if they ended
    /// with a line, or with all that belongs to one.
    static func start(
        _ path: String, _ stream: StreamKind, read end: Int, disk: any Disk
    ) throws -> Int? {
        guard end > 0, path != "-" else { return nil }
        let file = try disk.open(path, .read)
        guard file.isSeekable, try file.size() > end else { return nil }
        let first = max(0, end - RecordParser.Limits.recordSizeMax - 2)
        var bytes = [UInt8](repeating: 0, count: end + 1 - first)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: first) }
        guard count == bytes.count, let next = bytes.last,
            next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r")
        else { return nil }
        let newline = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))
        // A line that is longer than any record is none when it is whole, either.
        guard newline != nil || first == 0 else { return nil }
        let begin = newline.map { $0 + 1 } ?? 0
        var line = Array(bytes[begin..<(bytes.count - 1)])
        if first + begin == 0 {
            line.removeFirst(line.withUnsafeBytes { RecordLines.byteOrderMarkSize($0) })
        }
        guard !line.isEmpty, !isRecord(line, stream) else { return nil }
        return first + begin
    }

    private static func isRecord(_ line: [UInt8], _ stream: StreamKind) -> Bool {
        let padded = line + [UInt8](repeating: 0, count: LinePadding.size)
        return padded.withUnsafeBytes { buffer in
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<line.count])
            return RecordParser().line(bytes, stream: stream, number: 1).isAdmitted
        }
    }
}
