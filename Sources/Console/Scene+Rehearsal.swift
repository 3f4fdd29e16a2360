import Operation
import Vocabulary

extension Scene {
    private static let boxWidthMax = 150
    /// So that the box is as high when the table comes as it was before.
    private static let boxHeightMin = 20

    mutating func drawRehearsal(_ view: RehearsalView) {
        let title =
            view.bisects
            ? "Bisection: which examples turned \(view.model) bad"
            : "Rehearsal: what each response would lead to for \(view.model)"
        let width = min(Self.boxWidthMax, size.width - 4) - 4
        guard let report = view.progress?.report else {
            let area = drawBox(title, height: Self.boxHeightMin, widthMax: Self.boxWidthMax)
            drawLines(waitingLines(view, width: width), in: area)
            return
        }
        let (head, lines) = (headLines(report, width: width), reasonLines(report, width: width))
        let rows = report.incident.map { $0.responses.count + 1 } ?? 0
        let height = max(Self.boxHeightMin, head.count + rows + lines.count)
        let area = drawBox(
            title, height: min(height, size.height - 6), widthMax: Self.boxWidthMax)
        drawLines(head, in: area)
        if let incident = report.incident {
            drawTable(of: incident, in: area.dropping(head.count).prefix(rows))
        }
        let rest = area.dropping(head.count + rows)
        let first = min(view.scroll, max(0, lines.count - rest.height))
        drawLines(Array(lines.dropFirst(first)), in: rest)
        let last = min(lines.count, first + rest.height)
        if last < lines.count || first > 0 {
            let text = " Up Down move, \(lines.count - last) more below "
            canvas.put(text, row: area.endRow, before: area.endColumn, .line)
        }
    }

    /// What can be done with what it came to.
    func rehearsalHints(
        _ view: RehearsalView, _ stop: (String, String)
    ) -> [(String, String)] {
        guard view.isOver else { return [stop, ("Esc", "cancel")] }
        let names: [Command: String] = [
            .purge: "purge the window", .rollback: "roll back", .rehearse: "rehearse",
            .bisect: "bisect",
        ]
        return [stop] + view.offers.map { (key(for: $0), names[$0] ?? $0.title) }
            + (view.progress?.report == nil ? [] : [("Up Down", "move")]) + [("Esc", "close")]
    }

    /// While it is under way, or where nothing came of it.
    private func waitingLines(_ view: RehearsalView, width: Int) -> [Line] {
        guard let progress = view.progress else {
            return [("Asking the engine…", .plain)]
        }
        if let fault = progress.fault {
            return "▲ \(fault)".wrapped(width).map { ($0, .critical) }
                + [("", .plain), ("Esc closes.", .plain)]
        }
        let share = min(max(progress.share, 0), 1)
        let room = max(1, min(40, width - 8))
        let filled = Int((share * Double(room)).rounded())
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "·", count: room - filled)
        var step = progress.step
        if now - view.askedAt >= .seconds(2), let left = progress.secondsLeft {
            step += ", \(Figure.span(seconds: left)) left"
        }
        return [
            ("\(bar) \(Int(share * 100)) %", .strong), (step, .plain), ("", .plain),
            ("Training and serving go on, and nothing is changed. Esc cancels.", .plain),
        ]
    }

    private func headLines(_ report: RehearsalReport, width: Int) -> [Line] {
        var lines: [Line] = [(report.basis, .plain)]
        if let incident = report.incident {
            let text =
                "window \(incident.window.text): "
                + Words.plural(incident.examples, "trained example")
            lines += text.wrapped(width).prefix(2).map { ($0, .plain) }
        }
        return lines
    }

    private mutating func drawTable(of incident: RehearsedWindow, in area: Area) {
        let isWide = area.width >= 100
        let table = Table(
            columns: [
                TableColumn(title: "RESPONSE", width: 12),
                TableColumn(title: "GOLDEN nats", width: 11, isRight: true),
                TableColumn(title: "99 % interval", width: 16, isRight: true, rank: 5),
                TableColumn(title: "CALIB", width: 6, isRight: true, rank: 2),
                TableColumn(title: "AFTER", width: 7, isRight: true),
                TableColumn(title: "LOST", width: 8, isRight: true),
                TableColumn(title: "STALE", width: 8, isRight: true),
                TableColumn(title: "TAKES", width: 7, isRight: true),
                TableColumn(
                    title: "WHAT IT IS", width: isWide ? 20 : 60, rank: 6, isFlexible: true),
            ],
            selected: incident.responses.firstIndex {
                $0.response == incident.recommendation.response
            })
        table.draw(on: &canvas, in: area, count: incident.responses.count) { index in
            Self.fields(incident.responses[index])
        }
    }

    private static func fields(_ row: RehearsedResponse) -> [TableField] {
        func loss(_ estimate: Estimate?) -> TableField {
            TableField(estimate.map { Figure.fixed($0.mean, 4) } ?? "-")
        }
        let interval = row.golden.map {
            "\(Figure.fixed($0.low, 4)) to \(Figure.fixed($0.high, 4))"
        }
        let takes = row.secondsToGetThere.map { $0 > 0 ? Figure.span(seconds: $0) : "at once" }
        return [
            TableField(row.response.words), loss(row.golden), TableField(interval ?? "-"),
            TableField(row.calibration.map { Figure.fixed($0, 2) + " x" } ?? "-"),
            loss(row.forward),
            TableField(row.examplesLost.map { Figure.grouped($0) } ?? "-"),
            TableField(row.stalenessSeconds.map { Figure.span(seconds: $0) } ?? "-"),
            TableField(takes ?? "-"),
            TableField(
                row.fault.map { "▲ \($0)" } ?? row.text, row.fault == nil ? .plain : .warning),
        ]
    }

    private func reasonLines(_ report: RehearsalReport, width: Int) -> [Line] {
        if let found = report.bisection { return bisectionLines(found, width: width) }
        var lines: [Line] = []
        if let found = report.incident?.recommendation {
            let sign = found.response == nil ? "?" : "▶"
            lines += "\(sign) \(found.text)".wrapped(width).map { ($0, .strong) }
        }
        if let triage = report.triage {
            lines += "code or data? \(triage.text)".wrapped(width).map { ($0, .strong) }
            // What speaks for something comes first.
            let sorted =
                triage.evidence.filter { $0.speaksFor != .cannotTell }
                + triage.evidence.filter { $0.speaksFor == .cannotTell }
            for item in sorted {
                let mark = item.speaksFor == .cannotTell ? "-" : "▲ \(item.speaksFor.rawValue):"
                let role: Role = item.speaksFor == .cannotTell ? .plain : .warning
                lines += "\(mark) \(item.subject): \(item.text)".wrapped(width).map { ($0, role) }
            }
        }
        for line in report.proposal?.evidence ?? [] {
            lines += "- the window: \(line)".wrapped(width).map { ($0, .plain) }
        }
        return lines
    }

    /// What was found, then what was tried for it.
    private func bisectionLines(_ report: BisectionReport, width: Int) -> [Line] {
        var lines: [Line] = []
        let sign = report.window == nil ? "?" : "▶"
        lines += "\(sign) \(report.text)".wrapped(width).map { ($0, .strong) }
        for text in report.evidence { lines += text.wrapped(width).map { ($0, .plain) } }
        if report.window != nil {
            lines.append(("P purges them; R rolls back to before them; Esc closes.", .strong))
        }
        for trial in report.trials {
            let share = Figure.fixed(trial.repaired * 100, 0)
            let text = "- without \(trial.text): \(Figure.fixed(trial.logLoss, 4)), \(share) %"
            lines += text.wrapped(width).map { ($0, .plain) }
        }
        return lines
    }
}
