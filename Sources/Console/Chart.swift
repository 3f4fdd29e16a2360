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

    func draw(on canvas: inout Canvas, in area: Area, of model: ModelReport) {
        guard area.height >= 4, area.width >= 20 else { return }
        let series = model.series.first { $0.name == main }
        let beside = other.flatMap { name in model.series.first { $0.name == name } }
        drawTitle(on: &canvas, in: area, series, beside)
        let values = (series?.points ?? []) + (beside?.points ?? [])
        guard let series,
            let scale = ChartScale(values: values.compactMap(\.self), unit: series.unit)
        else {
            canvas.put(
                "nothing measured yet", row: area.row + area.height / 2, column: area.column + 4,
                width: area.width - 4)
            return
        }
        let labels = [scale.high, (scale.high + scale.low) / 2, scale.low].map(scale.label)
        let labelWidth = max(5, labels.map(\.count).max() ?? 0)
        let plot = Area(
            row: area.row + 1, column: area.column + labelWidth + 1,
            width: area.width - labelWidth - 1, height: area.height - 2)
        drawAxis(on: &canvas, plot, labels)
        drawEvents(model.events, during: series, on: &canvas, plot)
        if let beside { drawDots(beside, scale, on: &canvas, plot) }
        switch canvas.charset {
        case .unicode: drawBraille(series, scale, on: &canvas, plot)
        case .ascii: drawStars(series, scale, on: &canvas, plot)
        }
        drawTimes(of: series, on: &canvas, row: area.endRow - 1, plot)
    }

    private func drawTitle(
        on canvas: inout Canvas, in area: Area, _ series: Series?, _ beside: Series?
    ) {
        let unit = series.map { Self.unitTitle($0.unit) } ?? ""
        var column = canvas.put(
            title + (unit.isEmpty ? "" : ", " + unit), row: area.row, column: area.column,
            width: area.width, .heading)
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

    private func drawAxis(on canvas: inout Canvas, _ plot: Area, _ labels: [String]) {
        for row in plot.row..<plot.endRow {
            canvas.put("│", row: row, column: plot.column - 1, .line)
        }
        var rows = [plot.row, plot.endRow - 1]
        var texts = [labels[0], labels[2]]
        // A middle label is only true where there is a row in the middle.
        if plot.height >= 5, plot.height % 2 == 1 {
            rows.append(plot.row + plot.height / 2)
            texts.append(labels[1])
        }
        for (row, text) in zip(rows, texts) {
            canvas.put(text, row: row, before: plot.column - 1)
            canvas.put("┤", row: row, column: plot.column - 1, .line)
        }
    }

    /// Where an event begins and ends, and its roof between; what is measured goes over it.
    private func drawEvents(
        _ events: [CalendarEvent], during series: Series, on canvas: inout Canvas, _ plot: Area
    ) {
        let length = series.step.microseconds * Int64(series.points.count)
        guard length > 0 else { return }
        func column(_ instant: Instant) -> Int {
            let share = Double((instant - series.start).microseconds) / Double(length)
            return Int((share * Double(plot.width)).rounded(.down))
        }
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

    /// The mean of the points that fall on each of `count` equal parts of the time axis.
    static func resampled(_ points: [Double?], to count: Int) -> [Double?] {
        guard !points.isEmpty, count > 0 else { return [] }
        return (0..<count).map { part in
            let start = part * points.count / count
            let end = max(start + 1, (part + 1) * points.count / count)
            let values = points[start..<min(end, points.count)].compactMap(\.self)
                .filter(\.isFinite)
            return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
    }

    private func drawDots(
        _ series: Series, _ scale: ChartScale, on canvas: inout Canvas, _ plot: Area
    ) {
        for (column, value) in Self.resampled(series.points, to: plot.width).enumerated() {
            guard let value else { continue }
            let row = plot.endRow - 1 - Self.level(value, scale, plot.height)
            canvas.put("·", row: row, column: plot.column + column, .chartOther)
        }
    }

    private func drawStars(
        _ series: Series, _ scale: ChartScale, on canvas: inout Canvas, _ plot: Area
    ) {
        var last: Int?
        for (column, value) in Self.resampled(series.points, to: plot.width).enumerated() {
            let level = value.map { Self.level($0, scale, plot.height) }
            if let level {
                for step in Self.steps(from: last, to: level) {
                    canvas.put(
                        "*", row: plot.endRow - 1 - step, column: plot.column + column,
                        .chartMain)
                }
            }
            last = level
        }
    }

    /// Two by four dots in each cell, from U+2800.
    private func drawBraille(
        _ series: Series, _ scale: ChartScale, on canvas: inout Canvas, _ plot: Area
    ) {
        let dots: [[UInt32]] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]]
        var cells = [UInt32](repeating: 0, count: plot.width * plot.height)
        var last: Int?
        for (column, value) in Self.resampled(series.points, to: plot.width * 2).enumerated() {
            let level = value.map { Self.level($0, scale, plot.height * 4) }
            if let level {
                for step in Self.steps(from: last, to: level) {
                    let row = plot.height - 1 - step / 4
                    cells[row * plot.width + column / 2] |= dots[column % 2][step % 4]
                }
            }
            last = level
        }
        for (index, bits) in cells.enumerated() where bits != 0 {
            guard let scalar = Unicode.Scalar(0x2800 + bits) else { continue }
            canvas.put(
                scalar, row: plot.row + index / plot.width,
                column: plot.column + index % plot.width, .chartMain)
        }
    }

    private static func level(_ value: Double, _ scale: ChartScale, _ levels: Int) -> Int {
        min(levels - 1, Int((scale.place(of: value) * Double(levels - 1)).rounded()))
    }

    /// The levels that join a point to the one before it.
    private static func steps(from last: Int?, to level: Int) -> ClosedRange<Int> {
        guard let last, last != level else { return level...level }
        return last < level ? last + 1...level : level...last - 1
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
