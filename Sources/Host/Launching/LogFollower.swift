import Recording
import Vocabulary

/// A position in a training log that follows behind another, entry by entry.
final class LogFollower {
    private let log: LogFolder
    private var offset: UInt64
    /// The batch at hand, and the next entry's place in it.
    private var batch: [UInt8] = []
    private var header: BatchHeader?
    private var next = (offset: 0, index: 0)

    init(_ log: LogFolder) {
        self.log = log
        offset = log.start
    }

    /// Hands over entries with their sequences, in the log's order, up to the first one that is
    /// younger than `limit`.
    func follow(to limit: Instant, _ body: (EntryView, UInt64) throws -> Void) throws {
        while let header = try current() {
            let isOver = try batch.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return true }
                while next.index < header.count {
                    let entry = EntryView(base + next.offset)
                    guard entry.time <= limit else { return false }
                    try body(entry, header.firstSequence + UInt64(next.index))
                    next = (next.offset + entry.size, next.index + 1)
                }
                return true
            }
            guard isOver else { return }
            offset += UInt64(header.batchSize)
            self.header = nil
        }
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
