import Shop

/// Purchases for each visit, hour by hour, of the runs of a drill.
package enum DrillChart {
    /// A run and how it is drawn.
    package struct Line {
        package var name: String
        package var mark: Character
        package var colour: String
        package var record: DrillRecord

        package init(_ name: String, _ mark: Character, colour: String, _ record: DrillRecord) {
            (self.name, self.mark, self.colour, self.record) = (name, mark, colour, record)
        }
    }

    static func rate(_ hours: some Collection<ShopTally>) -> Double {
        let visits = hours.reduce(0) { $0 + $1.visits }
        return visits > 0 ? Double(hours.reduce(0) { $0 + $1.purchases }) / Double(visits) : 0
    }

    /// Over three hours, which chance moves less.
    static func rates(_ record: DrillRecord) -> [Double] {
        record.hours.indices.map { rate(record.hours[max(0, $0 - 2)...$0]) }
    }

    private static let height = 12

    /// A chart in letters: the first lines are drawn over the later ones.
    package static func text(_ lines: [Line], width: Int = 72) -> String {
        let series = lines.map { rates($0.record) }
        let most = max(series.joined().max() ?? 0, 1e-9)
        let count = series.map(\.count).max() ?? 0
        guard count > 1 else { return "" }
        var rows = [[Character]](
            repeating: [Character](repeating: " ", count: width), count: height)
        for (line, values) in zip(lines, series).reversed() where !values.isEmpty {
            for column in 0..<width {
                let index = min(values.count - 1, column * count / width)
                let row = Int((values[index] / most * Double(height - 1)).rounded())
                rows[height - 1 - row][column] = line.mark
            }
        }
        var out: [String] = []
        for (index, row) in rows.enumerated() {
            let value = most * Double(height - 1 - index) / Double(height - 1)
            let label = index % 3 == 2 ? percent(value) : "      "
            out.append(label + " |" + String(row))
        }
        out.append("       +" + String(repeating: "-", count: width))
        out.append("        0h" + String(repeating: " ", count: width - 6) + "\(count)h")
        out.append(
            "        purchases a visit, over 3 h: "
                + lines.map { "\($0.mark) \($0.name)" }.joined(separator: ", "))
        return out.map { $0.trimmedEnd }.joined(separator: "\n")
    }

    private static func percent(_ value: Double) -> String {
        let tenths = Int((value * 1000).rounded())
        let text = "\(tenths / 10).\(tenths % 10) %"
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }

    /// The same as a picture.
    package static func svg(_ lines: [Line], title: String) -> String {
        let (width, height, left, top) = (760.0, 320.0, 56.0, 40.0)
        let series = lines.map { rates($0.record) }
        let most = max(series.joined().max() ?? 0, 1e-9)
        let count = max(2, series.map(\.count).max() ?? 0)
        func x(_ index: Int) -> Double { left + Double(index) / Double(count - 1) * (width - 80) }
        func y(_ value: Double) -> Double { top + (1 - value / most) * (height - 90) }
        func figure(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        var out = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(width)) \(Int(height))\""
                + " font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            "<text x=\"\(left)\" y=\"22\" font-size=\"14\">\(title)</text>",
        ]
        for share in [0.0, 0.5, 1.0] {
            let at = figure(y(share * most))
            out.append(
                "<line x1=\"\(left)\" x2=\"\(width - 24)\" y1=\"\(at)\" y2=\"\(at)\" "
                    + "stroke=\"#ddd\"/>")
            out.append("<text x=\"8\" y=\"\(at)\">\(percent(share * most))</text>")
        }
        for (line, values) in zip(lines, series).reversed() {
            let points = values.indices.map { "\(figure(x($0))),\(figure(y(values[$0])))" }
            out.append(
                "<polyline fill=\"none\" stroke=\"\(line.colour)\" stroke-width=\"2\" points=\""
                    + points.joined(separator: " ") + "\"/>")
        }
        for (index, line) in lines.enumerated() {
            let at = left + Double(index) * 210
            out.append(
                "<text x=\"\(at)\" y=\"\(height - 14)\" fill=\"\(line.colour)\">\(line.name)</text>"
            )
        }
        for hour in stride(from: 0, to: count, by: 12) {
            out.append(
                "<text x=\"\(figure(x(hour)))\" y=\"\(height - 36)\" fill=\"#666\">\(hour) h</text>"
            )
        }
        return out.joined(separator: "\n") + "\n</svg>\n"
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
