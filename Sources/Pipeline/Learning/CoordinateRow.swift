import CShims

/// The coordinates of one row side by side, as the learner's arithmetic wants them.
///
/// On the data's way: bare pointers, as many of each as there are coordinates, rounded up to
/// whole vectors.
final class CoordinateRow {
    let capacity: Int
    let row: spindle_row

    var slots: UnsafeMutablePointer<UInt32> { row.slots }
    var values: UnsafeMutablePointer<Float> { row.values }

    init(capacity: Int) {
        let padded = Self.padded(capacity)
        self.capacity = capacity
        row = spindle_row(
            slots: .allocate(capacity: padded), values: .allocate(capacity: padded),
            z: .allocate(capacity: padded), roots: .allocate(capacity: padded),
            weights: .allocate(capacity: padded))
    }

    deinit {
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
