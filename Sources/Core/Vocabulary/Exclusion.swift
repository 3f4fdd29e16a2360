/// The name of one exclusion: `MODEL-pNNNN`.
package struct ExclusionID: NumberedID {
    package static let mark = "-p"
    package static let digits = 4
    package static let title = "an exclusion's id"

    package let model: ModelName
    package let number: Int

    package init(model: ModelName, number: Int) {
        (self.model, self.number) = (model, number)
    }
}

/// One demand on a feature: that it carries a value.
package struct FeatureCondition: Hashable, Sendable, Codable {
    package var name: String
    /// A category, an item of a bag, `true` or `false`, or a number as text.
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Reads `NAME=VALUE`; nil without a name. The value may hold further `=`.
    package init?(text: String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
        name = String(text[..<equals])
        value = String(text[text.index(after: equals)...])
    }
}

/// Examples of a window of event time that meet all further conditions.
package struct ExampleSelection: Hashable, Sendable, Codable {
    /// By the example's own time: from inclusive, to exclusive.
    package var from: Instant
    package var to: Instant
    package var source: String?
    package var segment: String?
    /// The arm of a launch that served it, as its record says.
    package var arm: ArmName?
    package var conditions: [FeatureCondition]

    package init(
        from: Instant, to: Instant, source: String? = nil, segment: String? = nil,
        arm: ArmName? = nil, conditions: [FeatureCondition] = []
    ) {
        self.from = from
        self.to = to
        self.source = source
        self.segment = segment
        self.arm = arm
        self.conditions = conditions
    }

    /// In words: "2013-06-01T00:00:00Z to 2013-06-08T00:00:00Z, segment EWR, carrier=UA".
    package var text: String {
        var parts = ["\(from.rfc3339) to \(to.rfc3339)"]
        if let source { parts.append("source \(source)") }
        if let segment { parts.append("segment \(segment)") }
        if let arm { parts.append("served by arm \(arm)") }
        parts += conditions.map { "\($0.name)=\($0.value)" }
        return parts.joined(separator: ", ")
    }
}

/// What training leaves out, whenever it meets it, until that is undone.
package struct Exclusion: Hashable, Sendable, Codable {
    package var id: ExclusionID
    package var what: What

    /// A purge's examples, a stretch of the training log that a rollback passed over, or what was
    /// erased from the logs under this number.
    package enum What: Hashable, Sendable, Codable {
        case examples(ExampleSelection)
        /// Entries of the training log from one sequence up to, not including, another.
        case stretch(from: UInt64, to: UInt64)
        /// None lies before that sequence of the training log; records of the raw log before that
        /// offset were looked through.
        case erasure(from: UInt64, rawEnd: UInt64)
    }

    package init(id: ExclusionID, what: What) {
        self.id = id
        self.what = what
    }

    /// True for what nobody can take in again.
    package var isErasure: Bool {
        if case .erasure = what { true } else { false }
    }

    package var text: String {
        switch what {
        case .examples(let selection): selection.text
        case .stretch(let from, let to): "entries \(from) to \(to) of the training log"
        case .erasure: "records that were erased"
        }
    }
}
