import Recording

extension LogFolder {
    /// Hands over the records of a raw log from a sequence on.
    func forEachRecord(from sequence: UInt64 = 0, _ body: (RawRecord) throws -> Void) throws {
        guard var offset = try seek(sequence: sequence) else { return }
        while offset < end {
            guard let (batch, header) = try wholeBatch(at: offset) else {
                throw damage(at: offset)
            }
            var next = header.firstSequence
            try forEachRecord(of: batch, header, at: offset) { record, _ in
                if next >= sequence { try body(record) }
                next += 1
            }
            offset += UInt64(header.batchSize)
        }
    }

    /// The records of one batch that lies at an offset of this log, each with its own offset.
    func forEachRecord(
        of batch: [UInt8], _ header: BatchHeader, at offset: UInt64,
        _ body: (RawRecord, UInt64) throws -> Void
    ) throws {
        try batch.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var at = BatchHeader.size
            for _ in 0..<header.count {
                guard let record = RawRecord(base + at, available: header.batchSize - at) else {
                    throw damage(at: offset)
                }
                try body(record, offset + UInt64(at))
                at += record.size
            }
        }
    }
}
