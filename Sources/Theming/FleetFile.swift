import Foundation
import Host

/// Reads the engines of a fleet from TOML, in the order in which they are shown.
///
/// ```toml
/// [[engine]]
/// name = "eu-1"
/// host = "ops@eu-1.example"     # through ssh; state = a folder there
///
/// [[engine]]
/// name = "here"
/// state = "/var/lib/spindle"
/// ```
package enum FleetFile {
    /// One engine, and what its operator calls it.
    package struct Engine: Equatable, Sendable {
        package var name: String
        package var place: Place

        package init(name: String, place: Place) {
            (self.name, self.place) = (name, place)
        }
    }

    /// Where an engine runs.
    package enum Place: Equatable, Sendable {
        /// With the state directory of this path, on this host.
        case folder(String)
        /// With that of `state` there, or, without one, with what is usual there.
        case host(String, state: String?)
    }

    package static let countMax = 64

    /// The user's file.
    package static func path(in environment: [String: String]) -> String {
        UserFolder.path(in: environment) + "/fleet.toml"
    }

    /// Throws a `ConfigurationFault` that names the file with its line.
    package static func read(at path: String) throws -> [Engine] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationFault(
                file: path, key: "", text: "cannot be read: \(error.localizedDescription)")
        }
        return try engines(text, file: path)
    }

    package static func engines(_ text: String, file: String) throws -> [Engine] {
        let reader = try TOMLReader(toml: text, file: file)
        do {
            return try engines(reader)
        } catch let fault as ConfigurationFault {
            throw TOMLLines(text).located(fault)
        }
    }

    private static func engines(_ reader: TOMLReader) throws -> [Engine] {
        var reader = reader
        var engines: [Engine] = []
        for var section in try reader.list("engine") {
            let (host, state) = (try section.string("host"), try section.string("state"))
            guard let name = try section.string("name") ?? host, isName(name) else {
                throw section.fault("name", "a name of 1 to 32 letters, digits, . _ @ or -")
            }
            guard !engines.contains(where: { $0.name == name }) else {
                throw section.fault("name", "a name that no other engine has")
            }
            let place = host.map { Place.host($0, state: state) } ?? state.map { .folder($0) }
            guard let place else {
                throw section.fault("host", "a host, or a state directory of this one as state")
            }
            try section.finish()
            engines.append(Engine(name: name, place: place))
        }
        try reader.finish()
        guard (1...countMax).contains(engines.count) else {
            throw reader.fault("engine", "1 to \(countMax) tables [[engine]]")
        }
        return engines
    }

    package static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                let letter = Character(UnicodeScalar(byte))
                return letter.isASCII && (letter.isLetter || letter.isNumber)
                    || "._@-".contains(letter)
            }
    }
}
