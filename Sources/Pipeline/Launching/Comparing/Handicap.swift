import Numerics

/// Whether a candidate on its own traffic alone is behind for its design, or for having learned
/// from little: a production that learned from the very same examples tells.
package struct Handicap: Codable, Sendable, Equatable {
    /// Why it is behind production.
    package enum Cause: String, Codable, Sendable {
        /// It is not.
        case none
        /// Neither is a production that learned from as little ahead of it.
        case little
        case design
    }

    package let cause: Cause
    /// Examples of the launch that taught the candidate, and production.
    package let learned: Int
    package let productionLearned: Int
    /// The candidate's loss less production's.
    package let candidate: LossGap
    /// The candidate's less that of a production which learned from as little.
    package let matched: LossGap

    /// Nil while too little was measured.
    package init?(
        candidate: MetricTally, matched: MetricTally, learned: Int, productionLearned: Int,
        plannedCount: Double? = nil
    ) {
        guard let candidate = LossGap(candidate, plannedCount: plannedCount),
            let matched = LossGap(matched, plannedCount: plannedCount)
        else { return nil }
        (self.candidate, self.matched) = (candidate, matched)
        (self.learned, self.productionLearned) = (learned, productionLearned)
        cause = candidate.low <= 0 ? .none : matched.low <= 0 ? .little : .design
    }

    package var text: String {
        let little =
            "A on its own traffic learned from \(FigureText.count(learned)), "
            + "B from \(FigureText.count(productionLearned))"
        switch cause {
        case .none: return little + "; it is not worse for it"
        case .design:
            return little + "; it is worse than B, and than a B that learned from as little"
        case .little:
            return little
                + "; it is worse than B, but not than a B that learned from as little: a "
                + "handicap, not a worse design"
        }
    }
}
