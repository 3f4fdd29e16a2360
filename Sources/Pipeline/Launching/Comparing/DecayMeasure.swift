import Numerics

/// What a trainer that stopped loses against one that went on, example by example, gathered by its
/// age. However long a launch lasts, there are at most so many ages: when one is beyond them, two
/// and two become one.
package struct DecayMeasure: Sendable, Equatable {
    /// Counts, and hours.
    private enum Limits {
        static let ageCount = 8
        static let firstHours = 0.5
    }

    private var tallies = [MetricTally](repeating: MetricTally(), count: Limits.ageCount)
    /// Of the examples of each age.
    private var hours = [Double](repeating: 0, count: Limits.ageCount)
    private var width = Limits.firstHours
    /// The greatest age of an example, in hours.
    private(set) var oldest = 0.0

    package init() {}

    /// `loss` is that of the stopped one less that of the other.
    package mutating func add(unit: UInt64, hours: Double, loss: Double) {
        add(unit: unit, hours: hours, amount: loss)
    }

    mutating func add(unit: UInt64, hours age: Double, amount: Double, base: Double = 1) {
        guard age >= 0, age.isFinite else { return }
        widen(toHold: age)
        let place = Int(age / width)
        tallies[place].add(unit: unit, amount: amount, base: base)
        hours[place] += age
        oldest = max(oldest, age)
    }

    mutating func widen(toHold age: Double) {
        guard age.isFinite else { return }
        while age >= width * Double(Limits.ageCount) { widen() }
    }

    private mutating func widen() {
        width *= 2
        for place in 0..<Limits.ageCount {
            let pair = place * 2
            guard pair < Limits.ageCount else {
                (tallies[place], hours[place]) = (MetricTally(), 0)
                continue
            }
            var both = tallies[pair]
            both.merge(tallies[pair + 1])
            (tallies[place], hours[place]) = (both, hours[pair] + hours[pair + 1])
        }
    }

    /// All that is of about one age.
    struct Age {
        var tally: MetricTally
        /// The mean; nil before the first.
        var hours: Double?
    }

    var ages: [Age] {
        zip(tallies, hours).map { tally, hours in
            Age(tally: tally, hours: tally.count > 0 ? hours / Double(tally.count) : nil)
        }
    }

    /// Points lie at the mean age of their examples.
    package var curve: DecayCurve {
        let points = ages.compactMap { age -> DecayCurve.Point? in
            guard let hours = age.hours, let drop = age.tally.value,
                let error = age.tally.squaredError
            else { return nil }
            return DecayCurve.Point(hours: hours, drop: drop, error: error.squareRoot())
        }
        return DecayCurve(points, measuredHours: oldest)
    }

    /// The mean age of all examples; nil before the first.
    package var meanHours: Double? {
        let count = tallies.reduce(0) { $0 + $1.count }
        return count > 0 ? hours.reduce(0, +) / Double(count) : nil
    }

    // MARK: bytes

    package func encode(to writer: inout ByteWriter) {
        writer.write(width)
        writer.write(oldest)
        writer.write(hours)
        for tally in tallies { tally.encode(to: &writer) }
    }

    package init(from reader: inout ByteReader) throws(ByteFault) {
        width = try reader.readDouble()
        oldest = try reader.readDouble()
        hours = try reader.readDoubles()
        guard width >= Limits.firstHours, hours.count == Limits.ageCount else {
            throw ByteFault(offset: reader.offset, expected: "\(Limits.ageCount) ages")
        }
        for place in tallies.indices { tallies[place] = try MetricTally(from: &reader) }
    }
}
