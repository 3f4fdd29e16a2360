/// What one line of a stream said, once it kept all rules.
///
/// The features are not in here: they lie in the parser's entry until its next line.
public struct ParsedRecord: Sendable, Equatable {
    public var kind: Kind
    /// XXH64 of the id; two ids that collide (one chance in 10^7 among a million) are taken
    /// for one.
    public var idHash: UInt64
    public var time: Instant
    /// A label record's label, or an example's own; nil where an example has none yet.
    public var label: Double?

    /// What the record is.
    public enum Kind: UInt8, Sendable {
        case example
        case label
        /// The label stream is complete up to `time`.
        case heartbeat
    }

    public init(kind: Kind, idHash: UInt64, time: Instant, label: Double?) {
        self.kind = kind
        self.idHash = idHash
        self.time = time
        self.label = label
    }
}

/// Why a record was not admitted.
public struct Rejection: Error, Sendable, Equatable {
    public var rule: AdmissionRule
    /// The field at fault, as a path: `ts`, `features.price`; empty if it is the whole record.
    public var field: String
    /// What was expected there, and what was found.
    public var text: String

    public init(rule: AdmissionRule, field: String, text: String) {
        self.rule = rule
        self.field = field
        self.text = text
    }
}

/// One feature of one example, as the schema filter sees it.
public struct FeatureValue: Sendable {
    /// XXH64 of the name.
    public var name: UInt64
    /// The number, or 0.
    public var number: Double
    /// XXH64 of the category under the name's hash, or 0.
    public var category: UInt64
    public var kind: Kind

    /// What the feature carries.
    public enum Kind: UInt8, Sendable {
        case number
        case category
    }

    @inlinable @inline(__always)
    public init(name: UInt64, number: Double, category: UInt64, kind: Kind) {
        self.name = name
        self.number = number
        self.category = category
        self.kind = kind
    }
}
