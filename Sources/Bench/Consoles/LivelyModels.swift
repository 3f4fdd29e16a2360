import Operation
import Vocabulary

/// Four models whose every figure differs from one second to the next, with a day of charts.
package enum LivelyModels {
    private static let start = Instant(microseconds: 1_763_942_400_000_000)

    package static func reports(at second: Int) -> [ModelReport] {
        ["ads", "recommend", "search", "shop"].compactMap { ModelName($0) }.map { name in
            report(name, second)
        }
    }

    private static func report(_ name: ModelName, _ second: Int) -> ModelReport {
        let now = start + .seconds(second)
        let training = TrainingReport(
            state: .running, since: start - .hours(3), by: "", reason: "",
            cursor: UInt64(1_000_000 + second * 1204), behind: UInt64(second % 40))
        var metrics = ModelMetrics()
        metrics.logLoss = 0.1421 + Double(second % 17) * 1e-4
        metrics.recentLogLoss = 0.1402 + Double(second % 13) * 1e-4
        metrics.recentBaseRateEntropy = 0.1531 + Double(second % 7) * 1e-4
        metrics.recentCalibration = 0.99 + Double(second % 9) * 0.01
        metrics.examplesPerSecond = 1204 + Double(second * 37 % 101)
        metrics.labelDelayMedianSeconds = 1260 + Double(second % 60)
        var counts = StreamCounts()
        counts.pending = 1204 + second % 97
        counts.trained = 1_000_000 + second * 1204
        return ModelReport(
            name: name, training: training, pushing: .open,
            serving: ServingReport(mode: .model, checkpoint: nil, arms: [:]),
            stalenessSeconds: 300 + Double(second % 60), stalenessLimitSeconds: 1800,
            metrics: metrics, counts: counts, eventTime: now, labelWatermark: now,
            alarms: [], checkpoints: [], series: series(second, now))
    }

    private static func series(_ second: Int, _ now: Instant) -> [Series] {
        SeriesName.allCases.map { name in
            let points: [Double?] = (0..<288).map { index in
                // Only the newest step changes while it is filled, as in an engine.
                let place = index == 287 ? index + second : index
                return 0.14 * (1 + Double(place * 37 % 101) / 1000)
            }
            return Series(
                name: name, unit: "nats", start: now - .hours(24), step: .minutes(5),
                points: points)
        }
    }
}
