import Operation
import Vocabulary

extension Scene {
    /// An event counts for what comes soon after it too: labels are late, habits linger.
    private static let aftermath = Span.hours(24)

    /// The event of now, or the next one within a day, or one of the last day; and where an alarm
    /// is open beside it, what is to be ruled out before the event is blamed. Returns the rows
    /// used.
    mutating func drawEvents(of model: ModelReport, in area: Area) -> Int {
        guard area.height >= 10, let now = model.eventTime else { return 0 }
        let near = model.events.filter {
            $0.from <= now + Self.aftermath && now < $0.to + Self.aftermath
        }
        let current = near.first { $0.from <= now && now < $0.to }
        let next = near.first { now < $0.from }
        guard let event = current ?? next ?? near.last else { return 0 }
        var text = "◆ event: \(event.text), "
        if now < event.from {
            text += "begins in \((event.from - now).text)"
        } else if now < event.to {
            text += "for \((event.to - now).text) more"
        } else {
            text += "over for \((now - event.to).text)"
        }
        if near.count > 1 { text += ", and \(near.count - 1) more" }
        canvas.put(
            text, row: area.row, column: area.column + 1, width: area.width - 1, .event)
        guard !model.alarms.isEmpty, event.from <= now else { return 1 }
        drawEvidence(of: model, row: area.row + 1, in: area)
        return 2
    }

    private mutating func drawEvidence(of model: ModelReport, row: Int, in area: Area) {
        var column = canvas.put(
            area.width >= 120
                ? "Rule out pipeline and system first: " : "Rule out first: ",
            row: row, column: area.column + 1, .strong)
        for item in Self.evidence(of: model) {
            let text = "\(item.isFine ? "✓" : "▲") \(item.text)  "
            guard column + text.count <= area.endColumn else { break }
            column = canvas.put(text, row: row, column: column, item.isFine ? .good : .warning)
        }
    }

    /// What a fault of the pipeline or the system would show in, the likeliest to lie first.
    private static func evidence(of model: ModelReport) -> [(isFine: Bool, text: String)] {
        let open = Set(model.alarms.map(\.name))
        func none(_ names: String...) -> Bool { open.isDisjoint(with: names) }
        let coverage = model.metrics.coverage
        let share = coverage.map { "coverage \(Figure.fixed($0 * 100, 0)) %" } ?? "coverage -"
        return [
            (none("labels_stalled", "labels_low", "label_delay_changed"), "labels"),
            (coverage.map { $0 > 0.9 } ?? false, share),
            (
                none("feature_missing", "feature_unit", "feature_constant", "value_not_finite"),
                "features"
            ),
            (none("duplicates_high", "quarantine_share"), "records"),
            (none("disk_trouble", "training_failed", "step_not_finite"), "engine"),
            (none("serving_skew", "serving_not_pushed", "fallback_serves"), "serving"),
        ]
    }
}
