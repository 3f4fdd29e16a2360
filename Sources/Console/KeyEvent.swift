/// One thing that a keyboard did.
package enum KeyEvent: Equatable, Sendable {
    case letter(Unicode.Scalar)
    /// A letter with Control held, as its capital: `C` for ^C.
    case control(Unicode.Scalar)
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
