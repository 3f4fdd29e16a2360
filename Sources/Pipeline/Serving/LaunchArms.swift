import Launching
import Vocabulary

/// Who answers for the arms of a launch, and which units are whose.
package struct LaunchArms<Model: AnsweringModel>: Sendable {
    /// What answers for an arm.
    package enum Answer: Sendable {
        case model(Model)
        /// What answers where no model can.
        case fallback
    }

    package var shares: TrafficShares
    /// An arm without one is answered by what answers production.
    package var answers: [ArmName: Answer]
    /// Arms that may show what no model knows yet; nil for all.
    package var exploring: [ArmName]?

    package init(
        shares: TrafficShares, answers: [ArmName: Answer], exploring: [ArmName]? = nil
    ) {
        (self.shares, self.answers, self.exploring) = (shares, answers, exploring)
    }

    package func explores(_ arm: ArmName) -> Bool { exploring?.contains(arm) ?? true }
}
