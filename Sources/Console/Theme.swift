/// How each role looks on a terminal.
package struct Theme: Equatable, Sendable {
    /// A colour of a terminal.
    package enum Colour: Equatable, Sendable {
        /// The terminal's own, of its text or its background.
        case own
        /// A place in the terminal's palette, 0 to 255; the first eight are ANSI's.
        case indexed(UInt8)
        /// Red, green and blue; the nearest that the terminal has is shown.
        case mixed(UInt8, UInt8, UInt8)
    }

    /// A role's look.
    package struct Look: Equatable, Sendable {
        package var foreground = Colour.own
        package var background = Colour.own
        package var isBold = false
        package var isUnderlined = false
        package var isReversed = false

        package init() {}
    }

    package let name: String
    /// For whom or for where it is made.
    package let text: String
    private let looks: [Look]

    package init(name: String, text: String, looks: (Role) -> Look) {
        (self.name, self.text) = (name, text)
        self.looks = Role.allCases.map(looks)
    }

    package func look(of role: Role) -> Look { looks[Int(role.rawValue)] }

    /// The same without colours, for a terminal that has none: what stood on a ground of its own
    /// is reversed.
    package var colourless: Theme {
        let ground = look(of: .plain).background
        return Theme(name: name, text: text) { role in
            var look = look(of: role)
            look.isReversed = look.isReversed || look.background != ground
            (look.foreground, look.background) = (.own, .own)
            return look
        }
    }
}

extension Theme.Look {
    /// Reads a look as themes write it: `bold white on red`, in any order of words but that the
    /// background follows `on`. Colours are names of the palette. Nil, with what was expected,
    /// where it is none.
    package static func parse(
        _ text: String, palette: [String: Theme.Colour]
    ) -> Result<Theme.Look, ThemeFault> {
        var look = Theme.Look()
        var isBackground = false
        var hasForeground = false
        for word in text.split(separator: " ").map(String.init) {
            switch word {
            case "on": isBackground = true
            case "bold": look.isBold = true
            case "underline": look.isUnderlined = true
            case "reverse": look.isReversed = true
            default:
                guard let colour = palette[word] else {
                    let known = palette.keys.sorted().joined(separator: ", ")
                    return .failure(
                        ThemeFault(
                            "bold, underline, reverse, on, or a colour of the palette (\(known)), "
                                + "found \(word)"))
                }
                guard isBackground || !hasForeground else {
                    return .failure(ThemeFault("one colour before on, found \(word) too"))
                }
                if isBackground {
                    look.background = colour
                } else {
                    (look.foreground, hasForeground) = (colour, true)
                }
            }
        }
        return .success(look)
    }
}

/// What was expected in a theme.
package struct ThemeFault: Error, Equatable {
    package var expected: String

    package init(_ expected: String) { self.expected = expected }
}

extension Theme.Colour {
    /// `#rrggbb`, a number from 0 to 255, or `default` for the terminal's own; nil for others.
    package init?(_ text: String) {
        if text == "default" {
            self = .own
        } else if let index = UInt8(text) {
            self = .indexed(index)
        } else if text.hasPrefix("#"), text.utf8.count == 7,
            text.dropFirst().allSatisfy(\.isHexDigit),
            let value = UInt32(text.dropFirst(), radix: 16)
        {
            self = .mixed(
                UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255))
        } else {
            return nil
        }
    }

    /// Red, green and blue; nil for the terminal's own. The first 16 as xterm has them.
    package var parts: (red: UInt8, green: UInt8, blue: UInt8)? {
        switch self {
        case .own: nil
        case .mixed(let red, let green, let blue): (red, green, blue)
        case .indexed(let index): Self.xterm(index)
        }
    }

    /// The place in a palette of so many colours, 8, 16 or 256, that is nearest; -1 for the
    /// terminal's own. Of 256 the first 16 are left out, because people change them.
    package func index(of count: Int) -> Int32 {
        switch self {
        case .own: return -1
        case .indexed(let index) where Int(index) < count: return Int32(index)
        case .indexed, .mixed: break
        }
        guard let parts else { return -1 }
        let candidates = count >= 256 ? 16..<256 : 0..<min(count, 16)
        let nearest = candidates.min { left, right in
            Self.distance(parts, Self.xterm(UInt8(left)))
                < Self.distance(parts, Self.xterm(UInt8(right)))
        }
        return nearest.map(Int32.init) ?? -1
    }

    private static func distance(
        _ one: (red: UInt8, green: UInt8, blue: UInt8),
        _ other: (red: UInt8, green: UInt8, blue: UInt8)
    ) -> Int {
        let red = Int(one.red) - Int(other.red)
        let green = Int(one.green) - Int(other.green)
        let blue = Int(one.blue) - Int(other.blue)
        // The eye sees green best, and blue least.
        return 2 * red * red + 4 * green * green + blue * blue
    }

    /// xterm's palette: 16 colours, a cube of six steps a side, and 24 greys.
    private static func xterm(_ index: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let basic: [UInt32] = [
            0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
            0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
        ]
        switch index {
        case ..<16:
            let value = basic[Int(index)]
            return (UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
        case ..<232:
            let steps: [UInt8] = [0, 95, 135, 175, 215, 255]
            let place = Int(index) - 16
            return (steps[place / 36], steps[place / 6 % 6], steps[place % 6])
        default:
            let grey = 8 + 10 * (index - 232)
            return (grey, grey, grey)
        }
    }
}
