import Numerics

/// Finds changes of a stream's mean by the sum of its distances from the mean so far (Page,
/// "Continuous inspection schemes", 1954; Hinkley 1970), rises and falls alike.
///
/// After a drift it begins anew.
package struct PageHinkley: Sendable, Equatable {
    /// How large a change it looks for, and how sure it must be.
    package struct Settings: Sendable, Equatable {
        /// Changes of the mean smaller than this are let pass, in the unit of the values.
        package var delta = 0.005
        /// How far the sum may go from its extreme, in the unit of the values.
        package var threshold = 50.0
        /// What is kept of the sum from one value to the next, within (0, 1].
        package var memory = 0.9999
        /// Values before the first drift, at least.
        package var countMin = 30

        package init() {}
    }

    /// What sums can hold.
    package enum Limits {
        /// Values beyond this are refused.
        package static let magnitudeMax = 1e100
    }

    package let settings: Settings
    private var count = 0.0
    private var mean = 0.0
    private var rise = 0.0
    private var fall = 0.0
    /// The least rise and the largest fall so far, and where they stood: the likely onset of a
    /// change that begins there.
    private var lowest = Extreme(sum: .infinity)
    private var highest = Extreme(sum: -.infinity)

    private struct Extreme: Sendable, Equatable {
        var sum: Double
        var count = 0.0
        var mean = 0.0
    }

    package init(_ settings: Settings = Settings()) {
        precondition(settings.memory > 0 && settings.memory <= 1, "memory is a share")
        precondition(settings.threshold > 0, "a threshold of nothing")
        self.settings = settings
    }

    /// Forgets all values.
    package mutating func reset() {
        self = PageHinkley(settings)
    }

    package mutating func add(_ value: Double) -> DriftFinding {
        // A NaN is not within any bounds.
        guard value.magnitude <= Limits.magnitudeMax else { return .refused }
        count += 1
        mean += (value - mean) / count
        let distance = value - mean
        rise = settings.memory * rise + distance - settings.delta
        fall = settings.memory * fall + distance + settings.delta
        if rise < lowest.sum { lowest = Extreme(sum: rise, count: count, mean: mean) }
        if fall > highest.sum { highest = Extreme(sum: fall, count: count, mean: mean) }
        let isOver = max(rise - lowest.sum, highest.sum - fall) > settings.threshold
        guard isOver, count >= Double(settings.countMin) else { return .nothing }
        return drift()
    }

    private mutating func drift() -> DriftFinding {
        let onset = rise - lowest.sum > settings.threshold ? lowest : highest
        let rest = count - onset.count
        let after = rest > 0 ? (mean * count - onset.mean * onset.count) / rest : mean
        reset()
        return .drift(
            Drift(
                before: Drift.Level(count: Int(onset.count), mean: onset.mean),
                after: Drift.Level(count: Int(rest), mean: after)))
    }
}

extension PageHinkley {
    package func encode(into writer: inout ByteWriter) {
        writer.write([
            count, mean, rise, fall, lowest.sum, lowest.count, lowest.mean, highest.sum,
            highest.count, highest.mean,
        ])
    }

    package init(
        restoring reader: inout ByteReader, _ settings: Settings = Settings()
    ) throws(ByteFault) {
        self.init(settings)
        let values = try reader.readDoubles()
        guard values.count == 10, !values.contains(where: \.isNaN) else {
            throw ByteFault(offset: reader.offset, expected: "ten figures of a detector")
        }
        (count, mean, rise, fall) = (values[0], values[1], values[2], values[3])
        lowest = Extreme(sum: values[4], count: values[5], mean: values[6])
        highest = Extreme(sum: values[7], count: values[8], mean: values[9])
    }
}
