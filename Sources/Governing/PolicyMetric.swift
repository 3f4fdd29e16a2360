import Operation
import Vocabulary

/// The figures that a policy may have rules on; each of one model, as the status shows it.
package enum PolicyMetric: String, CaseIterable, Sendable {
    /// How far what serves is behind the stream, in event time.
    case staleness
    /// The recent log loss over that of knowing the base rate alone: 1 is no better than that.
    case logLossRatio = "log_loss_ratio"
    /// One less that ratio: the share of the uncertainty that the model takes away.
    case quality
    /// Recent predictions over labels; 1 is right.
    case calibration
    case auc
    /// Labels that found their example, of the examples old enough to have one.
    case coverage
    /// Mean log loss on the golden set, in nats.
    case goldenLogLoss = "golden_log_loss"
    /// Median time from an example to its label.
    case labelDelay = "label_delay"
    /// Examples that the trainer has not met yet.
    case behind
    /// Of all records, those in quarantine.
    case quarantineShare = "quarantine_share"
    /// For how long training has been stopped, by the wall's clock; 0 while it is not.
    case stopped
    /// For how long a fallback has served, by the wall's clock; 0 while the model does.
    case fallback

    /// As figures are shown: "s", "ratio", "share", "nats", "examples".
    package var unit: String {
        switch self {
        case .staleness, .labelDelay, .stopped, .fallback: "s"
        case .logLossRatio, .calibration: "ratio"
        case .quality, .auc, .coverage, .quarantineShare: "share"
        case .goldenLogLoss: "nats"
        case .behind: "examples"
        }
    }

    package var isDuration: Bool { unit == "s" }

    /// What it can be at all; a threshold has to lie within.
    package var range: ClosedRange<Double> {
        switch self {
        case .staleness, .labelDelay, .stopped, .fallback: 0...10 * 366 * 86_400
        case .logLossRatio, .calibration, .goldenLogLoss: 0...1e6
        case .quality: -1e6...1
        case .auc, .coverage, .quarantineShare: 0...1
        case .behind: 0...1e15
        }
    }

    /// Nil where it cannot be told.
    package func value(of model: ModelReport, at now: Instant) -> Double? {
        let metrics = model.metrics
        return switch self {
        case .staleness: model.stalenessSeconds
        case .logLossRatio: Self.ratio(metrics)
        case .quality: Self.ratio(metrics).map { 1 - $0 }
        case .calibration: metrics.recentCalibration ?? metrics.calibration
        case .auc: metrics.auc
        case .coverage: metrics.coverage
        case .goldenLogLoss: model.golden?.logLoss
        case .labelDelay: metrics.labelDelayMedianSeconds
        case .behind: Double(model.training.behind)
        case .quarantineShare: Self.quarantineShare(model.counts)
        case .stopped:
            model.training.state == .stopped
                ? max(0, (now - model.training.since).seconds) : 0
        case .fallback: model.serving.fallback.map { max(0, (now - $0.since).seconds) } ?? 0
        }
    }

    private static func ratio(_ metrics: ModelMetrics) -> Double? {
        let recent = metrics.recentLogLoss.flatMap { loss in
            metrics.recentBaseRateEntropy.map { (loss, $0) }
        }
        let whole = metrics.logLoss.flatMap { loss in
            metrics.baseRateEntropy.map { (loss, $0) }
        }
        guard let (loss, entropy) = recent ?? whole, entropy > 0 else { return nil }
        return loss / entropy
    }

    private static func quarantineShare(_ counts: StreamCounts) -> Double? {
        let records = counts.examples + counts.labels
        guard records > 0 else { return nil }
        return Double(counts.quarantinedExamples + counts.quarantinedLabels) / Double(records)
    }

    /// A figure in its unit: "12h 00m", "1.2".
    package func words(_ value: Double) -> String {
        guard isDuration else { return "\((value * 10_000).rounded() / 10_000)" }
        return Span(microseconds: Int64(value.rounded()) * 1_000_000).text
    }
}
