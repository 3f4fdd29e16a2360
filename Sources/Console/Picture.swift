/// A canvas as a picture, for notes, reports and pages: what a screen shows, where no terminal
/// is.
extension Canvas {
    /// As text with escape sequences of ANSI (ECMA-48): what a terminal shows on `cat`.
    package func ansi(in theme: Theme) -> String {
        var text = ""
        for row in 0..<size.height {
            for run in runs(row: row) {
                text += "\u{1B}[\(Self.codes(theme.look(of: run.role)).joined(separator: ";"))m"
                text += run.text
            }
            text += "\u{1B}[0m\n"
        }
        return text
    }

    /// As Scalable Vector Graphics, version 1.1. `title` is what a reader of the picture is told
    /// that cannot see it.
    package func svg(in theme: Theme, title: String) -> String {
        let paper = SVGPaper(theme)
        let (width, height) = (
            Double(size.width) * SVGPaper.cellWidth + 2 * SVGPaper.margin,
            Double(size.height) * SVGPaper.cellHeight + 2 * SVGPaper.margin
        )
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" "
                + "role=\"img\" aria-label=\"\(SVGPaper.escaped(title))\">",
            "<title>\(SVGPaper.escaped(title))</title>",
            "<rect width=\"\(width)\" height=\"\(height)\" rx=\"6\" fill=\"\(paper.ground)\"/>",
            "<g font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" "
                + "font-size=\"\(SVGPaper.fontSize)\">",
        ]
        for row in 0..<size.height {
            for run in runs(row: row) { lines += paper.ground(of: run, row: row) }
            for run in runs(row: row) { lines += paper.texts(of: run, row: row) }
        }
        return (lines + ["</g>", "</svg>", ""]).joined(separator: "\n")
    }

    /// Cells of one role that stand together.
    struct Run {
        var column: Int
        var text: String
        var role: Role
    }

    private func runs(row: Int) -> [Run] {
        var runs: [Run] = []
        for column in 0..<size.width {
            let cell = self[row, column]
            if runs.last?.role != cell.role {
                runs.append(Run(column: column, text: "", role: cell.role))
            }
            runs[runs.count - 1].text.unicodeScalars.append(cell.scalar)
        }
        return runs
    }

    private static func codes(_ look: Theme.Look) -> [String] {
        var codes = ["0"]
        if look.isBold { codes.append("1") }
        if look.isUnderlined { codes.append("4") }
        if look.isReversed { codes.append("7") }
        return codes + sequence(look.foreground, base: 30) + sequence(look.background, base: 40)
    }

    private static func sequence(_ colour: Theme.Colour, base: Int) -> [String] {
        switch colour {
        case .own: []
        case .indexed(let index) where index < 8: ["\(base + Int(index))"]
        case .indexed(let index): ["\(base + 8)", "5", "\(index)"]
        case .mixed(let red, let green, let blue):
            ["\(base + 8)", "2", "\(red)", "\(green)", "\(blue)"]
        }
    }
}

/// Where the marks of a picture go, and in which colours: on a terminal's own ones where the
/// theme names none.
private struct SVGPaper {
    static let cellWidth = 8.4
    static let cellHeight = 17.0
    static let fontSize = 14
    static let margin = 10.0

    let theme: Theme
    let ground: String
    private let ink: String

    init(_ theme: Theme) {
        self.theme = theme
        let plain = theme.look(of: .plain)
        ground = Self.hex(plain.background) ?? "#14161b"
        ink = Self.hex(plain.foreground) ?? "#d8dbe2"
    }

    private func colours(of look: Theme.Look) -> (front: String, back: String) {
        let front = Self.hex(look.foreground) ?? ink
        let back = Self.hex(look.background) ?? ground
        return look.isReversed ? (back, front) : (front, back)
    }

    /// What a run stands on, where that is not the screen's ground.
    func ground(of run: Canvas.Run, row: Int) -> [String] {
        let back = colours(of: theme.look(of: run.role)).back
        guard back != ground else { return [] }
        let x = Self.margin + Double(run.column) * Self.cellWidth
        let y = Self.margin + Double(row) * Self.cellHeight
        let width = Double(run.text.unicodeScalars.count) * Self.cellWidth
        return [
            "<rect x=\"\(Self.figure(x))\" y=\"\(Self.figure(y))\" "
                + "width=\"\(Self.figure(width))\" height=\"\(Self.figure(Self.cellHeight))\" "
                + "fill=\"\(back)\"/>"
        ]
    }

    /// The words of a run, each at its place: no reader of the picture keeps several blanks.
    func texts(of run: Canvas.Run, row: Int) -> [String] {
        let scalars = Array(run.text.unicodeScalars)
        var lines: [String] = []
        var start = 0
        while start < scalars.count {
            guard scalars[start] != " " else {
                start += 1
                continue
            }
            let end = scalars[start...].firstIndex(of: " ") ?? scalars.count
            var word = String.UnicodeScalarView()
            word.append(contentsOf: scalars[start..<end])
            lines.append(text(String(word), of: run.role, row: row, column: run.column + start))
            start = end
        }
        return lines
    }

    private func text(_ word: String, of role: Role, row: Int, column: Int) -> String {
        let look = theme.look(of: role)
        let front = colours(of: look).front
        let x = Self.margin + Double(column) * Self.cellWidth
        let y = Self.margin + Double(row) * Self.cellHeight
        let width = Double(word.unicodeScalars.count) * Self.cellWidth
        let weight = look.isBold ? " font-weight=\"bold\"" : ""
        let line = look.isUnderlined ? " text-decoration=\"underline\"" : ""
        return "<text x=\"\(Self.figure(x))\" y=\"\(Self.figure(y + 13))\" "
            + "textLength=\"\(Self.figure(width))\" lengthAdjust=\"spacingAndGlyphs\" "
            + "fill=\"\(front)\"\(weight)\(line)>\(Self.escaped(word))</text>"
    }

    private static func hex(_ colour: Theme.Colour) -> String? {
        guard let parts = colour.parts else { return nil }
        let value =
            UInt32(parts.red) << 16 | UInt32(parts.green) << 8 | UInt32(parts.blue)
        let digits = String(value, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Tenths.
    private static func figure(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
