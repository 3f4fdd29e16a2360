/// One example of the golden set with what was predicted for it.
package struct GoldenRow: Sendable, Equatable {
    /// In [0, 1].
    package var label: Double
    package var weight: Double
    /// Hash of the segment; 0 for none.
    package var slice: UInt64
    /// Of the candidate.
    package var score: Double
    /// Of the last good checkpoint; nil where there is none.
    package var reference: Double?

    package init(
        label: Double, weight: Double, slice: UInt64, score: Double, reference: Double?
    ) {
        self.label = label
        self.weight = weight
        self.slice = slice
        self.score = score
        self.reference = reference
    }
}
