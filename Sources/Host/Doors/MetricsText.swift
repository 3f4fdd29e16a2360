import Engine
import Foundation
import Operation
import Serving
import Vocabulary

/// `/metrics`: the Prometheus text format, version 0.0.4, from the newest snapshot and from what
/// the doors and desks count themselves. Needs nothing of the engine's thread.
struct MetricsText {
    /// Lines by family, for those of one belong together whichever model they are of.
    private var families: [String] = []
    private var places: [String: Int] = [:]

    var text: String { families.joined() }

    init(_ doors: Doors) {
        requests(DoorCounts.sum(doors.counts))
        for desk in doors.desk.models { served(desk) }
        guard let (snapshot, age) = doors.host?.latest() else { return }
        sample("spindle_snapshot_age_seconds", "gauge", "Age of the newest snapshot.", age.seconds)
        sample(
            "spindle_latched", "gauge", "1 while the red button holds any model.",
            snapshot.latched ? 1 : 0)
        for model in snapshot.models { state(of: model) }
    }

    private mutating func sample(
        _ name: String, _ kind: String, _ help: String, _ value: Double?,
        _ labels: [(String, String)] = []
    ) {
        guard let value else { return }
        let family = family(name, kind, help)
        families[family] += Self.line(name, value, labels)
    }

    /// The place of a family, which is made with its head where it is new.
    private mutating func family(_ name: String, _ kind: String, _ help: String) -> Int {
        if let place = places[name] { return place }
        places[name] = families.count
        families.append("# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n")
        return families.count - 1
    }

    private static func line(
        _ name: String, _ value: Double, _ labels: [(String, String)]
    ) -> String {
        let pairs = labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
        let isWhole = value == value.rounded() && abs(value) < 1e15
        let number = isWhole ? "\(Int(value))" : "\(value)"
        return name + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(number)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "\\", with: "\\\\")
            .replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n")
    }

    private mutating func requests(_ tallies: [DoorCounts.Tally]) {
        for route in DoorRoute.allCases {
            for (code, count) in tallies[route.index].codes.sorted(by: { $0.key < $1.key }) {
                sample(
                    "spindle_http_requests_total", "counter", "Requests by route and status.",
                    Double(count), [("route", route.rawValue), ("code", String(code))])
            }
        }
        let name = "spindle_http_request_duration_seconds"
        for route in DoorRoute.allCases {
            let tally = tallies[route.index]
            let count = tally.buckets.reduce(0, +)
            guard count > 0 else { continue }
            let family = family(name, "histogram", "From a request's head to its answer.")
            let label = ("route", route.rawValue)
            var sum = 0
            for (index, end) in DoorCounts.bucketEnds.enumerated() {
                sum += tally.buckets[index]
                families[family] += Self.line(
                    name + "_bucket", Double(sum), [label, ("le", "\(Double(end) / 1e6)")])
            }
            families[family] += Self.line(
                name + "_bucket", Double(count), [label, ("le", "+Inf")])
            families[family] += Self.line(
                name + "_sum", Double(tally.microseconds) / 1e6, [label])
            families[family] += Self.line(name + "_count", Double(count), [label])
        }
    }

    private mutating func served(_ desk: ModelDesk) {
        let (model, totals, plan) = (("model", desk.model.text), desk.totals, desk.current)
        for tier in ServingTier.allCases {
            sample(
                "spindle_predictions_total", "counter", "Answers by the tier that gave them.",
                Double(totals.answers[tier] ?? 0), [model, ("tier", tier.rawValue)])
        }
        for tier in ServingTier.allCases {
            sample(
                "spindle_serving_tier", "gauge", "1 for the tier that answers the next request.",
                plan.tier == tier ? 1 : 0, [model, ("tier", tier.rawValue)])
        }
        sample(
            "spindle_canary_predictions_total", "counter", "Answers to units of a canary.",
            Double(totals.canaryAnswers), [model])
        sample(
            "spindle_prediction_failures_total", "counter",
            "Scores that were no probabilities, so that another tier answered.",
            Double(totals.failures), [model])
        sample(
            "spindle_predictions_unlogged_total", "counter", "Answers that the log does not have.",
            Double(totals.unlogged), [model])
        sample(
            "spindle_inbox_bytes", "gauge", "Records that wait for the engine.",
            Double(desk.inboxSize), [model])
        sample(
            "spindle_canary_share", "gauge", "Share of the units that a canary answers.",
            plan.canary?.share ?? 0, [model])
        sample(
            "spindle_serving_checkpoint", "gauge", "Number of the checkpoint that serves.",
            plan.stable.map { Double($0.checkpoint.number) }, [model])
    }

    private mutating func state(of report: ModelReport) {
        let model = ("model", report.name.text)
        for state in TrainingState.allCases {
            sample(
                "spindle_training_state", "gauge", "1 for the state that training is in.",
                report.training.state == state ? 1 : 0, [model, ("state", state.rawValue)])
        }
        sample(
            "spindle_pushes_frozen", "gauge", "1 while no candidate may go on.",
            report.pushing == .frozen ? 1 : 0, [model])
        sample(
            "spindle_training_behind", "gauge", "Entries of the training log not met yet.",
            Double(report.training.behind), [model])
        sample(
            "spindle_staleness_seconds", "gauge", "Event time by which the served model lags.",
            report.stalenessSeconds, [model])
        sample(
            "spindle_log_loss", "gauge", "Progressive, over the last hour of event time, in nats.",
            report.metrics.recentLogLoss, [model])
        sample(
            "spindle_golden_log_loss", "gauge", "Of what serves, on the golden set, in nats.",
            report.golden?.logLoss, [model])
        sample(
            "spindle_calibration", "gauge", "Predictions over labels, over the last hour.",
            report.metrics.recentCalibration, [model])
        sample(
            "spindle_effective_sample_share", "gauge",
            "Of the last hour's examples, by their weights: 1 where all weigh the same.",
            report.metrics.recentEffectiveShare, [model])
        sample(
            "spindle_cut_weight_share", "gauge",
            "Of the last hour's inverse propensities, what the floor took.",
            report.metrics.recentCutShare, [model])
        counts(of: report, model)
        alarms(of: report, model)
        for verdict in Verdict.allCases {
            sample(
                "spindle_checkpoints", "gauge", "Of the newest 200, by verdict.",
                Double(report.checkpoints.count { $0.verdict == verdict }),
                [model, ("verdict", verdict.rawValue)])
        }
    }

    private mutating func counts(of report: ModelReport, _ model: (String, String)) {
        let counts = report.counts
        for (what, count) in [
            ("examples", counts.examples), ("labels", counts.labels), ("joined", counts.joined),
            ("positives", counts.positives), ("negatives", counts.negatives),
            ("late", counts.late), ("duplicates", counts.duplicates),
            ("orphans", counts.orphans), ("trained", counts.trained),
            ("quarantined_examples", counts.quarantinedExamples),
            ("quarantined_labels", counts.quarantinedLabels),
        ] {
            sample(
                "spindle_records_total", "counter", "What became of every record.",
                Double(count), [model, ("fate", what)])
        }
        sample(
            "spindle_records_pending", "gauge", "Examples that wait for a label.",
            Double(counts.pending), [model])
    }

    private mutating func alarms(of report: ModelReport, _ model: (String, String)) {
        for severity in AlarmSeverity.allCases {
            sample(
                "spindle_alarms_open", "gauge", "Open alarms by severity.",
                Double(report.alarms.count { $0.severity == severity }),
                [model, ("severity", severity.rawValue)])
        }
        for alarm in report.alarms {
            sample(
                "spindle_alarm", "gauge", "1 for each open alarm.", 1,
                [
                    model, ("name", alarm.name), ("feature", alarm.feature),
                    ("segment", alarm.segment), ("severity", alarm.severity.rawValue),
                    ("acknowledged", alarm.state?.acknowledgement == nil ? "false" : "true"),
                ])
        }
    }
}
