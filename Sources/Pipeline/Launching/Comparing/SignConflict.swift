import Numerics

/// A candidate that is better offline and worse for the business, or the other way round.
package enum SignConflict {
    /// `lossDifference` is the candidate's log loss less production's, `business` the direction
    /// of its metric against production; in words, nil while they agree or one is open.
    package static func text(
        lossDifference: ClosedRange<Double>, business: Direction, metric: String
    ) -> String? {
        let isBetter = lossDifference.upperBound < 0
        let isWorse = lossDifference.lowerBound > 0
        switch business {
        case .down where isBetter: return "offline up, business down: \(metric) fell"
        case .up where isWorse: return "offline down, business up: \(metric) rose"
        case .up, .down, .level, .open: return nil
        }
    }
}
