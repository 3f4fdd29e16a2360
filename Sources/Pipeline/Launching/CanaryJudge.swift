import Numerics

/// Compares a canary with a fresh control, check by check; it may be asked as often as one likes.
///
/// Means are compared by asymptotic confidence sequences, errors by an exact test whose alpha is
/// split over the counts of errors, so that looking often makes no false failures. A check fails
/// only where its sequence lies wholly beyond the margin; the stage's alpha is shared by six.
///
/// Power, with the default settings, n the scores in each of two equal arms, one check's alpha
/// 0.00167: a shift of the mean by twice its margin (0.4 deviations) is found in 9 of 10 ramps by
/// n = 1,300; variance × 25 by n = 150; one error in 200 against none by n = 6,000 at equal
/// shares, but by 600 where the canary has 1 % of the traffic; log loss up by a fifth by
/// n = 7,000 labels. With a small canary and a large control about half as many are enough.
/// Faults below their margin pass on purpose; faults up to twice the margin may pass.
package struct CanaryJudge: Sendable {
    package let settings: JudgeSettings
    /// Scores in the canary near which the sequences are narrowest.
    package let plannedCount: Int

    static let sharedBy = 6.0

    package init(_ settings: JudgeSettings, plannedCount: Int) {
        precondition(settings.objection == nil, "the judge's settings make no sense")
        self.settings = settings
        self.plannedCount = max(plannedCount, settings.countMin)
    }

    /// Without a control only absolute checks are made: that there is traffic, that scores are
    /// numbers, that errors are rare, and, with enough labels, that the loss is no worse than that
    /// of their rate and the predictions are calibrated.
    package func judge(canary: ArmStatistics, control: ArmStatistics?) -> Judgement {
        var checks = [traffic(canary, control), numbers(canary, control)]
        checks.append(errors(canary, control))
        checks.append(scoreMean(canary, control))
        if let control {
            checks.append(scoreVariance(canary, control))
            checks.append(outliers(canary, control))
        }
        checks.append(labels(canary, control))
        checks.append(logLoss(canary, control))
        checks.append(calibration(canary, control))
        return Judgement(checks)
    }

    /// The same, with what Kayenta's judge would have said; dearer by a few milliseconds.
    package func judgeWithRanks(canary: ArmStatistics, control: ArmStatistics?) -> Judgement {
        var judgement = judge(canary: canary, control: control)
        if let control {
            judgement.ranks = RankComparison(
                canary: canary.sampledScores, control: control.sampledScores)
        }
        return judgement
    }

    /// What one check may spend.
    var alpha: Double { settings.alpha / Self.sharedBy }

    private func traffic(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        let seen = FigureText.count(canary.requestCount)
        if canary.requestCount == 0 {
            return CanaryCheck(.traffic, .absent, "no traffic in the canary")
        }
        guard let control else {
            return CanaryCheck(.traffic, .passed, "traffic: \(seen) in the canary, no control")
        }
        if control.requestCount == 0 {
            return CanaryCheck(
                .traffic, .absent, "no traffic in the control, \(seen) in the canary")
        }
        let beside = FigureText.count(control.requestCount)
        return CanaryCheck(
            .traffic, .passed, "traffic: \(seen) in the canary, \(beside) in the control")
    }

    private func numbers(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        if canary.nonFiniteCount > 0 {
            let (found, all) = (canary.nonFiniteCount, canary.requestCount)
            return CanaryCheck(
                .numbers, .absent,
                "\(FigureText.count(found)) of \(FigureText.count(all)) scores are no numbers"
            )
        }
        if canary.labelFaultCount > 0 {
            let found = FigureText.count(canary.labelFaultCount)
            return CanaryCheck(
                .numbers, .absent, "\(found) labelled predictions of the canary are outside 0 to 1")
        }
        if let control {
            let share = Double(control.nonFiniteCount) / Double(max(control.requestCount, 1))
            if share > settings.controlNonFiniteShareMax {
                return CanaryCheck(
                    .numbers, .absent,
                    "\(FigureText.percent(share)) of the control's scores are no numbers")
            }
        }
        return CanaryCheck(.numbers, .passed, "all canary scores are numbers")
    }

    private func scoreMean(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        if let few = tooFewScores(.scoreMean, "mean score", canary, control) { return few }
        guard let control else {
            let mean = FigureText.text(canary.scores.mean)
            return CanaryCheck(.scoreMean, .notJudged, "mean score \(mean): no control")
        }
        let margin = max(
            settings.meanMargin * control.scores.mean.magnitude,
            settings.deviationMargin * control.scores.deviation)
        return difference(
            .scoreMean, "mean score", canary.scores, control.scores, margin: margin,
            sides: .both, plannedCount: Double(plannedCount))
    }

    func tooFewScores(
        _ subject: CanaryCheck.Subject, _ name: String, _ canary: ArmStatistics,
        _ control: ArmStatistics?
    ) -> CanaryCheck? {
        let least = settings.countMin
        for (arm, count) in [("canary", canary.scores.count), ("control", control?.scores.count)] {
            guard let count, count < least else { continue }
            return CanaryCheck(
                subject, .tooFew,
                "\(name): \(FigureText.count(count)) of \(FigureText.count(least)) scores needed "
                    + "in the \(arm)")
        }
        return nil
    }

    /// Which differences are faults.
    enum Sides {
        case both
        case above
    }

    /// The sequence of a difference of two means against a margin.
    func difference(
        _ subject: CanaryCheck.Subject, _ name: String, _ canary: ScoreMoments,
        _ control: ScoreMoments, margin: Double, sides: Sides, plannedCount: Double
    ) -> CanaryCheck {
        let found = canary.mean - control.mean
        let reach = reach(canary, control, plannedCount: plannedCount)
        let isBeyond: Bool =
            switch sides {
            case .both: found.magnitude - reach > margin
            case .above: found - reach > margin
            }
        let sign = sides == .both ? "±" : "+"
        let words =
            "\(name) \(FigureText.text(canary.mean)) against \(FigureText.text(control.mean)): "
            + "difference \(FigureText.text(found - reach)) to \(FigureText.text(found + reach)), "
            + "\(isBeyond ? "beyond" : "margin") \(sign)\(FigureText.text(margin))"
        var check = CanaryCheck(subject, isBeyond ? .failed : .passed, words)
        (check.canary, check.control, check.margin) = (canary.mean, control.mean, margin)
        (check.low, check.high) = (found - reach, found + reach)
        return check
    }

    /// How far the sequence of a difference of means reaches.
    ///
    /// The canary counts as no steadier than the control: the few scores of a young canary may
    /// all be alike by chance.
    func reach(_ canary: ScoreMoments, _ control: ScoreMoments, plannedCount: Double) -> Double {
        let (mine, theirs) = (Double(canary.count), Double(control.count))
        let variance = max(canary.variance, control.variance) / mine + control.variance / theirs
        return (variance * settings.designEffect).squareRoot()
            * factor(mine, theirs, plannedCount: plannedCount)
    }

    /// For one arm with so many values, or two.
    func factor(_ canary: Double, _ control: Double, plannedCount: Double) -> Double {
        let count = canary * (control / (canary + control)) / settings.designEffect
        return ConfidenceSequence.reach(count: count, plannedCount: plannedCount, alpha: alpha)
    }
}
