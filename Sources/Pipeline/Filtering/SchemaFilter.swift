import Numerics
import Vocabulary

/// What a model's configuration demands of its features.
package struct FeatureRule: Sendable, Equatable {
    package var name: String
    package var isRequired = false
    package var kind: FeatureValue.Kind?
    package var minimum: Double?
    package var maximum: Double?
    /// The only categories allowed; nil for any.
    package var vocabulary: [String]?

    package init(name: String) {
        self.name = name
    }
}

/// Holds an example's features against the rules of the model's configuration.
///
/// Without rules it admits everything, and costs nothing.
package struct SchemaFilter: Sendable {
    private struct Compiled: Sendable {
        var rule: FeatureRule
        var nameHash: UInt64
        /// Sorted hashes of the vocabulary.
        var vocabulary: [UInt64]?
    }

    private let rules: [Compiled]

    package init(rules: [FeatureRule]) {
        self.rules = rules.map { rule in
            let nameHash = FeatureHash.name(rule.name)
            let words = rule.vocabulary.map { words in
                words.map { FeatureHash.category($0, name: nameHash) }.sorted()
            }
            return Compiled(rule: rule, nameHash: nameHash, vocabulary: words)
        }
    }

    package var isEmpty: Bool { rules.isEmpty }

    /// The first rule that the example breaks; nil if it keeps all.
    package func check(_ features: UnsafeBufferPointer<FeatureValue>) -> Rejection? {
        for compiled in rules {
            if let rejection = check(features, compiled) { return rejection }
        }
        return nil
    }

    private func check(
        _ features: UnsafeBufferPointer<FeatureValue>, _ compiled: Compiled
    ) -> Rejection? {
        let rule = compiled.rule
        let field = "features." + rule.name
        var isPresent = false
        for feature in features where feature.name == compiled.nameHash {
            isPresent = true
            if let kind = rule.kind, kind != feature.kind {
                let wanted = kind == .number ? "a number" : "a category"
                return Rejection(rule: .schemaType, field: field, text: "expected \(wanted)")
            }
            if feature.kind == .number {
                if let rejection = checkRange(feature.number, rule, field) { return rejection }
            } else if let words = compiled.vocabulary, !words.contains(feature.category) {
                return Rejection(
                    rule: .schemaVocabulary, field: field,
                    text: "expected one of \((rule.vocabulary ?? []).joined(separator: ", "))")
            }
        }
        guard rule.isRequired, !isPresent else { return nil }
        return Rejection(
            rule: .schemaRequired, field: field, text: "expected the feature, found none")
    }

    private func checkRange(_ value: Double, _ rule: FeatureRule, _ field: String) -> Rejection? {
        let isBelow = rule.minimum.map { value < $0 } ?? false
        let isAbove = rule.maximum.map { value > $0 } ?? false
        guard isBelow || isAbove else { return nil }
        let low = rule.minimum.map { "\($0)" } ?? "-inf"
        let high = rule.maximum.map { "\($0)" } ?? "inf"
        return Rejection(
            rule: .schemaRange, field: field, text: "expected \(low) to \(high), found \(value)")
    }
}
