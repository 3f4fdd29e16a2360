/// How each role looks on a terminal.
package struct Theme: Sendable {
    /// A role's look. Colours are those of the terminal's own palette of eight, -1 for its
    /// default, so that light and dark backgrounds both hold.
    package struct Look: Equatable, Sendable {
        package var foreground: Int32 = -1
        package var background: Int32 = -1
        package var isBold = false
        package var isUnderlined = false
        package var isReversed = false
    }

    package let name: String
    private let looks: [Look]

    private init(name: String, look: (Role) -> Look) {
        self.name = name
        looks = Role.allCases.map(look)
    }

    package func look(of role: Role) -> Look { looks[Int(role.rawValue)] }

    package static let names = ["spindle", "contrast", "monochrome"]

    /// The theme of that name; `spindle` where there is none of it.
    package static func named(_ name: String) -> Theme {
        switch name {
        case "monochrome": monochrome
        case "contrast": contrast
        default: spindle
        }
    }

    /// Colours that hold on light and on dark backgrounds and that the colour-blind can tell
    /// apart; no grey, which vanishes on many terminals.
    package static let spindle = Theme(name: "spindle") { role in
        switch role {
        case .plain, .line: Look()
        case .strong, .heading, .chartMain: Look(isBold: true)
        case .bar: Look(isReversed: true)
        case .barStrong: Look(isBold: true, isReversed: true)
        case .good: Look(foreground: 2)
        case .warning: Look(foreground: 0, background: 3)
        case .critical: Look(foreground: 7, background: 1, isBold: true)
        case .selected: Look(isReversed: true)
        case .chartOther: Look(foreground: 5)
        case .event: Look(foreground: 6)
        case .key: Look(isBold: true)
        case .input: Look(isUnderlined: true)
        }
    }

    /// No colour but for what is on fire.
    package static let contrast = Theme(name: "contrast") { role in
        role == .critical
            ? Look(foreground: 7, background: 1, isBold: true) : monochrome.look(of: role)
    }

    /// No colour at all.
    package static let monochrome = Theme(name: "monochrome") { role in
        switch role {
        case .plain, .line, .good, .chartOther, .event: Look()
        case .strong, .heading, .key, .chartMain: Look(isBold: true)
        case .bar, .selected: Look(isReversed: true)
        case .barStrong, .critical: Look(isBold: true, isReversed: true)
        case .warning: Look(isBold: true, isUnderlined: true)
        case .input: Look(isUnderlined: true)
        }
    }
}
