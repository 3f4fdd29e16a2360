import Operation
import Vocabulary

/// One or two series over event time, with labelled axes.
struct Chart {
    let title: String
    let main: SeriesName
    let mainTitle: String
    var other: SeriesName?
    var otherTitle = ""

    /// In the order in which somebody looks for what is wrong.
    static let all = [
        Chart(
            title: "log loss", main: .logLoss, mainTitle: "model", other: .baseRateEntropy,
            otherTitle: "base rate"),
        Chart(title: "calibration", main: .calibration, mainTitle: "predicted/real"),
        Chart(
            title: "positives", main: .predictionRate, mainTitle: "predicted",
            other: .labelRate, otherTitle: "real"),
        Chart(title: "staleness", main: .staleness, mainTitle: "served learner"),
        Chart(title: "label delay", main: .labelDelay, mainTitle: "median"),
        Chart(title: "examples", main: .examplesPerSecond, mainTitle: "trained"),
        Chart(title: "pending", main: .pending, mainTitle: "awaiting a label"),
        Chart(title: "label coverage", main: .coverage, mainTitle: "labels that found theirs"),
    ]

    func draw(
        on canvas: inout Canvas, in area: Area, of model: ModelReport, _ view: ChartView,
        _ marks: [ChartMark]
    ) {
        guard area.height >= 4, area.width >= 20 else { return }
        let series = model.series.first { $0.name == main }.map(view.shown)
        let beside = other.flatMap { name in model.series.first { $0.name == name } }
            .map(view.shown)
        let values = (series?.points ?? []) + (beside?.points ?? [])
        guard let series,
            let scale = ChartScale(values: values.compactMap(\.self), unit: series.unit)
        else {
            drawTitle(on: &canvas, in: area, series, beside, nil)
            canvas.put(
                "nothing measured yet", row: area.row + area.height / 2, column: area.column + 4,
                width: area.width - 4)
            return
        }
        let reading = view.cursor.map { Self.reading(series, beside, scale, at: $0) }
        drawTitle(on: &canvas, in: area, series, beside, reading)
        let plot = ChartPlot(in: area.dropping(1), scale: scale)
        plot.drawAxis(on: &canvas)
        if let band = model.monitor?.bands?.first(where: { $0.series == main }) {
            let length = Double(series.end.microseconds - series.start.microseconds)
            plot.drawBand(
                { column in
                    let share = (Double(column) + 0.5) / Double(max(1, plot.area.width))
                    let past = Span(microseconds: Int64(share * length))
                    return band.range(at: series.start + past)
                }, on: &canvas)
        }
        drawEvents(model.events, during: series, on: &canvas, plot.area)
        if let beside { plot.drawDots(beside.points, on: &canvas) }
        plot.drawLine(series.points, on: &canvas)
        drawMarks(marks, during: series, on: &canvas, plot.area)
        if let cursor = view.cursor { drawCursor(cursor, series, on: &canvas, plot.area) }
        drawTimes(of: series, on: &canvas, row: area.endRow - 1, plot.area)
    }

    /// The values at the cursor.
    private static func reading(
        _ series: Series, _ beside: Series?, _ scale: ChartScale, at cursor: Instant
    ) -> String {
        func text(_ value: Double?) -> String { value.map { scale.reading($0) } ?? "-" }
        var reading = text(series.value(at: cursor))
        if let beside { reading += " and \(text(beside.value(at: cursor)))" }
        return reading + " at " + Figure.clock(cursor).prefix(5)
    }

    private func drawTitle(
        on canvas: inout Canvas, in area: Area, _ series: Series?, _ beside: Series?,
        _ reading: String?
    ) {
        let unit = series.map { Self.unitTitle($0.unit) } ?? ""
        let heading = title + (unit.isEmpty ? "" : ", " + unit)
        // Values have their units; the heading's is left out where both have no room.
        let isFull = heading.count + 2 + (reading?.count ?? 0) <= area.width
        var column = canvas.put(
            isFull ? heading : title, row: area.row, column: area.column, width: area.width,
            .heading)
        if let reading {
            canvas.put(
                "  " + reading, row: area.row, column: column, width: area.endColumn - column,
                .strong)
            return
        }
        let mark = canvas.charset == .unicode ? "⠤⠒" : "**"
        var legend: [(String, Role)] = []
        if beside != nil {
            legend = [
                ("  \(mark) \(mainTitle)", .chartMain), ("  ·· \(otherTitle)", .chartOther),
            ]
        } else {
            legend = [("  \(mainTitle)", .plain)]
        }
        guard column + legend.reduce(0, { $0 + $1.0.count }) <= area.endColumn else { return }
        for (text, role) in legend {
            column = canvas.put(text, row: area.row, column: column, role)
        }
    }

    private static func unitTitle(_ unit: String) -> String {
        switch unit {
        case "s": "time"
        case "share": "%"
        case "1/s": "per second"
        default: unit
        }
    }

    /// In which column of a plot a moment lies; outside of the plot beyond its columns.
    private static func columns(of series: Series, _ plot: Area) -> ((Instant) -> Int)? {
        let length = series.step.microseconds * Int64(series.points.count)
        guard length > 0 else { return nil }
        return { instant in
            let share = Double((instant - series.start).microseconds) / Double(length)
            return Int((share * Double(plot.width)).rounded(.down))
        }
    }

    /// Alarms and acts, in the plot's first row: a sign each.
    private func drawMarks(
        _ marks: [ChartMark], during series: Series, on canvas: inout Canvas, _ plot: Area
    ) {
        guard let column = Self.columns(of: series, plot) else { return }
        for mark in marks where (0..<plot.width).contains(column(mark.at)) {
            let (sign, role): (Unicode.Scalar, Role) =
                switch mark.kind {
                case .alarm: ("▲", .warning)
                case .act: ("■", .event)
                }
            canvas.put(sign, row: plot.row, column: plot.column + column(mark.at), role)
        }
    }

    private func drawCursor(
        _ cursor: Instant, _ series: Series, on canvas: inout Canvas, _ plot: Area
    ) {
        guard let column = Self.columns(of: series, plot)?(cursor),
            (0..<plot.width).contains(column)
        else { return }
        for row in plot.row..<plot.endRow {
            if canvas[row, plot.column + column].scalar == " " {
                canvas.put("╎", row: row, column: plot.column + column, .strong)
            }
            canvas.mark(
                row: row, from: plot.column + column, to: plot.column + column + 1, .strong)
        }
    }

    /// Where an event begins and ends, and its roof between; what is measured goes over it.
    private func drawEvents(
        _ events: [CalendarEvent], during series: Series, on canvas: inout Canvas, _ plot: Area
    ) {
        guard let column = Self.columns(of: series, plot) else { return }
        for event in events {
            let (first, last) = (column(event.from), column(event.to))
            guard first < plot.width, last >= 0 else { continue }
            for column in max(0, first)...min(last, plot.width - 1) {
                canvas.put("┄", row: plot.row, column: plot.column + column, .event)
            }
            for column in [first, last] where (0..<plot.width).contains(column) {
                for row in plot.row..<plot.endRow {
                    canvas.put("┊", row: row, column: plot.column + column, .event)
                }
            }
        }
    }

    private func drawTimes(of series: Series, on canvas: inout Canvas, row: Int, _ plot: Area) {
        let length = Span(
            microseconds: series.step.microseconds * Int64(series.points.count))
        let isShort = length < .hours(20)
        func text(_ instant: Instant) -> String {
            isShort ? String(Figure.clock(instant).prefix(5)) : Figure.dayMinute(instant)
        }
        let first = text(series.start)
        let last = text(series.start + length)
        canvas.put(first, row: row, column: plot.column, .line)
        canvas.put(last, row: row, before: plot.endColumn, .line)
        let middle = text(series.start + Span(microseconds: length.microseconds / 2))
        if plot.width >= first.count + last.count + middle.count + 8 {
            canvas.put(
                middle, row: row, column: plot.column + (plot.width - middle.count) / 2, .line)
        }
    }
}
