import Operation
import Vocabulary

/// One model in one line of plain ASCII, for where there is no screen.
package enum StatusLine {
    /// Of several engines each line begins with the engine's name.
    package static func lines(of link: LinkView) -> [String] {
        let lines =
            link.fleet.isEmpty
            ? engineLines(link.snapshot, age: link.age, isConnected: link.isConnected)
            : link.fleet.flatMap { engine in
                engineLines(engine.snapshot, age: engine.age, isConnected: engine.isConnected)
                    .map { "\(engine.name): \($0)" }
            }
        return lines.map(plain)
    }

    private static func engineLines(
        _ snapshot: Snapshot?, age: Span, isConnected: Bool
    ) -> [String] {
        guard let snapshot else {
            return [isConnected ? "no news from the engine yet" : "no engine answers"]
        }
        var lines: [String] = []
        let text = Figure.span(seconds: age.seconds)
        if !isConnected {
            lines.append("DISCONNECTED: the engine has not answered for \(text)")
        } else if age > Scene.staleAfter {
            lines.append("STALE: no news from the engine for \(text)")
        }
        return lines + snapshot.models.map { line(of: $0, snapshot.takenAt) }
    }

    static func line(of model: ModelReport, _ taken: Instant) -> String {
        let training = model.training
        let metrics = model.metrics
        var parts = [
            "\(training.state.rawValue.uppercased()) for \(max(.zero, taken - training.since).text)"
                + (training.by.isEmpty ? "" : " by \(training.by)"),
            "pushing \(Words.pushing(model).text.lowercased())",
            "serving " + Words.serving(model.serving).text,
        ]
        if let loss = metrics.recentLogLoss ?? metrics.logLoss {
            let base = metrics.recentBaseRateEntropy ?? metrics.baseRateEntropy
            let beside = base.map { " (base rate \(Figure.fixed($0, 4)))" } ?? ""
            parts.append("log loss \(Figure.fixed(loss, 4)) nats\(beside)")
        }
        if let calibration = metrics.recentCalibration ?? metrics.calibration {
            parts.append("calibration \(Figure.fixed(calibration, 2)) x")
        }
        if let rate = metrics.examplesPerSecond { parts.append("\(Figure.short(rate)) ex/s") }
        if let seconds = model.stalenessSeconds {
            parts.append("stale \(Figure.span(seconds: seconds))")
        }
        for severity in AlarmSeverity.allCases {
            let count = model.alarms.count { $0.severity == severity }
            if count > 0 { parts.append("\(Words.plural(count, severity.rawValue + " alarm"))") }
        }
        let time = taken.floored(to: .seconds(1)).rfc3339
        return "\(time) \(model.name): " + parts.joined(separator: ", ")
    }

    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { Glyph.safe($0, in: .ascii) }))
    }
}
