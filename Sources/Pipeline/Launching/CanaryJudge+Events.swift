import Numerics

/// What either happens or does not, judged by exact tests.
extension CanaryJudge {
    /// Of all errors in both arms, the canary's share against its share of the traffic; so a
    /// control without errors is as good a baseline as any.
    ///
    /// The alpha is split over the counts of errors, not over looks: between two errors nothing
    /// new is tested, however often one looks.
    func errors(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        let found = canary.errorCount
        let words = "errors: \(FigureText.count(found)) of \(FigureText.count(canary.requestCount))"
        guard let control else { return absoluteErrors(canary, words) }
        let all = found + control.errorCount
        let weighed = settings.errorRatioMax * Double(canary.requestCount)
        let total = weighed + Double(control.requestCount)
        let chance = BinomialTail.atLeast(
            found, of: all, chance: total > 0 ? weighed / total : 1)
        let chanceMin = BinomialTail.part(of: alpha, atCount: max(all, 1))
        let line =
            "\(words) against \(FigureText.count(control.errorCount)) of "
            + "\(FigureText.count(control.requestCount))"
        return eventCheck(.errors, line, canary, control, chance, chanceMin)
    }

    private func absoluteErrors(_ canary: ArmStatistics, _ words: String) -> CanaryCheck {
        let chance = BinomialTail.atLeast(
            canary.errorCount, of: canary.requestCount, chance: settings.errorShareMax)
        let chanceMin = BinomialTail.part(of: alpha, atCount: max(canary.errorCount, 1))
        let line = "\(words), may be \(FigureText.percent(settings.errorShareMax))"
        return eventCheck(.errors, line, canary, nil, chance, chanceMin)
    }

    private func eventCheck(
        _ subject: CanaryCheck.Subject, _ words: String, _ canary: ArmStatistics,
        _ control: ArmStatistics?, _ chance: Double, _ chanceMin: Double
    ) -> CanaryCheck {
        func share(_ arm: ArmStatistics) -> Double? {
            arm.requestCount > 0 ? Double(arm.errorCount) / Double(arm.requestCount) : nil
        }
        let isBeyond = chance < chanceMin
        let odds = canary.errorCount > 0 ? ", by chance \(FigureText.text(chance))" : ""
        var check = CanaryCheck(
            subject, isBeyond ? .failed : .passed,
            isBeyond ? "\(words)\(odds), beyond \(FigureText.text(chanceMin))" : words + odds)
        (check.canary, check.control) = (share(canary), control.flatMap(share))
        (check.chance, check.chanceMin) = (chance, chanceMin)
        return check
    }

    /// Whether labels find their way to the canary's predictions as they do to the control's.
    ///
    /// Labels that come too late for a ramp keep nothing from passing; a canary without labels
    /// beside a control with plenty is a series that is absent.
    func labels(_ canary: ArmStatistics, _ control: ArmStatistics?) -> CanaryCheck {
        let (found, needed) = (canary.labelCount, settings.labelCountNeeded)
        let words = "labels: \(FigureText.count(found)) in the canary"
        if let control, control.requestCount > 0 {
            let all = found + control.labelCount
            let lost = control.labelCount
            // Half of what its traffic says would still be let pass.
            let share = Double(canary.requestCount) / 2
            let chance = BinomialTail.atLeast(
                lost, of: all, chance: 1 - share / (share + Double(control.requestCount)))
            if chance < BinomialTail.part(of: alpha, atCount: max(all, 1)) {
                return CanaryCheck(
                    .labels, .absent,
                    "\(words), \(FigureText.count(lost)) in the control: the canary's are absent")
            }
            if control.labelCount < needed {
                return CanaryCheck(
                    .labels, .tooFew,
                    "labels: \(FigureText.count(lost)) of \(FigureText.count(needed)) needed in "
                        + "the control")
            }
        }
        if found < needed {
            return CanaryCheck(
                .labels, .tooFew, "\(words), \(FigureText.count(needed)) are needed")
        }
        return CanaryCheck(.labels, found > 0 ? .passed : .notJudged, words)
    }
}
