/// What a part of the screen is, from which a theme tells how it looks.
package enum Role: UInt8, Sendable, CaseIterable {
    case plain
    case strong
    case heading
    case bar
    case barStrong
    case good
    case warning
    case critical
    case selected
    case line
    case chartMain
    case chartOther
    case event
    case key
    case input

    /// As themes name it.
    package var key: String {
        switch self {
        case .barStrong: "bar_strong"
        case .chartMain: "chart_main"
        case .chartOther: "chart_other"
        default: "\(self)"
        }
    }
}

/// One character position: 8 bytes.
package struct Cell: Equatable, Sendable {
    package var scalar: Unicode.Scalar
    package var role: Role

    package static let blank = Cell(scalar: " ", role: .plain)
}

/// The set of characters that a terminal can show.
package enum Charset: Sendable {
    case unicode
    /// No byte above 127.
    case ascii
}

/// The size of a screen in character positions.
package struct ScreenSize: Equatable, Sendable {
    package var width: Int
    package var height: Int

    /// Bounds of what is ever drawn.
    package enum Limits {
        package static let widthMax = 500
        package static let heightMax = 200
        package static let widthMin = 60
        package static let heightMin = 15
    }

    package init(width: Int, height: Int) {
        self.width = min(max(1, width), Limits.widthMax)
        self.height = min(max(1, height), Limits.heightMax)
    }

    package var isTooSmall: Bool { width < Limits.widthMin || height < Limits.heightMin }
}

/// A rectangle of a canvas.
package struct Area: Equatable, Sendable {
    package var row: Int
    package var column: Int
    package var width: Int
    package var height: Int

    package init(row: Int, column: Int, width: Int, height: Int) {
        self.row = row
        self.column = column
        self.width = max(0, width)
        self.height = max(0, height)
    }

    package var endRow: Int { row + height }

    func contains(row: Int, column: Int) -> Bool {
        (self.row..<endRow).contains(row) && (self.column..<endColumn).contains(column)
    }

    package var endColumn: Int { column + width }

    /// Without the first rows.
    package func dropping(_ rows: Int) -> Area {
        let count = min(max(0, rows), height)
        return Area(row: row + count, column: column, width: width, height: height - count)
    }

    /// Only the first rows.
    package func prefix(_ rows: Int) -> Area {
        Area(row: row, column: column, width: width, height: min(max(0, rows), height))
    }
}

/// What a click on a part of the screen chooses.
package enum ScreenTarget: Equatable, Sendable {
    case screen(Screen)
    /// A row of the screen's list, counted from 0.
    case row(Int)
}

/// A grid of cells: what a screen shall show.
///
/// Whatever is put on it is made harmless here, once: control characters and characters that
/// are not one column wide become `?`, so that no data can write escape sequences.
package struct Canvas: Equatable, Sendable {
    package let size: ScreenSize
    package let charset: Charset
    package private(set) var cells: [Cell]
    private(set) var targets: [(area: Area, target: ScreenTarget)] = []

    package init(size: ScreenSize, charset: Charset) {
        self.size = size
        self.charset = charset
        cells = Array(repeating: .blank, count: size.width * size.height)
    }

    /// What is seen is what counts: two are equal if their cells are.
    package static func == (one: Canvas, other: Canvas) -> Bool {
        one.size == other.size && one.charset == other.charset && one.cells == other.cells
    }

    /// A click within an area chooses something.
    mutating func aim(_ area: Area, at target: ScreenTarget) {
        targets.append((area: area, target: target))
    }

    /// What a click there chooses; nil if nothing. What was drawn last lies on top.
    package func target(row: Int, column: Int) -> ScreenTarget? {
        targets.last { $0.area.contains(row: row, column: column) }?.target
    }

    package var area: Area { Area(row: 0, column: 0, width: size.width, height: size.height) }

    package subscript(row: Int, column: Int) -> Cell {
        cells[row * size.width + column]
    }

    /// Puts one character; outside of the canvas it is dropped.
    package mutating func put(_ scalar: Unicode.Scalar, row: Int, column: Int, _ role: Role) {
        guard row >= 0, row < size.height, column >= 0, column < size.width else { return }
        cells[row * size.width + column] = Cell(
            scalar: Glyph.safe(scalar, in: charset), role: role)
    }

    /// Puts text from left to right and returns the column after it. What passes `width`
    /// columns is cut off, and the cut is marked.
    @discardableResult
    package mutating func put(
        _ text: String, row: Int, column: Int, width: Int = .max, _ role: Role = .plain
    ) -> Int {
        var column = column
        let end = width == .max ? size.width : min(size.width, column + max(0, width))
        var last = Unicode.Scalar(" ")
        for character in text {
            guard let scalar = character.unicodeScalars.first else { continue }
            if column >= end {
                if last != " " || width != .max { put("…", row: row, column: end - 1, role) }
                return end
            }
            put(scalar, row: row, column: column, role)
            last = scalar
            column += 1
        }
        return column
    }

    /// Puts text that ends before `column`.
    package mutating func put(_ text: String, row: Int, before column: Int, _ role: Role = .plain) {
        put(text, row: row, column: column - text.count, role)
    }

    package mutating func fill(_ area: Area, _ role: Role, with scalar: Unicode.Scalar = " ") {
        for row in area.row..<max(area.row, area.endRow) {
            for column in area.column..<max(area.column, area.endColumn) {
                put(scalar, row: row, column: column, role)
            }
        }
    }

    /// The look of a row's cells, their characters left as they are.
    package mutating func mark(row: Int, from start: Int, to end: Int, _ role: Role) {
        guard row >= 0, row < size.height else { return }
        for column in max(0, start)..<max(max(0, start), min(size.width, end)) {
            cells[row * size.width + column].role = role
        }
    }

    /// Gives all cells of one role another.
    package mutating func replace(_ role: Role, by other: Role) {
        for index in cells.indices where cells[index].role == role { cells[index].role = other }
    }

    /// The characters alone, a line for each row, without the blanks at the ends.
    package var text: String {
        (0..<size.height).map { row in
            var line = String.UnicodeScalarView()
            line.append(
                contentsOf: cells[row * size.width..<(row + 1) * size.width].map(\.scalar))
            while line.last == " " { line.removeLast() }
            return String(line) + "\n"
        }.joined()
    }
}
