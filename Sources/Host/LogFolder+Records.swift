import Recording

extension LogFolder {
    /// Hands over the records of a raw log from a sequence on.
    func forEachRecord(from sequence: UInt64 = 0, _ body: (RawRecord) throws -> Void) throws {
        guard var offset = try seek(sequence: sequence) else { return }
        while offset < end {
            guard let (batch, header) = try wholeBatch(at: offset) else {
                throw damage(at: offset)
            }
            try batch.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                var at = BatchHeader.size
                for index in 0..<header.count {
                    guard let record = RawRecord(base + at, available: header.batchSize - at)
                    else { throw damage(at: offset) }
                    at += record.size
                    if header.firstSequence + UInt64(index) >= sequence { try body(record) }
                }
            }
            offset += UInt64(header.batchSize)
        }
    }
}
