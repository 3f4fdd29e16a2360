import CShims
import Numerics

/// Running mean and deviation of one numeric feature, so that prices, pressures and years can
/// stay in their own units.
///
/// Welford's recurrence over winsorised values: once eight are known, a value beyond eight
/// deviations counts as one at eight, so that a single 1e30 does not flatten the rest; the scale
/// can still grow. Should the scale be absurdly too large all the same (an outlier that came
/// first), blocks of recent values, measured apart, replace it. The deviation used for scoring
/// is refreshed every 32 values once 64 are known, which spares a square root a value.
struct NumberStatistics: Sendable, Equatable {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    private(set) var squares = 0.0
    /// 0 while nothing can be told from the feature: fewer than two values, or all alike.
    private(set) var inverseDeviation = 0.0
    private var deviation = 0.0
    private var block = Block()

    private struct Block: Sendable, Equatable {
        var origin = 0.0
        var count = 0.0
        var sum = 0.0
        var squares = 0.0
        var length = 32.0
    }

    static let clip = 5.0
    static let winsorDeviations = 8.0
    static let blockLengthMax = 1024.0

    init() {}

    @inline(__always)
    func standardised(_ value: Double) -> Double {
        let z = (value - mean) * inverseDeviation
        return min(max(z, -Self.clip), Self.clip)
    }

    @inline(__always)
    mutating func update(_ value: Double) {
        var value = min(max(value, -1e100), 1e100)
        if count >= 8, inverseDeviation > 0 {
            let reach = Self.winsorDeviations * deviation
            value = min(max(value, mean - reach), mean + reach)
        }
        count += 1
        let delta = value - mean
        mean += delta / count
        squares += delta * (value - mean)

        if block.count == 0 { block.origin = value }
        let distance = value - block.origin
        block.count += 1
        block.sum += distance
        block.squares += distance * distance
        if block.count >= block.length { closeBlock() }
        if count <= 64 || Int(block.count) & 31 == 0 { refresh() }
    }

    private mutating func closeBlock() {
        let blockMean = block.sum / block.count
        let blockSquares = max(0, block.squares - block.sum * blockMean)
        let blockDeviation = (blockSquares / block.count).squareRoot()
        let ownDeviation = (squares / count).squareRoot()
        let isVaried = blockDeviation > 1e-9 * abs(block.origin + blockMean)
        if isVaried, blockDeviation < 1e-3 * ownDeviation {
            count = block.count
            mean = block.origin + blockMean
            squares = blockSquares
        }
        block = Block(length: min(block.length * 4, Self.blockLengthMax))
    }

    private mutating func refresh() {
        let variance = count >= 2 ? squares / count : 0
        let isFlat = variance <= 1e-18 * mean * mean
        deviation = variance.squareRoot()
        inverseDeviation = isFlat || deviation == 0 ? 0 : 1 / deviation
    }

    func encode(into writer: inout ByteWriter) {
        writer.write([
            count, mean, squares, inverseDeviation, deviation, block.origin, block.count,
            block.sum, block.squares, block.length,
        ])
    }

    init(decoding reader: inout ByteReader) throws(ByteFault) {
        let values = try reader.readDoubles()
        guard values.count == 10 else {
            throw ByteFault(offset: reader.offset, expected: "ten figures of a feature")
        }
        (count, mean, squares) = (values[0], values[1], values[2])
        (inverseDeviation, deviation) = (values[3], values[4])
        block = Block(
            origin: values[5], count: values[6], sum: values[7], squares: values[8],
            length: values[9])
    }

    var isFinite: Bool {
        mean.isFinite && squares.isFinite && inverseDeviation.isFinite && deviation.isFinite
    }
}

/// The statistics of all numeric features of a learner, found by the low half of a name's hash.
struct NumberTable: ~Copyable {
    private(set) var keys: [UInt32] = []
    /// By index; moves when names are added.
    private(set) var statistics: UnsafeMutablePointer<NumberStatistics>
    private var capacity = 64
    /// Open addressing; 0 is empty, else an index plus 1.
    private var slots = [UInt32](repeating: 0, count: 256)

    /// Further names carry no number, only what they carry as categories.
    static let nameCountMax = 65_536

    init() {
        statistics = .allocate(capacity: 64)
    }

    deinit {
        statistics.deallocate()
    }

    var count: Int { keys.count }

    subscript(index: Int) -> NumberStatistics { statistics[index] }

    func find(_ key: UInt32) -> Int? {
        var slot = Int(key) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if keys[index] == key { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    mutating func findOrAdd(_ key: UInt32) -> Int? {
        if let known = find(key) { return known }
        guard keys.count < Self.nameCountMax else { return nil }
        append(key, NumberStatistics())
        return keys.count - 1
    }

    mutating func append(_ key: UInt32, _ added: NumberStatistics) {
        if keys.count == capacity {
            let larger = UnsafeMutablePointer<NumberStatistics>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: statistics, count: capacity)
            statistics.deallocate()
            statistics = larger
            capacity *= 2
        }
        (statistics + keys.count).initialize(to: added)
        keys.append(key)
        if keys.count * 2 > slots.count {
            slots = [UInt32](repeating: 0, count: slots.count * 2)
            for index in keys.indices { insert(index) }
        } else {
            insert(keys.count - 1)
        }
    }

    private mutating func insert(_ index: Int) {
        var slot = Int(keys[index]) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }
}
