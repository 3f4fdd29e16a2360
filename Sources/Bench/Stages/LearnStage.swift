import CShims
import Ingestion
import Learning
import Numerics
import Vocabulary

/// The learner over featurized entries in memory, beside its memory floor: the cache lines of an
/// equal table on large pages, read and written in the same order, asked for in advance the same
/// way.
///
/// On both sides the second pass counts, so that fresh pages are on neither.
final class LearnStage: Stage {
    private var entries: [UInt8] = []
    private var rowCount = 0
    private let learner = FTRLLearner(settings: LearnerSettings())
    private let floor = MemoryFloor(bits: LearnerSettings().bits)

    private static let strideLength = 16
    /// Beyond, entries would take more memory than the rest.
    private static let rowCountMax = 400_000

    func prepare(_ scratch: Scratch) throws {
        (entries, rowCount) = try WorkloadRows.entries(scratch, countMax: Self.rowCountMax)
        learn()
        visit()
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let floorWatch = Stopwatch()
        visit()
        let floorSeconds = floorWatch.cpuSeconds
        let watch = Stopwatch()
        learn()
        let seconds = watch.cpuSeconds
        return Sample(rows: rowCount, cpuSeconds: seconds, ratio: seconds / floorSeconds)
    }

    private func learn() {
        let learner = learner
        entries.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var offset = 0
            while offset < bytes.count {
                let end = Self.strideEnd(base, offset, bytes.count) { learner.prefetch($0) }
                while offset < end {
                    let entry = EntryView(base + offset)
                    _ = learner.learn(entry)
                    offset += entry.size
                }
            }
        }
    }

    private func visit() {
        let (table, mask) = (floor.table, floor.mask)
        entries.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var offset = 0
            while offset < bytes.count {
                let end = Self.strideEnd(base, offset, bytes.count) {
                    MemoryFloor.prefetch($0, table, mask)
                }
                while offset < end {
                    let entry = EntryView(base + offset)
                    MemoryFloor.visit(entry, table, mask)
                    offset += entry.size
                }
            }
        }
    }

    /// Asks for the memory of so many rows from an offset on; gives where the last of them ends.
    @inline(__always)
    private static func strideEnd(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ prefetch: (UnsafeRawPointer) -> Void
    ) -> Int {
        var offset = start
        var count = 0
        while count < strideLength, offset < end {
            prefetch(base + offset)
            offset += EntryView(base + offset).size
            count += 1
        }
        return offset
    }
}

/// Reads and writes the slots of rows, and does nothing with them.
private final class MemoryFloor {
    let table: UnsafeMutablePointer<UInt64>
    let mask: UInt32

    init(bits: Int) {
        let slotCount = 1 << bits
        guard let memory = spindle_zeroed_large(slotCount * 8) else {
            preconditionFailure("no memory for a table of \(slotCount) slots")
        }
        table = memory.bindMemory(to: UInt64.self, capacity: slotCount)
        mask = UInt32(slotCount - 1)
    }

    deinit {
        spindle_release(table)
    }

    @inline(__always)
    static func prefetch(
        _ bytes: UnsafeRawPointer, _ table: UnsafeMutablePointer<UInt64>, _ mask: UInt32
    ) {
        let entry = EntryView(bytes)
        let keys = entry.categoryKeys
        for index in 0..<entry.categoryCount { spindle_prefetch(table + Int(keys[index] & mask)) }
    }

    /// Categories' slots, and two for each number, which are in the cache in any case.
    @inline(__always)
    static func visit(
        _ entry: EntryView, _ table: UnsafeMutablePointer<UInt64>, _ mask: UInt32
    ) {
        let keys = entry.categoryKeys
        for index in 0..<entry.categoryCount { table[Int(keys[index] & mask)] &+= 1 }
        let numbers = entry.numberKeys
        for index in 0..<entry.numberCount {
            table[Int(numbers[index] & mask)] &+= 1
            table[Int(~numbers[index] & mask)] &+= 1
        }
    }
}
