import Console
import Foundation
import Host

/// Reads the keys that a user has changed from TOML: a command and its key, or an array of them.
///
/// ```toml
/// stop = ["!", "F12"]
/// resume = "u"
/// approve = []        # none: the palette still has it
/// ```
package enum KeyFile {
    /// The user's file.
    package static func path(in environment: [String: String]) -> String {
        UserFolder.path(in: environment) + "/keys.toml"
    }

    /// The keys of a user; the standard ones where there is no file. Throws a
    /// `ConfigurationFault` that names the file with its line.
    package static func read(at path: String) throws -> KeyMap {
        guard FileManager.default.fileExists(atPath: path) else { return .standard }
        do {
            return try read(try String(contentsOfFile: path, encoding: .utf8), file: path)
        } catch let fault as ConfigurationFault {
            throw fault
        } catch {
            let text = "cannot be read: \(error.localizedDescription)"
            throw ConfigurationFault(file: path, key: "", text: text)
        }
    }

    package static func read(_ text: String, file: String) throws -> KeyMap {
        let reader = try TOMLReader(toml: text, file: file)
        do {
            return try keys(reader, file)
        } catch let fault as ConfigurationFault {
            throw TOMLLines(text).located(fault)
        }
    }

    private static func keys(_ reader: TOMLReader, _ file: String) throws -> KeyMap {
        var reader = reader
        var changes: [Command: [KeyEvent]] = [:]
        for key in reader.keys {
            guard let command = Command(rawValue: key) else {
                let known = Command.table.map(\.command.rawValue).joined(separator: ", ")
                throw reader.fault(key, "a command: \(known)")
            }
            changes[command] = try reader.stringOrStrings(key).map { name in
                guard let event = KeyEvent(named: name) else {
                    throw reader.fault(
                        key,
                        "keys such as \"x\", \"F5\", \"Ctrl-X\", \"PgUp\" or \"Space\", "
                            + "found \"\(name)\"")
                }
                return event
            }
        }
        do {
            return try KeyMap(changing: changes)
        } catch {
            throw ConfigurationFault(file: file, key: error.command.rawValue, text: error.text)
        }
    }
}
