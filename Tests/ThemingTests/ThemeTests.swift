import Console
import Foundation
import Host
import Testing
import Theming

@Suite("Themes")
struct ThemeTests {
    private static let shelf = ThemeShelf(folder: "/nowhere")

    private static let roles = Role.allCases.map { "\($0.key) = \"\"" }.joined(separator: "\n")

    @Test("Every theme that comes along can be read, and is told apart without its colours")
    func shipped() throws {
        for (name, _) in ThemeShelf.shipped {
            let theme = try Self.shelf.theme(named: name)
            #expect(!theme.text.isEmpty)
            for role in [Role.selected, .critical, .warning, .barStrong] {
                #expect(theme.look(of: role) != theme.look(of: .plain), "\(name): \(role)")
                let bare = theme.colourless
                #expect(bare.look(of: role) != bare.look(of: .plain), "\(name): \(role)")
            }
        }
    }

    /// Relative luminance, after the Web Content Accessibility Guidelines 2.1.
    private static func luminance(_ parts: (red: UInt8, green: UInt8, blue: UInt8)) -> Double {
        let linear = [parts.red, parts.green, parts.blue].map { part -> Double in
            let share = Double(part) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    @Test("Text can be read on its ground: a contrast of 4.5, as WCAG 2.1 asks, and in 256 colours")
    func contrast() throws {
        for (name, _) in ThemeShelf.shipped {
            let theme = try Self.shelf.theme(named: name)
            for role in Role.allCases {
                let look = theme.look(of: role)
                guard case .mixed = look.foreground, case .mixed = look.background else { continue }
                func contrast(_ one: Theme.Colour, _ other: Theme.Colour) throws -> Double {
                    let both = try [one, other].map {
                        Self.luminance(try #require($0.parts))
                    }.sorted()
                    return (both[1] + 0.05) / (both[0] + 0.05)
                }
                #expect(
                    try contrast(look.foreground, look.background) >= 4.5, "\(name): \(role)")
                let shown = [look.foreground, look.background].map {
                    Theme.Colour.indexed(UInt8($0.index(of: 256)))
                }
                #expect(try contrast(shown[0], shown[1]) >= 3, "\(name): \(role) of 256")
            }
        }
    }

    @Test("A broken theme is told with its file, line and field")
    func broken() {
        let cases: [(toml: String, beginning: String)] = [
            ("[roles]\nplain = \"", "t.toml:2"),
            ("[palette]\nink = \"#12345\"\n[roles]\n\(Self.roles)", "t.toml:2: palette.ink: "),
            ("[palette]\nink = 256\n[roles]\n\(Self.roles)", "t.toml:2: palette.ink: "),
            ("[palette]\nbold = 1\n[roles]\n\(Self.roles)", "t.toml:2: palette.bold: "),
            (
                "[roles]\n\(Self.roles.replacing("key = \"\"", with: "key = \"blue\""))",
                "t.toml:15: roles.key: expected bold, underline, reverse, on, or a colour"
            ),
            ("[roles]\n\(Self.roles)\nhue = \"\"", "t.toml:17: roles.hue: unknown"),
            ("[roles]\nplain = \"\"", "t.toml:1: roles.strong: expected a look"),
            ("text = \"x\"", "t.toml: roles: expected a table"),
        ]
        for (toml, beginning) in cases {
            do {
                _ = try ThemeFile.read(toml, name: "t", file: "t.toml")
                Issue.record("read: \(toml)")
            } catch {
                #expect("\(error)".hasPrefix(beginning), "\(error)")
            }
        }
    }

    @Test("The user's own theme goes before the one that comes along")
    func own() throws {
        let folder = NSTemporaryDirectory() + "spindle-themes-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        let shelf = ThemeShelf(folder: folder)
        #expect(shelf.places.map(\.name) == ThemeShelf.shipped.map(\.name))
        let toml = "text = \"mine\"\n[palette]\n[roles]\n\(Self.roles)\n"
        try toml.write(toFile: folder + "/dark.toml", atomically: true, encoding: .utf8)
        #expect(try shelf.theme(named: "dark").text == "mine")
        #expect(shelf.places.first == .init(name: "dark", path: folder + "/dark.toml"))
        #expect(shelf.places.count == ThemeShelf.shipped.count)
        #expect(throws: ConfigurationFault.self) { try shelf.theme(named: "../dark") }
    }

    @Test("A mixed colour is shown as the nearest that a terminal has")
    func nearest() {
        let cases: [(Theme.Colour, Int, Int32)] = [
            (.own, 256, -1), (.indexed(9), 256, 9), (.indexed(9), 8, 1),
            (.mixed(255, 0, 0), 8, 1), (.mixed(255, 0, 0), 256, 196),
            (.mixed(18, 18, 18), 256, 233), (.mixed(255, 255, 255), 8, 7),
        ]
        for (colour, count, index) in cases {
            #expect(colour.index(of: count) == index, "\(colour) of \(count)")
        }
    }
}
