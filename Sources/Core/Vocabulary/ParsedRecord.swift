/// What one line of a stream said, once it kept all rules.
///
/// The features are not in here: they lie in the parser's entry until its next line.
package struct ParsedRecord: Sendable, Equatable {
    package var kind: Kind
    /// Hash of the id; two ids that collide (one chance in 10^7 among a million) are taken
    /// for one.
    package var idHash: UInt64
    package var time: Instant
    /// A label record's label, or an example's own; nil where an example has none yet.
    package var label: Double?

    /// What the record is.
    package enum Kind: UInt8, Sendable {
        case example
        case label
        /// The label stream is complete up to `time`.
        case heartbeat
    }

    package init(kind: Kind, idHash: UInt64, time: Instant, label: Double?) {
        self.kind = kind
        self.idHash = idHash
        self.time = time
        self.label = label
    }
}

/// Why a record was not admitted.
package struct Rejection: Error, Sendable, Equatable {
    package var rule: AdmissionRule
    /// The field at fault, as a path: `ts`, `features.price`; empty if it is the whole record.
    package var field: String
    /// What was expected there, and what was found.
    package var text: String

    package init(rule: AdmissionRule, field: String, text: String) {
        self.rule = rule
        self.field = field
        self.text = text
    }

    /// For a line that was not admitted and reads well when it is read once more: it is counted all
    /// the same.
    package static let unknown = Rejection(
        rule: .malformedJSON, field: "", text: "it was refused, and why cannot be told again")
}

/// One feature of one example, as the schema filter sees it.
package struct FeatureValue: Sendable {
    /// Hash of the name.
    package var name: UInt64
    /// The number, or 0.
    package var number: Double
    /// Hash of the category under the name's hash, or 0.
    package var category: UInt64
    package var kind: Kind

    /// What the feature carries.
    package enum Kind: UInt8, Sendable {
        case number
        case category
    }

    @inlinable @inline(__always)
    package init(name: UInt64, number: Double, category: UInt64, kind: Kind) {
        self.name = name
        self.number = number
        self.category = category
        self.kind = kind
    }
}
