/// What is known of the ids that are open, each at a place of its own that is used again once it
/// is closed. Places count from 1. On the data's way.
struct OpenIDs: ~Copyable {
    private var known: UnsafeMutablePointer<Remembered>
    private var capacity = 1024
    private var used = 1
    private var free: [UInt32] = []

    /// A mark has 29 bits for a place.
    private static let placeMax = 1 << 29 - 1

    init() {
        known = .allocate(capacity: capacity)
    }

    deinit {
        known.deallocate()
    }

    subscript(place: Int) -> Remembered {
        @inline(__always) get { known[place] }
        @inline(__always) nonmutating set { known[place] = newValue }
    }

    mutating func add(_ remembered: Remembered) -> Int {
        let place = takePlace()
        (known + place).initialize(to: remembered)
        return place
    }

    mutating func remove(_ place: Int) {
        free.append(UInt32(place))
    }

    private mutating func takePlace() -> Int {
        if let place = free.popLast() { return Int(place) }
        precondition(used <= Self.placeMax, "more ids wait than can be told apart")
        if used == capacity { grow() }
        used += 1
        return used - 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Remembered>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: known, count: capacity)
        known.deallocate()
        known = larger
        capacity *= 2
    }
}
