import Numerics

/// What labels say: loss and calibration.
extension CanaryJudge {
    private func tooFewLabels(
        _ subject: CanaryCheck.Subject, _ name: String, _ canary: ArmStatistics,
        _ control: ArmStatistics?
    ) -> CanaryCheck? {
        let least = settings.labelCountMin
        for (arm, count) in [("canary", canary.labelCount), ("control", control?.labelCount)] {
            guard let count, count < least else { continue }
            return CanaryCheck(
                subject, .notJudged,
                "\(name): not judged, \(FigureText.count(count)) of \(FigureText.count(least)) "
                    + "labels in the \(arm)")
        }
        return nil
    }

    private var plannedLabelCount: Double {
        Double(max(settings.labelCountMin, plannedCount))
    }

    /// A better loss never fails. Without a control it is held against the loss of a model that
    /// knows only the rate of the labels, which a useful one must beat.
    func logLoss(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        if let few = tooFewLabels(.logLoss, "log loss", canary, control) { return few }
        if let control {
            return difference(
                .logLoss, "log loss", canary.losses, control.losses,
                margin: settings.lossMargin * control.losses.mean, sides: .above,
                plannedCount: plannedLabelCount)
        }
        let rate = canary.labelSum / Double(canary.labelCount)
        let entropy = Entropy.nats(rate)
        let reach = absoluteReach(canary.losses)
        let found = canary.losses.mean - entropy
        let margin = settings.lossMargin * entropy
        return absolute(
            .logLoss,
            "log loss \(FigureText.text(canary.losses.mean)) against the base rate's "
                + FigureText.text(entropy), canary.losses.mean, found, reach, margin)
    }

    /// How much farther the canary's mean prediction is from its labels than the control's is.
    func calibration(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        if let few = tooFewLabels(.calibration, "calibration", canary, control) { return few }
        let unit = control ?? canary
        let margin = settings.calibrationMargin * unit.labelSum / Double(unit.labelCount)
        let mine = canary.residuals.mean
        var words = "predictions off their labels by \(FigureText.text(mine))"
        var found = mine.magnitude
        var reach = absoluteReach(canary.residuals)
        if let control {
            words += " against \(FigureText.text(control.residuals.mean))"
            found -= control.residuals.mean.magnitude
            reach = self.reach(
                canary.residuals, control.residuals, plannedCount: plannedLabelCount)
        }
        var check = absolute(.calibration, words, mine, found, reach, margin)
        check.control = control?.residuals.mean
        return check
    }

    private func absoluteReach(_ moments: ScoreMoments) -> Double {
        let count = Double(moments.count) / settings.designEffect
        return (moments.variance / count).squareRoot()
            * ConfidenceSequence.reach(count: count, plannedCount: plannedLabelCount, alpha: alpha)
    }

    private func absolute(
        _ subject: CanaryCheck.Subject, _ words: String, _ canary: Double, _ found: Double,
        _ reach: Double, _ margin: Double
    ) -> CanaryCheck {
        let isBeyond = found - reach > margin
        var check = CanaryCheck(
            subject, isBeyond ? .failed : .passed,
            "\(words): worse by \(FigureText.text(found - reach)) to "
                + "\(FigureText.text(found + reach)), "
                + "\(isBeyond ? "beyond" : "margin") +\(FigureText.text(margin))")
        (check.canary, check.margin) = (canary, margin)
        (check.low, check.high) = (found - reach, found + reach)
        return check
    }
}
