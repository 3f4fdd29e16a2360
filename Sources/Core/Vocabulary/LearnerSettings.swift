/// How a learner is set up.
package struct LearnerSettings: Sendable, Equatable, Codable {
    /// Learning rate of a coordinate that has met nothing.
    package var alpha: Float = 0.2
    package var beta: Float = 1
    package var l1: Float = 0
    package var l2: Float = 0
    /// The table has 2 to this power of slots, 8 bytes each.
    package var bits = 22
    package var features = FeatureChoice()

    package init() {}

    /// What was written before features could be chosen took all.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        alpha = try values.decode(Float.self, forKey: .alpha)
        beta = try values.decode(Float.self, forKey: .beta)
        l1 = try values.decode(Float.self, forKey: .l1)
        l2 = try values.decode(Float.self, forKey: .l2)
        bits = try values.decode(Int.self, forKey: .bits)
        features = try values.decodeIfPresent(FeatureChoice.self, forKey: .features) ?? features
    }
}
