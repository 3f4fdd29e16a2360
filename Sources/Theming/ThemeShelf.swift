import Console
import Foundation
import Host

/// The themes that there are: those that come with the program, and the user's own, which go
/// before them.
package struct ThemeShelf: Sendable {
    /// One theme, and where it is from.
    package struct Place: Sendable, Equatable {
        package var name: String
        /// The user's file; nil for one that comes with the program.
        package var path: String?

        package init(name: String, path: String? = nil) { (self.name, self.path) = (name, path) }
    }

    /// The one that is shown where none is asked for.
    package static let standardName = "spindle"

    /// In the order in which they are listed.
    package static let shipped: [(name: String, text: String)] = [
        ("spindle", PackageResources.spindle_toml), ("dark", PackageResources.dark_toml),
        ("light", PackageResources.light_toml), ("contrast", PackageResources.contrast_toml),
        ("blue-orange", PackageResources.blue_orange_toml),
        ("red-teal", PackageResources.red_teal_toml),
        ("solarized", PackageResources.solarized_toml), ("mono", PackageResources.mono_toml),
        ("production", PackageResources.production_toml),
    ].map { name, bytes in (name, String(decoding: bytes, as: UTF8.self)) }

    /// Where the user's themes lie: NAME.toml.
    package let folder: String

    package init(folder: String) { self.folder = folder }

    package init(environment: [String: String]) {
        self.init(folder: UserFolder.path(in: environment) + "/themes")
    }

    /// The user's come first.
    package var places: [Place] {
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }
        let own = (files ?? []).filter { $0.hasSuffix(".toml") && !$0.contains("/") }.sorted()
            .map { Place(name: String($0.dropLast(5)), path: "\(folder)/\($0)") }
        let hidden = Set(own.map(\.name))
        return own + Self.shipped.map { Place(name: $0.name) }.filter { !hidden.contains($0.name) }
    }

    /// Throws a `ConfigurationFault` where there is none of that name, or where it is broken.
    package func theme(named name: String) throws -> Theme {
        let text = try source(of: name)
        return try ThemeFile.read(text.text, name: name, file: text.path ?? "\(name).toml")
    }

    /// The TOML of a theme.
    package func source(of name: String) throws -> (text: String, path: String?) {
        let path = "\(folder)/\(name).toml"
        if !name.contains("/"), FileManager.default.fileExists(atPath: path) {
            return (try String(contentsOfFile: path, encoding: .utf8), path)
        }
        guard let shipped = Self.shipped.first(where: { $0.name == name }) else {
            let known = places.map(\.name).joined(separator: ", ")
            throw ConfigurationFault(
                file: "theme \(name)", key: "", text: "there is none of that name; known: \(known)")
        }
        return (shipped.text, nil)
    }

    /// When the user's file of a theme was last written; nil where there is none.
    package func written(_ name: String) -> Date? {
        do {
            let path = "\(folder)/\(name).toml"
            return try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
                as? Date
        } catch {
            return nil
        }
    }
}
