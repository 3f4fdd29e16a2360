/// One thing that a keyboard did.
package enum KeyEvent: Equatable, Sendable {
    case letter(Unicode.Scalar)
    /// A letter with Control held, as its capital: `C` for ^C.
    case control(Unicode.Scalar)
    /// F1 to F12.
    case function(Int)
    case enter
    case tab
    case backTab
    case escape
    case backspace
    case delete
    case arrow(Direction)
    case home
    case end
    case pageUp
    case pageDown
    /// The mouse was pressed on a cell, counted from 0; seen only while it is on.
    case click(row: Int, column: Int)
    /// The terminal was given this text as a whole; it is never taken for keys.
    case paste(String)
    /// A key of which nothing more is known than that it was pressed.
    case unknown

    /// Where an arrow points.
    package enum Direction: Sendable, CaseIterable {
        case up
        case down
        case left
        case right
    }
}

extension KeyEvent {
    /// Keys that have a name of their own.
    private static let named: [(String, KeyEvent)] = [
        ("Space", .letter(" ")), ("Enter", .enter), ("Tab", .tab), ("Shift-Tab", .backTab),
        ("Esc", .escape), ("Backspace", .backspace), ("Del", .delete), ("Up", .arrow(.up)),
        ("Down", .arrow(.down)), ("Left", .arrow(.left)), ("Right", .arrow(.right)),
        ("Home", .home), ("End", .end), ("PgUp", .pageUp), ("PgDn", .pageDown),
    ]

    /// As it is written on the screen, in the documentation and in the file of keys.
    package var name: String {
        switch self {
        case .letter(let scalar) where scalar != " ": String(Character(scalar))
        case .control(let scalar): "Ctrl-" + String(Character(scalar))
        case .function(let number): "F\(number)"
        case .paste: "Paste"
        case .click: "A click"
        case .unknown: "This key"
        case .letter, .enter, .tab, .backTab, .escape, .backspace, .delete, .arrow, .home, .end,
            .pageUp, .pageDown:
            Self.named.first { $0.1 == self }?.0 ?? "This key"
        }
    }

    /// The key of a name; nil where no terminal sends that as a key of its own.
    package init?(named name: String) {
        if let known = Self.named.first(where: { $0.0 == name }) {
            self = known.1
            return
        }
        let scalars = Array(name.unicodeScalars)
        if scalars.count == 1, scalars[0].value > 0x20, scalars[0].value != 0x7F {
            self = .letter(scalars[0])
        } else if name.hasPrefix("F"), let number = Int(name.dropFirst()), name.count <= 3,
            (1...12).contains(number)
        {
            self = .function(number)
        } else if name.hasPrefix("Ctrl-"), scalars.count == 6,
            (0x41...0x5F).contains(scalars[5].value),
            // Terminals send these as Backspace, Tab, Enter and Esc.
            !["H", "I", "J", "M", "["].contains(scalars[5])
        {
            self = .control(scalars[5])
        } else {
            return nil
        }
    }

    /// True for a key that no text takes, so that it may stop while one is typed.
    var isHeardWhileTyping: Bool {
        switch self {
        case .letter(let scalar): "!#$&*~@^|\\{}[]".unicodeScalars.contains(scalar)
        case .control(let scalar): !"ABEFKUW".unicodeScalars.contains(scalar)
        case .function: true
        case .enter, .tab, .backTab, .escape, .backspace, .delete, .arrow, .home, .end, .pageUp,
            .pageDown, .click, .paste, .unknown:
            false
        }
    }
}
