import Numerics

/// The categories of one feature, by their hashes: open addressing, because each value that is
/// looked at is looked up.
struct CategoryTable: Sendable, Equatable {
    /// Hour of first sight, and how often it was met while the scale was being found.
    struct Category: Equatable {
        var hour: Int64
        var count: Int
        /// Its place, by how common it was.
        var rank: Float = 1
    }

    private var hashes: [UInt64] = []
    private var categories: [Category] = []
    /// 0 is empty, else an index plus 1.
    private var slots = [UInt32](repeating: 0, count: 32)

    init() {}

    var count: Int { hashes.count }

    subscript(index: Int) -> Category {
        get { categories[index] }
        set { categories[index] = newValue }
    }

    func find(_ hash: UInt64) -> Int? {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) &- 1
            if hashes[index] == hash { return index }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// One that is not there.
    mutating func add(_ hash: UInt64, _ category: Category) {
        hashes.append(hash)
        categories.append(category)
        guard hashes.count * 2 > slots.count else { return insert(hashes.count - 1) }
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for index in hashes.indices { insert(index) }
    }

    private mutating func insert(_ index: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hashes[index]) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
    }

    /// Gives each its place, the commonest first.
    mutating func rank() {
        let common = hashes.indices.sorted {
            (categories[$0].count, hashes[$0]) > (categories[$1].count, hashes[$1])
        }
        let total = Double(max(categories.reduce(0) { $0 + $1.count }, 1))
        var below = 0.0
        for index in common {
            let share = Double(categories[index].count) / total
            categories[index].rank = Float(below + share / 2)
            below += share
        }
    }

    /// In whichever order they were met.
    static func == (left: CategoryTable, right: CategoryTable) -> Bool {
        left.count == right.count
            && left.hashes.indices.allSatisfy { index in
                right.find(left.hashes[index]).map { right[$0] == left[index] } ?? false
            }
    }

    /// By rising hash.
    func encode(into writer: inout ByteWriter) {
        let known = hashes.indices.sorted { hashes[$0] < hashes[$1] }
        writer.write(known.map { hashes[$0] })
        writer.write(known.map { UInt64(bitPattern: categories[$0].hour) })
        writer.write(known.map { UInt64(categories[$0].count) })
        writer.write(known.map { categories[$0].rank })
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        let (keys, hours) = try (reader.readWords(), reader.readWords())
        let (counts, places) = try (reader.readWords(), reader.readFloats())
        guard [hours.count, counts.count, places.count].allSatisfy({ $0 == keys.count }) else {
            throw ByteFault(offset: reader.offset, expected: "as many figures as categories")
        }
        for (index, key) in keys.enumerated() where find(key) == nil {
            add(
                key,
                Category(
                    hour: Int64(bitPattern: hours[index]), count: Int(clamping: counts[index]),
                    rank: places[index]))
        }
    }
}
