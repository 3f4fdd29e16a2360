import Console
import Host

/// Reads a theme from TOML: a palette once, and what every role looks like.
///
/// ```toml
/// text = "for whom it is"
/// [palette]
/// ink = "#d8dbe2"    # or a number from 0 to 255, or "default" for the terminal's own
/// [roles]
/// critical = "bold ink on red"
/// ```
package enum ThemeFile {
    /// Throws a `ConfigurationFault` that names the file with its line, and the field.
    package static func read(_ text: String, name: String, file: String) throws -> Theme {
        let reader = try TOMLReader(toml: text, file: file)
        do {
            return try theme(reader, name: name)
        } catch let fault as ConfigurationFault {
            throw TOMLLines(text).located(fault)
        }
    }

    private static func theme(_ reader: TOMLReader, name: String) throws -> Theme {
        var reader = reader
        let text = try reader.string("text") ?? ""
        var palette: [String: Theme.Colour] = [:]
        if var colours = try reader.table("palette") {
            for key in colours.keys { palette[key] = try colour(&colours, key) }
        }
        guard var roles = try reader.table("roles") else {
            throw reader.fault("roles", "a table with the look of every role")
        }
        try reader.finish()
        var looks: [Role: Theme.Look] = [:]
        for role in Role.allCases {
            guard let style = try roles.string(role.key) else {
                throw roles.fault(role.key, "a look such as \"bold\", or \"\" for a plain one")
            }
            switch Theme.Look.parse(style, palette: palette) {
            case .success(let look): looks[role] = look
            case .failure(let fault): throw roles.fault(role.key, fault.expected)
            }
        }
        try roles.finish()
        return Theme(name: name, text: text) { looks[$0] ?? Theme.Look() }
    }

    private static func colour(_ colours: inout TOMLReader, _ key: String) throws -> Theme.Colour {
        let words = ["on", "bold", "underline", "reverse"]
        guard !words.contains(key), !key.contains(" ") else {
            throw colours.fault(key, "a name without spaces that is none of a look's words")
        }
        if case .success(let index?) = Result(catching: { try colours.integer(key, 0...255) }) {
            return .indexed(UInt8(index))
        }
        if case .success(let text?) = Result(catching: { try colours.string(key) }),
            let colour = Theme.Colour(text)
        {
            return colour
        }
        throw colours.fault(key, "\"#rrggbb\", a number from 0 to 255, or \"default\"")
    }
}
