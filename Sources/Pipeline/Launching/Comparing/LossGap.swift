import Numerics

/// A difference of log loss between two cursors on the same examples, with an interval at 95 %;
/// below 0, the first one is better.
package struct LossGap: Codable, Sendable, Equatable {
    package let estimate: Double
    package let low: Double
    package let high: Double

    /// Examples below which nothing is said.
    private static let countMin = 100

    /// For one look; or, with a planned count, for all looks at once. Nil while too little was
    /// measured.
    package init?(_ tally: MetricTally, plannedCount: Double? = nil) {
        guard let value = tally.value, let error = tally.squaredError,
            tally.count >= Self.countMin
        else { return nil }
        let count = Double(tally.count)
        let reach =
            error.squareRoot()
            * ConfidenceSequence.reach(
                count: count, plannedCount: plannedCount ?? count, alpha: 0.05)
        (estimate, low, high) = (value, value - reach, value + reach)
    }

    package var text: String {
        "\(FigureText.text(estimate)) (\(FigureText.text(low)) to \(FigureText.text(high)))"
    }
}
