/// A Swift source as lines of code and of comments.
///
/// In `code`, comments and the insides of string literals are blanked out, so that what is left
/// can be searched; lines and columns stay where they were.
struct SourceText {
    let path: String
    let lines: [String]
    private(set) var code: [String] = []
    private(set) var comments: [Comment] = []

    struct Comment {
        var line: Int
        /// With its slashes.
        var text: String
    }

    private let bytes: [UInt8]
    private var blank: [UInt8]
    private var at = 0
    private var line = 1

    init(path: String, text: String) {
        self.path = path
        bytes = Array(text.utf8)
        blank = bytes
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while at < bytes.count { readCode(untilParenthesis: false) }
        code = String(decoding: blank, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func isAt(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return at + wanted.count <= bytes.count && bytes[at..<at + wanted.count] == wanted[...]
    }

    private mutating func step(blanking isBlanked: Bool) {
        if bytes[at] == 0x0A {
            line += 1
        } else if isBlanked {
            blank[at] = 0x20
        }
        at += 1
    }

    private mutating func readCode(untilParenthesis isInterpolated: Bool) {
        var depth = 0
        while at < bytes.count {
            if isAt("//") {
                readLineComment()
            } else if isAt("/*") {
                readBlockComment()
            } else if bytes[at] == 0x22 || isRawString() {
                readString()
            } else {
                if bytes[at] == UInt8(ascii: "(") { depth += 1 }
                if bytes[at] == UInt8(ascii: ")") {
                    depth -= 1
                    if isInterpolated, depth < 0 { return }
                }
                step(blanking: isInterpolated)
            }
        }
    }

    private func isRawString() -> Bool {
        var index = at
        while index < bytes.count, bytes[index] == UInt8(ascii: "#") { index += 1 }
        return index > at && index < bytes.count && bytes[index] == 0x22
    }

    private mutating func readLineComment() {
        let start = at
        let startLine = line
        while at < bytes.count, bytes[at] != 0x0A { step(blanking: true) }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        comments.append(Comment(line: startLine, text: text))
    }

    private mutating func readBlockComment() {
        let start = at
        let startLine = line
        var depth = 0
        repeat {
            if isAt("/*") { depth += 1 }
            if isAt("*/") {
                depth -= 1
                step(blanking: true)
            }
            step(blanking: true)
        } while at < bytes.count && depth > 0
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        comments.append(Comment(line: startLine, text: text))
    }

    private mutating func readString() {
        let hashStart = at
        while bytes[at] == UInt8(ascii: "#") { step(blanking: true) }
        let hashes = String(repeating: "#", count: at - hashStart)
        let quote = isAt("\"\"\"") ? "\"\"\"" : "\""
        for _ in quote.utf8 { step(blanking: false) }
        while at < bytes.count {
            if isAt("\\" + hashes + "(") {
                for _ in 0..<(hashes.utf8.count + 2) { step(blanking: true) }
                readCode(untilParenthesis: true)
                if at < bytes.count { step(blanking: true) }
            } else if isAt("\\" + hashes) {
                for _ in 0..<(hashes.utf8.count + 2) where at < bytes.count {
                    step(blanking: true)
                }
            } else if isAt(quote + hashes) {
                for _ in quote.utf8 { step(blanking: false) }
                for _ in hashes.utf8 { step(blanking: true) }
                return
            } else {
                step(blanking: true)
            }
        }
    }
}

extension SourceText {
    /// A function, from its keyword to its closing brace.
    struct Function {
        var line: Int
        var lineCount: Int
    }

    /// Every `func`, `init`, `deinit` and `subscript` that has a body.
    func functions() -> [Function] {
        let text = Array(code.joined(separator: "\n").utf8)
        var found: [Function] = []
        var line = 1
        for index in text.indices {
            if text[index] == 0x0A { line += 1 }
            guard let end = Self.word(text, at: index),
                ["func", "init", "deinit", "subscript"].contains(
                    String(decoding: text[index..<end], as: UTF8.self)),
                index == 0 || text[index - 1] != UInt8(ascii: "."),
                let body = Self.body(text, from: end)
            else { continue }
            let lineCount = text[index..<body].count { $0 == 0x0A } + 1
            found.append(Function(line: line, lineCount: lineCount))
        }
        return found
    }

    /// The end of the word that begins here; nil if none does.
    private static func word(_ text: [UInt8], at index: Int) -> Int? {
        func isLetter(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || byte >= 0x80 || (0x30...0x39).contains(byte)
                || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard isLetter(text[index]), index == 0 || !isLetter(text[index - 1]) else { return nil }
        var end = index
        while end < text.count, isLetter(text[end]) { end += 1 }
        return end
    }

    /// The end of the body of a function whose keyword ends here; nil if it has none.
    private static func body(_ text: [UInt8], from start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return closing(text, from: index)
            case UInt8(ascii: "}") where depth == 0: return nil
            default:
                guard depth <= 0, let end = word(text, at: index) else { break }
                if depth < 0 { return nil }
                let word = String(decoding: text[index..<end], as: UTF8.self)
                if ["func", "init", "var", "let", "case", "return", "static"].contains(word) {
                    return nil
                }
            }
            index += 1
        }
        return nil
    }

    private static func closing(_ text: [UInt8], from start: Int) -> Int? {
        var depth = 0
        for index in start..<text.count {
            if text[index] == UInt8(ascii: "{") { depth += 1 }
            if text[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }
}
