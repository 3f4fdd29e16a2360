import Operation
import Vocabulary

/// A launch in one look: how far it is, whose doing a difference is, what it still has to show.
extension Scene {
    mutating func drawLaunch(in body: Area) {
        guard let model = state.selectedReport(link) else { return }
        guard let status = model.launch else {
            let key = state.keyMap.key(for: .palette)
            canvas.put(
                "No launch of \(model.name) was ever started.", row: body.row + 1, column: 2)
            canvas.put(
                "\(key) launch_start begins what [models.\(model.name).launch] declares.",
                row: body.row + 2, column: 2, width: body.width - 3)
            return
        }
        var area = drawLaunchHead(status, in: body)
        if area.width >= 120 {
            let left = Area(
                row: area.row, column: area.column, width: area.width * 3 / 5,
                height: area.height)
            let rows = max(status.arms.count + 2, status.criteria.count + 1)
            drawArms(status, in: left.prefix(rows))
            let right = Area(
                row: area.row, column: left.endColumn + 1,
                width: area.endColumn - left.endColumn - 1, height: min(rows, area.height))
            drawCriteria(status, in: right)
            area = area.dropping(min(rows, area.height))
        } else {
            let height = min(status.arms.count + 2, area.height)
            drawArms(status, in: area.prefix(height))
            area = area.dropping(height)
            let criteria = min(status.criteria.count + 1, max(0, area.height - 5))
            drawCriteria(status, in: area.prefix(criteria))
            area = area.dropping(criteria)
        }
        drawBands(status, in: area)
    }

    /// What can be done on the screen of launches; up and down only while one is under way.
    func launchHints(_ stop: (String, String)) -> [(String, String)] {
        guard let status = state.shownLaunch(link) else { return [stop] }
        let metric = (pair(.down, .up), "metric")
        guard status.isUnderWay else { return [stop, metric] }
        let up = (key(for: .launchUp), "up a stage")
        let down = (key(for: .launchDown), "DOWN, at once")
        return [stop] + (status.stage < status.stages.count ? [up] : [])
            + (status.stage > 0 ? [down] : []) + [metric]
    }

    // MARK: - Where it stands

    private mutating func drawLaunchHead(_ status: LaunchStatus, in body: Area) -> Area {
        var area = body
        func line(_ text: String, _ role: Role, _ canvas: inout Canvas) {
            guard area.height > 4 else { return }
            canvas.put(text, row: area.row, column: 1, width: area.width - 2, role)
            area = area.dropping(1)
        }
        let title = status.title.isEmpty ? "" : " \(status.title)"
        line(
            "\(status.id)\(title); \(LaunchPage.stage(status)); since "
                + "\(Figure.dayMinute(status.begun)) UTC, by \(status.by)", .strong, &canvas)
        if let ended = status.ended { line("■ OVER: \(ended)", .strong, &canvas) }
        for alarm in status.alarms.prefix(2) { line("▲ \(alarm)", .warning, &canvas) }
        let chosen = state.currentMetric(status)
        for (index, metric) in status.metrics.enumerated() {
            let sign = Self.sign(metric.cause)
            let mark = status.metrics.count > 1 && index == chosen ? "▶ " : ""
            line("\(mark)\(metric.name): \(sign.text) \(metric.verdict)", sign.role, &canvas)
        }
        if status.metrics.isEmpty, status.isUnderWay {
            line("There was no look at this stage yet.", .plain, &canvas)
        }
        for warning in status.offline?.warnings ?? [] { line("▲ \(warning)", .warning, &canvas) }
        if area.height >= 24 {
            for note in status.notes.prefix(3) { line("· \(note)", .plain, &canvas) }
            for text in status.offline?.lines ?? [] { line("· \(text)", .plain, &canvas) }
        }
        return area
    }

    /// A sign and a role for what happened.
    private static func sign(_ cause: String) -> (text: String, role: Role) {
        switch cause {
        case "candidateBetter", "bothGained": ("✓", .good)
        case "candidateWorse", "bothGotWorse", "candidateDownProductionUp": ("▲", .critical)
        case "productionWorse", "worldGotWorse", "baselineDecays", "withheld",
            "candidateHandicapped":
            ("▲", .warning)
        default: ("·", .strong)
        }
    }

    // MARK: - Arms

    private mutating func drawArms(_ status: LaunchStatus, in area: Area) {
        guard area.height >= 2 else { return }
        drawRule("arms, and whose traffic taught them", row: area.row, in: area)
        let metric = state.currentMetric(status)
        let name =
            status.metrics.indices.contains(metric) ? status.metrics[metric].name : "VALUE"
        let taught = status.arms.map(\.arm.text).joined(separator: "/")
        let table = Table(columns: [
            TableColumn(title: "ARM", width: 3),
            TableColumn(title: "IS", width: 16),
            TableColumn(title: "SHARE", width: 6, isRight: true),
            TableColumn(title: "SEEN", width: 7, isRight: true),
            TableColumn(title: String(name.prefix(9)), width: 9, isRight: true),
            TableColumn(title: "BY \(taught) %", width: max(9, 4 * status.arms.count)),
            TableColumn(title: "LIMIT", width: 10, rank: 2, isFlexible: true),
        ])
        table.draw(on: &canvas, in: area.dropping(1), count: status.arms.count) { index in
            let arm = status.arms[index]
            let value = arm.values.indices.contains(metric) ? arm.values[metric] : nil
            let isLimited = arm.text.map { $0.contains("INVALID") || $0.contains("settling") }
            return [
                TableField(arm.arm.text, .strong), TableField(arm.what),
                TableField(Figure.percent(arm.share, 0)), TableField(Figure.grouped(arm.exposures)),
                TableField(value.map(Figure.short) ?? "-"),
                TableField(
                    arm.taughtBy.map { $0.map { Figure.fixed($0 * 100, 0) }.joined(separator: "/") }
                        ?? "nobody"),
                TableField(arm.text ?? "", isLimited == true ? .warning : .plain),
            ]
        }
    }

    // MARK: - Criteria

    private mutating func drawCriteria(_ status: LaunchStatus, in area: Area) {
        guard area.height >= 2, !status.criteria.isEmpty else { return }
        let missing = status.criteria.count { $0.state != .met }
        let up = state.keyMap.key(for: .launchUp)
        let isLast = status.stage >= status.stages.count
        let title =
            !status.isUnderWay
            ? "when it ended"
            : isLast && missing == 0
                ? "it may be promoted: launch_promote"
                : isLast
                    ? "the last stage"
                    : missing == 0 ? "it may go up: \(up)" : "before it may go up"
        drawRule(title, row: area.row, in: area)
        // What is missing comes first where not all have room.
        let rows =
            status.criteria.filter { $0.state != .met }
            + status.criteria.filter { $0.state == .met }
        for (offset, criterion) in rows.prefix(area.height - 1).enumerated() {
            let (sign, role): (String, Role) =
                switch criterion.state {
                case .met: ("✓", .good)
                case .open: ("○", .plain)
                case .failed: ("✗", .warning)
                }
            let word = criterion.state == .failed ? "NOT MET " : ""
            canvas.put(
                "\(sign) \(criterion.name): \(word)\(criterion.text)", row: area.row + 1 + offset,
                column: area.column + 1, width: area.width - 2, role)
        }
    }

    // MARK: - Differences over time

    /// A − C, B − C and A − B beside each other, each as a band over the looks of the launch.
    private mutating func drawBands(_ status: LaunchStatus, in area: Area) {
        guard area.height >= 4, !status.points.isEmpty else { return }
        let metric = state.currentMetric(status)
        let bands = status.points.map { point -> [LaunchBand?] in
            guard point.metrics.indices.contains(metric) else { return [nil, nil, nil] }
            return LaunchPage.named(point.metrics[metric]).prefix(3).map(\.1)
        }
        guard let most = LaunchPage.scale(bands) else {
            canvas.put(
                "too few outcomes for a chart", row: area.row, column: 1, width: area.width - 2)
            return
        }
        let width = area.width / 3
        for (place, name) in ["A - C", "B - C", "A - B"].enumerated() {
            drawBand(
                name, bands.map { $0[place] }, most,
                in: Area(
                    row: area.row, column: area.column + place * width, width: width,
                    height: area.height))
        }
        let (first, last) = (status.points.first?.at, status.points.last?.at)
        if let first, let last, area.height >= 6 {
            let text = "\(Figure.dayMinute(first)) to \(Figure.dayMinute(last)) UTC"
            canvas.put(text, row: area.endRow - 1, column: 1, width: area.width - 2, .line)
        }
    }

    private mutating func drawBand(
        _ name: String, _ bands: [LaunchBand?], _ most: Double, in area: Area
    ) {
        let newest = bands.last.flatMap(\.self)
        let text = newest.map { band in
            "\(name) \(band.estimate > 0 ? "+" : "")\(Figure.short(band.estimate))"
        }
        let isApart = newest.map { $0.low > 0 || $0.high < 0 } ?? false
        canvas.put(
            " " + (text ?? "\(name) -") + (isApart ? ", not 0" : ""), row: area.row,
            column: area.column, width: area.width, isApart ? .strong : .heading)
        let plot = Area(
            row: area.row + 1, column: area.column + 8, width: area.width - 9,
            height: area.height - (area.height >= 6 ? 2 : 1))
        guard plot.height >= 2, plot.width >= 4 else { return }
        func row(_ value: Double) -> Int {
            let part = (max(-most, min(most, value)) / most + 1) / 2
            return plot.endRow - 1 - Int((part * Double(plot.height - 1)).rounded())
        }
        for (value, mark) in [(most, "+" + Figure.short(most)), (-most, "-" + Figure.short(most))] {
            canvas.put(mark.padded(7, isRight: true), row: row(value), column: area.column, .line)
        }
        canvas.put("0".padded(7, isRight: true), row: row(0), column: area.column, .line)
        canvas.fill(
            Area(row: row(0), column: plot.column, width: plot.width, height: 1), .line, with: "─")
        for column in 0..<plot.width {
            let index = column * max(1, bands.count) / plot.width
            guard bands.indices.contains(index), let band = bands[index] else { continue }
            for line in row(band.high)...row(band.low) {
                canvas.put("░", row: line, column: plot.column + column, .chartOther)
            }
            canvas.put("•", row: row(band.estimate), column: plot.column + column, .chartMain)
        }
    }
}
