/// A column of a table.
struct TableColumn {
    let title: String
    let width: Int
    var isRight = false
    /// Where the screen is too narrow, the columns with the highest numbers are left out.
    var rank = 1
    /// Takes what is left of the width.
    var isFlexible = false
}

/// One field of a table's row.
struct TableField {
    var text: String
    var role = Role.plain

    init(_ text: String, _ role: Role = .plain) {
        self.text = text
        self.role = role
    }
}

/// Rows under titled columns, one of them marked.
struct Table {
    let columns: [TableColumn]
    var selected: Int?

    private static let gap = 2

    /// Draws as many rows as fit, around the selected one; `row` is asked for these alone.
    func draw(
        on canvas: inout Canvas, in area: Area, count: Int, row: (Int) -> [TableField]
    ) {
        guard area.height > 0 else { return }
        let shown = columnsThatFit(area.width - 2)
        drawTitles(shown, on: &canvas, in: area)
        let body = area.dropping(1)
        let first = Self.firstRow(count: count, height: body.height, selected: selected)
        for index in first..<min(count, first + body.height) {
            let line = body.row + index - first
            let isSelected = index == selected
            if selected != nil {
                canvas.aim(
                    Area(row: line, column: area.column, width: area.width, height: 1),
                    at: .row(index))
            }
            if isSelected {
                canvas.fill(
                    Area(row: line, column: area.column, width: area.width, height: 1), .selected)
                canvas.put("▶", row: line, column: area.column, .selected)
            }
            let fields = row(index)
            for (column, start, width) in shown {
                let field = fields[column]
                let role = isSelected && field.role != .critical ? .selected : field.role
                draw(
                    field.text, columns[column], role, on: &canvas, row: line,
                    column: area.column + start, width: width)
            }
        }
        drawMore(first, count, on: &canvas, in: body)
    }

    /// Keeps the selected row about in the middle, and the table filled.
    static func firstRow(count: Int, height: Int, selected: Int?) -> Int {
        guard count > height, height > 0 else { return 0 }
        return min(max(0, (selected ?? 0) - height / 2), count - height)
    }

    private func drawTitles(
        _ shown: [(column: Int, start: Int, width: Int)], on canvas: inout Canvas, in area: Area
    ) {
        for (column, start, width) in shown {
            draw(
                columns[column].title, columns[column], .heading, on: &canvas, row: area.row,
                column: area.column + start, width: width)
        }
    }

    /// Arrows where there is more above or below.
    private func drawMore(_ first: Int, _ count: Int, on canvas: inout Canvas, in area: Area) {
        if first > 0 { canvas.put("↑", row: area.row, column: area.endColumn - 1, .strong) }
        if first + area.height < count, area.height > 0 {
            canvas.put("↓", row: area.endRow - 1, column: area.endColumn - 1, .strong)
        }
    }

    private func draw(
        _ text: String, _ column: TableColumn, _ role: Role, on canvas: inout Canvas, row: Int,
        column start: Int, width: Int
    ) {
        let padded = column.isRight ? text.padded(width, isRight: true) : text
        canvas.put(padded, row: row, column: start, width: width, role)
    }

    /// The columns that there is room for, with their place, from a start of 2.
    private func columnsThatFit(_ room: Int) -> [(column: Int, start: Int, width: Int)] {
        var kept = Array(columns.indices)
        func total() -> Int {
            kept.reduce(0) { $0 + columns[$1].width + Self.gap } - Self.gap
        }
        while total() > room, kept.count > 1 {
            guard
                let out = kept.last(where: { index in
                    columns[index].rank == kept.map { columns[$0].rank }.max()
                })
            else { break }
            kept.removeAll { $0 == out }
        }
        var start = 2
        let spare = max(0, room - total())
        return kept.map { index in
            let width = columns[index].width + (columns[index].isFlexible ? spare : 0)
            defer { start += width + Self.gap }
            return (column: index, start: start, width: width)
        }
    }
}
