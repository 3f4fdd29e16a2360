import CShims
import Numerics
import Vocabulary

/// A learner's parameters at one moment, copied page by page, so that they can be encoded on
/// another thread while the learner goes on.
package final class LearnerSnapshot: @unchecked Sendable {
    // Sendable because nothing changes once it is made.

    /// The version of the encoding of a learner that takes all features.
    package static let version: UInt32 = 2
    /// Of one that chooses among them, and says how.
    static let choosingVersion: UInt32 = 3

    private let settings: LearnerSettings
    private let count: Double
    private let weightSum: Double
    /// By rising key.
    private let numbers: [(key: UInt32, statistics: NumberStatistics)]
    /// Indices of the pages of 512 slots that were ever written, rising.
    private let pages: [Int]
    private let slots: UnsafeMutablePointer<FTRLLearner.Slot>
    private let slotCount: Int

    init(_ learner: FTRLLearner) {
        settings = learner.settings
        (count, weightSum) = (learner.count, learner.weightSum)
        slotCount = learner.slotCount
        let numbers = (0..<learner.numbers.count).map { index in
            (key: learner.numbers.keys[index], statistics: learner.numbers[index])
        }
        self.numbers = numbers.sorted { $0.key < $1.key }
        let touched = learner.touched
        let pages = (0..<learner.pageCount).filter { touched[$0] != 0 }
        self.pages = pages
        let pageSize = FTRLLearner.slotsPerPage * MemoryLayout<FTRLLearner.Slot>.stride
        guard let memory = spindle_large(max(pages.count, 1) * pageSize) else {
            preconditionFailure("no memory for a copy of \(pages.count) pages")
        }
        slots = memory.assumingMemoryBound(to: FTRLLearner.Slot.self)
        for (index, page) in pages.enumerated() {
            let first = page * FTRLLearner.slotsPerPage
            let used = min(FTRLLearner.slotsPerPage, slotCount - first)
            (slots + index * FTRLLearner.slotsPerPage).update(
                from: learner.table + first, count: used)
        }
    }

    deinit {
        spindle_release(slots)
    }

    /// A copy whose z are so many times as large, or no numbers: a fault that is injected.
    package func distorted(by factor: Float) -> LearnerSnapshot {
        LearnerSnapshot(self, factor: factor)
    }

    private init(_ other: LearnerSnapshot, factor: Float) {
        (settings, count, weightSum) = (other.settings, other.count, other.weightSum)
        (numbers, pages, slotCount) = (other.numbers, other.pages, other.slotCount)
        let size = max(pages.count, 1) * FTRLLearner.slotsPerPage
        guard let memory = spindle_large(size * MemoryLayout<FTRLLearner.Slot>.stride) else {
            preconditionFailure("no memory for a copy of \(pages.count) pages")
        }
        slots = memory.assumingMemoryBound(to: FTRLLearner.Slot.self)
        for index in 0..<pages.count * FTRLLearner.slotsPerPage {
            let slot = other.slots[index]
            slots[index] = FTRLLearner.Slot(z: slot.z * factor, root: slot.root)
        }
    }

    /// The learner's parameters and nothing else, in one order: two learners that learned the
    /// same have the same bytes.
    ///
    ///     u32  2, the FTRL learner
    ///     f32 × 4  alpha, beta, l1, l2;  u32  bits
    ///     and, with a 3 instead of the 2, what it chooses of the features
    ///     f64 × 2  count and sum of weights of what was learned
    ///     u32  count of numbers; for each, by rising key: u32 key, 16 f64 with their count
    ///     u64  count of slots; for each, by rising index: u32 index, f32 z, f32 root
    package func encode(into room: UnsafeMutableRawPointer) -> Int {
        let head = head()
        room.copyMemory(from: head, byteCount: head.count)
        let first = room + head.count + 8
        var at = first
        forEachSlot { index, slot in
            at.storeBytes(of: UInt32(index).littleEndian, as: UInt32.self)
            at.storeBytes(of: slot.z.bitPattern.littleEndian, toByteOffset: 4, as: UInt32.self)
            at.storeBytes(of: slot.root.bitPattern.littleEndian, toByteOffset: 8, as: UInt32.self)
            at += FTRLLearner.slotSize
        }
        let used = (at - first) / FTRLLearner.slotSize
        (room + head.count).storeBytes(of: UInt64(used).littleEndian, as: UInt64.self)
        return at - room
    }

    /// No encoding is larger.
    package var encodedSizeMax: Int {
        head().count + 8 + FTRLLearner.slotSize * FTRLLearner.slotsPerPage * pages.count
    }

    /// The same as an array.
    package func encode() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: encodedSizeMax) { room, count in
            count = room.baseAddress.map { encode(into: $0) } ?? 0
        }
    }

    /// All that comes before the slots.
    private func head() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(settings.features.isPlain ? Self.version : Self.choosingVersion)
        for value in [settings.alpha, settings.beta, settings.l1, settings.l2] {
            writer.write(value)
        }
        writer.write(UInt32(settings.bits))
        if !settings.features.isPlain { settings.features.encode(into: &writer) }
        writer.write(count)
        writer.write(weightSum)
        writer.write(UInt32(numbers.count))
        for number in numbers {
            writer.write(number.key)
            number.statistics.encode(into: &writer)
        }
        return writer.bytes
    }

    @inline(__always)
    private func forEachSlot(_ body: (Int, FTRLLearner.Slot) -> Void) {
        for (index, page) in pages.enumerated() {
            let copy = slots + index * FTRLLearner.slotsPerPage
            let first = page * FTRLLearner.slotsPerPage
            for offset in 0..<min(FTRLLearner.slotsPerPage, slotCount - first) {
                let slot = copy[offset]
                if slot.z != 0 || slot.root != 0 { body(first + offset, slot) }
            }
        }
    }
}
