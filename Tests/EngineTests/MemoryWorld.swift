import Engine
import Ingestion
import Recording
import Synchronization
import Vocabulary

/// Both logs in memory: performs what an engine asks for, and keeps it through restarts.
final class MemoryWorld {
    private(set) var raw: [UInt8] = []
    private(set) var training: [UInt8] = []
    private(set) var quarantined: [QuarantinedRecord] = []
    private(set) var released: [RawSequence] = []
    private(set) var alarms: [AlarmNotice] = []

    struct NotThere: Error {
        var offset: UInt64
    }

    func perform(_ effect: Effect) {
        switch effect {
        case .append(.raw, let bytes): raw += bytes
        case .append(.training, let bytes): training += bytes
        case .quarantine(let records): quarantined += records
        case .released(let sequences): released += sequences
        case .alarm(let notice): alarms.append(notice)
        }
    }

    func truncateTraining(to size: UInt64) {
        training.removeLast(training.count - Int(size))
    }

    /// The line of a record, with `LinePadding.size` bytes behind it.
    func rawLine(at offset: UInt64) throws -> [UInt8] {
        guard Int(offset) < raw.count else { throw NotThere(offset: offset) }
        let rest = Array(raw[Int(offset)...].prefix(4 << 20))
        return try rest.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let record = RawRecord(base, available: bytes.count), record.kind == .line
            else { throw NotThere(offset: offset) }
            return Array(record.line) + [UInt8](repeating: 0x39, count: LinePadding.size)
        }
    }

    /// A batch at an offset of a log, `LinePadding.size` bytes behind it; nil at the end.
    func batch(_ log: [UInt8], at offset: UInt64, _ kind: LogKind) throws -> [UInt8]? {
        guard Int(offset) < log.count else { return nil }
        let head = Array(log[Int(offset)...].prefix(BatchHeader.size))
        let size = head.withUnsafeBytes { bytes in
            bytes.baseAddress.flatMap { BatchHeader($0, kind: kind) }?.batchSize
        }
        guard let size else { throw NotThere(offset: offset) }
        return Array(log[Int(offset)..<Int(offset) + size])
            + [UInt8](repeating: 0x39, count: LinePadding.size)
    }

    /// The entries of the training log one after the other, without their raw offsets.
    func trainingEntries() throws -> [UInt8] {
        try entries().flatMap(\.bytes)
    }

    /// The entries of the training log, in order.
    func entries() throws -> [LoggedEntry] {
        var entries: [LoggedEntry] = []
        var offset: UInt64 = 0
        while let batch = try batch(training, at: offset, .training) {
            offset += UInt64(batch.count - LinePadding.size)
            batch.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                var at = BatchHeader.size
                while at < batch.count - LinePadding.size {
                    let view = EntryView(base + at)
                    entries.append(LoggedEntry(view))
                    at += view.size
                }
            }
        }
        return entries
    }

    /// Does something with each entry of the training log and its sequence.
    func forEachEntry(_ body: (EntryView, UInt64) -> Void) throws {
        var offset: UInt64 = 0
        var sequence: UInt64 = 0
        while let batch = try batch(training, at: offset, .training) {
            offset += UInt64(batch.count - LinePadding.size)
            batch.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                var at = BatchHeader.size
                while at < batch.count - LinePadding.size {
                    let view = EntryView(base + at)
                    body(view, sequence)
                    at += view.size
                    sequence += 1
                }
            }
        }
    }
}

/// One entry of the training log, kept.
struct LoggedEntry: Equatable {
    var id: UInt64
    /// All of it but its offset in the raw log.
    var bytes: [UInt8]
    /// What the learner takes from it: neither that offset nor its arrival.
    var lesson: [UInt8]

    init(_ view: EntryView) {
        id = view.idHash
        let all = Array(UnsafeRawBufferPointer(start: view.base, count: view.size))
        let (record, arrival) = (EntryLayout.recordOffset, EntryLayout.arrivalOffset)
        bytes = Array(all[..<record] + all[(record + 8)...])
        lesson = Array(all[..<record] + all[(record + 8)..<arrival] + all[(arrival + 8)...])
    }
}

/// A red button that can be pressed from within: after so many more looks at it.
final class TestSwitch: HoldSwitch {
    private let looksLeft = Mutex<Int?>(nil)
    private let own = Mutex<Hold?>(nil)

    /// Nil releases it.
    func press(afterLooks count: Int?) {
        looksLeft.withLock { $0 = count }
        own.withLock { $0 = nil }
    }

    func stop(because reason: String) -> Bool {
        guard hold == nil else { return false }
        own.withLock { $0 = Hold(ofTrainerBecause: reason, since: .earliest) }
        press(looks: 0)
        return true
    }

    private func press(looks count: Int) {
        looksLeft.withLock { $0 = count }
    }

    var isHeld: Bool {
        looksLeft.withLock { left in
            guard let count = left else { return false }
            if count > 0 { left = count - 1 }
            return count == 0
        }
    }

    var hold: Hold? {
        if let own = own.withLock({ $0 }) { return own }
        guard looksLeft.withLock({ $0 == 0 }) else { return nil }
        return Hold(by: "tester", from: "here", reason: "a test", since: .earliest)
    }
}
