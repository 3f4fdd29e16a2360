import Operation
import Vocabulary

/// A made-up engine's snapshot, the same each time.
enum Sample {
    static let start = Instant(microseconds: 1_763_942_400_000_000)

    static func name(_ text: String) -> ModelName {
        guard let name = ModelName(text) else { preconditionFailure("not a model's name: \(text)") }
        return name
    }

    static func snapshot(second: Int = 0, stopped: Set<String> = ["search"]) -> Snapshot {
        let takenAt = start + .seconds(7200 + second)
        let models = ["ads", "recommend", "search", "shop"].map { text in
            model(text, second: second, isStopped: stopped.contains(text), takenAt: takenAt)
        }
        return Snapshot(
            engine: EngineReport(
                pid: 4711, version: "0.1.0", uptimeSeconds: 86_400, stateDir: "spindle-state",
                source: "yarn shop, seed 7, 720 x real time"),
            models: models, latched: !stopped.isEmpty, takenAt: takenAt, journal: journal(takenAt))
    }

    static func model(
        _ text: String, second: Int, isStopped: Bool, takenAt: Instant
    ) -> ModelReport {
        let model = name(text)
        let training = TrainingReport(
            state: isStopped ? .stopped : (text == "ads" ? .catchingUp : .running),
            since: takenAt - .seconds(isStopped ? 201 : 40_000), by: isStopped ? "ada" : "engine",
            reason: isStopped ? "loss jumped after the sale began" : "",
            cursor: UInt64(1_204_331 + second * 120), behind: isStopped ? 12_400 : 0)
        var report = ModelReport(
            name: model, training: training, pushing: isStopped ? .frozen : .open,
            serving: ServingReport(
                mode: text == "recommend" ? .fallback : .model,
                checkpoint: CheckpointID(model: model, number: 31), arms: ["B": 1]),
            stalenessSeconds: isStopped ? 2_105 : 125, stalenessLimitSeconds: 1800,
            metrics: metrics(isStopped), counts: counts, eventTime: takenAt - .seconds(3),
            labelWatermark: takenAt - .seconds(60), alarms: alarms(text, takenAt),
            checkpoints: checkpoints(model, takenAt), series: series(second, takenAt))
        let waits: [(StageDelay.Stage, Double)] = [
            (.labelWait, 65), (.training, isStopped ? 1_980 : 0), (.checkpoint, 40),
            (.validation, 0), (.push, 20), (.ramp, 0),
        ]
        report.stalenessStages = waits.map { StageDelay(stage: $0.0, seconds: $0.1) }
        report.monitor = MonitorReport(
            weekCoverage: 0.92, yearCoverage: 0.062, falseAlarmsPerMonth: 0.1, seriesCount: 61,
            outsideDomain: isStopped ? ["price", "query"] : [],
            features: features(isStopped, takenAt))
        if text == "search" { report.launch = launch(model, takenAt) }
        return report
    }

    /// What serving is in the middle of.
    enum Course: CaseIterable {
        case plain, canary, fallback, launch
    }

    /// The same with the selected model's serving in some course.
    static func serving(_ course: Course) -> Snapshot {
        var snapshot = snapshot(stopped: [])
        for index in snapshot.models.indices {
            var report = snapshot.models[index].serving
            let model = snapshot.models[index].name
            report.mode = .model
            report.tiers = [
                TierReport(tier: .model, isReady: true, text: "\(model)-000031"),
                TierReport(tier: .lastGood, isReady: true, text: "\(model)-000029"),
                TierReport(
                    tier: .table, isReady: true, text: "60 values of product",
                    qualityGap: 0.0312),
                TierReport(tier: .constant, isReady: true, text: "0.0348", qualityGap: 0.0407),
            ]
            let next = CheckpointID(model: model, number: 33)
            switch course {
            case .plain: break
            case .canary:
                report.canary = CanaryReport(
                    checkpoint: next, share: 0.05, stage: 2, stages: 5,
                    since: snapshot.takenAt - .seconds(95), samples: 812, samplesNeeded: 1000,
                    labels: 12, verdict: "noData", text: "at 5 %: 812 of 1000 samples",
                    checks: [])
            case .fallback:
                report.mode = .fallback
                report.tier = .table
                report.checkpoint = nil
                report.fallback = FallbackReport(
                    tier: .table, since: snapshot.takenAt - .seconds(754), by: "ada",
                    reason: "scores all over the place", limitSeconds: 3600,
                    qualityGap: 0.0312)
            case .launch:
                report.tiers[1] = TierReport(
                    tier: .lastGood, isReady: false, text: "there is none yet")
                report.waiting = next
                report.waitingFor = "LAUNCH REQUIRED: features: was nothing, is price 0 to 10"
            }
            snapshot.models[index].serving = report
        }
        return snapshot
    }

    static func metrics(_ isStopped: Bool) -> ModelMetrics {
        var metrics = ModelMetrics()
        metrics.logLoss = 0.1421
        metrics.recentLogLoss = isStopped ? 0.1893 : 0.1402
        metrics.baseRateEntropy = 0.1534
        metrics.recentBaseRateEntropy = 0.1531
        metrics.calibration = 1.01
        metrics.recentCalibration = isStopped ? 1.62 : 0.99
        metrics.auc = 0.741
        metrics.baseRate = 0.031
        metrics.recentPredictionRate = 0.0312
        metrics.recentLabelRate = 0.0309
        metrics.examplesPerSecond = isStopped ? 0 : 1204
        metrics.labelDelayMedianSeconds = 1260
        metrics.labelDelayP90Seconds = 4200
        metrics.coverage = 0.982
        return metrics
    }

    static var counts: StreamCounts {
        var counts = StreamCounts()
        counts.pending = 1204
        counts.quarantinedExamples = 12
        return counts
    }

    static func alarms(_ text: String, _ takenAt: Instant) -> [AlarmReport] {
        guard text == "search" else {
            return text == "ads"
                ? [
                    AlarmReport(
                        id: "a3", name: "label_coverage",
                        text: "coverage 91.0 %, usually 98.2 %", since: takenAt - .seconds(4000),
                        severity: .notice, owner: "data")
                ] : []
        }
        return [
            AlarmReport(
                id: "a1", name: "log_loss_above_base_rate",
                text: "log loss 0.1893 nats against 0.1531 of the base rate",
                since: takenAt - .seconds(963), severity: .critical, owner: "ranking"),
            AlarmReport(
                id: "a2", name: "staleness", text: "served learner 35m 05s old, limit 30m 00s",
                since: takenAt - .seconds(305), severity: .warning, owner: "ops"),
        ]
    }

    static func checkpoints(_ model: ModelName, _ takenAt: Instant) -> [CheckpointReport] {
        (0..<30).map { index in
            var metrics = ModelMetrics()
            metrics.logLoss = 0.1421 + Double(index) * 0.0003
            metrics.calibration = 1.01
            let verdict = Verdict.allCases[index == 1 ? 1 : (index == 3 ? 2 : 0)]
            return CheckpointReport(
                id: CheckpointID(model: model, number: 33 - index), model: model,
                created: takenAt - .seconds(300 + index * 1800),
                cursor: UInt64(1_200_000 - index * 21_600),
                eventTime: takenAt - .seconds(310 + index * 1800),
                learnerDigest: String(repeating: "9f86d081884c7d65", count: 4),
                fileDigest: String(repeating: "60303ae22b998861", count: 4), bytes: 524_312,
                parent: CheckpointID(model: model, number: 32 - index), verdict: verdict,
                reasons: verdict == .passed
                    ? ["log loss 0.1421 nats on 2,000 golden examples"]
                    : ["log loss 0.1893 nats on the golden set, limit 0.1600"],
                pinned: index == 9, metrics: metrics)
        }
    }

    static func journal(_ takenAt: Instant) -> [JournalEntry] {
        let lines: [(JournalKind, String?, String?, String, String, String)] = [
            (
                .act, "stop", "search", "ada", "loss jumped after the sale began",
                "training stopped, 12,400 examples behind; pushes frozen"
            ),
            (.alarm, nil, "search", "engine", "", "staleness raised: 35m 05s, limit 30m 00s"),
            (.push, nil, "shop", "engine", "", "shop-000031 serves"),
            (.checkpoint, nil, "shop", "engine", "", "shop-000033 made, passed"),
            (.engine, nil, nil, "engine", "", "started, version 0.1.0"),
        ]
        return (0..<40).map { index in
            let (kind, act, model, by, reason, effect) = lines[min(index, 4) % 5]
            return JournalEntry(
                seq: 1040 - index, ts: takenAt - .seconds(200 + index * 61), kind: kind, act: act,
                model: model.flatMap { ModelName($0) }, by: by,
                from: by == "ada" ? "ssh 10.1.2.3" : "pid 4711", reason: reason, effect: effect,
                digest: "00")
        }
    }

    static func series(_ second: Int, _ takenAt: Instant) -> [Series] {
        let units: [SeriesName: String] = [
            .logLoss: "nats", .baseRateEntropy: "nats", .calibration: "ratio",
            .predictionRate: "share", .labelRate: "share", .examplesPerSecond: "1/s",
            .labelDelay: "s", .pending: "examples", .coverage: "share", .staleness: "s",
        ]
        let bases: [SeriesName: Double] = [
            .logLoss: 0.142, .baseRateEntropy: 0.153, .calibration: 1, .predictionRate: 0.031,
            .labelRate: 0.0308, .examplesPerSecond: 1200, .labelDelay: 1260, .pending: 12_040,
            .coverage: 0.98, .staleness: 900,
        ]
        return SeriesName.allCases.map { name in
            let base = bases[name] ?? 1
            let points: [Double?] = (0..<240).map { index in
                if name == .coverage, index < 60 { return nil }
                let place = index + second
                let jump = name == .logLoss && index > 200 ? Double(index - 200) * 0.001 : 0
                let saw = Double(place * 37 % 101) / 101 - 0.5
                let wave = abs(Double(place % 120) - 60) / 60
                let swing = name == .baseRateEntropy || name == .coverage ? 0.01 : 0.08
                return base * (1 + swing * (wave + saw * 0.4)) + jump
            }
            return Series(
                name: name, unit: units[name] ?? "", start: takenAt - .seconds(240 * 60),
                step: .seconds(60), points: points)
        }
    }
}
