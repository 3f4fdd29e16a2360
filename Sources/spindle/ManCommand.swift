import ArgumentParser
import Foundation
import Host

/// `spindle man`.
struct ManCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man",
        abstract: "The manual page, made from the commands themselves.",
        discussion: "spindle man > ~/.local/share/man/man1/spindle.1, and man spindle shows it.")

    func run() throws { print(try ManualPage.make(), terminator: "") }
}

/// All commands as one page of troff.
enum ManualPage {
    /// What ArgumentParser tells of a command when it is asked for all of its help.
    private struct Tool: Decodable {
        var command: Command
    }

    private struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?
        var shouldDisplay: Bool?
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }

        var kind: String
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var isOptional: Bool
        var shouldDisplay: Bool?
    }

    static func make() throws -> String {
        let tool = try JSONDecoder().decode(Tool.self, from: Foundation.Data(dump().utf8))
        let root = tool.command
        var lines = [
            ".TH SPINDLE 1 \"\" \"Spindle \(spindleVersion)\" \"User Commands\"", ".SH NAME",
            "spindle \\- \(plain(root.abstract ?? ""))", ".SH SYNOPSIS",
            ".B spindle", "[\\fIcommand\\fR] [\\fIoptions\\fR]", ".SH DESCRIPTION",
            plain(root.discussion ?? ""), ".SH COMMANDS",
        ]
        for command in root.subcommands ?? [] { lines += section(command, after: "spindle") }
        lines += [
            ".SH FILES", ".TP", "\\fI~/.config/spindle/keys.toml\\fR",
            "Keys of the console, changed.", ".TP", "\\fI~/.config/spindle/themes\\fR",
            "Themes, besides those that come along.", ".SH EXIT STATUS",
            "0 done; 1 refused, or a check failed; 2 wrong use; 3 no engine, or no state.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func dump() -> String {
        do {
            _ = try Spindle.parseAsRoot(["--experimental-dump-help"])
            return ""
        } catch {
            return Spindle.fullMessage(for: error)
        }
    }

    private static func section(_ command: Command, after path: String) -> [String] {
        guard command.shouldDisplay != false, command.commandName != "help" else { return [] }
        let name = "\(path) \(command.commandName)"
        let arguments = (command.arguments ?? []).filter { argument in
            argument.shouldDisplay != false
                && argument.names?.contains { $0.name == "help" || $0.name == "version" } != true
        }
        var lines = [".SS \(plain(name))", plain(command.abstract ?? "")]
        if let more = command.discussion { lines += [".PP", plain(more)] }
        for argument in arguments {
            lines += [".TP", "\\fB\(plain(title(argument)))\\fR", plain(argument.abstract ?? "")]
        }
        for inner in command.subcommands ?? [] { lines += section(inner, after: name) }
        return lines
    }

    private static func title(_ argument: Argument) -> String {
        let value = "<\(argument.valueName ?? "value")>"
        guard argument.kind != "positional" else { return value }
        let names = (argument.names ?? []).map { name in
            (name.kind == "short" ? "-" : "--") + name.name
        }
        let all = names.joined(separator: ", ")
        return argument.kind == "flag" ? all : "\(all) \(value)"
    }

    /// Text that troff takes as it is: no line of it is an order.
    private static func plain(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            let safe = line.replacingOccurrences(of: "\\", with: "\\e")
                .replacingOccurrences(of: "-", with: "\\-")
            return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
        }.joined(separator: "\n.br\n")
    }
}
