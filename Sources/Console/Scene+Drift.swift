import Operation
import Vocabulary

/// Which features moved, by how much, since when; and the chosen one in full.
extension Scene {
    mutating func drawDrift(in body: Area) {
        guard let model = state.selectedReport(link) else { return }
        guard let monitor = model.monitor else {
            canvas.put(
                "The stream of \(model.name) is not watched: monitors are off.", row: body.row,
                column: 1)
            return
        }
        let rows = state.shownFeatures(link)
        var area = body.dropping(drawFilter(in: body, what: "feature", count: rows.count))
        canvas.put(
            Self.headline(model, monitor, rows), row: area.row, column: 1, width: area.width - 1)
        area = area.dropping(1)
        guard !rows.isEmpty else {
            let text = "Not enough is known yet: a scale takes a day, a comparison a week."
            canvas.put(text, row: area.row + 1, column: 2, width: area.width - 3)
            return
        }
        let chosen = state.currentFeature(link)
        let detailHeight = area.height >= 30 ? area.height / 2 : area.height >= 10 ? 12 : 3
        let selected = rows.firstIndex { $0.feature.feature == chosen?.feature.feature }
        let isNarrow = area.width < 100
        let table = Table(
            columns: Self.driftColumns(rows, isNarrow: isNarrow), selected: selected)
        let height = min(rows.count + 1, max(2, area.height - detailHeight))
        table.draw(on: &canvas, in: area.prefix(height), count: rows.count) {
            Self.driftFields(rows[$0], model, isNarrow: isNarrow)
        }
        if let chosen { drawFeature(chosen, in: area.dropping(height)) }
    }

    private static func headline(
        _ model: ModelReport, _ monitor: MonitorReport, _ rows: [DriftRow]
    ) -> String {
        let outside = monitor.outsideDomain
        let known = Figure.percent(monitor.weekCoverage, 0)
        let mark = outside.isEmpty ? "" : "▲ "
        return "\(model.name): 24h against weeks; \(mark)\(outside.count) of \(rows.count) "
            + "out of domain; \(known) of a week known"
    }

    /// Where there is little room an alarm is its severity: its words stand below, of the row that
    /// is chosen.
    private static func driftColumns(_ rows: [DriftRow], isNarrow: Bool) -> [TableColumn] {
        let longest = rows.map(\.feature.feature.count).max() ?? 0
        return [
            TableColumn(title: "FEATURE", width: min(max(7, longest), isNarrow ? 17 : 24)),
            TableColumn(title: "PSI", width: 6, isRight: true),
            TableColumn(title: "SINCE", width: 7, isRight: true),
            TableColumn(title: "WHAT MOVED", width: 24, isFlexible: true),
            TableColumn(title: "ALARM", width: isNarrow ? 6 : 18, rank: 2),
        ]
    }

    private static func driftFields(
        _ row: DriftRow, _ model: ModelReport, isNarrow: Bool
    ) -> [TableField] {
        let feature = row.feature
        let isOutside = model.monitor?.outsideDomain.contains(feature.feature) ?? false
        let age = row.since.map { since in
            max(.zero, (model.eventTime ?? since) - since).text
        }
        let words = row.alarm.map { Words.severity($0.severity) }
        let name = row.alarm.map { isNarrow ? words?.brief ?? "" : $0.name }
        return [
            TableField(feature.feature, .strong),
            TableField(
                (isOutside ? "▲ " : "") + Figure.fixed(feature.stabilityIndex, 2),
                isOutside ? .warning : .plain),
            TableField(age ?? "-"), TableField(whatMoved(feature)),
            TableField(
                name.map { "\(words?.sign ?? "") \($0)" } ?? "none",
                words?.role ?? .plain),
        ]
    }

    /// The figure that says most, in words.
    private static func whatMoved(_ feature: FeatureDrift) -> String {
        var parts: [String] = []
        if let missing = feature.missing, missing.recent > missing.usual + 0.005 {
            let (recent, usual) = (missing.recent, missing.usual)
            parts.append("missing \(Figure.percent(recent)), usually \(Figure.percent(usual))")
        }
        if let means = feature.means {
            parts.append(
                "mean \(Figure.short(means.recent)), usually \(Figure.short(means.usual))")
        } else if let newcomer = feature.newcomer {
            parts.append("new: \(newcomer)")
        }
        if parts.isEmpty, let bin = furthest(feature) {
            let (recent, usual) = (feature.recent[bin], feature.usual[bin])
            parts.append(
                "\(label(of: bin, feature)): \(Figure.percent(recent)), usually "
                    + Figure.percent(usual))
        }
        return parts.joined(separator: "; ")
    }

    private static func furthest(_ feature: FeatureDrift) -> Int? {
        guard feature.recent.count == feature.usual.count else { return nil }
        return feature.recent.indices.max { one, other in
            abs(feature.recent[one] - feature.usual[one])
                < abs(feature.recent[other] - feature.usual[other])
        }
    }

    // MARK: - The chosen feature

    private mutating func drawFeature(_ row: DriftRow, in area: Area) {
        guard area.height >= 2 else { return }
        let feature = row.feature
        let isWide = area.width >= 120
        let pane: DriftPane? = isWide ? nil : state.driftPane
        var title = feature.feature
        if let since = row.since { title += ", since \(Figure.dayMinute(since)) UTC" }
        if !isWide {
            title += pane == .distribution ? "" : ", by segment and hour"
            title += "; \(state.keyMap.key(for: .open)): other side"
        }
        drawRule(title, row: area.row, in: area)
        var inside = area.dropping(1)
        if let alarm = row.alarm, inside.height > 4 {
            let words = Words.severity(alarm.severity)
            canvas.put(
                "\(words.sign) \(alarm.text)", row: inside.row, column: inside.column + 1,
                width: inside.width - 2, words.role)
            inside = inside.dropping(1)
        }
        let half = Area(
            row: inside.row, column: inside.column, width: inside.width / 2 - 2,
            height: inside.height)
        let other = Area(
            row: inside.row, column: half.endColumn + 3,
            width: inside.endColumn - half.endColumn - 4,
            height: inside.height)
        if pane != .places { drawDistribution(of: feature, in: isWide ? half : inside) }
        if pane != .distribution { drawPlaces(of: feature, in: isWide ? other : inside) }
    }

    /// Both distributions, a line for each tenth of the scale: a bar is how it is now, a mark how
    /// it usually is.
    private mutating func drawDistribution(of feature: FeatureDrift, in area: Area) {
        guard !feature.recent.isEmpty, feature.recent.count == feature.usual.count else {
            canvas.put(
                "its distribution is not known yet", row: area.row, column: area.column + 1,
                width: area.width - 1)
            return
        }
        let labels = feature.recent.indices.map { Self.label(of: $0, feature) }
        let labelWidth = min(24, labels.map(\.count).max() ?? 0)
        let figures = " 100.0 %, usually 100.0 %".count
        let start = area.column + 2 + labelWidth
        let width = max(4, area.endColumn - start - figures - 1)
        let most = max((feature.recent + feature.usual).max() ?? 0, 0.01)
        func length(_ share: Double) -> Int { Int((share / most * Double(width - 1)).rounded()) }
        let isHeaded = area.height > labels.count
        if isHeaded {
            let column = canvas.put("█ now", row: area.row, column: start, .chartMain)
            canvas.put("  │ usually", row: area.row, column: column, .chartOther)
        }
        // Where not all have room, those around the one that moved most.
        let first = Table.firstRow(
            count: labels.count, height: area.height, selected: Self.furthest(feature))
        for (offset, bin) in labels.indices.dropFirst(first).prefix(area.height).enumerated() {
            let row = area.row + offset + (isHeaded ? 1 : 0)
            let label = labels[bin]
            let (recent, usual) = (feature.recent[bin], feature.usual[bin])
            canvas.put(
                label.padded(labelWidth, isRight: true), row: row, column: area.column + 1,
                width: labelWidth)
            canvas.fill(
                Area(row: row, column: start, width: length(recent), height: 1), .chartMain,
                with: "█")
            canvas.put("│", row: row, column: start + length(usual), .chartOther)
            let role: Role = abs(recent - usual) > max(0.05, usual / 2) ? .warning : .plain
            canvas.put(
                Figure.percent(recent).padded(8, isRight: true) + ", usually "
                    + Figure.percent(usual), row: row, column: start + width,
                width: area.endColumn - start - width, role)
        }
    }

    /// What lies in a tenth of the scale.
    private static func label(of bin: Int, _ feature: FeatureDrift) -> String {
        guard let edges = feature.edges, edges.count == 9 else {
            switch bin {
            case 0: return "commonest"
            case 9: return "rare, new"
            default: return "\(bin)0 to \(bin + 1)0 %"
            }
        }
        switch bin {
        case 0: return "below \(Figure.short(edges[0]))"
        case 9: return "from \(Figure.short(edges[8]))"
        default: return "\(Figure.short(edges[bin - 1])) to \(Figure.short(edges[bin]))"
        }
    }

    /// Where it moved: by segment, by source, by the hour of the week.
    private mutating func drawPlaces(of feature: FeatureDrift, in area: Area) {
        let parts = feature.parts ?? []
        var rest = area
        let room = feature.week == nil ? area.height : max(2, area.height - 6)
        if parts.isEmpty {
            canvas.put(
                "one segment, one source: nothing to tell apart", row: rest.row,
                column: rest.column + 1, width: rest.width - 1)
            rest = rest.dropping(1)
        } else {
            let longest = parts.map(\.name.count).max() ?? 0
            let table = Table(
                columns: [
                    TableColumn(title: "WHERE", width: min(max(12, longest + 5), 30)),
                    TableColumn(title: "MOVED", width: 8, isRight: true),
                    TableColumn(title: "x USUAL", width: 7, isRight: true),
                    TableColumn(title: "MISSING", width: 9, isRight: true, rank: 2),
                ])
            let height = min(parts.count + 1, room)
            table.draw(on: &canvas, in: rest.prefix(height), count: parts.count) { index in
                let part = parts[index]
                let role: Role = abs(part.score) > 4 ? .warning : .plain
                let sign = part.moved > 0 ? "+" : ""
                return [
                    TableField((part.isSource ? "from " : "in ") + part.name),
                    TableField(sign + Figure.fixed(part.moved, 3), role),
                    TableField(Figure.fixed(abs(part.score), 1), role),
                    TableField(
                        part.missing.map { ($0 > 0 ? "+" : "") + Figure.percent($0) } ?? "-"),
                ]
            }
            rest = rest.dropping(height)
        }
        guard let week = feature.week, rest.height >= 5 else { return }
        if rest.height > 16 { rest = rest.dropping(1) }
        drawWeek(week, in: rest.prefix(min(rest.height, Self.weekHeightMax)))
    }

    private static let weekHeightMax = 14

    /// Mean places through the week: usual ones as dots, the newest three days as a line.
    private mutating func drawWeek(_ week: WeekPlaces, in area: Area) {
        let values = (week.usual + week.recent).compactMap(\.self)
        guard let scale = ChartScale(values: values, unit: "") else { return }
        let mark = canvas.charset == .unicode ? "⠤⠒" : "**"
        var column = canvas.put(
            "mean place, 0 to 1", row: area.row, column: area.column + 1, .heading)
        column = canvas.put(
            "  \(mark) newest 72 hours", row: area.row, column: column, .chartMain)
        canvas.put(
            "  ·· usually", row: area.row, column: column, width: area.endColumn - column,
            .chartOther)
        let plot = ChartPlot(in: area.dropping(1), scale: scale)
        plot.drawAxis(on: &canvas)
        plot.drawDots(week.usual, on: &canvas)
        plot.drawLine(week.recent, on: &canvas)
        for (day, name) in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].enumerated() {
            canvas.put(
                name, row: area.endRow - 1, column: plot.area.column + day * plot.area.width / 7,
                .line)
        }
    }
}
