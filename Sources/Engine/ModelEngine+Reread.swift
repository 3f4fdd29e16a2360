import Ingestion
import Joining
import Recording
import Vocabulary

/// Examples that waited so long that only the raw log still has them.
extension ModelEngine {
    /// The entry of an example that waited; valid until the next call.
    func entry(of waiting: LabelJoiner.Waiting) throws -> UnsafeRawPointer {
        switch waiting {
        case .hot(let bytes): return bytes
        case .cold(let offset):
            try parseAgain(offset)
            rereadParser.entry.storeBytes(
                of: offset, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
            return UnsafeRawPointer(rereadParser.entry)
        }
    }

    /// Parses a record of the raw log again, from the batch at hand if it is not written yet.
    private func parseAgain(_ offset: UInt64) throws {
        guard offset < rawEnd.offset else {
            let at = Int(offset - rawEnd.offset)
            guard let record = RawRecord(raw.base + at, available: raw.size - at) else {
                throw LogFault(log: .raw, offset: offset)
            }
            return try parseAgain(record.line)
        }
        let bytes = try rawRecord(offset)
        try bytes.withUnsafeBytes { bytes in
            let size = bytes.count - LinePadding.size
            try parseAgain(UnsafeRawBufferPointer(rebasing: bytes[..<size]))
        }
    }

    /// `LinePadding.size` bytes behind the line are readable.
    private func parseAgain(_ line: UnsafeRawBufferPointer) throws {
        guard let base = line.baseAddress else { return }
        _ = try rereadParser.parse(base, count: line.count, stream: .examples)
    }
}
