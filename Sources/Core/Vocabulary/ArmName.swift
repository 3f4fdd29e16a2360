/// One of the versions among which a launch shares out the traffic: `A` the candidate, `B`
/// production, `C` the baseline; with more baselines beside each other `C2` to `C4`.
package struct ArmName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package static let candidate = ArmName(known: "A")
    package static let production = ArmName(known: "B")
    package static let baseline = ArmName(known: "C")

    /// Counts.
    package enum Limits {
        package static let countMax = 6
    }

    /// Those that an entry of the logs can carry, by their code less 1; 0 is none of them.
    package static let coded = ["A", "B", "C", "C2", "C3", "C4"].map { ArmName(known: $0) }

    private init(known text: String) {
        self.text = text
    }

    /// As entries of the logs have it.
    package var code: UInt8 {
        UInt8((Self.coded.firstIndex(of: self) ?? -1) + 1)
    }

    /// Nil for 0, and for what is no code.
    package init?(code: UInt8) {
        guard code > 0, Int(code) <= Self.coded.count else { return nil }
        self = Self.coded[Int(code) - 1]
    }

    /// A capital letter, or one with a digit behind it.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, (0x41...0x5A).contains(first), bytes.count <= 2,
            bytes.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    package static func < (left: ArmName, right: ArmName) -> Bool { left.text < right.text }
}

extension ArmName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "an arm's name") { ArmName($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(text, to: encoder)
    }
}
