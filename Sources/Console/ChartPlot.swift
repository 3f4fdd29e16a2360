/// The field of a chart, between its axes: points over equal steps, and what lies behind them.
struct ChartPlot {
    let area: Area
    let scale: ChartScale

    /// The field of a chart in an area, beside labels of its scale; a row below is left for times.
    init(in area: Area, scale: ChartScale) {
        let labelWidth = max(5, Self.labels(scale).map(\.count).max() ?? 0)
        self.area = Area(
            row: area.row, column: area.column + labelWidth + 1,
            width: area.width - labelWidth - 1, height: area.height - 1)
        self.scale = scale
    }

    private static func labels(_ scale: ChartScale) -> [String] {
        [scale.high, (scale.high + scale.low) / 2, scale.low].map(scale.label)
    }

    func drawAxis(on canvas: inout Canvas) {
        let labels = Self.labels(scale)
        for row in area.row..<area.endRow {
            canvas.put("│", row: row, column: area.column - 1, .line)
        }
        var rows = [area.row, area.endRow - 1]
        var texts = [labels[0], labels[2]]
        // A middle label is only true where there is a row in the middle.
        if area.height >= 5, area.height % 2 == 1 {
            rows.append(area.row + area.height / 2)
            texts.append(labels[1])
        }
        for (row, text) in zip(rows, texts) {
            canvas.put(text, row: row, before: area.column - 1)
            canvas.put("┤", row: row, column: area.column - 1, .line)
        }
    }

    /// The mean of the points that fall on each of `count` equal parts of the axis.
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

    /// Shades from `low` to `high` in each column where there is such a band.
    func drawBand(_ band: (Int) -> (low: Double, high: Double)?, on canvas: inout Canvas) {
        for column in 0..<area.width {
            guard let range = band(column), range.high >= scale.low, range.low <= scale.high else {
                continue
            }
            for row in level(
                range.low, area.height)...max(
                    level(range.low, area.height), level(range.high, area.height))
            {
                canvas.put("░", row: area.endRow - 1 - row, column: area.column + column, .line)
            }
        }
    }

    func drawDots(_ points: [Double?], on canvas: inout Canvas) {
        for (column, value) in Self.resampled(points, to: area.width).enumerated() {
            guard let value else { continue }
            let row = area.endRow - 1 - level(value, area.height)
            canvas.put("·", row: row, column: area.column + column, .chartOther)
        }
    }

    /// A line through the points, as fine as the characters allow.
    func drawLine(_ points: [Double?], on canvas: inout Canvas) {
        switch canvas.charset {
        case .unicode: drawBraille(points, on: &canvas)
        case .ascii: drawStars(points, on: &canvas)
        }
    }

    private func drawStars(_ points: [Double?], on canvas: inout Canvas) {
        var last: Int?
        for (column, value) in Self.resampled(points, to: area.width).enumerated() {
            let level = value.map { self.level($0, area.height) }
            if let level {
                for step in Self.steps(from: last, to: level) {
                    canvas.put(
                        "*", row: area.endRow - 1 - step, column: area.column + column,
                        .chartMain)
                }
            }
            last = level
        }
    }

    /// Two by four dots in each cell, from U+2800.
    private func drawBraille(_ points: [Double?], on canvas: inout Canvas) {
        let dots: [[UInt32]] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]]
        var cells = [UInt32](repeating: 0, count: area.width * area.height)
        var last: Int?
        for (column, value) in Self.resampled(points, to: area.width * 2).enumerated() {
            let level = value.map { self.level($0, area.height * 4) }
            if let level {
                for step in Self.steps(from: last, to: level) {
                    let row = area.height - 1 - step / 4
                    cells[row * area.width + column / 2] |= dots[column % 2][step % 4]
                }
            }
            last = level
        }
        for (index, bits) in cells.enumerated() where bits != 0 {
            guard let scalar = Unicode.Scalar(0x2800 + bits) else { continue }
            canvas.put(
                scalar, row: area.row + index / area.width,
                column: area.column + index % area.width, .chartMain)
        }
    }

    private func level(_ value: Double, _ levels: Int) -> Int {
        min(levels - 1, Int((scale.place(of: value) * Double(levels - 1)).rounded()))
    }

    /// The levels that join a point to the one before it.
    private static func steps(from last: Int?, to level: Int) -> ClosedRange<Int> {
        guard let last, last != level else { return level...level }
        return last < level ? last + 1...level : level...last - 1
    }
}
