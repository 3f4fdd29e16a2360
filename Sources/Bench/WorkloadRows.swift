import Ingestion
import Vocabulary

/// A file of examples, read as the pipeline reads it.
enum WorkloadRows {
    /// Gives `body` block after block of lines, valid during the call, as long as it wants more.
    @inline(__always)
    static func forEachBlock(
        _ path: String, keepsFeatures: Bool = false,
        _ body: (UnsafeBufferPointer<ParsedLine>) throws -> Bool
    ) throws {
        let reader = LineReader(
            try FileBytes(path), stream: .examples, keepsFeatures: keepsFeatures)
        while true {
            try reader.refill()
            let lines = reader.lines
            guard lines.count > 0, try body(lines) else { return }
            reader.consume(lines.count)
        }
    }

    /// The entries of labelled rows, one behind the other, as the training log has them: about
    /// so many; beyond, they would take more memory than what is measured.
    static func entries(
        _ scratch: Scratch, countMax: Int
    ) throws -> (bytes: [UInt8], count: Int) {
        var entries: [UInt8] = []
        var count = 0
        try forEachBlock(scratch.path(.labelled)) { lines in
            for line in lines {
                let size = EntryView(UnsafeRawPointer(line.entry)).size
                entries += UnsafeRawBufferPointer(start: line.entry, count: size)
            }
            count += lines.count
            return count < countMax
        }
        return (entries, count)
    }
}
