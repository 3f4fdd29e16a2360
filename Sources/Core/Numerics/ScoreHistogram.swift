/// Weighted counts of scores by class, from which the area under the ROC curve follows.
///
/// Scores in (0, 1) are put into 4,096 cells by their logit between -12 and 12 (0.006 wide), so
/// the AUC is exact but for ties within a cell, which count half, as ties do.
package struct ScoreHistogram: Sendable, Equatable {
    package private(set) var positives = [Double](repeating: 0, count: cellCount)
    package private(set) var negatives = [Double](repeating: 0, count: cellCount)

    package static let cellCount = 4096

    package init() {}

    package init?(positives: [Double], negatives: [Double]) {
        guard positives.count == Self.cellCount, negatives.count == Self.cellCount else {
            return nil
        }
        self.positives = positives
        self.negatives = negatives
    }

    /// A label between 0 and 1 counts for both classes, by its share.
    package mutating func add(logit: Double, label: Double, weight: Double) {
        let scaled = (min(max(logit, -12), 12) + 12) * (Double(Self.cellCount - 1) / 24)
        let cell = Int(scaled)
        // Most labels are of one class: the other's table is not touched for them.
        if label != 0 { positives[cell] += weight * label }
        if label != 1 { negatives[cell] += weight * (1 - label) }
    }

    /// Nil while one class is missing.
    package var auc: Double? {
        var below = 0.0
        var wins = 0.0
        var positiveSum = 0.0
        for cell in 0..<Self.cellCount {
            wins += positives[cell] * (below + negatives[cell] / 2)
            below += negatives[cell]
            positiveSum += positives[cell]
        }
        guard below > 0, positiveSum > 0 else { return nil }
        return wins / (below * positiveSum)
    }
}
