/// In which line of a TOML file a key stands, so that a fault can name it: the reader of TOML
/// gives values alone.
package struct TOMLLines {
    /// By the key's path, as `TOMLReader` writes it: "rules[1].above".
    private var lines: [String: Int] = [:]

    package init(_ text: String) {
        var prefix = ""
        var counts: [String: Int] = [:]
        let scalars = text.unicodeScalars
        for (index, raw) in scalars.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = Self.trimmed(Substring(raw))
            if line.hasPrefix("[["), let end = line.firstIndex(of: "]") {
                let name = Self.path(line[line.index(line.startIndex, offsetBy: 2)..<end])
                let count = counts[name] ?? 0
                counts[name] = count + 1
                prefix = "\(name)[\(count)]"
                note(prefix, index + 1)
                if count == 0 { note(name, index + 1) }
            } else if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                prefix = Self.path(line[line.index(after: line.startIndex)..<end])
                note(prefix, index + 1)
            } else if let equals = line.firstIndex(of: "="), !line.hasPrefix("#") {
                let key = Self.path(line[..<equals])
                note(prefix.isEmpty ? key : "\(prefix).\(key)", index + 1)
            }
        }
    }

    private mutating func note(_ path: String, _ line: Int) {
        if lines[path] == nil { lines[path] = line }
    }

    /// Of a key, or of what it lies in; nil if that is nowhere.
    func line(of path: String) -> Int? {
        var path = Substring(path)
        while !path.isEmpty {
            if let line = lines[String(path)] { return line }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            path = path[..<cut]
        }
        return nil
    }

    /// A fault, with the line in its file's name.
    package func located(_ fault: ConfigurationFault) -> ConfigurationFault {
        var fault = fault
        if let line = line(of: fault.key) { fault.file += ":\(line)" }
        return fault
    }

    private static func path(_ text: Substring) -> String {
        text.split(separator: ".").map { part in
            trimmed(part).filter { $0 != "\"" && $0 != "'" }
        }.joined(separator: ".")
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
