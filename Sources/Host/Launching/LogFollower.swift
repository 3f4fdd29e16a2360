import Recording
import Vocabulary

/// A position in a log that follows behind another, record by record.
final class LogFollower {
    private let log: LogFolder
    private var offset: UInt64
    /// The batch at hand, and the next record's place in it.
    private var batch: [UInt8] = []
    private var header: BatchHeader?
    private var next = (offset: 0, index: 0)
    /// The sequence of the record that is handed over next, as far as it is known.
    private(set) var sequence: UInt64

    /// From the first record on that the log still has, or from a later one.
    init(_ log: LogFolder, from sequence: UInt64 = 0) throws {
        self.log = log
        self.sequence = sequence
        offset = try log.seek(sequence: sequence) ?? log.end
    }

    /// Hands over entries of a training log with their sequences, in its order, as long as they
    /// are due; true if it came to the log's end.
    ///
    /// Of `batchCount` batches at most: what is left comes with the next call.
    @discardableResult
    func followEntries(
        batchCount: Int = .max, while isDue: (EntryView, UInt64) -> Bool,
        _ body: (EntryView, UInt64) throws -> Void
    ) throws -> Bool {
        try follow(batchCount) { base, _ in
            let entry = EntryView(base)
            guard isDue(entry, sequence) else { return nil }
            if sequence >= wanted { try body(entry, sequence) }
            return entry.size
        }
    }

    /// Hands over records of a raw log, in its order; true if it came to the log's end.
    func followRecords(batchCount: Int = .max, _ body: (RawRecord) throws -> Void) throws -> Bool {
        try follow(batchCount) { base, available in
            guard let record = RawRecord(base, available: available) else {
                throw log.damage(at: offset)
            }
            if sequence >= wanted { try body(record) }
            return record.size
        }
    }

    /// Records before it are passed over: a batch may begin before the first that is wanted.
    private lazy var wanted = sequence

    /// `take` gives the size of the record that begins at the address, nil if it isn't due.
    private func follow(
        _ batchCount: Int, _ take: (UnsafeRawPointer, Int) throws -> Int?
    ) throws -> Bool {
        _ = wanted
        var count = 0
        while count < batchCount, let header = try current() {
            let isOver = try batch.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return true }
                while next.index < header.count {
                    sequence = header.firstSequence + UInt64(next.index)
                    let available = header.batchSize - next.offset
                    guard let size = try take(base + next.offset, available) else { return false }
                    next = (next.offset + size, next.index + 1)
                }
                return true
            }
            guard isOver else { return true }
            sequence = header.firstSequence + UInt64(header.count)
            offset += UInt64(header.batchSize)
            self.header = nil
            count += 1
        }
        return count < batchCount
    }

    private func current() throws -> BatchHeader? {
        if let header { return header }
        guard offset < log.end, let (bytes, found) = try log.wholeBatch(at: offset) else {
            return nil
        }
        (batch, header, next) = (bytes, found, (BatchHeader.size, 0))
        return found
    }
}
