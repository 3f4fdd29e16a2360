import Operation
import Vocabulary

extension Scene {
    /// All models in a table, and below it every open alarm, the worst first.
    mutating func drawFleet(in body: Area) {
        let rows = state.fleetRows(link)
        let used = drawFilter(in: body, what: "model", count: rows.count { $0.model != nil })
        let area = body.dropping(used)
        let alarmCount = state.allRows(link).reduce(0) { $0 + ($1.model?.alarms.count ?? 0) }
        let kept = area.height >= 16 ? min(alarmCount + 8, 10) : 4
        let tableHeight = min(rows.count + 1, max(4, area.height - kept))
        let table = Table(columns: fleetColumns(rows), selected: state.chosenRow(rows, link))
        let taken = state.shown(link)?.takenAt ?? Instant(microseconds: 0)
        table.draw(on: &canvas, in: area.prefix(tableHeight), count: rows.count) { index in
            Self.fleetRow(rows[index], taken)
        }
        var rest = area.dropping(tableHeight + 1)
        if let selected = state.selectedReport(link) {
            rest = drawSelectedModel(selected, in: rest)
        }
        let alarmRows = drawAlarms(in: rest)
        rest = rest.dropping(alarmRows + 1)
        guard rest.height >= 3 else { return }
        let place = link.fleet.isEmpty ? "" : link.engine.map { " of \($0)" } ?? ""
        drawRule("4 journal\(place), newest first", row: rest.row, in: rest)
        drawEntries(state.shown(link)?.journal ?? [], isNamed: true, in: rest.dropping(1))
    }

    /// A line that says what is filtered; returns the number of rows used.
    mutating func drawFilter(
        in body: Area, what: String, many: String? = nil, count: Int, more: String = ""
    ) -> Int {
        guard state.isFiltering || !state.filter.isEmpty else { return 0 }
        var column = canvas.put("Filter: ", row: body.row, column: 1, .strong)
        let found = count == 1 ? "1 \(what) matches" : "\(count) \(many ?? what + "s") match"
        let text = found + more
        let room = max(12, body.endColumn - column - text.count - 3)
        column = canvas.put(
            state.filter, row: body.row, column: column, width: min(40, room), .input)
        if state.isFiltering { canvas.put(" ", row: body.row, column: column, .selected) }
        let start = max(column + 2, body.endColumn - 1 - text.count)
        canvas.put(text, row: body.row, column: start, width: body.endColumn - 1 - start)
        return 1
    }

    private func fleetColumns(_ rows: [FleetRow]) -> [TableColumn] {
        let longest = rows.map { $0.model?.name.text.count ?? 0 }.max() ?? 0
        let engines = rows.compactMap(\.engine?.name.count).max()
        let engine = engines.map { TableColumn(title: "ENGINE", width: min(max(6, $0), 20)) }
        return (engine.map { [$0] } ?? []) + [
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

    /// With the engine's name in front, where there are several.
    private static func fleetRow(_ row: FleetRow, _ taken: Instant) -> [TableField] {
        let taken = row.engine?.snapshot?.takenAt ?? taken
        var fields =
            row.model.map { Self.fields(of: $0, taken) }
            ?? Array(repeating: TableField("-"), count: fieldCount)
        guard let engine = row.engine else { return fields }
        if let lost = lost(engine) { fields[1] = TableField(lost, .critical) }
        return [TableField(engine.name, .strong)] + fields
    }

    /// Engines that are not looked at are asked less often.
    private static let lostAfter = Span.seconds(10)

    /// For how long nothing was heard of an engine, where that is too long.
    static func lost(_ engine: FleetEngine) -> String? {
        guard !engine.isConnected || engine.age > lostAfter else { return nil }
        return "▲ LOST " + Figure.span(seconds: engine.age.seconds)
    }

    private static let fieldCount = 11

    private static func fields(of model: ModelReport, _ taken: Instant) -> [TableField] {
        let metrics = model.metrics
        let state = Words.state(of: model)
        let pushing = Words.pushing(model)
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
        guard area.height >= 2 else { return 0 }
        let title = link.fleet.isEmpty ? "5 alarms of all models" : "alarms of all engines"
        drawRule(title, row: area.row, in: area)
        let faults = drawFaults(in: area.dropping(1))
        let rest = area.dropping(1 + faults)
        let alarms = state.fleetAlarms(link)
        guard faults == 0 || !alarms.isEmpty else { return 1 + faults }
        let lines = alarms.map { (model: $0.model, alarm: $0.alarm) }
        return 1 + faults + drawAlarmLines(lines, names: alarms.map(\.row.name), in: rest)
    }

    /// Why engines of the fleet do not answer. Returns the rows used.
    private mutating func drawFaults(in area: Area) -> Int {
        let lost = link.fleet.filter { Self.lost($0) != nil }
        for (index, engine) in lost.prefix(area.height).enumerated() {
            let fault = engine.fault ?? "no answer yet"
            let text =
                " ▲ LOST      for \(Figure.span(seconds: engine.age.seconds).padded(7)) "
                + "\(engine.name): \(fault)"
            canvas.put(
                text, row: area.row + index, column: area.column, width: area.width, .critical)
        }
        return min(lost.count, area.height)
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

    /// One line for each alarm, `names` saying what each is of; those that there is no room for
    /// are counted. Returns the rows.
    mutating func drawAlarmLines(
        _ alarms: [(model: ModelReport, alarm: AlarmReport)], names: [String]? = nil, in area: Area
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
            if let names { column = canvas.put(names[index] + " ", row: row, column: column) }
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
