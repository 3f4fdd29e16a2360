import Operation
import Vocabulary

extension Scene {
    /// All models in a table, and below it every open alarm, the worst first.
    mutating func drawFleet(in body: Area) {
        let models = state.shownModels(link)
        let used = drawFilter(in: body, what: "models", count: models.count)
        let area = body.dropping(used)
        let alarmCount = (state.shown(link)?.models ?? []).reduce(0) { $0 + $1.alarms.count }
        let kept = area.height >= 16 ? min(alarmCount + 8, 10) : 4
        let tableHeight = min(models.count + 1, max(4, area.height - kept))
        let selected = state.selectedReport(link)
        let table = Table(
            columns: fleetColumns(models),
            selected: models.firstIndex { $0.name == selected?.name })
        let taken = state.shown(link)?.takenAt ?? Instant(microseconds: 0)
        table.draw(on: &canvas, in: area.prefix(tableHeight), count: models.count) { index in
            Self.fleetRow(models[index], taken)
        }
        var rest = area.dropping(tableHeight + 1)
        if let selected { rest = drawSelectedModel(selected, in: rest) }
        let alarmRows = drawAlarms(in: rest)
        rest = rest.dropping(alarmRows + 1)
        guard rest.height >= 3 else { return }
        drawRule("4 journal, newest first", row: rest.row, in: rest)
        drawEntries(state.shown(link)?.journal ?? [], isNamed: true, in: rest.dropping(1))
    }

    /// A line that says what is filtered; returns the number of rows used.
    mutating func drawFilter(
        in body: Area, what: String, count: Int, more: String = ""
    ) -> Int {
        guard state.isFiltering || !state.filter.isEmpty else { return 0 }
        var column = canvas.put("Filter: ", row: body.row, column: 1, .strong)
        let found = "\(count) \(what) match\(more)"
        let room = max(12, body.endColumn - column - found.count - 3)
        column = canvas.put(
            state.filter, row: body.row, column: column, width: min(40, room), .input)
        if state.isFiltering { canvas.put(" ", row: body.row, column: column, .selected) }
        let start = max(column + 2, body.endColumn - 1 - found.count)
        canvas.put(found, row: body.row, column: start, width: body.endColumn - 1 - start)
        return 1
    }

    private func fleetColumns(_ models: [ModelReport]) -> [TableColumn] {
        let longest = models.map(\.name.text.count).max() ?? 0
        return [
            TableColumn(title: "MODEL", width: min(max(5, longest), 20)),
            TableColumn(title: "STATE", width: 13),
            TableColumn(title: "FOR", width: 7, isRight: true, rank: 2),
            TableColumn(title: "ALARMS", width: 8),
            TableColumn(title: "PUSHING", width: 7, rank: 4),
            TableColumn(title: "LOSS:BASE nats", width: 14, isRight: true, rank: 3),
            TableColumn(title: "STALE", width: 7, isRight: true, rank: 3),
            TableColumn(title: "CALIB x", width: 7, isRight: true, rank: 5),
            TableColumn(title: "EX/S", width: 6, isRight: true, rank: 7),
            TableColumn(title: "BEHIND ex", width: 9, isRight: true, rank: 8),
            TableColumn(title: "SERVING", width: min(max(7, longest + 7), 27), rank: 9),
        ]
    }

    private static func fleetRow(_ model: ModelReport, _ taken: Instant) -> [TableField] {
        let metrics = model.metrics
        let state = Words.state(of: model)
        let pushing = Words.pushing(model.pushing)
        let serving = Words.serving(model.serving)
        let isStale = (model.stalenessSeconds ?? 0) > model.stalenessLimitSeconds
        func figure(_ value: Double?, _ decimals: Int) -> TableField {
            TableField(value.map { Figure.fixed($0, decimals) } ?? "-")
        }
        return [
            TableField(model.name.text, .strong),
            TableField(state.text, state.role),
            TableField(max(.zero, taken - model.training.since).text),
            alarmField(model.alarms),
            TableField(pushing.text, pushing.role),
            lossField(metrics),
            TableField(
                model.stalenessSeconds.map { Figure.span(seconds: $0) } ?? "-",
                isStale ? .critical : .plain),
            figure(metrics.recentCalibration ?? metrics.calibration, 2),
            TableField(metrics.examplesPerSecond.map(Figure.short) ?? "-"),
            TableField(Figure.grouped(model.training.behind)),
            TableField(serving.text, serving.role),
        ]
    }

    /// The log loss beside that of knowing only the base rate, and which is larger.
    private static func lossField(_ metrics: ModelMetrics) -> TableField {
        guard let loss = metrics.recentLogLoss ?? metrics.logLoss else { return TableField("-") }
        let text = Figure.fixed(loss, 4)
        guard let base = metrics.recentBaseRateEntropy ?? metrics.baseRateEntropy else {
            return TableField(text)
        }
        let sign = loss > base ? ">" : (loss < base ? "<" : "=")
        return TableField(
            text + sign + Figure.fixed(base, 4), loss > base ? .critical : .plain)
    }

    private static func alarmField(_ alarms: [AlarmReport]) -> TableField {
        for severity in AlarmSeverity.allCases {
            let count = alarms.count { $0.severity == severity }
            guard count > 0 else { continue }
            let words = Words.severity(severity)
            return TableField("\(words.sign) \(count) \(words.brief)", words.role)
        }
        return TableField("none")
    }

    /// What the table has no room for, of the selected model; returns what is left.
    private mutating func drawSelectedModel(_ model: ModelReport, in area: Area) -> Area {
        // Where there is little room the alarms come first.
        guard area.height >= 8 else { return area }
        drawRule(model.name.text, row: area.row, in: area)
        let used = drawStrip(of: model, in: area.dropping(1))
        return area.dropping(used + 2)
    }

    /// Every open alarm, the worst first. Returns the rows used.
    private mutating func drawAlarms(in area: Area) -> Int {
        let all = (state.shown(link)?.models ?? []).flatMap { model in
            model.alarms.map { (model: model, alarm: $0) }
        }
        guard area.height >= 2 else { return 0 }
        drawRule("5 alarms of all models", row: area.row, in: area)
        return 1 + drawAlarmLines(Words.sorted(all), isNamed: true, in: area.dropping(1))
    }

    /// A heading with a line after it.
    mutating func drawRule(_ title: String, row: Int, in area: Area) {
        guard row < size.height - 2 else { return }
        let column = canvas.put(
            "─ \(title) ", row: row, column: area.column, width: area.width, .heading)
        canvas.fill(
            Area(row: row, column: column, width: area.endColumn - column, height: 1), .line,
            with: "─")
    }

    /// One line for each alarm; those that there is no room for are counted. Returns the rows.
    mutating func drawAlarmLines(
        _ alarms: [(model: ModelReport, alarm: AlarmReport)], isNamed: Bool, in area: Area
    ) -> Int {
        guard area.height > 0 else { return 0 }
        guard !alarms.isEmpty else {
            canvas.put("✓ no alarms", row: area.row, column: area.column + 1, .good)
            return 1
        }
        let shown = min(area.height, alarms.count)
        let more = alarms.count > shown ? "  and \(alarms.count - shown) more" : ""
        let nameWidth = min(24, alarms.map(\.alarm.name.count).max() ?? 0)
        for (index, item) in alarms.prefix(shown).enumerated() {
            let row = area.row + index
            let words = Words.severity(item.alarm.severity)
            var column = canvas.put(
                " \(words.sign) \(words.text.padded(8)) ", row: row, column: area.column,
                words.role)
            let age = Figure.span(seconds: Self.age(of: item.alarm, item.model).seconds)
            column = canvas.put(
                " for \(age.padded(7)) ", row: row, column: column)
            if isNamed { column = canvas.put(item.model.name.text + " ", row: row, column: column) }
            let isWide = area.width >= 110
            if isWide {
                column = canvas.put(item.alarm.name.padded(nameWidth + 1), row: row, column: column)
            }
            let now = state.shown(link)?.takenAt
            let attention = Words.attention(item.alarm, at: now).map { "  \($0)" } ?? ""
            let owner =
                attention + (isWide ? "  owner \(item.alarm.owner)" : "")
                + (index == shown - 1 ? more : "")
            let room = area.endColumn - column - owner.count
            column = canvas.put(item.alarm.text, row: row, column: column, width: room)
            canvas.put(owner, row: row, column: column, .strong)
        }
        return shown
    }
}
