import Operation
import Vocabulary

extension Scene {
    /// What the age of the served model is made of, and how its stream is watched: a line each,
    /// where they are known. Returns the rows used.
    mutating func drawWatch(of model: ModelReport, in area: Area) -> Int {
        let lines = [
            Self.ageLine(of: model), Self.watchLine(of: model), Self.goldenLine(of: model),
        ].compactMap(\.self)
        for (index, line) in lines.enumerated() where index < area.height {
            let row = area.row + index
            let start = canvas.put(
                line.title.padded(12), row: row, column: area.column + 1, .heading)
            canvas.put(
                line.text, row: row, column: start + 1, width: area.endColumn - start - 1,
                line.role)
        }
        return min(lines.count, area.height)
    }

    private static func ageLine(
        of model: ModelReport
    ) -> (title: String, text: String, role: Role)? {
        guard let stages = model.stalenessStages else { return nil }
        let parts = stages.filter { $0.seconds >= 1 }.map {
            "\(Words.stage($0.stage)) \(Figure.span(seconds: $0.seconds))"
        }
        var text = parts.isEmpty ? "none: what serves knows all there is" : ""
        text += parts.joined(separator: " + ")
        // Beyond a century the age says nothing, and no clock goes back so far.
        if let now = model.eventTime, let age = model.stalenessSeconds, abs(age) < 3e9 {
            let known = now - Span(microseconds: Int64(age * 1_000_000))
            text += "; it lives at \(Figure.dayMinute(known)) UTC"
        }
        return ("age is of", text, .plain)
    }

    /// Model or world, with the figures that say so.
    private static func goldenLine(
        of model: ModelReport
    ) -> (title: String, text: String, role: Role)? {
        guard let golden = model.golden, let loss = golden.logLoss else { return nil }
        func pair(_ value: Double, _ usual: Double?) -> String {
            Figure.fixed(value, 4) + (usual.map { " (usually \(Figure.fixed($0, 4)))" } ?? "")
        }
        var text = pair(loss, golden.usualLogLoss) + " nats"
        if let live = golden.liveLogLoss {
            text += "; live, 6h: \(pair(live, golden.usualLiveLogLoss))"
        }
        guard let quadrant = golden.quadrant else { return ("golden set", text, .plain) }
        return ("golden set", "\(text); \(quadrant.text)", role(of: quadrant))
    }

    private static func role(of quadrant: Quadrant) -> Role {
        switch quadrant {
        case .asUsual: .plain
        case .modelWorse: .critical
        case .worldHarder, .goldenAlone: .warning
        }
    }

    /// On a screen that has no room for the figures, what is not as usual. Returns the rows used.
    mutating func drawQuadrant(of model: ModelReport, in area: Area) -> Int {
        guard let quadrant = model.golden?.quadrant, quadrant != .asUsual, area.height >= 10 else {
            return 0
        }
        canvas.put(
            "▲ \(quadrant.text)", row: area.row, column: area.column + 1, width: area.width - 1,
            Self.role(of: quadrant))
        return 1
    }

    private static func watchLine(
        of model: ModelReport
    ) -> (title: String, text: String, role: Role)? {
        guard let monitor = model.monitor else { return nil }
        var text = "\(Figure.grouped(monitor.seriesCount)) series"
        text += "; \(Figure.percent(monitor.weekCoverage)) of a week and "
        text += "\(Figure.percent(monitor.yearCoverage)) of a year known; chance raises "
        text += "\(monitor.falseAlarmsPerMonth) alarms a month"
        if let furthest = monitor.features.first {
            text += "; furthest \(furthest.feature), PSI "
            text += Figure.fixed(furthest.stabilityIndex, 2)
        }
        return ("watched", text, .plain)
    }
}

extension Words {
    /// A part of the way, as a column has room for it.
    static func stage(_ stage: StageDelay.Stage) -> String {
        switch stage {
        case .labelWait: "labels"
        case .training: "training"
        case .checkpoint: "checkpoint"
        case .validation: "validation"
        case .push: "push"
        case .ramp: "ramp"
        }
    }
}
