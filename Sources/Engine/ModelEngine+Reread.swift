import Filtering
import Joining
import Recording
import Vocabulary

/// Examples that waited so long that only the raw log still has them.
extension ModelEngine {
    /// Where the oldest record lies in the raw log that may have to be read again.
    package var oldestAwaitedOffset: UInt64? { joiner.oldestAwaitedOffset }

    /// Examples that match, of those that may still be taught.
    package func countAwaited(_ filter: ExclusionFilter) throws -> UInt64 {
        var count: UInt64 = 0
        try joiner.forEachAwaited { waiting in
            if filter.excludes(EntryView(try entry(of: waiting))) { count += 1 }
        }
        return count
    }

    /// The entry of an example that waited; valid until the next call.
    func entry(of waiting: LabelJoiner.Waiting) throws -> UnsafeRawPointer {
        switch waiting {
        case .hot(let bytes): return bytes
        case .cold(let offset): return try records.entry(at: offset)
        }
    }

    /// The line of a record with `LinePadding.size` bytes behind it, from the batch at hand if it
    /// is not written yet, or is being taken in anew.
    func line(at offset: UInt64) throws -> [UInt8] {
        guard offset >= rawEnd.offset else { return try rawRecord(offset) }
        let at = Int(offset - rawEnd.offset)
        let batch = replayed ?? UnsafeRawBufferPointer(start: raw.base, count: raw.size)
        guard let base = batch.baseAddress, at < batch.count,
            let record = RawRecord(base + at, available: batch.count - at)
        else { throw LogFault(log: .raw, offset: offset) }
        return Array(record.line) + [UInt8](repeating: 0, count: LinePadding.size)
    }
}
