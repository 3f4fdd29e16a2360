import ArgumentParser
import Console
import Foundation
import Host
import Terminal
import Theming

/// The keys of a console: those of the table, changed by the user's file.
enum UserKeys {
    static var path: String { KeyFile.path(in: ProcessInfo.processInfo.environment) }

    /// For a console: a file that is broken is no reason not to open one.
    static func keyboard() -> Keyboard {
        do {
            return Keyboard(try KeyFile.read(at: path))
        } catch {
            return Keyboard(.standard, fault: "standard keys: \(error)")
        }
    }
}

/// `spindle keys`.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys of the console, with those that you changed.",
        discussion: "Yours are in ~/.config/spindle/keys.toml, or in spindle/keys.toml of "
            + "XDG_CONFIG_HOME: a command and its key, or an array of keys.",
        subcommands: [List.self, Check.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "All commands and their keys.")

        @Flag(help: "Print one JSON object on standard output, and nothing else there.")
        var json = false

        private struct Listing: Encodable {
            struct Item: Encodable {
                var command: String
                var keys: [String]
                var group: String
                var text: String
            }

            var keys: [Item]
        }

        func run() throws {
            let map = try KeyFile.read(at: UserKeys.path)
            let items = Command.table.map { card in
                Listing.Item(
                    command: card.command.rawValue,
                    keys: map.events(for: card.command).map(\.name), group: card.group.rawValue,
                    text: card.title)
            }
            if json { return try Output.json(Listing(keys: items)) }
            Output.table(
                ["keys", "command", "what it does"],
                items.map { [$0.keys.joined(separator: " "), $0.command, $0.text] })
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Whether a file of keys is one; else its line.")

        @Argument(help: "A file of TOML.") var file: String

        func run() throws {
            guard FileManager.default.fileExists(atPath: file) else {
                throw Failure(.wrongUse, "\(file): there is no such file")
            }
            _ = try KeyFile.read(at: file)
            print("\(file): keys")
        }
    }
}
