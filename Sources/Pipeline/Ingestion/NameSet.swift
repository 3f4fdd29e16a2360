/// The names met in one object, each once: open addressing, over places that need not be emptied
/// from object to object. On the data's way.
struct NameSet: ~Copyable {
    private struct Place {
        var name: UInt64
        /// The object that the name was met in.
        var object: UInt64
    }

    private var places: UnsafeMutablePointer<Place>
    private var placeCount = 1024
    private var object: UInt64 = 0
    private var count = 0

    init() {
        places = Self.places(placeCount)
    }

    deinit {
        places.deallocate()
    }

    private static func places(_ count: Int) -> UnsafeMutablePointer<Place> {
        let places = UnsafeMutablePointer<Place>.allocate(capacity: count)
        places.initialize(repeating: Place(name: 0, object: 0), count: count)
        return places
    }

    /// Forgets all names: another object begins.
    @inline(__always)
    mutating func begin() {
        object &+= 1
        count = 0
    }

    /// False if the name was met in this object before.
    @inline(__always)
    mutating func insert(_ name: UInt64) -> Bool {
        if count &* 2 >= placeCount { grow() }
        var index = Int(truncatingIfNeeded: name) & (placeCount &- 1)
        while places[index].object == object {
            if places[index].name == name { return false }
            index = (index &+ 1) & (placeCount &- 1)
        }
        places[index] = Place(name: name, object: object)
        count &+= 1
        return true
    }

    @inline(never)
    private mutating func grow() {
        let (old, oldCount) = (places, placeCount)
        placeCount *= 2
        places = Self.places(placeCount)
        count = 0
        for index in 0..<oldCount where old[index].object == object {
            _ = insert(old[index].name)
        }
        old.deallocate()
    }
}
