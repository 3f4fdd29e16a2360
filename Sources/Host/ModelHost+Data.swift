import Engine
import Numerics
import Operation
import Vocabulary

extension ModelHost {
    /// Bounds of the label delays that operators are shown, in seconds.
    private static let delayBounds: [Double] = [
        60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 3 * 86_400, 7 * 86_400,
        30 * 86_400,
    ]

    private static let ridesShown = 20

    /// What became of records beyond the counts, and what was left out and let in again.
    var dataReport: DataReport {
        DataReport(
            delays: delayShares, quarantined: samples.list,
            undone: book.entries.filter(\.isUndone).map(\.report),
            rides: rideBook.entries.suffix(Self.ridesShown).compactMap { entry in
                guard let end = entry.end else { return nil }
                return EndedRide(
                    id: entry.ride.id, event: entry.event, by: entry.by, reason: entry.reason,
                    from: entry.begun, ended: end.at, text: end.text, isTripped: end.isTripped)
            }, filter: engine.filterReport)
    }

    private var delayShares: [DelayShare] {
        let delays = engine.labelDelays
        guard delays.total > 0 else { return [] }
        let counts = delays.counts(upTo: Self.delayBounds.map { Int64($0 * 1000) })
        let bounds = Self.delayBounds.map(Optional.some) + [nil]
        return zip(bounds, counts).map { bound, count in
            DelayShare(seconds: bound, share: Double(count) / Double(delays.total))
        }
    }
}
