import Launching
import Learning
import Numerics
import Recording
import Vocabulary

/// One arm's trainer as a cursor over the one training log: a learner, the units that it learns
/// from, and how far behind it is.
final class LaunchCursor {
    /// How it moves.
    enum Pace {
        case following
        /// Learns nothing of the launch's time.
        case stopped
        /// Is so far behind what came last.
        case delayed(Span)
    }

    let name: String
    let learner: FTRLLearner
    let pace: Pace
    /// Arms whose units it meets before the launch, and from then on.
    private let armsBefore: [ArmName]
    private let armsSince: [ArmName]
    private(set) var learned = 0
    /// Log loss of the launch's examples, each scored before it is learned.
    private(set) var lossSum = 0.0
    private(set) var measuredCount = 0
    /// The loss of the one that was scored last.
    private(set) var loss = 0.0
    /// Loss less production's, unit by unit.
    var difference = MetricTally()

    /// Of the launch's time.
    private(set) var launchLearned = 0

    /// From the beginning, or with a learner that learned so many already.
    init(
        _ name: String, _ learner: FTRLLearner, pace: Pace = .following, before: [ArmName],
        since: [ArmName], learned: Int = 0, launchLearned: Int = 0
    ) {
        (self.name, self.learner, self.pace) = (name, learner, pace)
        (armsBefore, armsSince) = (before, since)
        (self.learned, self.launchLearned) = (learned, launchLearned)
    }

    /// Scores an entry of the launch's time, whoever's it is.
    func measure(_ entry: EntryView) {
        let logit = learner.score(entry)
        loss = Self.loss(logit, of: entry)
        lossSum += loss
        measuredCount += 1
    }

    static func loss(_ logit: Double, of entry: EntryView) -> Double {
        Entropy.softplus(logit) - Double(entry.label) * logit
    }

    /// Learns an entry if it is its own; true if it did.
    func meet(_ entry: EntryView, of arm: ArmName, isLaunched: Bool) throws -> Bool {
        if case .stopped = pace, isLaunched { return false }
        guard (isLaunched ? armsSince : armsBefore).contains(arm) else { return false }
        guard learner.teach(entry).isLearned else {
            throw ActRefusal("\(name) stops itself: a step is not finite after \(learned) examples")
        }
        learned += 1
        if isLaunched { launchLearned += 1 }
        return true
    }

    /// The mean, in nats; nil while nothing was measured.
    var meanLoss: Double? { measuredCount > 0 ? lossSum / Double(measuredCount) : nil }
}
