import Vocabulary

/// Who answers for the arms of a launch, and which units are whose.
package struct LaunchArms<Model: AnsweringModel>: Sendable {
    /// What answers for an arm.
    package enum Answer: Sendable {
        case model(Model)
        /// What answers where no model can.
        case fallback
    }

    /// Each arm's share of the units.
    package var shares: [ArmName: Double]
    /// The arm of a unit, by the hash of its name.
    package var assignment: @Sendable (UInt64) -> ArmName
    /// An arm without one is answered by what answers production.
    package var answers: [ArmName: Answer]
    /// Arms that may show what no model knows yet; nil for all.
    package var exploring: [ArmName]?

    package init(
        shares: [ArmName: Double], assignment: @escaping @Sendable (UInt64) -> ArmName,
        answers: [ArmName: Answer], exploring: [ArmName]? = nil
    ) {
        (self.shares, self.assignment) = (shares, assignment)
        (self.answers, self.exploring) = (answers, exploring)
    }

    package func explores(_ arm: ArmName) -> Bool { exploring?.contains(arm) ?? true }
}
