import CShims
import Numerics

/// Running mean and deviation of one numeric feature, so that prices, pressures and years can
/// stay in their own units.
///
/// Values are gathered in batches, one at a time until 64 are known and then 16, and joined to
/// the whole by batch (Chan, Golub, LeVeque 1979): what scores are made of changes only then,
/// and a value costs a few additions. They are winsorised: once eight are known, a value beyond
/// eight deviations counts as one at eight, so that a single 1e30 does not flatten the rest; the
/// scale can still grow. Should the scale be absurdly too large all the same (an outlier that
/// came first), blocks of recent values, measured apart, replace it.
struct NumberStatistics: Sendable, Equatable {
    /// Of scores: the mean, and 0 while nothing can be told from the feature: fewer than two
    /// values, or all alike.
    private(set) var mean = 0.0
    private(set) var inverseDeviation = 0.0
    /// Values beyond these count as these.
    private var low = -reachMax
    private var high = reachMax
    /// The batch being gathered: distances from a value near them, so that nothing cancels.
    private var origin = 0.0
    private var distances = 0.0
    private var squares = 0.0
    private var batchCount = 0.0
    private var batchLength = 1.0
    private var whole = Moments()
    private var block = Moments()
    private var blockLength = 32.0

    static let clip = 5.0
    static let winsorDeviations = 8.0
    static let blockLengthMax = 1024.0
    static let reachMax = 1e100
    /// Values that come one by one, and then by batches of so many.
    private static let singleCount = 64.0
    private static let batchLengthMax = 16.0

    init() {}

    @inline(__always)
    func standardised(_ value: Double) -> Double {
        let z = (value - mean) * inverseDeviation
        return min(max(z, -Self.clip), Self.clip)
    }

    @inline(__always)
    mutating func update(_ value: Double) {
        let value = min(max(value, low), high)
        let distance = value - origin
        distances += distance
        squares += distance * distance
        batchCount += 1
        if batchCount >= batchLength { closeBatch(last: value) }
    }

    private mutating func closeBatch(last: Double) {
        let batchMean = distances / batchCount
        let spread = max(0, squares - distances * batchMean)
        let batch = Moments(
            count: batchCount, mean: origin + batchMean, squares: batchCount > 1 ? spread : 0)
        whole.add(batch)
        block.add(batch)
        if block.count >= blockLength { closeBlock() }
        (origin, distances, squares, batchCount) = (last, 0, 0, 0)
        batchLength = whole.count < Self.singleCount ? 1 : Self.batchLengthMax
        refresh()
    }

    private mutating func closeBlock() {
        let isVaried = block.deviation > 1e-9 * abs(block.mean)
        if isVaried, block.deviation < 1e-3 * whole.deviation { whole = block }
        block = Moments()
        blockLength = min(blockLength * 4, Self.blockLengthMax)
    }

    private mutating func refresh() {
        mean = whole.mean
        let deviation = whole.deviation
        let isFlat = deviation <= 1e-9 * abs(mean)
        inverseDeviation = isFlat || deviation == 0 ? 0 : 1 / deviation
        let isKnown = whole.count >= 8 && inverseDeviation > 0
        let reach = Self.winsorDeviations * deviation
        low = isKnown ? max(mean - reach, -Self.reachMax) : -Self.reachMax
        high = isKnown ? min(mean + reach, Self.reachMax) : Self.reachMax
    }

    func encode(into writer: inout ByteWriter) {
        writer.write([
            mean, inverseDeviation, low, high, origin, distances, squares, batchCount,
            batchLength, whole.count, whole.mean, whole.squares, block.count, block.mean,
            block.squares, blockLength,
        ])
    }

    init(decoding reader: inout ByteReader) throws(ByteFault) {
        let values = try reader.readDoubles()
        guard values.count == 16 else {
            throw ByteFault(offset: reader.offset, expected: "sixteen figures of a feature")
        }
        (mean, inverseDeviation, low, high) = (values[0], values[1], values[2], values[3])
        (origin, distances, squares) = (values[4], values[5], values[6])
        (batchCount, batchLength) = (values[7], values[8])
        whole = Moments(count: values[9], mean: values[10], squares: values[11])
        block = Moments(count: values[12], mean: values[13], squares: values[14])
        blockLength = values[15]
    }

    var isFinite: Bool {
        mean.isFinite && inverseDeviation.isFinite && whole.squares.isFinite && low.isFinite
            && high.isFinite
    }
}

/// Count, mean and summed squared distances from it.
private struct Moments: Sendable, Equatable {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0

    var deviation: Double { count >= 2 ? (squares / count).squareRoot() : 0 }

    mutating func add(_ other: Moments) {
        guard count > 0 else {
            self = other
            return
        }
        let sum = count + other.count
        let distance = other.mean - mean
        mean += distance * (other.count / sum)
        squares += other.squares + distance * distance * (count * other.count / sum)
        count = sum
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
