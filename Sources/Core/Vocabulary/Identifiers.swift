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

/// A name that is a model's with a mark and a number behind it, numbered from 1 in the order of
/// creation.
package protocol NumberedID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Between the model's name and the number; begins with `-`.
    static var mark: String { get }
    /// How many at least.
    static var digits: Int { get }
    /// What is expected where it is read: "a checkpoint's id".
    static var title: String { get }

    var model: ModelName { get }
    var number: Int { get }

    init(model: ModelName, number: Int)
}

extension NumberedID {
    /// Nil if `text` is not just what such a name is written as.
    package init?(_ text: String) {
        guard let dash = text.lastIndex(of: "-"), let model = ModelName(String(text[..<dash])),
            text[dash...].hasPrefix(Self.mark),
            let number = Int(text[dash...].dropFirst(Self.mark.count)), number > 0
        else { return nil }
        self.init(model: model, number: number)
        guard description == text else { return nil }
    }

    package var description: String {
        let written = String(number)
        let zeros = String(repeating: "0", count: max(0, Self.digits - written.count))
        return model.text + Self.mark + zeros + written
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.model.text, left.number) < (right.model.text, right.number)
    }

    package init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: Self.title) { Self($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(description, to: encoder)
    }
}

/// The name of one checkpoint: `MODEL-NNNNNN`.
package struct CheckpointID: NumberedID {
    package static let mark = "-"
    package static let digits = 6
    package static let title = "a checkpoint's id"

    package let model: ModelName
    package let number: Int

    package init(model: ModelName, number: Int) {
        (self.model, self.number) = (model, number)
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
