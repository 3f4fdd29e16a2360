import Vocabulary

/// What is to be ridden through, until when, and what ends it before.
package struct RideTerms: Codable, Sendable, Equatable {
    /// When it is to end, in event time.
    package enum Deadline: Codable, Sendable, Equatable {
        case at(Instant)
        /// So long after the newest event.
        case after(Span)
    }

    /// What takes place; nil where the reason says it.
    package var event: String?
    package var deadline: Deadline
    /// What of each step is taken: above 0, below 1.
    package var stepShare: Double
    package var guards: RideGuards

    package static let standardShare = 0.1

    package init(
        event: String?, deadline: Deadline, stepShare: Double = standardShare,
        guards: RideGuards = RideGuards()
    ) {
        (self.event, self.deadline) = (event, deadline)
        (self.stepShare, self.guards) = (stepShare, guards)
    }
}

/// The breakers of a ride, tighter than the alarms: what trips one stops training.
package struct RideGuards: Codable, Sendable, Equatable {
    /// How much the log loss of an hour may lie above that of the day's worst hour, as a share.
    package var lossRise = 0.25
    /// How much a checkpoint's log loss on the golden set may lie above the way back's, as a share.
    package var goldenRise = 0.1
    /// How far predictions over labels of an hour may lie outside of what the day's hours had, as a
    /// ratio above 1.
    package var calibrationRatio = 1.25

    package init() {}
}

/// What is to be done about riding through.
package enum RideOrder: Codable, Sendable, Equatable {
    case begin(RideTerms)
    /// Before its time.
    case end
}

/// A ride as operators see it.
package struct RideReport: Codable, Sendable, Equatable {
    /// How it stands.
    package enum State: String, Codable, Sendable {
        case riding
        /// A guard has stopped training.
        case tripped
    }

    package var id: RideID
    package var state: State
    package var event: String
    package var by: String
    package var reason: String
    /// Wall time.
    package var since: Instant
    /// Event times of its beginning and its deadline.
    package var from: Instant
    package var until: Instant
    /// Event time that is left; nil before the first event.
    package var secondsLeft: Double?
    package var stepShare: Double
    /// Entries of the training log met so far with a share of a step.
    package var examples: UInt64
    /// The checkpoint that is kept to go back to.
    package var wayBack: CheckpointID
    /// Each guard with its figure and its limit, in words.
    package var guards: [String]
    /// What tripped; nil while it rides.
    package var text: String?

    package init(
        id: RideID, state: State, event: String, by: String, reason: String, since: Instant,
        from: Instant, until: Instant, stepShare: Double, examples: UInt64, wayBack: CheckpointID,
        guards: [String]
    ) {
        (self.id, self.state, self.event) = (id, state, event)
        (self.by, self.reason, self.since) = (by, reason, since)
        (self.from, self.until, self.stepShare) = (from, until, stepShare)
        (self.examples, self.wayBack, self.guards) = (examples, wayBack, guards)
    }
}
