import CShims
import Numerics

/// What hours of a series usually come to: two standard deviations of an hour's mean to both
/// sides of what the weeks before had in the same hour of the week.
package struct UsualBand: Sendable, Equatable {
    /// `volume`, as examples an hour, or `prediction`.
    package var kind: SeriesKind
    /// Hours since 1970 of the first.
    package var firstHour: Int64
    /// Nil for an hour of the week that was never met.
    package var low: [Double?]
    package var high: [Double?]
}

extension StreamMonitor {
    /// Hours before the open one that bands reach back, as charts do.
    private static let bandHours: Int64 = 24

    /// Bands of the newest day, the hour that is open the last. Worked out once for each hour, when
    /// they are first asked for. `slot` is as in `advance`.
    package mutating func bands(slot: (Int64, String) -> Int) -> [UsualBand] {
        if let known = knownBands, known.hour == hour { return known.bands }
        var bands: [UsualBand] = []
        if let hour {
            let hours = (hour - Self.bandHours)...hour
            for kind in [SeriesKind.volume, .prediction] {
                guard let one = series.first(where: { $0.kind == kind }), one.isBegun else {
                    continue
                }
                var band = UsualBand(kind: kind, firstHour: hours.lowerBound, low: [], high: [])
                for each in hours {
                    let range = range(of: one, in: each, slot)
                    band.low.append(range?.low)
                    band.high.append(range?.high)
                }
                bands.append(band)
            }
        }
        knownBands = (hour, bands)
        return bands
    }

    /// Over all parts: counts add up, and so do the squares of their deviations.
    private func range(
        of one: MonitoredSeries, in hour: Int64, _ slot: (Int64, String) -> Int
    ) -> (low: Double, high: Double)? {
        var (sum, square) = (0.0, 0.0)
        for (index, part) in one.parts.enumerated() {
            let zone = segments.list.indices.contains(index) ? segments.list[index].zone : ""
            guard let expected = part.baseline.expectation(slot(hour, zone)) else { return nil }
            if one.kind.isCount {
                let count = max(0, spindle_exp(expected.mean + part.level) - 0.5)
                sum += count
                square += count * count * (part.between + 1 / max(count, 1))
            } else {
                let worth = max(1, expected.count / min(max(expected.weeks, 1), 4))
                sum += expected.mean
                square += part.between + max(part.baseline.variance, one.kind.varianceMin) / worth
            }
        }
        let deviation = 2 * square.squareRoot()
        return (max(0, sum - deviation), sum + deviation)
    }
}
