import Filtering
import Joining
import Monitoring
import Numerics
import Operation
import Serving
import Vocabulary

extension ModelEngine {
    /// Everything that an operator sees of this model. `checkpoints` come newest first;
    /// `examplesPerSecond` is by the wall clock, which only the caller knows.
    package func report(
        runningSince: Instant, checkpoints: [CheckpointReport], serving: ServingReport,
        examplesPerSecond: Double?
    ) -> ModelReport {
        var metrics = currentMetrics()
        metrics.examplesPerSecond = examplesPerSecond
        var report = ModelReport(
            name: settings.name, training: trainingReport(runningSince: runningSince),
            pushing: trainer.isHeld ? .frozen : .open, serving: serving,
            stalenessSeconds: staleness?.seconds,
            stalenessLimitSeconds: (settings.stalenessLimit ?? .days(10_000)).seconds,
            metrics: metrics,
            counts: streamCounts, eventTime: clock.now,
            labelWatermark: watermarkKnown, alarms: openAlarms,
            checkpoints: checkpoints, series: series(history.shownDay))
        // What was joined is not counted by the minute.
        report.newestSeries = series(history.shownMinutes).filter { $0.name != .coverage }
        report.monthSeries = series(history.shownHours)
        report.monitor = monitorReport
        return report
    }

    /// Age of the served learner against the stream, in event time.
    package var staleness: Span? {
        guard let now = clock.now, let served = serving?.clock else { return nil }
        return max(.zero, now - served)
    }

    package var streamCounts: StreamCounts {
        var all = StreamCounts()
        all.examples = counts.examples
        all.labels = counts.labels
        all.heartbeats = counts.heartbeats
        all.joined = joinCounts.joined
        all.positives = joinCounts.positives
        all.negatives = joinCounts.negatives
        all.pending = joinCounts.pending
        all.unlabelled = joinCounts.unlabelled
        all.late = joinCounts.late
        all.duplicates = joinCounts.duplicates
        all.labelDuplicates = joinCounts.labelDuplicates
        all.orphans = joinCounts.orphans
        all.quarantinedExamples = counts.quarantinedExamples
        all.quarantinedLabels = counts.quarantinedLabels
        for (rule, count) in counts.quarantinedRules {
            all.quarantinedRules[rule.rawValue] = count
        }
        all.trained = Int(trainer.metrics.count)
        return all
    }

    package var filterReport: [FilterRuleReport] {
        filter.findings.map { rule, isShadowed, hits in
            FilterRuleReport(
                rule: rule.rawValue, shadow: isShadowed, hits: hits.count, newest: hits.newest,
                heldSources: rule == .sourceRate ? filter.heldSourceCount : nil)
        }
    }

    package func currentMetrics() -> ModelMetrics {
        var metrics = ModelMetrics(trainer.metrics)
        let recent = history.recent(.hours(1))
        if recent.weight > 0 {
            let rate = recent.labels / recent.weight
            metrics.recentLogLoss = recent.loss / recent.weight
            metrics.recentBaseRateEntropy = Entropy.nats(rate)
            metrics.recentPredictionRate = recent.predictions / recent.weight
            metrics.recentLabelRate = rate
            metrics.recentEffectiveShare = recent.effectiveCount / max(recent.trained, 1)
            if recent.labels > 0 { metrics.recentCalibration = recent.predictions / recent.labels }
        }
        metrics.recentCutShare = recent.inverse.cutShare
        metrics.labelDelayMedianSeconds = labelDelays.quantile(0.5).map { $0 / 1000 }
        metrics.labelDelayP90Seconds = labelDelays.quantile(0.9).map { $0 / 1000 }
        metrics.coverage = coverage
        return metrics
    }

    private var watermarkKnown: Instant? {
        let watermark = labelWatermark
        return watermark > .distantPast && watermark < .distantFuture ? watermark : nil
    }

    /// How old an example must be for its label to be expected: the wait, or twice the 90th
    /// percentile of the delays seen.
    private var labelHorizon: Span? {
        if let wait = settings.join.wait { return wait + settings.join.disorder }
        guard let delay = labelDelays.quantile(0.9) else { return nil }
        return Span(microseconds: Int64(delay * 2000)) + MetricHistory.step
    }

    private var coverage: Double? {
        guard let now = clock.now, let horizon = labelHorizon else { return nil }
        return history.coverage(before: now, horizon: horizon)
    }

    private func trainingReport(runningSince: Instant) -> TrainingReport {
        let behind = trainingCount - min(trainer.cursor.sequence, trainingCount)
        if let hold = trainer.hold {
            return TrainingReport(
                state: .stopped, since: hold.since, by: hold.by, reason: hold.reason,
                cursor: trainer.cursor.sequence, behind: behind)
        }
        let isBehind = wantsCatchUp
        let isWaiting = !isBehind && alarms.open.contains { $0.name == .labelsStalled }
        return TrainingReport(
            state: isBehind ? .catchingUp : isWaiting ? .waiting : .running, since: runningSince,
            by: "", reason: isWaiting ? "no labels come" : "", cursor: trainer.cursor.sequence,
            behind: behind)
    }

    /// Every alarm that is open.
    package var openAlarms: [AlarmReport] {
        alarms.open.map(report)
    }

    func report(_ alarm: AlarmBoard.Open) -> AlarmReport {
        var report = AlarmReport(
            id: "\(settings.name)-\(String(alarm.key & 0xFF_FFFF, radix: 16))",
            name: alarm.name.rawValue, text: alarm.text, since: alarm.since,
            severity: alarm.name.severity, owner: settings.owner)
        (report.feature, report.segment) = (alarm.feature, alarm.segment)
        report.source = alarm.source.isEmpty ? nil : alarm.source
        report.onset = alarm.onset
        report.quietSince = monitor.quietSince(alarm)
        return report
    }
}

extension ModelEngine {
    /// The figures of this moment go into the step of this moment.
    func noteLevels() {
        guard let now = clock.now else { return }
        let pending = Double(joinCounts.pending)
        let delay = labelDelays.quantile(0.5).map { $0 / 1000 }
        let staleness = staleness?.seconds
        history.update(at: now) { step in
            step.pending = pending
            step.labelDelay = delay ?? .nan
            step.staleness = staleness ?? .nan
        }
        if labelDelays.total > 200_000 { joiner.fadeDelays() }
    }

    private func series(_ shown: MetricHistory.Shown?) -> [Series] {
        guard let shown else { return [] }
        func series(
            _ name: SeriesName, _ unit: String, _ value: (MetricHistory.Step) -> Double?
        ) -> Series {
            Series(
                name: name, unit: unit, start: shown.start, step: shown.width,
                points: shown.steps.map { value($0).flatMap { $0.isFinite ? $0 : nil } })
        }
        func perWeight(_ sum: Double, _ step: MetricHistory.Step) -> Double? {
            step.weight > 0 ? sum / step.weight : nil
        }
        let seconds = shown.width.seconds
        return [
            series(.logLoss, "nats") { perWeight($0.loss, $0) },
            series(.baseRateEntropy, "nats") { step in
                perWeight(step.labels, step).map(Entropy.nats)
            },
            series(.calibration, "ratio") { $0.labels > 0 ? $0.predictions / $0.labels : nil },
            series(.predictionRate, "share") { perWeight($0.predictions, $0) },
            series(.labelRate, "share") { perWeight($0.labels, $0) },
            series(.examplesPerSecond, "1/s") { $0.examples / seconds },
            series(.labelDelay, "s") { $0.labelDelay },
            series(.pending, "examples") { $0.pending },
            coverageSeries(shown),
            series(.staleness, "s") { $0.staleness },
        ]
    }

    /// By the example's own time, for steps old enough to have their labels.
    private func coverageSeries(_ shown: MetricHistory.Shown) -> Series {
        var points: [Double?] = []
        let now = clock.now
        let horizon = labelHorizon
        for (index, step) in shown.steps.enumerated() {
            let end =
                shown.start + Span(microseconds: Int64(index + 1) * shown.width.microseconds)
            var isOld = false
            if let now, let horizon { isOld = end + horizon <= now }
            points.append(isOld && step.examples > 0 ? min(1, step.joined / step.examples) : nil)
        }
        return Series(
            name: .coverage, unit: "share", start: shown.start, step: shown.width, points: points)
    }
}

extension AlarmName {
    package var severity: AlarmSeverity {
        switch self {
        case .trainingFailed, .trainingSilent, .stepNotFinite, .diskTrouble, .checkpointFailed,
            .servingNotPushed, .pushProbeFailed, .fallbackTooLong, .rideTripped:
            .critical
        case .trainingStopped, .labelsStalled, .copyFailed, .modelStale, .quarantineShare,
            .calibrationOff,
            .logLossAboveBaseRate, .candidateReturned, .fallbackServes, .servingSkew,
            .answersUnlogged, .checkpointRefused, .goldenSetWorse, .volumeLow, .volumeHigh,
            .duplicatesHigh, .featureMissing, .featureConstant, .featureUnit, .featureShifted,
            .categoryNew, .labelsLow, .labelDelayChanged, .labelRateChanged,
            .predictionsShifted, .valueNotFinite, .effectiveSampleLow, .launchUnsound,
            .launchWorse, .rideEnding:
            .warning
        case .launchRequired, .pushHeld, .ridingThrough, .goldenSetUnusable: .notice
        }
    }
}
