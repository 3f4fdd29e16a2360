/// What RFC 8259 says of a text, told by a reader that is plain and slow: no fast paths, no
/// words, no pointers.
package struct ReferenceJSON {
    package private(set) var isUTF8: Bool
    package private(set) var isValid = false
    /// How deep arrays and objects lie in each other, as far as it was read.
    package private(set) var depth = 0
    /// A `\u` escape of half a surrogate pair.
    package private(set) var hasHalfPair = false
    /// A number that no double holds.
    package private(set) var hasHugeNumber = false

    private let text: [UInt8]
    private var at = 0
    /// The closing brackets that are still to come.
    private var closers: [UInt8] = []

    package init(_ text: [UInt8]) {
        self.text = text
        isUTF8 = String(validating: text, as: UTF8.self) != nil
        isValid = readDocument() && isUTF8
    }

    private var byte: UInt8? { at < text.count ? text[at] : nil }

    private mutating func take(_ character: Character) -> Bool {
        guard let byte, byte == character.asciiValue else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func readDocument() -> Bool {
        skipSpace()
        var wantsValue = true
        while wantsValue {
            guard let isOpen = readValueOrOpening() else { return false }
            wantsValue = isOpen
            while !wantsValue {
                skipSpace()
                guard let closer = closers.last else { return at == text.count }
                if byte == closer {
                    at += 1
                    closers.removeLast()
                    continue
                }
                guard take(",") else { return false }
                skipSpace()
                if closer == UInt8(ascii: "}"), !readKey() { return false }
                wantsValue = true
            }
        }
        return false
    }

    /// True if a value must follow, false if one has been read, nil if there is none.
    private mutating func readValueOrOpening() -> Bool? {
        skipSpace()
        if take("[") { return open("]", needsKey: false) }
        if take("{") { return open("}", needsKey: true) }
        if byte == UInt8(ascii: "\"") { return readString() ? false : nil }
        for word in ["true", "false", "null"] where text[at...].starts(with: word.utf8) {
            at += word.utf8.count
            return false
        }
        return readNumber() ? false : nil
    }

    private mutating func open(_ closer: Character, needsKey: Bool) -> Bool? {
        closers.append(closer.asciiValue ?? 0)
        depth = max(depth, closers.count)
        skipSpace()
        if take(closer) {
            closers.removeLast()
            return false
        }
        return !needsKey || readKey() ? true : nil
    }

    private mutating func readKey() -> Bool {
        guard readString() else { return false }
        skipSpace()
        return take(":")
    }

    private mutating func readString() -> Bool {
        guard take("\"") else { return false }
        var high: UInt32?
        while let byte, byte >= 0x20 {
            at += 1
            var unit: UInt32?
            if byte == UInt8(ascii: "\"") {
                if high != nil { hasHalfPair = true }
                return true
            }
            if byte == UInt8(ascii: "\\") {
                guard let kind = self.byte else { return false }
                at += 1
                if kind == UInt8(ascii: "u") {
                    guard let value = readHex() else { return false }
                    unit = value
                } else if !"\"\\/bfnrt".utf8.contains(kind) {
                    return false
                }
            }
            let isLow = unit.map { (0xDC00...0xDFFF).contains($0) } ?? false
            if isLow != (high != nil) { hasHalfPair = true }
            high = unit.flatMap { (0xD800...0xDBFF).contains($0) ? $0 : nil }
        }
        return false
    }

    private mutating func readHex() -> UInt32? {
        guard at + 4 <= text.count else { return nil }
        let digits = text[at..<at + 4]
        at += 4
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }) else {
            return nil
        }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func readDigits() -> Int {
        let start = at
        while let byte, (0x30...0x39).contains(byte) { at += 1 }
        return at - start
    }

    private mutating func readNumber() -> Bool {
        let start = at
        _ = take("-")
        let whole = at
        let count = readDigits()
        guard count > 0, count == 1 || text[whole] != 0x30 else { return false }
        if take("."), readDigits() == 0 { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard readDigits() > 0 else { return false }
        }
        let value = Double(String(decoding: text[start..<at], as: UTF8.self))
        if value.map({ !$0.isFinite }) ?? true { hasHugeNumber = true }
        return true
    }
}
