import Operation
import Vocabulary

/// What was practised: scenarios, the failure that each is, what finds it, and how it went.
extension Scene {
    mutating func drawDrills(in body: Area) {
        guard let readiness = state.shownReadiness(link) else {
            let text = state.drills.fault.map { "Nothing is known of drills: \($0)" }
            canvas.put(
                text ?? "Asking the engine what was practised.", row: body.row + 1, column: 2,
                width: body.width - 3)
            return
        }
        let modes = state.shownDrills(link)
        var area = body.dropping(drawFilter(in: body, what: "failure", count: modes.count))
        drawHeadline(readiness, row: area.row)
        area = area.dropping(1)
        guard !modes.isEmpty else { return }
        let detailHeight = area.height >= 16 ? 7 : (area.height >= 11 ? 4 : 0)
        let chosen = modes.firstIndex { $0.fault == state.currentDrill(link)?.fault } ?? 0
        let now = state.shown(link)?.takenAt
        Table(columns: Self.drillColumns(modes), selected: chosen).draw(
            on: &canvas, in: area.prefix(area.height - detailHeight), count: modes.count
        ) { Self.drillFields(modes[$0], at: now) }
        if detailHeight > 0 {
            drawDetail(of: modes[chosen], in: area.dropping(area.height - detailHeight))
        }
    }

    private mutating func drawHeadline(_ readiness: Readiness, row: Int) {
        let drills = readiness.modes.filter { $0.scenario != nil }
        let practised = drills.count { $0.lastDrill != nil }
        let text =
            "\(readiness.model): readiness \(Figure.percent(readiness.score / 100, 0)); "
            + "\(practised) of \(Words.plural(drills.count, "drill")) practised"
        let column = canvas.put(text, row: row, column: 1) + 2
        let count = readiness.uncovered.count
        guard count > 0 else { return }
        canvas.put(
            "▲ \(Words.plural(count, "failure")) found by NOTHING", row: row, column: column,
            width: size.width - column - 1, .warning)
    }

    private static func drillColumns(_ modes: [Readiness.Mode]) -> [TableColumn] {
        let longest = modes.map(\.fault.count).max() ?? 0
        return [
            TableColumn(title: "FAILURE", width: min(max(7, longest), 20)),
            TableColumn(title: "LAST DRILL", width: 10),
            TableColumn(title: "SCORE", width: 5, isRight: true),
            TableColumn(title: "FOUND IN", width: 8, isRight: true, rank: 2),
            TableColumn(title: "MITIGATED", width: 9, isRight: true, rank: 3),
            TableColumn(title: "WHAT IT IS", width: 42, rank: 4),
            TableColumn(title: "FOUND BY", width: 18, isFlexible: true),
        ]
    }

    private static func drillFields(_ mode: Readiness.Mode, at now: Instant?) -> [TableField] {
        let last = mode.lastDrill.map { at in
            now.map { max(.zero, $0 - at).text } ?? String(at.rfc3339.prefix(10))
        }
        let result = mode.result
        let isLost = mode.lastDrill != nil && mode.wasFound != true
        func span(_ seconds: Double?) -> String { seconds.map { Figure.span(seconds: $0) } ?? "-" }
        return [
            TableField(mode.fault, .strong),
            TableField(last ?? (mode.scenario == nil ? "no drill" : "never")),
            TableField(Figure.fixed(mode.score, 2)),
            isLost
                ? TableField("NEVER", .warning) : TableField(span(result?.detectSeconds)),
            TableField(span(result?.mitigateSeconds)),
            TableField(mode.title),
            mode.detectors.isEmpty
                ? TableField("▲ NOTHING", .critical)
                : TableField(mode.detectors.joined(separator: ", ")),
        ]
    }

    private mutating func drawDetail(of mode: Readiness.Mode, in area: Area) {
        drawRule(mode.fault, row: area.row, in: area)
        var lines = [mode.title]
        if let name = mode.scenario {
            lines.append("to practise it, in a shell: spindle drill \(name)")
        } else {
            lines.append("no drill shows it; a detector that is on is all there is")
        }
        if let result = mode.result, let at = mode.lastDrill {
            let text = outcome(of: result)
            lines.append("last: \(Figure.dayMinute(at)) UTC by \(result.by), \(text)")
        }
        if !mode.off.isEmpty { lines.append("off: " + mode.off.joined(separator: "; ")) }
        let all = lines.flatMap { $0.wrapped(area.width - 2) }
        for (index, line) in all.prefix(area.height - 1).enumerated() {
            canvas.put(line, row: area.row + 1 + index, column: 1, width: area.width - 2)
        }
    }

    private func outcome(of result: Readiness.Result) -> String {
        func money(_ cents: Int) -> String { Figure.fixed(Double(cents) / 100, 2) }
        let found =
            result.detectSeconds.map { seconds in
                "found after \(Figure.span(seconds: seconds)) by \(result.foundBy ?? "nobody")"
            } ?? "found by nothing"
        let over =
            result.mitigateSeconds.map { "mitigated after \(Figure.span(seconds: $0))" }
            ?? "never mitigated"
        return "\(found), \(over), revenue lost \(money(result.lostRevenueCents)), without a "
            + "response \(money(result.withoutResponseCents))"
    }
}
