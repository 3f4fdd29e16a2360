import Monitoring
import Numerics
import Vocabulary

/// The guards of a ride that training looks at by itself: log loss and calibration of what was
/// learned of late. Always before the same entries, however many a turn of the engine takes in.
package struct RideBreaker: Sendable, Equatable {
    private let ride: Ride
    /// What figures are taken over.
    package let span: Span
    package let lossMax: Double?
    /// Predictions over labels; nil where it is not known what is usual.
    package let ratios: ClosedRange<Double>?

    /// Of ridden examples, and of those that a figure is taken over: fewer say nothing.
    package static let countMin = 500.0
    private static let labelsMin = 50.0
    /// Entries between two looks.
    private static let interval: UInt64 = 128

    package init(_ ride: Ride, over span: Span, lossMax: Double?, ratios: ClosedRange<Double>?) {
        (self.ride, self.span) = (ride, span)
        (self.lossMax, self.ratios) = (lossMax, ratios)
    }

    /// Entries until the next look.
    func distance(from sequence: UInt64) -> UInt64 {
        guard sequence >= ride.from else { return ride.from - sequence }
        return Self.interval - (sequence - ride.from) % Self.interval
    }

    /// Why the ride is to end before an entry; nil while every guard holds, or knows too little.
    /// `arrival` is that of the newest entry that was learned.
    func trip(before sequence: UInt64, _ history: MetricHistory, arrival: Instant) -> String? {
        guard sequence > ride.from, (sequence - ride.from) % Self.interval == 0,
            arrival < ride.until
        else { return nil }
        let recent = history.recent(span, upTo: arrival)
        guard Self.isEnough(recent, ridden: sequence - ride.from) else { return nil }
        let loss = recent.loss / recent.weight
        if let lossMax, loss > lossMax {
            return "log loss \(FigureText.text(loss)) over \(span.text), limit "
                + FigureText.text(lossMax)
        }
        guard let ratios, let ratio = Self.ratio(recent) else { return nil }
        // Three standard errors of a Poisson count of labels beyond the limit.
        let reach = 3 / recent.labels.squareRoot()
        guard ratio * (1 - reach) > ratios.upperBound || ratio * (1 + reach) < ratios.lowerBound
        else { return nil }
        return "predictions are \(FigureText.text(ratio)) times the labels over \(span.text), "
            + "limits \(FigureText.text(ratios.lowerBound)) and "
            + FigureText.text(ratios.upperBound)
    }

    private static func isEnough(_ piece: MetricHistory.Step, ridden: UInt64) -> Bool {
        Double(ridden) >= countMin && isEnough(piece)
    }

    package static func isEnough(_ piece: MetricHistory.Step) -> Bool {
        piece.trained >= countMin && piece.weight > 0
    }

    /// Predictions over labels; nil of few labels.
    package static func ratio(_ piece: MetricHistory.Step) -> Double? {
        piece.labels >= labelsMin && piece.predictions > 0
            ? piece.predictions / piece.labels : nil
    }
}
