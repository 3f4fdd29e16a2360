import CShims
import Numerics
import Vocabulary

/// What the join knows of one id. Of one that is closed, it remembers the hash and the state.
struct Remembered {
    var hash: UInt64
    /// The example's event time; the label's while that is all there is; once ready, when it is
    /// due.
    var time = Instant.distantPast
    /// The offset of the example's record in the raw log; while a label is held, its value.
    var payload: UInt64 = 0
    var place = HotPlace.none
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

        /// True while time and payload matter.
        var isOpen: Bool {
            switch self {
            case .waiting, .labelHeld, .ready: true
            case .labelled, .negative, .unlabelled: false
            }
        }

        /// Bytes in a checkpoint beside hash and state.
        fileprivate var openSize: Int { self == .ready ? 20 : isOpen ? 16 : 0 }
    }
}

/// The newest ids in the order of their arrival, found by hash: open addressing over a ring.
///
/// On the data's way, so fast comes before plain. An ordinal counts arrivals from 1; ordinals
/// whose low half is 0 are left out, because 0 marks an empty slot. The ring has its full length
/// from the start, in segments that cost nothing until they are reached, so that nothing is ever
/// moved; only the slots are laid out anew as ids come. Of most ids no more is kept than a hash
/// and a mark.
struct IDMemory: ~Copyable {
    let countMax: Int
    private var segments: UnsafeMutablePointer<Segment>
    private var segmentCount: Int
    /// The low half of an ordinal, and above it the high half of its hash, so that most misses
    /// are settled without a look at the ring.
    private var slots: UnsafeMutablePointer<UInt64>
    private var slotMask = 2047
    private var first: UInt64 = 1
    private var next: UInt64 = 1
    private var open = OpenIDs()

    /// A part of the ring; its pointers are nil until it is reached.
    private struct Segment {
        var hashes: UnsafeMutablePointer<UInt64>?
        var marks: UnsafeMutablePointer<Mark>?
    }

    /// A state, from 1 up, and above it the place among the open ids, 0 for none. 0 stands for
    /// the ordinals that are left out.
    private struct Mark {
        var bits: UInt32

        static let none = Mark(bits: 0)

        private init(bits: UInt32) {
            self.bits = bits
        }

        init(_ state: Remembered.State, place: Int) {
            bits = UInt32(place) << 3 | UInt32(state.rawValue + 1)
        }

        var state: Remembered.State {
            if bits == 0 { return .unlabelled }
            guard let state = Remembered.State(rawValue: UInt8(bits & 7) &- 1) else {
                preconditionFailure("an id without a state")
            }
            return state
        }
        var place: Int { Int(bits >> 3) }
    }

    /// A segment has 2 to this power of ids.
    private static let segmentShift = UInt64(18)
    private static let segmentLength = 1 << Int(segmentShift)
    /// From this size in bytes on, memory is asked for by large pages.
    private static let largeSizeMin = 2 << 20

    init(countMax: Int) {
        self.countMax = max(countMax, 1024)
        segmentCount = Self.segmentCount(for: self.countMax)
        segments = Self.emptySegments(segmentCount)
        slots = Self.emptySlots(slotMask + 1)
    }

    deinit {
        for index in 0..<segmentCount { spindle_release(segments[index].hashes) }
        segments.deallocate()
        spindle_release(slots)
    }

    /// So many that a ring of them holds `count` ids and the ordinal that is left out.
    private static func segmentCount(for count: Int) -> Int {
        var segmentCount = 1
        while segmentCount * segmentLength <= count { segmentCount *= 2 }
        return segmentCount
    }

    private static func emptySegments(_ count: Int) -> UnsafeMutablePointer<Segment> {
        let segments = UnsafeMutablePointer<Segment>.allocate(capacity: count)
        segments.initialize(repeating: Segment(), count: count)
        return segments
    }

    /// Hashes and marks in one piece of memory. The first takes up little as long as few ids come;
    /// whoever needs a second needs all of it.
    private mutating func addSegment(_ index: Int) {
        let hashesSize = Self.segmentLength * MemoryLayout<UInt64>.stride
        let size = hashesSize + Self.segmentLength * MemoryLayout<Mark>.stride
        let isFirst = next < UInt64(Self.segmentLength)
        guard let memory = isFirst ? spindle_zeroed(size) : spindle_zeroed_large(size) else {
            preconditionFailure("no memory for \(size) bytes of ids")
        }
        segments[index] = Segment(
            hashes: memory.bindMemory(to: UInt64.self, capacity: Self.segmentLength),
            marks: (memory + hashesSize).bindMemory(to: Mark.self, capacity: Self.segmentLength))
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
    private func hash(of ordinal: UInt64) -> UnsafeMutablePointer<UInt64> {
        guard let hashes = segments[segment(of: ordinal)].hashes else {
            preconditionFailure("an ordinal of the id memory that was never given")
        }
        return hashes + Int(truncatingIfNeeded: ordinal) & (Self.segmentLength &- 1)
    }

    @inline(__always)
    private func mark(of ordinal: UInt64) -> UnsafeMutablePointer<Mark> {
        guard let marks = segments[segment(of: ordinal)].marks else {
            preconditionFailure("an ordinal of the id memory that was never given")
        }
        return marks + Int(truncatingIfNeeded: ordinal) & (Self.segmentLength &- 1)
    }

    @inline(__always)
    private func segment(of ordinal: UInt64) -> Int {
        Int(truncatingIfNeeded: ordinal >> Self.segmentShift) & (segmentCount &- 1)
    }

    @inline(__always)
    func state(of ordinal: UInt64) -> Remembered.State { mark(of: ordinal).pointee.state }

    /// True of an example that may still be taught.
    func isAwaited(_ ordinal: UInt64) -> Bool {
        let state = state(of: ordinal)
        return state == .waiting || state == .ready
    }

    /// What is known of an id; of a closed one, its hash and state.
    subscript(ordinal: UInt64) -> Remembered {
        @inline(__always) get {
            let mark = mark(of: ordinal).pointee
            if mark.place != 0 { return open[mark.place] }
            return Remembered(hash: hash(of: ordinal).pointee, state: mark.state)
        }
        set {
            let mark = mark(of: ordinal)
            let place = mark.pointee.place
            precondition(newValue.state.isOpen && place != 0, "what was closed stays closed")
            open[place] = newValue
            mark.pointee = Mark(newValue.state, place: place)
        }
    }

    /// From here on no more is known of it than its hash and this state.
    @inline(__always)
    mutating func close(_ ordinal: UInt64, as state: Remembered.State) {
        mark(ordinal, Mark(state, place: 0))
    }

    /// Marks one that is not open, or no longer.
    @inline(__always)
    private mutating func mark(_ ordinal: UInt64, _ closed: Mark) {
        let mark = mark(of: ordinal)
        if mark.pointee.place != 0 { open.remove(mark.pointee.place) }
        mark.pointee = closed
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
                if self.hash(of: ordinal).pointee == hash { return ordinal }
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
        mark(first, .none)
        first += 1
        if UInt32(truncatingIfNeeded: first) == 0 { first += 1 }
        return oldest
    }

    mutating func append(_ remembered: Remembered) -> UInt64 {
        if Int(next - first) * 4 >= slotMask * 3 { growSlots() }
        if UInt32(truncatingIfNeeded: next) == 0 { next += 1 }
        let ordinal = next
        let index = segment(of: ordinal)
        if segments[index].hashes == nil { addSegment(index) }
        hash(of: ordinal).pointee = remembered.hash
        let place = remembered.state.isOpen ? open.add(remembered) : 0
        mark(of: ordinal).pointee = Mark(remembered.state, place: place)
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
        hash(of: ordinal(in: slot)).pointee
    }

    private mutating func growSlots() {
        spindle_release(slots)
        slotMask = slotMask * 2 + 1
        slots = Self.emptySlots(slotMask + 1)
        for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
            insertSlot(ordinal, hash(of: ordinal).pointee)
        }
    }

    /// 9 bytes an id, 16 more while it waits or a label is held for it, 20 more while ready.
    func encode(into writer: inout ByteWriter) {
        var count: UInt64 = 0
        var size = 0
        for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
            count &+= 1
            let mark = mark(of: ordinal).pointee
            size &+= mark.place == 0 ? 9 : 9 &+ mark.state.openSize
        }
        writer.write(count)
        writer.append(count: size) { bytes in
            var at = bytes
            for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
                let mark = mark(of: ordinal).pointee
                at.storeBytes(of: hash(of: ordinal).pointee.littleEndian, as: UInt64.self)
                at.storeBytes(of: mark.state.rawValue, toByteOffset: 8, as: UInt8.self)
                at += 9
                guard mark.place != 0 else { continue }
                let known = open[mark.place]
                at.storeBytes(of: known.time.microseconds.littleEndian, as: Int64.self)
                at.storeBytes(of: known.payload.littleEndian, toByteOffset: 8, as: UInt64.self)
                if known.state == .ready {
                    at.storeBytes(
                        of: known.label.bitPattern.littleEndian, toByteOffset: 16, as: UInt32.self)
                }
                at += mark.state.openSize
            }
        }
    }

    mutating func decode(_ reader: inout ByteReader) throws(ByteFault) {
        let count = try reader.read(UInt64.self)
        // More than its own limit, if that was higher when they were written.
        if count > countMax, count <= reader.remaining {
            segments.deallocate()
            segmentCount = Self.segmentCount(for: Int(count))
            segments = Self.emptySegments(segmentCount)
        }
        for _ in 0..<count {
            let hash = try reader.read(UInt64.self)
            guard let state = Remembered.State(rawValue: try reader.read(UInt8.self)) else {
                throw ByteFault(offset: reader.offset - 1, expected: "the state of an id")
            }
            var known = Remembered(hash: hash, state: state)
            if state.isOpen {
                known.time = Instant(microseconds: try reader.read())
                known.payload = try reader.read()
            }
            if state == .ready { known.label = Float(bitPattern: try reader.read()) }
            _ = append(known)
        }
    }
}
