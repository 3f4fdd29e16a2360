/// The names met in one object, each once. On the data's way.
struct NameSet: ~Copyable {
    private struct Place {
        var name: UInt64
        /// The object that the name was met in.
        var object: UInt64
    }

    private let places: UnsafeMutablePointer<Place>
    private var object: UInt64 = 0
    private var count = 0

    private static let placeCount = 512
    static let nameCountMax = placeCount / 2

    init() {
        places = .allocate(capacity: Self.placeCount)
        places.initialize(repeating: Place(name: 0, object: 0), count: Self.placeCount)
    }

    deinit {
        places.deallocate()
    }

    /// Forgets all names: another object begins.
    @inline(__always)
    mutating func begin() {
        object &+= 1
        count = 0
    }

    /// False if the name was met in this object before, or there are too many names.
    @inline(__always)
    mutating func insert(_ name: UInt64) -> Bool {
        count &+= 1
        guard count <= Self.nameCountMax else { return false }
        var index = Int(truncatingIfNeeded: name) & (Self.placeCount &- 1)
        while places[index].object == object {
            if places[index].name == name { return false }
            index = (index &+ 1) & (Self.placeCount &- 1)
        }
        places[index] = Place(name: name, object: object)
        return true
    }
}
