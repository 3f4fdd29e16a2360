import ArgumentParser
import Console
import Foundation
import Host
import Synchronization
import Terminal
import Theming
import World

/// How a console is to look: an option of every command that opens one.
struct LookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The theme; spindle themes lists them. Default: SPINDLE_THEME, else spindle.",
            valueName: "name"))
    var theme: String?

    static var shelf: ThemeShelf { ThemeShelf(environment: ProcessInfo.processInfo.environment) }

    /// The theme that is asked for; `mono` where NO_COLOR is set (no-color.org).
    private var wanted: String {
        let named = theme ?? ThisProcess.environment("SPINDLE_THEME") ?? ""
        if !(ThisProcess.environment("NO_COLOR") ?? "").isEmpty, theme == nil { return "mono" }
        return named.isEmpty ? ThemeShelf.standardName : named
    }

    /// Throws where there is no such theme, or where it is broken.
    func chosen() throws -> Theme { try Self.shelf.theme(named: wanted) }

    /// For a console: a theme that is broken is no reason not to open one.
    func skin() throws -> Skin {
        let watch = ThemeWatch(Self.shelf, wanted)
        do {
            return Skin(try chosen(), changed: watch.changed)
        } catch let fault as ConfigurationFault {
            let standard = try Self.shelf.theme(named: ThemeShelf.standardName)
            return Skin(standard, fault: "\(fault)", changed: watch.changed)
        }
    }
}

/// Looks whether a theme's file has changed since it was looked last.
private final class ThemeWatch: Sendable {
    private let shelf: ThemeShelf
    private let name: String
    private let written: Mutex<Date?>

    init(_ shelf: ThemeShelf, _ name: String) {
        (self.shelf, self.name) = (shelf, name)
        written = Mutex(shelf.written(name))
    }

    /// Nil where it has not.
    @Sendable func changed() -> Skin.Change? {
        let newest = shelf.written(name)
        let isNew = written.withLock { written in
            defer { written = newest }
            return newest != written
        }
        guard isNew else { return nil }
        do {
            return .theme(try shelf.theme(named: name))
        } catch {
            return .fault("\(error)")
        }
    }
}

/// `spindle themes`.
struct ThemesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "themes",
        abstract: "How the console can look.",
        discussion: "Your own go before those that come with the program: NAME.toml in "
            + "~/.config/spindle/themes, or in spindle/themes of XDG_CONFIG_HOME. A console that "
            + "runs follows the file of its theme while you edit it.",
        subcommands: [List.self, Show.self, Check.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "All themes, and where they are from.")

        @Flag(help: "Print one JSON object on standard output, and nothing else there.")
        var json = false

        private struct Listing: Encodable {
            struct Item: Encodable {
                var name: String
                var text: String
                @ExplicitNull var path: String?
                @ExplicitNull var fault: String?
            }

            var themes: [Item]
        }

        func run() throws {
            let items = LookOptions.shelf.places.map { place in
                var item = Listing.Item(
                    name: place.name, text: "", path: ExplicitNull(wrappedValue: place.path),
                    fault: ExplicitNull(wrappedValue: nil))
                do {
                    item.text = try LookOptions.shelf.theme(named: place.name).text
                } catch {
                    item.fault = "\(error)"
                }
                return item
            }
            if json { return try Output.json(Listing(themes: items)) }
            Output.table(
                ["theme", "from", "what"],
                items.map { [$0.name, $0.path ?? "spindle", $0.fault ?? $0.text] })
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "The TOML of a theme, to begin one's own with.")

        @Argument var name: String

        func run() throws {
            print(try LookOptions.shelf.source(of: name).text, terminator: "")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Whether a theme's file is one; else its line.")

        @Argument(help: "A file of TOML.") var file: String

        func run() throws {
            let text: String
            do {
                text = try String(contentsOfFile: file, encoding: .utf8)
            } catch {
                throw Failure(.wrongUse, "\(file): cannot be read: \(error.localizedDescription)")
            }
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            _ = try ThemeFile.read(text, name: name, file: file)
            print("\(file): a theme")
        }
    }
}
