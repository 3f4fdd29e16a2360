import Numerics

/// Whether scores spread wider than the control's, though their mean may be right.
extension CanaryJudge {
    /// The sequence of the canary's variance less what it may be. The variance is the mean of
    /// squared distances, so it is judged as means are.
    func scoreVariance(_ canary: ArmStatistics, _ control: ArmStatistics) -> CanaryCheck {
        if let few = tooFewScores(.scoreVariance, "variance", canary, control) { return few }
        let ratio = settings.varianceRatioMax
        let (mine, theirs) = (canary.scores, control.scores)
        let error =
            mine.squaresVariance / Double(mine.count)
            + ratio * ratio * theirs.squaresVariance / Double(theirs.count)
        let reach =
            (error * settings.designEffect).squareRoot()
            * factor(
                Double(mine.count), Double(theirs.count), plannedCount: Double(plannedCount))
        // A control that always says the same gives no unit but its mean.
        let least = settings.meanMargin * theirs.mean
        let margin = max(ratio * theirs.variance, least * least)
        let isBeyond = mine.variance - reach > margin
        let words =
            "variance of scores \(FigureText.text(mine.variance)) against "
            + "\(FigureText.text(theirs.variance)): at least "
            + "\(FigureText.text(max(mine.variance - reach, 0))), "
            + "\(isBeyond ? "beyond" : "may be") \(FigureText.text(margin))"
        var check = CanaryCheck(.scoreVariance, isBeyond ? .failed : .passed, words)
        (check.canary, check.control, check.margin) = (mine.variance, theirs.variance, margin)
        (check.low, check.high) = (max(mine.variance - reach, 0), mine.variance + reach)
        return check
    }

    /// Few scores far out say little to a variance, much to a count: no more than a share of the
    /// canary's may lie beyond `outlierReach` times the distance that the control's own outer
    /// share lies from its median. Three shares are looked at, each by the exact binomial test.
    func outliers(_ canary: ArmStatistics, _ control: ArmStatistics) -> CanaryCheck {
        if let few = tooFewScores(.outliers, "outliers", canary, control) { return few }
        guard let center = control.quantile(0.5) else {
            return CanaryCheck(.outliers, .tooFew, "outliers: no scores in the control")
        }
        let shares = [0.05, 0.01, 0.001].filter {
            Double(control.scores.count) * $0 >= Self.outlierCountMin
        }
        let least = settings.meanMargin * center.magnitude
        var worst: CanaryCheck?
        for share in shares {
            let limit = max(outerDistance(control, center, share), least) * settings.outlierReach
            let found = canary.cells.count(beyond: limit, from: center)
            let chance = BinomialTail.atLeast(found, of: canary.scores.count, chance: share)
            let chanceMin = BinomialTail.part(of: alpha / 3, atCount: max(found, 1))
            let isBeyond = chance < chanceMin
            let words =
                "outliers: \(FigureText.count(found)) of \(FigureText.count(canary.scores.count)) "
                + "scores farther than \(FigureText.text(limit)) from \(FigureText.text(center)), "
                + "\(isBeyond ? "beyond" : "may be") \(FigureText.percent(share))"
            var check = CanaryCheck(.outliers, isBeyond ? .failed : .passed, words)
            check.canary = Double(found) / Double(canary.scores.count)
            (check.margin, check.chance, check.chanceMin) = (share, chance, chanceMin)
            if isBeyond { return check }
            worst = worst ?? check
        }
        return worst
            ?? CanaryCheck(
                .outliers, .notJudged,
                "outliers: \(FigureText.count(control.scores.count)) scores in the control are "
                    + "too few")
    }

    /// The control's outer scores must be so many for their quantile to be known.
    static let outlierCountMin = 10.0

    /// Two standard errors farther out than the quantile seems to be.
    private func outerDistance(
        _ control: ArmStatistics, _ center: Double, _ share: Double
    ) -> Double {
        let expected = Double(control.scores.count) * share
        let sure = Int(max(expected - 2 * expected.squareRoot(), 0))
        return control.cells.distance(from: center, exceededByAtMost: sure)
    }
}
