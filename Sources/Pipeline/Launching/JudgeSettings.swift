/// How far a canary may be from its control, and how sure the judge must be.
///
/// Margins are in the control's own units. Around a margin a fault may be found or not; at twice
/// the margin it is found once the sequences are narrower than the margin (see `CanaryJudge`).
package struct JudgeSettings: Codable, Sendable, Equatable {
    /// The chance of a false failure in one stage, over all checks and however many looks.
    package var alpha = 0.01
    /// Scores in each arm before its mean and spread are judged.
    package var countMin = 50
    /// Labels in each arm before loss and calibration are judged.
    package var labelCountMin = 200
    /// Labels in each arm without which nothing passes; 0 where labels come too late for a ramp.
    package var labelCountNeeded = 0
    /// The mean score may differ by this share of the control's mean, or by the next, if larger.
    package var meanMargin = 0.1
    /// The same as a share of the control's standard deviation.
    package var deviationMargin = 0.2
    /// Log loss may be worse by this share of the control's.
    package var lossMargin = 0.05
    /// Mean prediction may be farther from the label rate by this share of that rate.
    package var calibrationMargin = 0.2
    /// The variance of scores may be so many times the control's.
    package var varianceRatioMax = 4.0
    /// Outer quantiles may lie so many times as far from the control's median as the control's.
    package var outlierReach = 2.0
    /// Errors may be so many times as frequent as the control's.
    package var errorRatioMax = 1.25
    /// The share of requests that may fail where there is no control to compare with.
    package var errorShareMax = 0.01
    /// A control with more scores that are no numbers is no control.
    package var controlNonFiniteShareMax = 0.01
    /// How many scores of one arm say as much as one independent one; above 1 where a unit sends
    /// many requests that resemble each other.
    package var designEffect = 1.0

    package init() {}

    /// What makes no sense, in words; nil if all does.
    package var objection: String? {
        if !(alpha > 0 && alpha <= 0.2) { return "alpha must be above 0 and at most 0.2" }
        if countMin < 2 { return "countMin must be at least 2" }
        if labelCountMin < 2 { return "labelCountMin must be at least 2" }
        if labelCountNeeded < 0 { return "labelCountNeeded is below 0" }
        let margins = [
            ("meanMargin", meanMargin), ("deviationMargin", deviationMargin),
            ("lossMargin", lossMargin), ("calibrationMargin", calibrationMargin),
        ]
        for (name, margin) in margins where !(margin > 0 && margin <= 10) {
            return "\(name) must be above 0 and at most 10"
        }
        let ratios = [
            ("varianceRatioMax", varianceRatioMax), ("outlierReach", outlierReach),
            ("errorRatioMax", errorRatioMax), ("designEffect", designEffect),
        ]
        for (name, ratio) in ratios where !(ratio >= 1 && ratio <= 1e6) {
            return "\(name) must be at least 1 and at most 1,000,000"
        }
        for (name, share) in [
            ("errorShareMax", errorShareMax),
            ("controlNonFiniteShareMax", controlNonFiniteShareMax),
        ] where !(share >= 0 && share < 1) {
            return "\(name) must be at least 0 and below 1"
        }
        return nil
    }
}
