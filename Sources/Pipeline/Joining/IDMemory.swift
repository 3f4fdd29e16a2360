import CShims
import Numerics
import Vocabulary

/// What the join knows of one id.
struct Remembered {
    var hash: UInt64
    /// The example's event time; the label's while that is all there is; once ready, when it is
    /// due.
    var time: Instant
    /// The offset of the example's record in the raw log; while a label is held, its value.
    var payload: UInt64
    var place: HotPlace
    var state: State
    /// Of an example that is ready.
    var label: Float = 0

    enum State: UInt8 {
        case waiting
        case labelHeld
        case labelled
        case negative
        case unlabelled
        /// Labelled, but not yet gone out.
        case ready
    }

    /// True while its time and payload matter.
    var isOpen: Bool {
        switch state {
        case .waiting, .labelHeld, .ready: true
        case .labelled, .negative, .unlabelled: false
        }
    }
}

/// The newest ids in the order of their arrival, found by hash: open addressing over a ring.
///
/// On the data's way, so fast comes before plain. An ordinal counts arrivals from 1; ordinals
/// whose low half is 0 are left out, because 0 marks an empty slot. The ring has its full length
/// from the start, in segments that cost nothing until they are reached, so that nothing is ever
/// moved; only the slots are laid out anew as ids come.
struct IDMemory: ~Copyable {
    let countMax: Int
    private var segments: UnsafeMutablePointer<UnsafeMutablePointer<Remembered>?>
    private var segmentCount: Int
    /// The low half of an ordinal, and above it the high half of its hash, so that most misses
    /// are settled without a look at the ring.
    private var slots: UnsafeMutablePointer<UInt64>
    private var slotMask = 2047
    private var first: UInt64 = 1
    private var next: UInt64 = 1

    /// A segment has 2 to this power of ids, 2 MiB.
    private static let segmentShift = UInt64(16)
    private static let segmentLength = 1 << Int(segmentShift)
    /// From this size in bytes on, memory is asked for by large pages.
    private static let largeSizeMin = 2 << 20

    init(countMax: Int) {
        self.countMax = max(countMax, 1024)
        segmentCount = Self.segmentCount(for: self.countMax)
        segments = .allocate(capacity: segmentCount)
        segments.initialize(repeating: nil, count: segmentCount)
        slots = Self.emptySlots(slotMask + 1)
    }

    deinit {
        for index in 0..<segmentCount { spindle_release(segments[index]) }
        segments.deallocate()
        spindle_release(slots)
    }

    /// So many that a ring of them holds `count` ids and the ordinal that is left out.
    private static func segmentCount(for count: Int) -> Int {
        var segmentCount = 1
        while segmentCount * segmentLength <= count { segmentCount *= 2 }
        return segmentCount
    }

    /// The first is small as long as few ids come; whoever needs a second needs all of it.
    private mutating func addSegment(_ index: Int) {
        let size = Self.segmentLength * MemoryLayout<Remembered>.stride
        let isFirst = next < UInt64(Self.segmentLength)
        let memory = isFirst ? spindle_zeroed(size) : spindle_zeroed_large(size)
        guard let memory else { preconditionFailure("no memory for \(size) bytes of ids") }
        segments[index] = memory.bindMemory(to: Remembered.self, capacity: Self.segmentLength)
    }

    private static func emptySlots(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        let size = count * MemoryLayout<UInt64>.stride
        let memory = size >= largeSizeMin ? spindle_zeroed_large(size) : spindle_zeroed(size)
        guard let memory else { preconditionFailure("no memory for \(size) bytes of slots") }
        return memory.assumingMemoryBound(to: UInt64.self)
    }

    var ordinals: Range<UInt64> { first..<next }

    func holds(_ ordinal: UInt64) -> Bool { ordinal >= first && ordinal < next }

    /// Its segment must be there: that of every ordinal held is.
    @inline(__always)
    private func place(of ordinal: UInt64) -> UnsafeMutablePointer<Remembered> {
        let index = Int(truncatingIfNeeded: ordinal >> Self.segmentShift) & (segmentCount &- 1)
        guard let segment = segments[index] else {
            preconditionFailure("an ordinal of the id memory that was never given")
        }
        return segment + Int(truncatingIfNeeded: ordinal) & (Self.segmentLength &- 1)
    }

    subscript(ordinal: UInt64) -> Remembered {
        @inline(__always) get { place(of: ordinal).pointee }
        @inline(__always) nonmutating _modify { yield &place(of: ordinal).pointee }
    }

    @inline(__always)
    func prefetch(_ hash: UInt64) {
        spindle_prefetch(slots + (Int(truncatingIfNeeded: hash) & slotMask))
    }

    func find(_ hash: UInt64) -> UInt64? {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32 {
                let ordinal = ordinal(in: slots[slot])
                if place(of: ordinal).pointee.hash == hash { return ordinal }
            }
            slot = (slot &+ 1) & slotMask
        }
        return nil
    }

    /// Makes room for one more; gives what had to go.
    mutating func forgetOldestIfFull() -> Remembered? {
        guard Int(next - first) >= countMax else { return nil }
        let oldest = self[first]
        removeSlot(of: oldest.hash)
        first += 1
        if UInt32(truncatingIfNeeded: first) == 0 { first += 1 }
        return oldest
    }

    mutating func append(_ remembered: Remembered) -> UInt64 {
        if Int(next - first) * 4 >= slotMask * 3 { growSlots() }
        if UInt32(truncatingIfNeeded: next) == 0 { next += 1 }
        let ordinal = next
        let index = Int(truncatingIfNeeded: ordinal >> Self.segmentShift) & (segmentCount - 1)
        if segments[index] == nil { addSegment(index) }
        place(of: ordinal).initialize(to: remembered)
        next += 1
        insertSlot(ordinal, remembered.hash)
        return ordinal
    }

    /// The ordinal whose low half a slot holds: the only one of the newest 2^32 that has it.
    @inline(__always)
    private func ordinal(in slot: UInt64) -> UInt64 {
        first &+ UInt64(UInt32(truncatingIfNeeded: slot &- first))
    }

    private mutating func insertSlot(_ ordinal: UInt64, _ hash: UInt64) {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while slots[slot] != 0 { slot = (slot + 1) & slotMask }
        slots[slot] = hash & ~0xFFFF_FFFF | ordinal & 0xFFFF_FFFF
    }

    /// Removes by shifting back what the slot had pushed on (Knuth 6.4, algorithm R).
    private mutating func removeSlot(of hash: UInt64) {
        var hole = Int(truncatingIfNeeded: hash) & slotMask
        while slots[hole] != 0, hashOf(slots[hole]) != hash { hole = (hole + 1) & slotMask }
        guard slots[hole] != 0 else { return }
        var slot = hole
        while true {
            slot = (slot + 1) & slotMask
            guard slots[slot] != 0 else { break }
            let home = Int(truncatingIfNeeded: hashOf(slots[slot])) & slotMask
            if (slot - home) & slotMask >= (slot - hole) & slotMask {
                slots[hole] = slots[slot]
                hole = slot
            }
        }
        slots[hole] = 0
    }

    private func hashOf(_ slot: UInt64) -> UInt64 {
        place(of: ordinal(in: slot)).pointee.hash
    }

    private mutating func growSlots() {
        spindle_release(slots)
        slotMask = slotMask * 2 + 1
        slots = Self.emptySlots(slotMask + 1)
        for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
            insertSlot(ordinal, self[ordinal].hash)
        }
    }

    /// 9 bytes an id, 16 more while it waits or a label is held for it, 20 more while ready.
    func encode(into writer: inout ByteWriter) {
        var count: UInt64 = 0
        var size = 0
        for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
            count += 1
            size += 9
            if self[ordinal].isOpen { size += 16 }
            if self[ordinal].state == .ready { size += 4 }
        }
        writer.write(count)
        writer.append(count: size) { bytes in
            var at = bytes
            for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
                let known = place(of: ordinal)
                at.storeBytes(of: known.pointee.hash.littleEndian, as: UInt64.self)
                at.storeBytes(of: known.pointee.state.rawValue, toByteOffset: 8, as: UInt8.self)
                at += 9
                guard known.pointee.isOpen else { continue }
                at.storeBytes(of: known.pointee.time.microseconds.littleEndian, as: Int64.self)
                at.storeBytes(
                    of: known.pointee.payload.littleEndian, toByteOffset: 8, as: UInt64.self)
                at += 16
                guard known.pointee.state == .ready else { continue }
                at.storeBytes(of: known.pointee.label.bitPattern.littleEndian, as: UInt32.self)
                at += 4
            }
        }
    }

    mutating func decode(_ reader: inout ByteReader) throws(ByteFault) {
        let count = try reader.read(UInt64.self)
        // More than its own limit, if that was higher when they were written.
        if count > countMax, count <= reader.remaining {
            segments.deallocate()
            segmentCount = Self.segmentCount(for: Int(count))
            segments = .allocate(capacity: segmentCount)
            segments.initialize(repeating: nil, count: segmentCount)
        }
        for _ in 0..<count {
            let hash = try reader.read(UInt64.self)
            guard let state = Remembered.State(rawValue: try reader.read(UInt8.self)) else {
                throw ByteFault(offset: reader.offset - 1, expected: "the state of an id")
            }
            var known = Remembered(
                hash: hash, time: .distantPast, payload: 0, place: .none, state: state)
            switch state {
            case .waiting, .labelHeld:
                known.time = Instant(microseconds: try reader.read())
                known.payload = try reader.read()
            case .ready:
                known.time = Instant(microseconds: try reader.read())
                known.payload = try reader.read()
                known.label = Float(bitPattern: try reader.read())
            case .labelled, .negative, .unlabelled:
                break
            }
            _ = append(known)
        }
    }
}
