import Operation
import Vocabulary

/// What a model's charts come to over a stretch of event time; nil where nothing was measured.
///
/// Means are those of the charts' steps, each counting by its examples.
struct StretchFigures {
    /// Steps of the charts that lie in the stretch, and those of them in which examples came.
    private(set) var stepCount = 0
    private(set) var metCount = 0
    private(set) var examples: Double?
    private(set) var logLoss: Double?
    /// Log loss of a model that knows no more than each step's rate of positives.
    private(set) var baseRateLoss: Double?
    private(set) var calibration: Double?
    private(set) var labelRate: Double?
    private(set) var coverage: Double?
    /// The largest, in seconds.
    private(set) var staleness: Double?
    private(set) var step = Span.hours(1)

    /// Steps of the last hour or day that has begun count, as far as they go.
    init(_ series: [Series], in stretch: Range<Instant>) {
        let rates = Self.points(.examplesPerSecond, series, stretch)
        step = series.first?.step ?? step
        stepCount = rates.count
        let counts = rates.map { ($0 ?? 0) * step.seconds }
        metCount = counts.count { $0 > 0 }
        if metCount > 0 { examples = counts.reduce(0, +) }
        func mean(_ name: SeriesName) -> Double? {
            var (sum, weight) = (0.0, 0.0)
            for (point, count) in zip(Self.points(name, series, stretch), counts) {
                guard let point, count > 0 else { continue }
                sum += point * count
                weight += count
            }
            return weight > 0 ? sum / weight : nil
        }
        (logLoss, baseRateLoss) = (mean(.logLoss), mean(.baseRateEntropy))
        labelRate = mean(.labelRate)
        coverage = mean(.coverage)
        if let labelRate, labelRate > 0, let predicted = mean(.predictionRate) {
            calibration = predicted / labelRate
        }
        staleness = Self.points(.staleness, series, stretch).compactMap(\.self).max()
    }

    private static func points(
        _ name: SeriesName, _ series: [Series], _ stretch: Range<Instant>
    ) -> [Double?] {
        guard let one = series.first(where: { $0.name == name }) else { return [] }
        return one.points.enumerated().compactMap { index, point in
            let begin = one.start + Span(microseconds: one.step.microseconds * Int64(index))
            return stretch.contains(begin) ? .some(point) : nil
        }
    }
}
