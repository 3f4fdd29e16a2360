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
    private var learner = FTRLLearner(settings: LearnerSettings())
    private var floor = MemoryFloor(bits: LearnerSettings().bits)

    private static let strideLength = 16
    /// Beyond, entries would take more memory than the rest.
    private static let rowCountMax = 400_000

    func prepare(_ scratch: Scratch) throws {
        let reader = LineReader(try FileBytes(scratch.path(.labelled)), stream: .examples)
        while rowCount < Self.rowCountMax {
            try reader.refill()
            let lines = reader.lines
            if lines.count == 0 { break }
            for line in lines {
                let size = EntryView(UnsafeRawPointer(line.entry)).size
                entries += UnsafeRawBufferPointer(start: line.entry, count: size)
                rowCount += 1
            }
            reader.consume(lines.count)
        }
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
        inStrides({ learner.prefetch($0) }, { _ = learner.learn(EntryView($0)) })
    }

    private func visit() {
        inStrides({ floor.prefetch($0) }, { floor.visit(EntryView($0)) })
    }

    @inline(__always)
    private func inStrides(
        _ prefetch: (UnsafeRawPointer) -> Void, _ visit: (UnsafeRawPointer) -> Void
    ) {
        entries.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var offset = 0
            while offset < bytes.count {
                var at = offset
                var count = 0
                while count < Self.strideLength, offset < bytes.count {
                    prefetch(base + offset)
                    offset += EntryView(base + offset).size
                    count += 1
                }
                while at < offset {
                    visit(base + at)
                    at += EntryView(base + at).size
                }
            }
        }
    }
}

/// Reads and writes the slots of rows, and does nothing with them.
private struct MemoryFloor: ~Copyable {
    private let table: UnsafeMutablePointer<UInt64>
    private let mask: UInt32

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
    func prefetch(_ bytes: UnsafeRawPointer) {
        let entry = EntryView(bytes)
        let keys = entry.categoryKeys
        for index in 0..<entry.categoryCount { spindle_prefetch(table + Int(keys[index] & mask)) }
    }

    /// Categories' slots, and two for each number, which are in the cache in any case.
    @inline(__always)
    func visit(_ entry: EntryView) {
        let keys = entry.categoryKeys
        for index in 0..<entry.categoryCount { table[Int(keys[index] & mask)] &+= 1 }
        let numbers = entry.numberKeys
        for index in 0..<entry.numberCount {
            table[Int(numbers[index] & mask)] &+= 1
            table[Int(~numbers[index] & mask)] &+= 1
        }
    }
}
