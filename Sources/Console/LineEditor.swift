/// One line of text being typed.
package struct LineEditor: Equatable, Sendable {
    /// What is typed beyond this is not taken.
    package static let lengthMax = 200

    package private(set) var text: String = ""
    /// Characters before the cursor.
    package private(set) var cursor = 0

    package init() {}

    package init(_ text: String) {
        self.text = text
        cursor = text.count
    }

    /// Takes a key that edits; false if it is none.
    package mutating func take(_ event: KeyEvent) -> Bool {
        switch event {
        case .letter(let scalar): insert(String(Character(scalar)))
        case .backspace, .control("H"): remove(from: cursor - 1, to: cursor)
        case .delete: remove(from: cursor, to: cursor + 1)
        case .arrow(.left), .control("B"): cursor = max(0, cursor - 1)
        case .arrow(.right): cursor = min(text.count, cursor + 1)
        case .home, .control("A"): cursor = 0
        case .end, .control("E"): cursor = text.count
        case .control("U"): remove(from: 0, to: cursor)
        case .control("K"): remove(from: cursor, to: text.count)
        case .control("W"): remove(from: wordStart, to: cursor)
        case .control, .function, .enter, .tab, .backTab, .escape, .arrow(.up), .arrow(.down),
            .pageUp,
            .pageDown, .click, .paste, .unknown:
            return false
        }
        return true
    }

    /// Takes text as a whole, on one line.
    package mutating func insert(_ pasted: String) {
        let line = String(
            String.UnicodeScalarView(
                pasted.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        let room = String(line.prefix(max(0, Self.lengthMax - text.count)))
        let before = text.prefix(cursor)
        let after = text.dropFirst(cursor)
        text = before + room + after
        cursor = min(text.count, cursor + room.count)
    }

    /// The text without blanks around it.
    package var trimmed: String {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }

    private var wordStart: Int {
        let before = Array(text.prefix(cursor))
        var start = before.count
        while start > 0, before[start - 1] == " " { start -= 1 }
        while start > 0, before[start - 1] != " " { start -= 1 }
        return start
    }

    private mutating func remove(from start: Int, to end: Int) {
        guard start >= 0, end <= text.count, start < end else { return }
        text = String(text.prefix(start) + text.dropFirst(end))
        cursor = start
    }
}
