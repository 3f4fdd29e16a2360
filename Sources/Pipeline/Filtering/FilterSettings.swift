import Vocabulary

/// What holds examples back for how they and their sources behave, beside the schema. A rule that
/// is not set holds nothing back, and costs nothing.
package struct FilterSettings: Sendable, Equatable {
    /// The share, in (0,1], of all examples in `window` that one source may make.
    package var sourceShareMax: Double?
    /// So many examples of one source in `window` are never too many.
    package var sourceCountMin = 100
    /// How rarely, in (0,0.01], chance alone may leave a source with so few positives.
    package var sourceRateChance: Double?
    /// So often, in `window`, one source may send the same features.
    package var repeatCountMax: Int?
    /// How far beyond the usual, in the distance of the most unusual thousandth from the middle, an
    /// example's surprise may lie.
    package var anomalyMargin: Double?
    /// Event time over which examples are counted.
    package var window = Span.hours(1)
    /// Event time for which the outcomes of a source count: between one and two of these.
    package var memory = Span.days(7)
    /// Rules that count what they would hold back, and hold back nothing.
    package var shadowed: [AdmissionRule] = [.anomaly]

    package init() {}

    /// The rules that are set, in the order in which examples are held against them.
    package var rules: [AdmissionRule] {
        var rules: [AdmissionRule] = []
        if sourceShareMax != nil { rules.append(.sourceShare) }
        if sourceRateChance != nil { rules.append(.sourceRate) }
        if repeatCountMax != nil { rules.append(.repeated) }
        if anomalyMargin != nil { rules.append(.anomaly) }
        return rules
    }
}
