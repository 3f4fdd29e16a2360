import Numerics

/// The parts of the traffic that one field of the records tells apart, in the order in which they
/// were met, and the examples of each in the hour that is open.
struct StreamParts: Sendable, Equatable {
    /// A part with a clock of its own.
    struct Part: Sendable, Equatable {
        var hash: UInt64
        var name: String
        /// An IANA name, or empty.
        var zone: String
    }

    /// The last stands for all that come later, and is named so.
    let countMax: Int
    static let othersName = "others"
    private(set) var list: [Part] = []
    private(set) var counts: [HourSum] = []
    /// Examples whose features were looked at.
    private(set) var looked: [Double] = []
    private var hashes: [UInt64] = []

    init(countMax: Int) { self.countMax = countMax }

    @inline(__always)
    func index(of hash: UInt64) -> Int? {
        if let known = hashes.firstIndex(of: hash) { return known }
        return hashes.count < countMax ? nil : hashes.count - 1
    }

    mutating func add(_ part: Part) -> Int {
        var part = part
        if list.count == countMax - 1 { part.name = Self.othersName }
        list.append(part)
        hashes.append(part.hash)
        counts.append(HourSum())
        looked.append(0)
        return list.count - 1
    }

    @inline(__always)
    mutating func count(_ index: Int) { counts[index].count += 1 }

    mutating func look(_ index: Int) { looked[index] += 1 }

    /// Several, each of them by itself.
    var isToldApart: Bool { list.count > 1 && list.count < countMax }

    mutating func closeHour() {
        counts = counts.map { _ in HourSum() }
        looked = looked.map { _ in 0 }
    }

    /// The hour of the week that an hour since 1970 is, by the clock of each.
    func slots(_ hour: Int64, _ slot: (Int64, String) -> Int) -> [Int] {
        list.map { slot(hour, $0.zone) }
    }

    /// Without the counts.
    func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(list.count))
        for part in list {
            writer.write(part.hash)
            writer.write(part.name)
            writer.write(part.zone)
        }
    }

    func encodeCounts(into writer: inout ByteWriter) {
        for sum in counts { sum.encode(into: &writer) }
        writer.write(looked)
    }

    init(countMax: Int, restoring reader: inout ByteReader) throws(ByteFault) {
        self.init(countMax: countMax)
        for _ in 0..<(try reader.read(UInt32.self)) {
            _ = add(
                Part(
                    hash: try reader.read(), name: try reader.readText(),
                    zone: try reader.readText()))
        }
    }

    mutating func restoreCounts(_ reader: inout ByteReader) throws(ByteFault) {
        for index in counts.indices { counts[index] = try HourSum(restoring: &reader) }
        looked = try reader.readDoubles()
        guard looked.count == list.count else {
            throw ByteFault(offset: reader.offset, expected: "a count of each part")
        }
    }
}
