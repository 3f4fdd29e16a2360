/// Which characters may reach a terminal, and what stands for them where only ASCII does.
package enum Glyph {
    /// The character itself, or what is shown instead of it.
    package static func safe(_ scalar: Unicode.Scalar, in charset: Charset) -> Unicode.Scalar {
        if scalar.value >= 0x20 && scalar.value < 0x7F { return scalar }
        guard isOneColumn(scalar.value) else { return "?" }
        switch charset {
        case .unicode: return scalar
        case .ascii: return inASCII(scalar)
        }
    }

    /// Letters of European scripts, punctuation, and the signs that this console draws with:
    /// what takes exactly one column in every terminal.
    private static func isOneColumn(_ value: UInt32) -> Bool {
        switch value {
        case 0xAD: false
        case 0xA0...0x02FF, 0x0370...0x0377, 0x037A...0x037F, 0x0384...0x038A: true
        case 0x038C, 0x038E...0x03A1, 0x03A3...0x0482, 0x048A...0x052F: true
        case 0x1E00...0x1EFF, 0x2010...0x2027, 0x2030...0x205E, 0x20A0...0x20BF: true
        case 0x2190...0x2199, 0x2200...0x22FF, 0x2500...0x25FC, 0x25FF, 0x2713, 0x2717: true
        case 0x2800...0x28FF: true
        default: false
        }
    }

    private static func inASCII(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "─", "–", "—", "‐", "−": "-"
        case "│", "▏": "|"
        case "┌", "┐", "└", "┘", "├", "┤", "┬", "┴", "┼": "+"
        case "▲", "↑": "^"
        case "▼", "↓": "v"
        case "▶", "▸", "→": ">"
        case "◀", "←": "<"
        case "■", "█": "#"
        case "●", "✓": "*"
        case "○": "o"
        case "·", "…", "‥": "."
        case "╌", "┄": "-"
        case "┊": ":"
        case "╎": "|"
        case "░": "."
        case "•": "*"
        case "◆": "@"
        case "×", "✗": "x"
        case "µ": "u"
        case "≤": "<"
        case "≥": ">"
        case "“", "”", "„": "\""
        case "‘", "’": "'"
        default: "?"
        }
    }
}
