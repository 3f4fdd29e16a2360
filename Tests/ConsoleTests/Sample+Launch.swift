import Operation
import Vocabulary

extension Sample {
    /// A launch at its second stage: B learned from A, and one criterion is missing.
    static func launch(_ model: ModelName, _ takenAt: Instant) -> LaunchStatus {
        var status = LaunchStatus(
            id: LaunchID(model: model, number: 3), title: "half steps", by: "ada",
            reason: "calmer in sales", since: takenAt - .hours(31), begun: takenAt - .hours(30),
            stage: 2, stages: [0.01, 0.05, 0.2, 0.5])
        status.stageSeconds = 11_400
        status.arms = arms(model)
        status.metrics = [
            metric(
                "purchases", "bothGained",
                "B learned from A: both gained, and 5.1 % of what taught B was served by A",
                (0.0041, 0.0012, 0.0070), (0.0038, 0.0011, 0.0065), (0.0003, -0.0011, 0.0017)),
            metric(
                "revenue", "cannotTell", "cannot tell yet", (0.12, -0.31, 0.55),
                (0.08, -0.29, 0.45), (0.04, -0.2, 0.28)),
        ]
        status.criteria = [
            LaunchCriterion("cursors", .met, "the arms have learned all that production has"),
            LaunchCriterion("time", .open, "3h 10m of 6h in this stage"),
            LaunchCriterion("exposures", .met, "21,304 of 1,000 of A with an outcome"),
            LaunchCriterion("sound", .met, "sample ratio, routing and isolation hold"),
            LaunchCriterion("golden set", .met, "A's log loss less B's is -0.004 to 0.001"),
            LaunchCriterion("purchases", .met, "A - B +0.0003 (-0.0011 to 0.0017)"),
            LaunchCriterion("quiet", .failed, "an incident is open"),
        ]
        status.notes = ["C is a parallel universe: on its own traffic for 1d 6h"]
        var offline = LaunchOffline()
        offline.stopped = ArmName("C2")
        offline.gaps = [
            LaunchOffline.Gap(
                "C2 - A", band((0.0112, 0.0071, 0.0153)), corrected: band((0.0021, -0.0024, 0.0066))
            )
        ]
        offline.decay = [
            LaunchOffline.Age(hours: 7.4, drop: 0.0031, error: 0.0008),
            LaunchOffline.Age(hours: 26.1, drop: 0.0114, error: 0.0011),
        ]
        offline.conflict = "offline up, business down: revenue fell"
        status.offline = offline
        status.points = (1...30).map { hour in
            let width = 0.012 / Double(hour).squareRoot()
            let rise = 0.004 * Double(hour) / 30
            let bands = status.metrics.map { metric in
                var bands = LaunchBands()
                let scale = metric.name == "revenue" ? 60.0 : 1
                bands.candidate = band(rise * scale, width * scale)
                bands.production = band(rise * 0.9 * scale, width * scale)
                bands.between = band(rise * 0.1 * scale, width * scale)
                return bands
            }
            return LaunchPoint(at: takenAt - .hours(30 - hour), stage: 1, metrics: bands)
        }
        status.steps = ["2026-01-05T03:00:00Z stage 1, A answers 1 %, by ada: calmer in sales"]
        return status
    }

    private static func band(_ estimate: Double, _ reach: Double) -> LaunchBand {
        LaunchBand(estimate: estimate, low: estimate - reach, high: estimate + reach)
    }

    private static func band(_ numbers: (Double, Double, Double)) -> LaunchBand {
        LaunchBand(estimate: numbers.0, low: numbers.1, high: numbers.2)
    }

    private static func arms(_ model: ModelName) -> [LaunchArmReport] {
        let rows: [(String, String, Double, Int, Double, [Double]?, String?)] = [
            ("A", "candidate", 0.05, 21_304, 0.0521, [0.05, 0.88, 0, 0.07], nil),
            ("B", "production", 0.85, 361_204, 0.0518, [0.05, 0.88, 0, 0.07], nil),
            (
                "C", "parallel universe", 0.05, 21_411, 0.0480, [0, 0, 1, 0],
                "settling: its weights still change"
            ),
            ("C2", "stopped trainer", 0.05, 20_998, 0.0474, nil, "stopped for 1d 6h: it decays"),
        ]
        return rows.map { arm, what, share, count, value, taught, text in
            var report = LaunchArmReport(
                arm: ArmName(arm) ?? .production, what: what, share: share)
            (report.exposures, report.units) = (count, count / 12)
            report.values = [value, value * 40]
            (report.taughtBy, report.text) = (taught, text)
            report.checkpoint = CheckpointID(model: model, number: 31)
            return report
        }
    }

    private static func metric(
        _ name: String, _ cause: String, _ verdict: String, _ candidate: (Double, Double, Double),
        _ production: (Double, Double, Double), _ between: (Double, Double, Double)
    ) -> LaunchMetricReport {
        var bands = LaunchBands()
        (bands.candidate, bands.production) = (band(candidate), band(production))
        bands.between = band(between)
        return LaunchMetricReport(
            name: name, isHigherBetter: true, verdict: verdict, cause: cause, bands: bands)
    }
}
