import Launching
import Learning
import Vocabulary

/// What the business loses by a stopped baseline's age, measured in a launch where nothing else
/// sets it apart from an arm: the next launches are corrected by it.
struct LaunchAging {
    private let entry: LaunchBook.Entry
    private let settings: LearnerSettings
    private let stopped: ArmName
    /// Arms that are production, only fresher.
    private let fresh: [ArmName]
    /// By metric.
    private var measures: [AgingMeasure]

    /// `settings` are production's. Nil where this launch cannot tell.
    init?(_ entry: LaunchBook.Entry, settings: LearnerSettings) {
        let terms = entry.terms
        guard let stopped = terms.arm(of: .stopped), terms.exploringArms == nil else { return nil }
        (self.entry, self.settings, self.stopped) = (entry, settings, stopped)
        if terms.isApart {
            fresh = [.production]
        } else if terms.candidate == settings {
            fresh = [.candidate, .production]
        } else {
            // What B learned from A would be taken for C's age.
            return nil
        }
        measures = terms.metrics.map { _ in AgingMeasure() }
    }

    mutating func learn(_ exposure: LaunchLedger.Exposure) {
        guard let arm = exposure.arm, let label = exposure.label,
            arm == stopped || fresh.contains(arm)
        else { return }
        let hours = (exposure.time - entry.begun).seconds / 3600
        for (index, factor) in exposure.factors.enumerated() {
            let amount = label * factor.amount
            guard entry.terms.metrics[index].admits(amount: amount, base: factor.base) else {
                continue
            }
            measures[index].add(
                unit: exposure.unit, amount: amount, base: factor.base, hours: hours,
                isStopped: arm == stopped)
        }
    }

    /// Metrics of which enough came to anything.
    var found: [LaunchBook.Aging] {
        zip(entry.terms.metrics, measures).compactMap { metric, measure in
            let curve = measure.curve
            guard !curve.points.isEmpty else { return nil }
            return LaunchBook.Aging(
                metric: metric.name, launch: entry.id, settings: settings, curve: curve)
        }
    }
}
