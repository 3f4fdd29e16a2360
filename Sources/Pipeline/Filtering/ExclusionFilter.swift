import Numerics
import Vocabulary

/// Tells which entries of the training log are excluded: a set of exclusions made ready for the
/// data's way.
///
/// Conditions on features are met by the hashes that the entry carries, the very ones under which
/// the learner knows the feature: two values that the learner cannot tell apart are purged alike.
package struct ExclusionFilter: Sendable {
    private var selections: [Selection] = []
    private var stretches: [Range<UInt64>] = []
    /// By their numbers, the sequences before which they have nothing.
    private var erasures: [UInt64: UInt64] = [:]
    /// Hashes of ids that are about to be erased.
    private let condemned: Set<UInt64>

    private struct Selection: Sendable {
        var window: Range<Instant>
        /// Nil for any.
        var source: UInt64?
        var segment: UInt64?
        var armCode: UInt8?
        var conditions: [Condition]
    }

    private struct Condition: Sendable {
        var category: UInt32
        var numberKey: UInt32
        /// Nil if the value is no number.
        var number: Double?
    }

    /// `condemned` are hashes of ids whose entries are yet to be erased.
    package init(_ exclusions: [Exclusion] = [], condemned: Set<UInt64> = []) {
        self.condemned = condemned
        for exclusion in exclusions {
            switch exclusion.what {
            case .examples(let selection): selections += Self.compiled(selection).map { [$0] } ?? []
            case .stretch(let from, let to): if from < to { stretches.append(from..<to) }
            case .erasure(let from, _): erasures[UInt64(exclusion.id.number)] = from
            }
        }
    }

    package var isEmpty: Bool {
        selections.isEmpty && stretches.isEmpty && erasures.isEmpty && condemned.isEmpty
    }

    /// `sequence` is the entry's place in the training log.
    package func excludes(_ entry: EntryView, at sequence: UInt64) -> Bool {
        for stretch in stretches where stretch.contains(sequence) { return true }
        return excludes(entry)
    }

    /// False if nothing can be excluded among entries of these event times, both ends included,
    /// and sequences.
    package func mayExclude(
        from earliest: Instant, to latest: Instant, _ sequences: Range<UInt64>
    ) -> Bool {
        selections.contains { $0.window.lowerBound <= latest && earliest < $0.window.upperBound }
            || stretches.contains { $0.overlaps(sequences) }
            || erasures.values.contains { $0 < sequences.upperBound } || !condemned.isEmpty
    }

    /// By what the example is alone, wherever it stands.
    package func excludes(_ entry: EntryView) -> Bool {
        if let number = entry.erasure, erasures[number] != nil { return true }
        if !condemned.isEmpty, condemned.contains(entry.idHash) { return true }
        for selection in selections where selection.window.contains(entry.time) {
            if let source = selection.source, source != entry.source { continue }
            if let segment = selection.segment, segment != entry.segment { continue }
            if let code = selection.armCode, code != entry.armCode { continue }
            if selection.conditions.allSatisfy({ Self.meets(entry, $0) }) { return true }
        }
        return false
    }

    private static func compiled(_ selection: ExampleSelection) -> Selection? {
        guard selection.from < selection.to else { return nil }
        return Selection(
            window: selection.from..<selection.to,
            source: selection.source.map { FeatureHash.tag($0) },
            segment: selection.segment.map { FeatureHash.tag($0) },
            armCode: selection.arm.map(\.code),
            conditions: selection.conditions.map { condition in
                let name = FeatureHash.name(condition.name)
                return Condition(
                    category: UInt32(
                        truncatingIfNeeded: FeatureHash.category(condition.value, name: name)),
                    numberKey: UInt32(truncatingIfNeeded: name),
                    number: Double(condition.value))
            })
    }

    private static func meets(_ entry: EntryView, _ condition: Condition) -> Bool {
        let categories = entry.categoryKeys
        for index in 0..<entry.categoryCount where categories[index] == condition.category {
            return true
        }
        guard let number = condition.number else { return false }
        let (keys, numbers) = (entry.numberKeys, entry.numbers)
        for index in 0..<entry.numberCount
        where keys[index] == condition.numberKey && numbers[index] == number {
            return true
        }
        return false
    }
}
