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
}

/// The newest ids in the order of their arrival, found by hash: open addressing over a ring.
///
/// On the data's way, so fast comes before plain. An ordinal counts arrivals from 1; ordinals
/// whose low half is 0 are left out, because 0 marks an empty slot.
struct IDMemory: ~Copyable {
    let countMax: Int
    private var ring: UnsafeMutablePointer<Remembered>
    private var ringCapacity = 1024
    /// The low half of an ordinal, and above it the high half of its hash, so that most misses
    /// are settled without a look at the ring.
    private var slots: UnsafeMutablePointer<UInt64>
    private var slotMask = 2047
    private var first: UInt64 = 1
    private var next: UInt64 = 1

    init(countMax: Int) {
        self.countMax = max(countMax, 1024)
        ring = .allocate(capacity: ringCapacity)
        slots = .allocate(capacity: slotMask + 1)
        slots.initialize(repeating: 0, count: slotMask + 1)
    }

    deinit {
        ring.deallocate()
        slots.deallocate()
    }

    var ordinals: Range<UInt64> { first..<next }

    func holds(_ ordinal: UInt64) -> Bool { ordinal >= first && ordinal < next }

    subscript(ordinal: UInt64) -> Remembered {
        get { ring[Int(truncatingIfNeeded: ordinal) & (ringCapacity - 1)] }
        nonmutating set { ring[Int(truncatingIfNeeded: ordinal) & (ringCapacity - 1)] = newValue }
    }

    @inline(__always)
    func prefetch(_ hash: UInt64) {
        spindle_prefetch(slots + (Int(truncatingIfNeeded: hash) & slotMask))
    }

    func find(_ hash: UInt64) -> UInt64? {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32 {
                let index = Int(slots[slot] & 0xFFFF_FFFF) & (ringCapacity - 1)
                if ring[index].hash == hash { return ordinal(at: index) }
            }
            slot = (slot + 1) & slotMask
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
        if Int(next - first) + 1 >= ringCapacity { grow() }
        if UInt32(truncatingIfNeeded: next) == 0 {
            // The ordinal that would look like an empty slot holds nothing.
            self[next] = Remembered(
                hash: 0, time: .distantPast, payload: 0, place: .none, state: .unlabelled)
            next += 1
        }
        let ordinal = next
        self[ordinal] = remembered
        next += 1
        insertSlot(ordinal, remembered.hash)
        return ordinal
    }

    /// The ordinal that lies at a place of the ring.
    private func ordinal(at index: Int) -> UInt64 {
        let start = Int(truncatingIfNeeded: first) & (ringCapacity - 1)
        return first + UInt64((index - start) & (ringCapacity - 1))
    }

    private mutating func insertSlot(_ ordinal: UInt64, _ hash: UInt64) {
        var slot = Int(truncatingIfNeeded: hash) & slotMask
        while slots[slot] != 0 { slot = (slot + 1) & slotMask }
        slots[slot] = hash & ~0xFFFF_FFFF | ordinal & 0xFFFF_FFFF
    }

    /// Removes by shifting back what the slot had pushed on (Knuth 6.4, algorithm R).
    private mutating func removeSlot(of hash: UInt64) {
        var hole = Int(truncatingIfNeeded: hash) & slotMask
        while slots[hole] != 0,
            ring[Int(slots[hole] & 0xFFFF_FFFF) & (ringCapacity - 1)].hash != hash
        {
            hole = (hole + 1) & slotMask
        }
        guard slots[hole] != 0 else { return }
        var slot = hole
        while true {
            slot = (slot + 1) & slotMask
            guard slots[slot] != 0 else { break }
            let home =
                Int(
                    truncatingIfNeeded: ring[Int(slots[slot] & 0xFFFF_FFFF) & (ringCapacity - 1)]
                        .hash) & slotMask
            if (slot - home) & slotMask >= (slot - hole) & slotMask {
                slots[hole] = slots[slot]
                hole = slot
            }
        }
        slots[hole] = 0
    }

    private mutating func grow() {
        let capacity = ringCapacity * 2
        let larger = UnsafeMutablePointer<Remembered>.allocate(capacity: capacity)
        for ordinal in first..<next {
            larger[Int(truncatingIfNeeded: ordinal) & (capacity - 1)] = self[ordinal]
        }
        ring.deallocate()
        ring = larger
        ringCapacity = capacity
        slots.deallocate()
        slotMask = capacity * 2 - 1
        slots = .allocate(capacity: slotMask + 1)
        slots.initialize(repeating: 0, count: slotMask + 1)
        for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
            insertSlot(ordinal, self[ordinal].hash)
        }
    }

    /// 9 bytes an id, 16 more while it waits or a label is held for it, 20 more while ready.
    func encode(into writer: inout ByteWriter) {
        let count = (first..<next).count { UInt32(truncatingIfNeeded: $0) != 0 }
        writer.write(UInt64(count))
        writer.bytes.reserveCapacity(writer.bytes.count + count * 9)
        for ordinal in first..<next where UInt32(truncatingIfNeeded: ordinal) != 0 {
            let known = self[ordinal]
            writer.write(known.hash)
            writer.write(known.state.rawValue)
            switch known.state {
            case .waiting, .labelHeld:
                writer.write(known.time.microseconds)
                writer.write(known.payload)
            case .ready:
                writer.write(known.time.microseconds)
                writer.write(known.payload)
                writer.write(known.label)
            case .labelled, .negative, .unlabelled:
                break
            }
        }
    }

    mutating func decode(_ reader: inout ByteReader) throws(ByteFault) {
        let count = try reader.read(UInt64.self)
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
