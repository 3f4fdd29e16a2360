/// How a trainer that stopped falls behind: what checkpoints of known ages lose against the
/// newest, measured side by side.
package struct DecayCurve: Codable, Sendable, Equatable {
    /// One age.
    package struct Point: Codable, Sendable, Equatable {
        package let hours: Double
        /// The newest one's metric less that of this age.
        package let drop: Double
        package let error: Double

        package init(hours: Double, drop: Double, error: Double) {
            (self.hours, self.drop, self.error) = (hours, drop, error)
        }
    }

    /// By age, rising.
    package let points: [Point]
    /// The oldest age that was measured: up to there the last point holds.
    package let measuredHours: Double

    package init(_ points: [Point], measuredHours: Double? = nil) {
        self.points = points.sorted { $0.hours < $1.hours }
        self.measuredHours = measuredHours ?? self.points.last?.hours ?? 0
    }

    /// Between two ages on the line between them; from nothing at age 0. Nil beyond the oldest
    /// measured: what was not measured is not guessed.
    package func drop(atHours hours: Double) -> Point? {
        guard hours > 0 else { return Point(hours: 0, drop: 0, error: 0) }
        var before = Point(hours: 0, drop: 0, error: 0)
        for point in points {
            if hours <= point.hours {
                let part = (hours - before.hours) / (point.hours - before.hours)
                let (left, right) = ((1 - part) * before.error, part * point.error)
                return Point(
                    hours: hours, drop: before.drop + part * (point.drop - before.drop),
                    error: (left * left + right * right).squareRoot())
            }
            before = point
        }
        guard !points.isEmpty, hours <= measuredHours else { return nil }
        return Point(hours: hours, drop: before.drop, error: before.error)
    }

    /// A difference from the stopped baseline less what it has decayed, and the part of its reach
    /// that the curve adds; nil beyond what was measured.
    package func corrected(
        _ estimate: Double, reach: Double, atHours hours: Double, reachOfErrors: Double
    ) -> (estimate: Double, reach: Double)? {
        drop(atHours: hours).map { point in
            let added = point.error * reachOfErrors
            return (estimate - point.drop, (reach * reach + added * added).squareRoot())
        }
    }
}
