import Numerics

/// What a stopped baseline loses by its age, of one metric of the business: its exposures against
/// those of arms that went on, gathered by age.
///
/// Only where nothing but age sets the arms apart is it that: in a launch whose candidate is
/// production itself, or, with data kept apart, of production's arm.
package struct AgingMeasure: Sendable {
    private var stopped = DecayMeasure()
    private var fresh = DecayMeasure()

    /// Exposures with an outcome that an age needs on either side.
    private static let eventCountMin = 20

    package init() {}

    package mutating func add(
        unit: UInt64, amount: Double, base: Double, hours: Double, isStopped: Bool
    ) {
        // An age of the one is the same age of the other.
        stopped.widen(toHold: hours)
        fresh.widen(toHold: hours)
        if isStopped {
            stopped.add(unit: unit, hours: hours, amount: amount, base: base)
        } else {
            fresh.add(unit: unit, hours: hours, amount: amount, base: base)
        }
    }

    /// Drops are shares of the stopped one's value.
    package var curve: DecayCurve {
        let points = zip(stopped.ages, fresh.ages).compactMap(Self.point)
        return DecayCurve(points, measuredHours: stopped.oldest)
    }

    private static func point(
        _ stopped: DecayMeasure.Age, _ fresh: DecayMeasure.Age
    ) -> DecayCurve.Point? {
        guard let hours = stopped.hours, let value = stopped.tally.value, value != 0,
            let other = fresh.tally.value, let squared = stopped.tally.squaredError,
            let otherSquared = fresh.tally.squaredError,
            min(stopped.tally.eventCount, fresh.tally.eventCount) >= eventCountMin
        else { return nil }
        // Of a ratio of two means that are independent, by the delta method.
        let ratio = other / value
        let error = ((otherSquared + ratio * ratio * squared) / (value * value)).squareRoot()
        return DecayCurve.Point(
            hours: hours, drop: (other - value) / value.magnitude, error: error)
    }
}

/// What a difference owes to its baseline's age, to be taken off, and how well that is known.
package struct AgeShare: Codable, Sendable, Equatable {
    package let difference: Double
    package let error: Double

    /// Of a baseline of that value; `point` is in shares of it.
    init(_ point: DecayCurve.Point, of value: Double) {
        difference = point.drop * value.magnitude
        error = point.error * value.magnitude
    }

    private init(difference: Double, error: Double) {
        (self.difference, self.error) = (difference, error)
    }

    /// For the baseline itself against what does not age.
    var reversed: AgeShare { AgeShare(difference: -difference, error: error) }
}
