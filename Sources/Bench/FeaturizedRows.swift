import Ingestion
import Vocabulary

/// The entries of a workload's labelled rows, one behind the other, as the training log has them.
enum FeaturizedRows {
    /// At most so many; beyond, entries would take more memory than what is measured.
    static func read(
        _ scratch: Scratch, countMax: Int
    ) throws -> (entries: [UInt8], count: Int) {
        let reader = LineReader(try FileBytes(scratch.path(.labelled)), stream: .examples)
        var entries: [UInt8] = []
        var count = 0
        while count < countMax {
            try reader.refill()
            let lines = reader.lines
            if lines.count == 0 { break }
            for line in lines {
                let size = EntryView(UnsafeRawPointer(line.entry)).size
                entries += UnsafeRawBufferPointer(start: line.entry, count: size)
                count += 1
            }
            reader.consume(lines.count)
        }
        return (entries, count)
    }
}
