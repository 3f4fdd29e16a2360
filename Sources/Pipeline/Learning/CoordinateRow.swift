/// The coordinates of one row side by side, as the learner's arithmetic wants them.
///
/// On the data's way: bare pointers, as many of each as there are coordinates, rounded up to
/// four.
final class CoordinateRow {
    let capacity: Int
    let slots: UnsafeMutablePointer<UInt32>
    let values: UnsafeMutablePointer<Float>
    let weights: UnsafeMutablePointer<Float>
    /// z after L1.
    let shrunk: UnsafeMutablePointer<Float>
    /// What lies in the slots, and the same as bare floats.
    let pairs: UnsafeMutablePointer<FTRLLearner.Slot>
    let floats: UnsafeMutablePointer<Float>

    init(capacity: Int) {
        let padded = Self.padded(capacity)
        self.capacity = capacity
        slots = .allocate(capacity: padded)
        values = .allocate(capacity: padded)
        weights = .allocate(capacity: padded)
        shrunk = .allocate(capacity: padded)
        floats = .allocate(capacity: 2 * padded)
        pairs = UnsafeMutableRawPointer(floats).assumingMemoryBound(to: FTRLLearner.Slot.self)
    }

    deinit {
        slots.deallocate()
        values.deallocate()
        weights.deallocate()
        shrunk.deallocate()
        floats.deallocate()
    }

    /// A count rounded up to whole vectors.
    @inline(__always)
    static func padded(_ count: Int) -> Int { (count &+ 3) & ~3 }
}
