/// Which of an example's features a learner takes, and which pairs of them it crosses.
///
/// Two choices that mean the same are equal, in whatever order they were written.
package struct FeatureChoice: Sendable, Equatable, Codable {
    /// Two features whose product is one, too: of two categories that they come together, of a
    /// number and a category the number there, of two numbers their product.
    package struct Cross: Sendable, Equatable, Codable {
        package let left: String
        package let right: String

        /// Two different names.
        package init(_ one: String, _ other: String) {
            (left, right) = one < other ? (one, other) : (other, one)
        }
    }

    /// Names of the features that it does without, also in crosses.
    package let ignored: [String]
    package let crosses: [Cross]

    package init(ignored: [String] = [], crosses: [Cross] = []) {
        self.ignored = Set(ignored).sorted()
        var known: [Cross] = []
        for cross in crosses.sorted(by: { ($0.left, $0.right) < ($1.left, $1.right) })
        where known.last != cross { known.append(cross) }
        self.crosses = known
    }

    /// True for all features as they come.
    package var isPlain: Bool { ignored.isEmpty && crosses.isEmpty }

    /// `without price; query x region`
    package var text: String {
        var parts: [String] = []
        if !ignored.isEmpty { parts.append("without " + ignored.joined(separator: ", ")) }
        if !crosses.isEmpty {
            parts.append(crosses.map { "\($0.left) x \($0.right)" }.joined(separator: ", "))
        }
        return parts.isEmpty ? "all features" : parts.joined(separator: "; ")
    }
}
