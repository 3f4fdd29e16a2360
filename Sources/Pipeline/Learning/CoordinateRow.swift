import CShims

/// The coordinates of one row side by side, as the learner's arithmetic wants them.
///
/// On the data's way: bare pointers, as many of each as there are coordinates, rounded up to
/// whole vectors.
final class CoordinateRow {
    let capacity: Int
    let row: spindle_row
    /// Not 0 where a slot of the row that was weighed last was not in use.
    let newSlots: UnsafeMutablePointer<Int32>

    var slots: UnsafeMutablePointer<UInt32> { row.slots }
    var values: UnsafeMutablePointer<Float> { row.values }
    var hasNewSlot: Bool { newSlots.pointee != 0 }

    init(capacity: Int) {
        let padded = Self.padded(capacity)
        self.capacity = capacity
        newSlots = .allocate(capacity: 1)
        newSlots.initialize(to: 0)
        row = spindle_row(
            slots: .allocate(capacity: padded), values: .allocate(capacity: padded),
            z: .allocate(capacity: padded), roots: .allocate(capacity: padded),
            weights: .allocate(capacity: padded))
    }

    deinit {
        newSlots.deallocate()
        row.slots.deallocate()
        row.values.deallocate()
        row.z.deallocate()
        row.roots.deallocate()
        row.weights.deallocate()
    }

    /// A count rounded up to whole vectors.
    @inline(__always)
    static func padded(_ count: Int) -> Int {
        let step = Int(SPINDLE_ROW_STEP)
        return (count &+ step &- 1) & ~(step &- 1)
    }
}
