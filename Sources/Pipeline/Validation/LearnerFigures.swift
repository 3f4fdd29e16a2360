/// What a learner's parameters come to, and how far they are from another's.
package struct LearnerFigures: Codable, Sendable, Equatable {
    package var norm: Double
    package var largest: Double
    package var nonZeroCount: Int
    package var nonFiniteCount: Int
    /// Examples learned.
    package var exampleCount: Double

    package init(
        norm: Double, largest: Double, nonZeroCount: Int, nonFiniteCount: Int,
        exampleCount: Double
    ) {
        self.norm = norm
        self.largest = largest
        self.nonZeroCount = nonZeroCount
        self.nonFiniteCount = nonFiniteCount
        self.exampleCount = exampleCount
    }
}

/// The difference between two learners' weights.
package struct LearnerChange: Codable, Sendable, Equatable {
    /// Sum of |Δw|.
    package var sum: Double
    package var changedCount: Int

    package init(sum: Double, changedCount: Int) {
        (self.sum, self.changedCount) = (sum, changedCount)
    }
}
