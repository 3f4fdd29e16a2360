/// The name of one build of the program: `VERSION-DDDDDDDDDDDD`, its version and the first 12 hex
/// digits of the SHA-256 of its binary.
package struct BuildID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package static let digestLength = 12

    /// Letters, digits, `.`, `+` and `-`, at most 64 of them: safe as a folder name.
    package init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isPlain, text.utf8.count <= 64, !text.hasPrefix("."), !text.hasPrefix("-"),
            let dash = text.lastIndex(of: "-")
        else { return nil }
        let digits = text[text.index(after: dash)...].utf8
        let isHex = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard digits.count == Self.digestLength, isHex else { return nil }
        self.text = text
    }

    /// Nil if the version has other characters, or the digest is no SHA-256 in hex.
    package init?(version: String, sha256: String) {
        guard sha256.utf8.count == 64 else { return nil }
        self.init("\(version)-\(sha256.prefix(Self.digestLength))")
    }

    package var description: String { text }

    package static func < (left: BuildID, right: BuildID) -> Bool { left.text < right.text }
}

extension BuildID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "a build's id") { BuildID($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(text, to: encoder)
    }
}
