/// The name of a model: what operators type and files are called after.
package struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Letters, digits, `-` and `_`, at most 64 of them, beginning with a letter or digit: safe
    /// as a folder name and in a URL.
    package init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard isPlain, !text.isEmpty, text.utf8.count <= 64, !text.hasPrefix("-"),
            !text.hasPrefix("_")
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    package static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }
}

/// Names that are a model's with a mark and a number behind it, in a fixed count of digits at
/// least.
enum NumberedName {
    static func text(_ model: ModelName, _ mark: String, _ number: Int, digits: Int) -> String {
        let written = String(number)
        let zeros = String(repeating: "0", count: max(0, digits - written.count))
        return model.text + mark + zeros + written
    }

    /// Nil if `text` is not just what such a name is written as.
    static func parts(
        _ text: String, _ mark: String, digits: Int
    ) -> (model: ModelName, number: Int)? {
        guard let dash = text.lastIndex(of: "-"), let model = ModelName(String(text[..<dash])),
            text[dash...].hasPrefix(mark),
            let number = Int(text[dash...].dropFirst(mark.count)), number > 0,
            Self.text(model, mark, number, digits: digits) == text
        else { return nil }
        return (model, number)
    }
}

/// The name of one checkpoint: `MODEL-NNNNNN`, numbered from 1 in the order of creation.
package struct CheckpointID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let model: ModelName
    package let number: Int

    package init(model: ModelName, number: Int) {
        self.model = model
        self.number = number
    }

    package init?(_ text: String) {
        guard let (model, number) = NumberedName.parts(text, "-", digits: 6) else { return nil }
        self.init(model: model, number: number)
    }

    package var description: String {
        NumberedName.text(model, "-", number, digits: 6)
    }

    package static func < (left: CheckpointID, right: CheckpointID) -> Bool {
        (left.model.text, left.number) < (right.model.text, right.number)
    }
}

/// A position in a raw log: the number of records before it.
package struct RawSequence: Hashable, Comparable, Sendable {
    package var value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    package static func < (left: RawSequence, right: RawSequence) -> Bool {
        left.value < right.value
    }
}

/// One of the two streams that reach a model.
package enum StreamKind: UInt8, Sendable, Codable, CaseIterable {
    case examples = 0
    case labels = 1

    package var name: String {
        switch self {
        case .examples: "examples"
        case .labels: "labels"
        }
    }
}

extension ModelName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "a model's name") { ModelName($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(text, to: encoder)
    }
}

extension CheckpointID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "a checkpoint's id") { CheckpointID($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(description, to: encoder)
    }
}
