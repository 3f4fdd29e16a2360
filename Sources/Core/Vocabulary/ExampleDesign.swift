/// What is made of an example's own fields, beside its features. It stays what it is as long as
/// there is a log: another design learns something else.
package struct ExampleDesign: Codable, Sendable, Equatable {
    /// Features of the sender's clock, made of `ts` and `tz`.
    package var makesTimeFeatures: Bool
    /// Each example weighs one over its propensity, and needs one therefore; a smaller propensity
    /// than this, in (0,1], counts as this. Nil: propensities are kept and weigh nothing.
    package var propensityFloor: Double?

    package init(makesTimeFeatures: Bool = false, propensityFloor: Double? = nil) {
        (self.makesTimeFeatures, self.propensityFloor) = (makesTimeFeatures, propensityFloor)
    }
}
