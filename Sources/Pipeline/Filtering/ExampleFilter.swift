import Numerics
import Vocabulary

/// Holds each example against all rules, in their order, before it is joined or learned: the
/// schema, then its source, then repeats, then the anomaly model.
///
/// A pure state machine over the examples of the raw log: the same log gives the same decisions.
/// What one example counts for stands, whatever is purged later.
package struct ExampleFilter: Sendable {
    /// What a rule found.
    package struct Hits: Sendable, Equatable {
        package var count: UInt64 = 0
        /// The stream's clock at the newest one.
        package var newest: Instant?
    }

    /// Why an example is held back, and the feature to blame if it is one.
    package struct Finding: Sendable, Equatable {
        package var rejection: Rejection
        /// The hash of its name.
        package var feature: UInt64?
    }

    private var schema: SchemaFilter
    package let settings: FilterSettings
    private var sources: SourceFilter
    private var repeats: RepeatFilter
    private var anomalies: AnomalyFilter
    /// By the rules that are set.
    private var hits: [Hits]

    package init(rules: [FeatureRule], settings: FilterSettings) {
        schema = SchemaFilter(rules: rules)
        self.settings = settings
        sources = SourceFilter(settings)
        repeats = RepeatFilter(settings)
        anomalies = AnomalyFilter(settings)
        hits = Array(repeating: Hits(), count: settings.rules.count)
    }

    /// True if it admits everything.
    package var isEmpty: Bool { schema.isEmpty && hits.isEmpty }

    /// True if it has to be told of outcomes.
    package var needsOutcomes: Bool { settings.sourceRateChance != nil }

    /// The rules that are set with what they found, in their order.
    package var findings: [(rule: AdmissionRule, isShadowed: Bool, hits: Hits)] {
        zip(settings.rules, hits).map { ($0, settings.shadowed.contains($0), $1) }
    }

    /// How many sources are held back for their outcomes.
    package var heldSourceCount: Int { sources.heldCount }

    /// Goes on with other rules of the schema.
    package mutating func change(to rules: [FeatureRule]) {
        schema = SchemaFilter(rules: rules)
    }

    /// The first rule that an example breaks and that holds it back; nil if it goes on. `now` is
    /// the stream's clock.
    package mutating func check(
        _ entry: EntryView, _ features: UnsafeBufferPointer<FeatureValue>, at now: Instant
    ) -> Finding? {
        if !schema.isEmpty, let rejection = schema.check(features) {
            return Finding(rejection: rejection)
        }
        guard !hits.isEmpty else { return nil }
        sources.turn(to: now)
        repeats.turn(to: now)
        for (index, rule) in settings.rules.enumerated() {
            let finding: Finding? =
                switch rule {
                case .sourceShare: sources.shareFinding(entry.source, at: now)
                case .sourceRate: sources.rateFinding(entry.source)
                case .repeated: repeats.finding(entry)
                case .anomaly: anomalies.finding(features)
                default: nil
                }
            guard let finding else { continue }
            hits[index].count += 1
            hits[index].newest = now
            if !settings.shadowed.contains(rule) { return finding }
        }
        sources.admit(entry.source)
        return nil
    }

    /// What became of an admitted example: 0 for a negative.
    package mutating func noteOutcome(of source: UInt64, label: Double) {
        sources.noteOutcome(of: source, isPositive: label > 0)
    }

    package func encode(into writer: inout ByteWriter) {
        for one in hits {
            writer.write(one.count)
            writer.write(one.newest?.microseconds ?? .min)
        }
        sources.encode(into: &writer)
        repeats.encode(into: &writer)
        anomalies.encode(into: &writer)
    }

    /// As another one of the same settings was.
    package mutating func restore(_ reader: inout ByteReader) throws(ByteFault) {
        for index in hits.indices {
            hits[index].count = try reader.read()
            let newest = try reader.read(Int64.self)
            hits[index].newest = newest == .min ? nil : Instant(microseconds: newest)
        }
        try sources.restore(&reader)
        try repeats.restore(&reader)
        try anomalies.restore(&reader)
    }
}
