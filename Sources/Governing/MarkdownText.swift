import Numerics
import Vocabulary

/// Pieces of pages in Markdown.
enum MarkdownText {
    /// One line, with nothing in it that Markdown would take for a table, a heading or HTML.
    static func plain(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t": out += " "
            case "|", "<", ">", "*", "_", "`", "[", "]", "\\", "#":
                out += "\\" + String(Character(scalar))
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// To the second.
    static func time(_ at: Instant) -> String { at.floored(to: .seconds(1)).rfc3339 }

    /// To the minute: `2026-11-28 02:10`.
    static func minute(_ at: Instant) -> String {
        let text = at.rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// Cells are taken as they are.
    static func table(_ head: [String], _ rows: [[String]]) -> [String] {
        let rule = head.map { _ in "---" }
        return ([head, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
    }
}

/// Figures as cells of a table; what is not known is said in its own word, and never 0.
struct FigureCells {
    let missing: String

    func text(_ value: Double?) -> String { value.map(FigureText.text) ?? missing }
    func share(_ value: Double?) -> String { value.map(FigureText.percent) ?? missing }
    func age(_ seconds: Double?) -> String {
        seconds.map { Span.seconds(Int($0)).text } ?? missing
    }

    func count(_ value: Double?) -> String {
        value.map { FigureText.count(Int($0.rounded())) } ?? missing
    }
}
