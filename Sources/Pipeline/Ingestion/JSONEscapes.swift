/// Decodes the escapes of a JSON string whose shape the scanner has checked.
enum JSONEscapes {
    /// Appends the decoded UTF-8 to `out`; false at a surrogate without its partner.
    static func decode(_ raw: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) -> Bool {
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                index += 1
                continue
            }
            let kind = raw[index + 1]
            if kind != UInt8(ascii: "u") {
                out.append(simple(kind))
                index += 2
                continue
            }
            guard let scalar = scalar(raw, &index) else { return false }
            out.append(contentsOf: Array(String(Character(scalar)).utf8))
        }
        return true
    }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    private static func simple(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    private static func unit(_ raw: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"),
            raw[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var value: UInt32 = 0
        for digit in index + 2..<index + 6 {
            guard let hex = hexValue(raw[digit]) else { return nil }
            value = value << 4 | hex
        }
        return value
    }

    private static func scalar(
        _ raw: UnsafeBufferPointer<UInt8>, _ index: inout Int
    ) -> Unicode.Scalar? {
        guard let first = unit(raw, at: index) else { return nil }
        index += 6
        guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) }
        guard let second = unit(raw, at: index), second & 0xFC00 == 0xDC00 else { return nil }
        index += 6
        return Unicode.Scalar(0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF)))
    }
}

/// Checks UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
enum UTF8Check {
    /// The offset of the first byte of the first ill-formed sequence; nil if there is none.
    static func firstFault(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index < bytes.count {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let count: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xBF
            switch lead {
            case 0xC2...0xDF: count = 2
            case 0xE0: (count, low) = (3, 0xA0)
            case 0xED: (count, high) = (3, 0x9F)
            case 0xE1...0xEF: count = 3
            case 0xF0: (count, low) = (4, 0x90)
            case 0xF4: (count, high) = (4, 0x8F)
            case 0xF1...0xF3: count = 4
            default: return index
            }
            guard index + count <= bytes.count, bytes[index + 1] >= low, bytes[index + 1] <= high
            else { return index }
            for offset in 2..<max(count, 2) where bytes[index + offset] & 0xC0 != 0x80 {
                return index
            }
            index += count
        }
        return nil
    }
}
