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
