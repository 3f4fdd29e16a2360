import TOMLKit
import Vocabulary

/// One table of a TOML file; knows which of its keys were asked for, so that a misspelt one is
/// found.
package struct TOMLReader {
    private let table: TOMLTable
    private let file: String
    private let path: String
    private var asked: Set<String> = []

    /// Reads a whole file; throws a `ConfigurationFault` that names the line where it is no TOML.
    package init(toml text: String, file: String) throws {
        try Self.checkCharacters(text, file: file)
        do {
            self.init(try TOMLTable(string: text), file: file, path: "")
        } catch let error as TOMLParseError {
            let line = error.source.begin.line
            throw ConfigurationFault(
                file: "\(file):\(line)", key: "", text: "\(error.description)")
        }
    }

    /// TOML has no control characters, and its library does not take them well.
    private static func checkCharacters(_ text: String, file: String) throws {
        // By scalars: to Swift, a carriage return and a newline are one character.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let isPlain = line.allSatisfy {
                $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" || $0 == "\r"
            }
            guard isPlain else {
                throw ConfigurationFault(
                    file: "\(file):\(index + 1)", key: "",
                    text: "expected no control characters")
            }
        }
    }

    init(_ table: TOMLTable, file: String, path: String) {
        self.table = table
        self.file = file
        self.path = path
    }

    package func fault(_ key: String, _ expected: String) -> ConfigurationFault {
        ConfigurationFault(file: file, key: full(key), text: "expected \(expected)")
    }

    /// Throws if the table has a key that nobody asked for.
    package func finish() throws {
        for key in table.keys.sorted() where !asked.contains(key) {
            let known = asked.sorted().joined(separator: ", ")
            throw ConfigurationFault(
                file: file, key: full(key), text: "unknown; known here: \(known)")
        }
    }

    package mutating func string(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw fault(key, "a string") }
        return text
    }

    package mutating func boolean(_ key: String) throws -> Bool? {
        guard let value = value(key) else { return nil }
        guard let bool = value.bool else { throw fault(key, "true or false") }
        return bool
    }

    package mutating func integer(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw fault(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package mutating func number(_ key: String, _ range: ClosedRange<Double>) throws -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double ?? value.int.map(Double.init), range.contains(number)
        else {
            throw fault(key, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func numbers(_ key: String, _ range: ClosedRange<Double>) throws -> [Double]? {
        guard let value = value(key) else { return nil }
        let expected = "an array of numbers from \(range.lowerBound) to \(range.upperBound)"
        guard let array = value.array else { throw fault(key, expected) }
        return try array.map { item in
            guard let number = item.double ?? item.int.map(Double.init), range.contains(number)
            else { throw fault(key, expected) }
            return number
        }
    }

    package mutating func span(_ key: String) throws -> Span? {
        guard let text = try string(key) else { return nil }
        guard let span = Span(text: text) else {
            throw fault(key, "a duration such as \"15m\", \"6h\" or \"30d\", found \"\(text)\"")
        }
        return span
    }

    /// A size such as "256MiB", in bytes.
    mutating func size(_ key: String) throws -> UInt64? {
        guard let value = value(key) else { return nil }
        let text = value.string ?? ""
        let units: [(String, UInt64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        for (unit, bytes) in units where text.hasSuffix(unit) {
            if let count = UInt64(text.dropLast(3)), count > 0, count < 1 << 30 {
                return count * bytes
            }
        }
        let found = text.isEmpty ? "no text" : text
        throw fault(key, "a size such as \"64KiB\", \"256MiB\" or \"10GiB\", found \(found)")
    }

    mutating func model(_ key: String) throws -> ModelName {
        guard let text = try string(key), let name = ModelName(text) else {
            throw fault(key, "the name of a model")
        }
        return name
    }

    package mutating func strings(_ key: String) throws -> [String]? {
        guard let value = value(key) else { return nil }
        guard let array = value.array else { throw fault(key, "an array of strings") }
        var texts: [String] = []
        for item in array {
            guard let text = item.string else { throw fault(key, "an array of strings") }
            texts.append(text)
        }
        return texts
    }

    /// Arrays of two strings each.
    package mutating func pairs(_ key: String) throws -> [(String, String)]? {
        guard let value = value(key) else { return nil }
        let expected = "an array of arrays of two strings each"
        guard let array = value.array else { throw fault(key, expected) }
        return try array.map { item in
            guard let pair = item.array, pair.count == 2, let one = pair[0].string,
                let other = pair[1].string
            else { throw fault(key, expected) }
            return (one, other)
        }
    }

    /// One string, or an array of them; empty if there is none.
    package mutating func stringOrStrings(_ key: String) throws -> [String] {
        if table[key]?.string != nil { return [try string(key)].compactMap { $0 } }
        return try strings(key) ?? []
    }

    package mutating func table(_ key: String) throws -> TOMLReader? {
        guard let value = value(key) else { return nil }
        guard let inner = value.table else { throw fault(key, "a table") }
        return TOMLReader(inner, file: file, path: joined(key))
    }

    /// The keys of this table, sorted.
    package var keys: [String] { table.keys.sorted() }

    /// The tables within a table, sorted by name.
    mutating func tables(_ key: String) throws -> [(String, TOMLReader)] {
        guard let value = value(key) else { return [] }
        guard let outer = value.table else { throw fault(key, "a table of tables") }
        var found: [(String, TOMLReader)] = []
        for name in outer.keys.sorted() {
            guard let inner = outer[name]?.table else { throw fault("\(key).\(name)", "a table") }
            found.append((name, TOMLReader(inner, file: file, path: joined("\(key).\(name)"))))
        }
        return found
    }

    package mutating func list(_ key: String) throws -> [TOMLReader] {
        guard let value = value(key) else { return [] }
        guard let array = value.array else { throw fault(key, "an array of tables") }
        var found: [TOMLReader] = []
        for (index, item) in array.enumerated() {
            guard let inner = item.table else { throw fault(key, "an array of tables") }
            found.append(TOMLReader(inner, file: file, path: joined("\(key)[\(index)]")))
        }
        return found
    }

    private mutating func value(_ key: String) -> (any TOMLValueConvertible)? {
        asked.insert(key)
        return table[key]
    }

    private func full(_ key: String) -> String {
        path.isEmpty ? key : key.isEmpty ? path : "\(path).\(key)"
    }

    private func joined(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
