import Numerics

/// One metric in one arm: what all exposures came to, and how far units differ, in bounded memory.
///
/// Exposures of one unit resemble each other, so the spread is taken between units: each unit
/// falls into one of 2,048 buckets by its hash, and the buckets' sums are the independent
/// observations. With fewer units than buckets that is the spread between units itself; with more
/// it is the same in expectation, to about 3 %. The variance of the ratio of two sums is by the
/// delta method (Deng, Knoblich, Lu: "Applying the delta method in metric analytics", 2018).
package struct MetricTally: Sendable, Equatable {
    static let bucketCount = 2048

    /// Exposures.
    package private(set) var count = 0
    /// Exposures with an amount other than 0.
    package private(set) var eventCount = 0
    package private(set) var baseSum = 0.0
    private var amountSum = 0.0
    private var amountSquares = 0.0
    private var baseSquares = 0.0
    private var products = 0.0
    private var occupiedCount = 0
    private var amounts: [Double] = []
    private var bases: [Double] = []

    package init() {}

    package mutating func add(unit: UInt64, amount: Double, base: Double = 1) {
        precondition(amount.isFinite && base.isFinite, "an outcome is a number")
        if amounts.isEmpty {
            amounts = [Double](repeating: 0, count: Self.bucketCount)
            bases = amounts
        }
        let hash = SeededRandom.mixed(unit ^ 0x7461_6C6C_7900_0001)
        count += 1
        if amount != 0 { eventCount += 1 }
        add(amount, base, at: Int(truncatingIfNeeded: hash & UInt64(Self.bucketCount - 1)))
    }

    /// Sums are carried along, so that a look costs nothing.
    private mutating func add(_ amount: Double, _ base: Double, at bucket: Int) {
        let (old, oldBase) = (amounts[bucket], bases[bucket])
        let (new, newBase) = (old + amount, oldBase + base)
        if old == 0, oldBase == 0, new != 0 || newBase != 0 { occupiedCount += 1 }
        (amounts[bucket], bases[bucket]) = (new, newBase)
        amountSum += amount
        baseSum += base
        amountSquares += new * new - old * old
        baseSquares += newBase * newBase - oldBase * oldBase
        products += new * newBase - old * oldBase
    }

    /// Sum of amounts over sum of bases; nil without a base.
    package var value: Double? { baseSum > 0 ? amountSum / baseSum : nil }

    /// The square of the value's standard error; nil while there is none.
    package var squaredError: Double? {
        guard let value, occupiedCount > 1 else { return nil }
        // Of what each bucket's amount is off from the value times its base.
        let squares = amountSquares - 2 * value * products + value * value * baseSquares
        let occupied = Double(occupiedCount)
        return max(0, squares) / (baseSum * baseSum) * occupied / (occupied - 1)
    }

    /// By bucket, what its amount is off from the value times its base, over all bases: what the
    /// squared error is made of. None without a value.
    var residuals: [Double] {
        guard let value, !amounts.isEmpty else { return [] }
        return amounts.indices.map { (amounts[$0] - value * bases[$0]) / baseSum }
    }

    /// How much one exposure spreads, units' likeness included: the squared error times the count.
    package var varianceOfOne: Double? { squaredError.map { $0 * Double(count) } }

    /// Takes in all that another one counted.
    package mutating func merge(_ other: MetricTally) {
        guard !other.amounts.isEmpty else { return }
        if amounts.isEmpty {
            self = other
            return
        }
        count += other.count
        eventCount += other.eventCount
        for bucket in other.amounts.indices {
            let (amount, base) = (other.amounts[bucket], other.bases[bucket])
            if amount != 0 || base != 0 { add(amount, base, at: bucket) }
        }
    }

    // MARK: bytes

    package func encode(to writer: inout ByteWriter) {
        for number in [count, eventCount, occupiedCount] { writer.write(UInt64(number)) }
        writer.write([baseSum, amountSum, amountSquares, baseSquares, products])
        writer.write(amounts)
        writer.write(bases)
    }

    package init(from reader: inout ByteReader) throws(ByteFault) {
        count = Int(truncatingIfNeeded: try reader.read(UInt64.self))
        eventCount = Int(truncatingIfNeeded: try reader.read(UInt64.self))
        occupiedCount = Int(truncatingIfNeeded: try reader.read(UInt64.self))
        let sums = try reader.readDoubles()
        (amounts, bases) = (try reader.readDoubles(), try reader.readDoubles())
        guard sums.count == 5, [0, Self.bucketCount].contains(amounts.count),
            bases.count == amounts.count
        else {
            throw ByteFault(
                offset: reader.offset, expected: "a tally of \(Self.bucketCount) buckets")
        }
        (baseSum, amountSum, amountSquares) = (sums[0], sums[1], sums[2])
        (baseSquares, products) = (sums[3], sums[4])
    }
}
