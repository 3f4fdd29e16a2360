import Launching
import Vocabulary

/// What a launch that was served already is judged by, and where its arms are written.
package struct LaunchOrder: Sendable {
    package var metric: LaunchMetric
    package var shares: TrafficShares
    /// False where somebody else assigned the arms, so that only their shares can be checked.
    package var ownsRouting = true
    package var baseline: BaselineDesign
    /// Arms that are to learn from their own traffic alone.
    package var isolatedArms: [ArmName] = []
    /// The field of a record that names its arm, and what each name stands for.
    package var armField = "arm"
    package var armNames: [String: ArmName] = [:]
    /// When the launch began; nil for the first record with an arm.
    package var since: Instant?
    /// True if no label comes any more.
    package var isFinal = false
    package var alpha = 0.05
    /// How a stopped baseline decays, in log loss.
    package var decay: DecayCurve?
    /// Effective exposures of a pair by when the least effect is to be found, where no history
    /// says how many that takes.
    package var plannedCount = Self.plannedCount

    static let plannedCount = 10_000.0

    package init(metric: LaunchMetric, shares: TrafficShares, baseline: BaselineDesign) {
        (self.metric, self.shares, self.baseline) = (metric, shares, baseline)
    }
}
