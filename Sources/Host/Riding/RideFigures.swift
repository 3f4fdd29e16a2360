import Engine
import Monitoring
import Numerics
import Operation
import Vocabulary

/// What a ride's guards compare with: the worst that the day before came to, an hour at a time, or,
/// where an hour holds too few examples, in longer pieces. So an hour of the day that is always
/// hard trips nothing.
struct RideBaseline: Codable, Equatable {
    /// Hours that figures are taken over.
    var hours = 24
    /// Log loss, the highest; nil where too little is known.
    var loss: Double?
    /// Predictions over labels, the lowest and the highest.
    var ratioLow: Double?
    var ratioHigh: Double?
    /// Log loss of the way back on the golden set; nil where there is none.
    var golden: Double?

    init() {}

    /// Of the last day.
    init(_ history: MetricHistory) {
        for hours in [1, 6, 24] {
            let pieces = Self.pieces(history, hours: hours)
            let enough = pieces.filter { RideBreaker.isEnough($0) }
            guard !enough.isEmpty, enough.count * 2 >= pieces.count || hours == 24 else { continue }
            self.hours = hours
            loss = enough.map { $0.loss / $0.weight }.max()
            let ratios = enough.compactMap(RideBreaker.ratio)
            (ratioLow, ratioHigh) = (ratios.min(), ratios.max())
            return
        }
    }

    /// The newest day in pieces of so many hours, the newest first.
    private static func pieces(_ history: MetricHistory, hours: Int) -> [MetricHistory.Step] {
        let steps = Array(history.steps.suffix(MetricHistory.Limits.stepCount).reversed())
        let length = hours * 3_600_000_000 / Int(MetricHistory.step.microseconds)
        return stride(from: 0, to: steps.count, by: length).map { start in
            var sum = MetricHistory.Step()
            for step in steps[start..<min(start + length, steps.count)] {
                sum.addTraining(of: step)
            }
            return sum
        }
    }
}

/// The guards of a ride: each figure beside its limit, and whether one has tripped.
struct RideFigures {
    private let entry: RideBook.Entry
    private var before: RideBaseline { entry.before }

    init(_ entry: RideBook.Entry) {
        self.entry = entry
    }

    static func percent(_ share: Double) -> String {
        FigureText.percent((share * 1_000_000).rounded() / 1_000_000)
    }

    /// What trips a ride, in words.
    var limits: String {
        var parts = ["a checkpoint that fails its validation"]
        if let lossMax { parts.append("a log loss above \(FigureText.text(lossMax)) in \(span)") }
        if let goldenMax {
            parts.append("one above \(FigureText.text(goldenMax)) on the golden set")
        }
        if let ratios {
            parts.append(
                "predictions beyond \(FigureText.text(ratios.lowerBound)) to "
                    + "\(FigureText.text(ratios.upperBound)) times the labels in \(span)")
        }
        return "it stops at " + parts.joined(separator: ", at ")
    }

    private var span: String { Span.hours(before.hours).text }
    private var lossMax: Double? { before.loss.map { $0 * (1 + entry.guards.lossRise) } }
    private var goldenMax: Double? { before.golden.map { $0 * (1 + entry.guards.goldenRise) } }
    private var ratios: ClosedRange<Double>? {
        guard let low = before.ratioLow, let high = before.ratioHigh else { return nil }
        let factor = entry.guards.calibrationRatio
        return (low / factor)...(high * factor)
    }

    /// What training itself looks at.
    var breaker: RideBreaker {
        RideBreaker(entry.ride, over: .hours(before.hours), lossMax: lossMax, ratios: ratios)
    }

    /// Why a checkpoint of the ride ends it; nil while the golden set holds, or is not known.
    func trip(by golden: (checkpoint: CheckpointID, logLoss: Double)?) -> String? {
        guard let goldenMax, let golden, golden.logLoss > goldenMax else { return nil }
        return "\(golden.checkpoint) has a log loss of \(FigureText.text(golden.logLoss)) on the "
            + "golden set, limit \(FigureText.text(goldenMax))"
    }

    /// Each guard with its figure, a line each.
    func lines(at host: ModelHost) -> [String] {
        let recent = recent(of: host)
        func text(_ value: Double?) -> String { value.map(FigureText.text) ?? "-" }
        var lines = [
            "validation: a checkpoint that fails",
            "log loss, \(span): \(text(recent.map { $0.loss / $0.weight })), "
                + "limit \(text(lossMax))",
            "golden set: \(text(host.riddenGolden?.logLoss)), limit \(text(goldenMax))",
            "calibration, \(span): \(text(recent.flatMap(RideBreaker.ratio))), limits "
                + "\(text(ratios?.lowerBound)) and \(text(ratios?.upperBound))",
        ]
        let ridden = host.ridden(entry.ride)
        if entry.end == nil, Double(ridden) < RideBreaker.countMin {
            lines.insert(
                "BLIND YET: log loss and calibration say nothing before "
                    + "\(Int(RideBreaker.countMin)) ridden examples, \(ridden) so far", at: 0)
        }
        return lines
    }

    /// What the newest piece came to, once enough of it belongs to the ride.
    private func recent(of host: ModelHost) -> MetricHistory.Step? {
        guard Double(host.ridden(entry.ride)) >= RideBreaker.countMin else { return nil }
        let recent = host.engine.history.recent(.hours(before.hours))
        return RideBreaker.isEnough(recent) ? recent : nil
    }
}
