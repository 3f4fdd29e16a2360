import Operation
import Vocabulary

extension Scene {
    /// One model: its state, what is wrong, its figures, their course, what happened.
    mutating func drawModel(in body: Area) {
        guard let model = state.selectedReport(link) else {
            canvas.put("No model yet.", row: body.row + 1, column: 2)
            return
        }
        var rest = body
        rest = rest.dropping(drawStrip(of: model, in: rest, isNamed: true))
        let alarms = Words.sorted(model.alarms.map { (model: model, alarm: $0) })
        let alarmRows = body.height >= 30 ? 6 : (body.height >= 18 ? 2 : 1)
        let used = drawAlarmLines(alarms, in: rest.prefix(alarmRows))
        rest = rest.dropping(used)
        rest = rest.dropping(drawEvents(of: model, in: rest))
        rest = rest.dropping(drawRide(of: model, in: rest))
        let facts = Self.facts(of: model)
        var factRows = body.height >= 24 ? 6 : (body.height >= 18 ? 5 : 3)
        if model.metrics.weightsText != nil { factRows += 1 }
        rest = rest.dropping(drawFacts(facts, in: rest.prefix(factRows)))
        rest = rest.dropping(
            body.height >= 30
                ? drawWatch(of: model, in: rest) : drawQuadrant(of: model, in: rest))
        if rest.width >= 120, rest.height >= 35 {
            rest = rest.dropping(drawTiers(of: model, in: rest))
        }
        let paneHeight = rest.height >= 30 ? 11 : (rest.height >= 11 ? 4 : 0)
        drawCharts(of: model, in: rest.prefix(rest.height - paneHeight))
        if paneHeight > 0 { drawPanes(of: model, in: rest.dropping(rest.height - paneHeight)) }
    }

    /// State, by whom, since when, why; what it pushes and serves. Returns the rows used.
    mutating func drawStrip(of model: ModelReport, in area: Area, isNamed: Bool = false) -> Int {
        guard area.height > 0 else { return 0 }
        let training = model.training
        let words = Words.state(of: model)
        let taken = state.shown(link)?.takenAt ?? training.since
        var column = area.column + 1
        if isNamed {
            column = canvas.put(model.name.text, row: area.row, column: column, .strong) + 1
        }
        column = canvas.put(words.text, row: area.row, column: column, words.role) + 1
        let span = max(.zero, taken - training.since).text
        let isToday = taken - training.since < .hours(20)
        let since = isToday ? Figure.clock(training.since) : Figure.dayMinute(training.since)
        let by = training.by.isEmpty ? "" : "by \(training.by) "
        let text = by + "for \(span); \(Self.behind(training)); since \(since) UTC"
        canvas.put(text, row: area.row, column: column, width: area.endColumn - column)
        guard area.height > 1 else { return 1 }
        let pushing = Words.pushing(model)
        let serving = Words.serving(model.serving)
        column = canvas.put("pushing ", row: area.row + 1, column: area.column + 1)
        column = canvas.put(pushing.text, row: area.row + 1, column: column, pushing.role)
        column = canvas.put("; serves ", row: area.row + 1, column: column)
        column = canvas.put(serving.text, row: area.row + 1, column: column, serving.role)
        let course = Words.course(model.serving, at: taken)
        if !training.reason.isEmpty {
            canvas.put(
                "; reason: \(training.reason)", row: area.row + 1, column: column,
                width: area.endColumn - column)
        } else if let course, area.width >= 120 || area.height < 3 {
            canvas.put(
                "; " + course.text, row: area.row + 1, column: column,
                width: area.endColumn - column, course.role)
            return 2
        }
        guard let course, area.height > 2 else { return 2 }
        canvas.put(
            course.text, row: area.row + 2, column: area.column + 1,
            width: area.endColumn - area.column - 1, course.role)
        return 3
    }

    static func behind(_ training: TrainingReport) -> String {
        guard training.behind > 0 else { return "up to date" }
        var text = Figure.grouped(training.behind) + " ex behind"
        if let left = training.secondsLeft { text += ", \(Figure.span(seconds: left)) left" }
        return text
    }

    /// Figures with their units in columns. Returns the rows used.
    mutating func drawFacts(_ facts: [Fact], in area: Area) -> Int {
        let columns = area.width >= 120 ? 4 : (area.width >= 76 ? 2 : 1)
        let rows = min(area.height, (facts.count + columns - 1) / columns)
        let width = (area.width - 1) / columns
        for (index, fact) in facts.prefix(rows * columns).enumerated() {
            let row = area.row + index / columns
            let column = area.column + 1 + index % columns * width
            let start = canvas.put(fact.title.padded(12), row: row, column: column, .heading) + 1
            canvas.put(
                fact.text, row: row, column: start, width: column + width - start - 1, fact.role)
        }
        return rows
    }

    /// One figure, or two that are read together.
    struct Fact {
        var title: String
        var text: String
        var role = Role.plain
    }

    private static func facts(of model: ModelReport) -> [Fact] {
        let metrics = model.metrics
        func text(_ value: Double?, _ write: (Double) -> String) -> String {
            value.map(write) ?? "-"
        }
        let loss = metrics.recentLogLoss ?? metrics.logLoss
        let base = metrics.recentBaseRateEntropy ?? metrics.baseRateEntropy
        var gain = ""
        var isWorse = false
        if let loss, let base, base > 0 {
            isWorse = loss > base
            let share = Figure.fixed(abs(1 - loss / base) * 100, 1) + "%"
            gain = isWorse ? ", \(share) WORSE" : ", \(share) better"
        }
        let isStale = (model.stalenessSeconds ?? 0) > model.stalenessLimitSeconds
        let limit = Figure.span(seconds: model.stalenessLimitSeconds)
        let age = text(model.stalenessSeconds) { Figure.span(seconds: $0) }
        let recent = metrics.recentCalibration
        let counts = model.counts
        return [
            Fact(
                title: "log loss, 1h",
                text: text(loss) { Figure.fixed($0, 4) } + " nats (all "
                    + text(metrics.logLoss) { Figure.fixed($0, 4) } + ")"),
            Fact(
                title: "vs base rate", text: text(base) { Figure.fixed($0, 4) } + " nats" + gain,
                role: isWorse ? .critical : .plain),
            Fact(
                title: "staleness", text: (isStale ? "▲ " : "") + "\(age), limit \(limit)",
                role: isStale ? .critical : .plain),
            Fact(
                title: "calibrated",
                text: text(recent) { Figure.fixed($0, 2) } + " x in 1h; "
                    + text(metrics.calibration) { Figure.fixed($0, 2) } + " x all"),
            Fact(
                title: "positives",
                text: text(metrics.recentPredictionRate) { Figure.percent($0) } + " pred, "
                    + text(metrics.recentLabelRate) { Figure.percent($0) } + " real"),
            Fact(
                title: "label delay",
                text: text(metrics.labelDelayMedianSeconds) { Figure.span(seconds: $0) }
                    + " p50; " + text(metrics.labelDelayP90Seconds) { Figure.span(seconds: $0) }
                    + " p90"),
            Fact(
                title: "trained",
                text: text(metrics.examplesPerSecond) { Figure.short($0) } + " ex/s; "
                    + Figure.grouped(model.training.cursor) + " ex"),
            Fact(title: "pending", text: Figure.grouped(counts.pending) + " ex await a label"),
            Fact(
                title: "coverage",
                text: text(metrics.coverage) { Figure.percent($0) } + " of due labels"),
            Fact(title: "quarantine", text: heldBack(of: model)),
            metrics.weightsText.map { Fact(title: "weights", text: $0) },
            Fact(title: "AUC", text: text(metrics.auc) { Figure.fixed($0, 3) }),
            Fact(
                title: "event time",
                text: model.eventTime.map { Figure.daySecond($0) + " UTC" } ?? "-"),
        ].compactMap(\.self)
    }

    /// Records in quarantine, and purges in force.
    private static func heldBack(of model: ModelReport) -> String {
        let counts = model.counts
        let records = counts.quarantinedExamples + counts.quarantinedLabels
        let text = Figure.grouped(records) + " records"
        let purges = model.exclusions.count
        return purges == 0 ? text : text + "; " + Words.plural(purges, "purge")
    }

    /// As many charts as fit; the rest can be scrolled to.
    private mutating func drawCharts(of model: ModelReport, in area: Area) {
        let charts = Chart.all
        guard area.height >= 5 else { return }
        let columns = max(1, min(4, area.width / 38))
        let rowsTotal = (charts.count + columns - 1) / columns
        let rows = min(rowsTotal, max(1, (area.height - 1) / 7))
        let first = min(state.chartsScrolled, rowsTotal - rows) * columns
        let last = min(charts.count, first + rows * columns)
        let scroll = last - first < charts.count ? "; j k show the others" : ""
        let isDay = state.charts.zoom == ChartView.standardZoom
        let zoom = isDay ? "" : ", newest \(state.charts.span.text)"
        drawRule(
            "charts \(first + 1)-\(last) of \(charts.count), by event time (UTC)\(zoom)\(scroll)",
            row: area.row, in: area)
        let marks = state.marks(of: model, link)
        let grid = area.dropping(1)
        let width = grid.width / columns
        let height = grid.height / rows
        for index in first..<last {
            let place = index - first
            let cell = Area(
                row: grid.row + place / columns * height, column: place % columns * width + 1,
                width: width - 2, height: height)
            charts[index].draw(on: &canvas, in: cell, of: model, state.charts, marks)
        }
    }

    /// What was made of it, and what was done to it.
    private mutating func drawPanes(of model: ModelReport, in area: Area) {
        let half = area.width / 2
        let left = Area(row: area.row, column: 0, width: half - 1, height: area.height)
        let right = Area(
            row: area.row, column: half, width: area.width - half, height: area.height)
        drawRule("3 checkpoints, newest first", row: left.row, in: left)
        for (index, item) in model.checkpoints.prefix(left.height - 1).enumerated() {
            let row = left.row + 1 + index
            let verdict = Words.verdict(item.verdict)
            var column = canvas.put(item.id.description, row: row, column: 1) + 1
            column = canvas.put(verdict.text, row: row, column: column, verdict.role) + 1
            var more = item.id == model.serving.checkpoint ? "SERVES " : ""
            if item.pinned { more += "pinned " }
            if let loss = item.metrics.logLoss, left.width > 50 {
                more += Figure.fixed(loss, 4) + " nats, "
            }
            more += Figure.dayMinute(item.created)
            canvas.put(more, row: row, column: column, width: left.endColumn - column)
        }
        if model.checkpoints.isEmpty { canvas.put("none yet", row: left.row + 1, column: 1) }
        drawRule("4 journal, newest first", row: right.row, in: right)
        let entries = (state.shown(link)?.journal ?? []).filter {
            $0.model == model.name || $0.model == nil
        }
        drawEntries(entries, isNamed: false, in: right.dropping(1))
    }

    /// As many entries as there are rows.
    mutating func drawEntries(_ entries: [JournalEntry], isNamed: Bool, in area: Area) {
        for (index, entry) in entries.prefix(area.height).enumerated() {
            let row = area.row + index
            var column = canvas.put(
                Figure.clock(entry.ts) + " ", row: row, column: area.column + 1)
            if isNamed, let model = entry.model {
                column = canvas.put("\(model) ", row: row, column: column)
            }
            canvas.put(
                Self.sentence(entry), row: row, column: column, width: area.endColumn - column)
        }
    }

    /// `stop by ada: 12,400 examples behind ("loss jumped")`.
    static func sentence(_ entry: JournalEntry) -> String {
        var text = entry.act ?? entry.kind.rawValue
        if entry.act != nil, !entry.by.isEmpty { text += " by " + entry.by }
        if !entry.effect.isEmpty { text += ": " + entry.effect }
        if !entry.reason.isEmpty { text += " (\(entry.reason))" }
        return text
    }
}
