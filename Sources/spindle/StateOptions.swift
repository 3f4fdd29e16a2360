import ArgumentParser
import Engine
import Foundation
import Host
import Operation
import Terminal
import Vocabulary
import World

/// The options that every command takes.
struct StateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The state directory.", valueName: "dir"))
    var state: String?

    @Option(help: ArgumentHelp("The configuration, in TOML.", valueName: "file"))
    var config: String?

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    var folder: String {
        let named = state ?? ThisProcess.environment("SPINDLE_STATE") ?? ""
        let path = named.isEmpty ? "spindle-state" : named
        let full =
            path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return full.count > 1 && full.hasSuffix("/") ? String(full.dropLast()) : full
    }

    /// The same options for another process.
    var arguments: [String] {
        ["--state", folder] + (config.map { ["--config", $0] } ?? [])
    }

    /// The configuration that is named, else the current folder's, else what the state directory
    /// remembers, else `fallback`.
    func configuration(
        remembered: String?, fallback: String
    ) throws -> SpindleConfiguration {
        if let file = try config ?? (LocalDisk().exists("spindle.toml") ? "spindle.toml" : nil) {
            let bytes: [UInt8]
            do {
                bytes = try LocalDisk().read(file)
            } catch {
                throw Failure(.wrongUse, "\(error)")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ConfigurationFault(file: file, key: "", text: "expected UTF-8")
            }
            return try SpindleConfiguration(toml: text, file: file)
        }
        if let remembered {
            return try SpindleConfiguration(toml: remembered, file: folder + "/spindle.toml")
        }
        return try SpindleConfiguration(toml: fallback, file: "the embedded configuration")
    }

    /// The configuration of an engine on this state directory.
    func configuration() throws -> SpindleConfiguration {
        let path = folder + "/spindle.toml"
        let disk = LocalDisk()
        let remembered =
            try disk.exists(path) ? String(decoding: try disk.read(path), as: UTF8.self) : nil
        return try configuration(remembered: remembered, fallback: SpindleConfiguration.embedded)
    }

    /// The settings of a model of the configuration.
    func settings(of model: String) throws -> ModelSettings {
        let settings = try configuration().models.first { $0.name.text == model }
        guard let settings else { throw Failure(.wrongUse, "there is no model \(model)") }
        return settings
    }

    /// Opens the state directory for this process alone.
    func open(
        mayCreate: Bool, world: HostWorld = .local,
        beforeRecovery: (SpindleConfiguration, ServingDesk) throws -> Void = { _, _ in }
    ) throws -> StateFolder {
        try StateFolder(
            folder, world: world, mayCreate: mayCreate, beforeRecovery: beforeRecovery
        ) { remembered in
            try configuration(remembered: remembered, fallback: SpindleConfiguration.embedded)
        }
    }

    var socketPath: String { StateFolder.socketPath(in: folder) }

    /// Asks the running engine, or, if none runs, does it on the state directory itself.
    func withEngine<Result>(
        _ ask: (ControlClient) throws -> Result, atRest: (StateFolder) throws -> Result
    ) throws -> Result {
        if try LocalDisk().exists(socketPath) {
            let client = ControlClient(socketPath)
            defer { close(client) }
            do {
                return try ask(client)
            } catch is NoEngine {
                // A socket that an engine left behind when it was killed: the lock decides.
            }
        }
        let state: StateFolder
        do {
            let line = progressLine
            defer { line.end() }
            state = try open(mayCreate: false, world: .local.telling(line))
        } catch StateFault.inUse {
            throw NoEngine(path: socketPath)
        }
        return try atRest(state)
    }

    func close(_ client: ControlClient) {
        do {
            try client.close()
        } catch {
            FileHandle.standardError.write(Foundation.Data("spindle: \(error)\n".utf8))
        }
    }

    static var actor: Actor {
        let user = ThisProcess.userName(of: ThisProcess.userID)
        return Actor(
            user: user, from: ThisProcess.origin, groups: UnixDirectory.local.groups(user))
    }
}

/// Prints to standard output.
enum Output {
    /// All streams of the C library: standard output is the one that is written to.
    static func flush() {
        fflush(nil)
    }

    static func json(_ value: some Encodable) throws {
        print(try JSON.text(value))
    }

    /// Rows under headings, each column as wide as its widest cell.
    static func table(_ headings: [String], _ rows: [[String]]) { self.rows([headings] + rows) }

    /// Rows of columns, each as wide as its widest cell; the last of a row takes what it needs.
    static func rows(_ rows: [[String]]) {
        var widths = [Int](repeating: 0, count: rows.map(\.count).max() ?? 0)
        for row in rows {
            for (column, cell) in row.dropLast().enumerated() {
                widths[column] = max(widths[column], plain(cell).count)
            }
        }
        for row in rows {
            let cells = row.map(plain).enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
            }
            print(cells.joined(separator: "  "))
        }
    }

    /// A line for a terminal: what would move its cursor or turn its letters is shown as a code.
    static func line(_ text: String) {
        print(plain(text))
    }

    private struct Page: Encodable {
        var markdown: String
    }

    /// A page in Markdown that is nothing but its text, also as JSON.
    static func page(_ text: String, to file: String?, asJSON: Bool) throws {
        if asJSON { return try json(Page(markdown: text)) }
        try page(text, to: file)
    }

    /// A page of several lines, into a file where one is named.
    static func page(_ text: String, to file: String?) throws {
        if let file { return try LocalDisk().replace(file, with: Array(text.utf8)) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            self.line(String(line))
        }
    }

    static func plain(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { !isCommand($0) }
        if isPlain { return text }
        return text.unicodeScalars.map { scalar in
            isCommand(scalar)
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
        }.joined()
    }

    private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    static func figure(_ value: Double?, digits: Int = 4) -> String {
        guard let value else { return "-" }
        return String(format: "%.\(digits)f", value)
    }

    /// Both ends of an estimate's interval.
    static func interval(_ estimate: Estimate?) -> String {
        estimate.map { "\(figure($0.low)) to \(figure($0.high))" } ?? "-"
    }
}
