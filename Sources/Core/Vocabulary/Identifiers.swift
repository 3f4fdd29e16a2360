/// The name of a model: what operators type and files are called after.
public struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    /// Letters, digits, `-` and `_`, at most 64 of them, beginning with a letter or digit: safe
    /// as a folder name and in a URL.
    public init?(_ text: String) {
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

    public var description: String { text }

    public static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }
}

/// The name of one checkpoint: `MODEL-NNNNNN`, numbered from 1 in the order of creation.
public struct CheckpointID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let model: ModelName
    public let number: Int

    public init(model: ModelName, number: Int) {
        self.model = model
        self.number = number
    }

    public init?(_ text: String) {
        guard let dash = text.lastIndex(of: "-"), let model = ModelName(String(text[..<dash])),
            let number = Int(text[text.index(after: dash)...]), number > 0,
            CheckpointID(model: model, number: number).description == text
        else { return nil }
        self.init(model: model, number: number)
    }

    public var description: String {
        let digits = String(number)
        return model.text + "-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    public static func < (left: CheckpointID, right: CheckpointID) -> Bool {
        (left.model.text, left.number) < (right.model.text, right.number)
    }
}

/// A position in a raw log: the number of records before it.
public struct RawSequence: Hashable, Comparable, Sendable {
    public var value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    public static func < (left: RawSequence, right: RawSequence) -> Bool {
        left.value < right.value
    }
}

/// One of the two streams that reach a model.
public enum StreamKind: UInt8, Sendable, Codable, CaseIterable {
    case examples = 0
    case labels = 1

    public var name: String {
        switch self {
        case .examples: "examples"
        case .labels: "labels"
        }
    }
}

extension ModelName: Codable {
    public init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "a model's name") { ModelName($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(text, to: encoder)
    }
}

extension CheckpointID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try TextCoding.decode(decoder, expecting: "a checkpoint's id") { CheckpointID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        try TextCoding.encode(description, to: encoder)
    }
}
