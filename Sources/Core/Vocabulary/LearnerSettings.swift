/// How a learner is set up.
package struct LearnerSettings: Sendable, Equatable, Codable {
    /// Learning rate of a coordinate that has met nothing.
    package var alpha: Float = 0.2
    package var beta: Float = 1
    package var l1: Float = 0
    package var l2: Float = 0
    /// The table has 2 to this power of slots, 8 bytes each.
    package var bits = 22

    package init() {}
}
