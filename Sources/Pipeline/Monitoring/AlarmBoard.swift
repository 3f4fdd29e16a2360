import Vocabulary

/// The conditions that alarms are raised on.
package enum AlarmName: String, Sendable, CaseIterable {
    case trainingStopped = "training_stopped"
    case trainingFailed = "training_failed"
    /// Something cannot be written or read: the engine waits and tries again.
    case diskTrouble = "disk_trouble"
    case labelsStalled = "labels_stalled"
    case modelStale = "model_stale"
    case quarantineShare = "quarantine_share"
    case checkpointFailed = "checkpoint_failed"
    case copyFailed = "copy_failed"
    case calibrationOff = "calibration_off"
    case logLossAboveBaseRate = "log_loss_above_base_rate"
    /// A push said that it was done, and something else serves.
    case servingNotPushed = "serving_not_pushed"
    /// The newest candidate was taken back.
    case candidateReturned = "candidate_returned"
    case fallbackServes = "fallback_serves"
    /// A fallback is meant for a short time.
    case fallbackTooLong = "fallback_too_long"
    /// An example came to other features on the way of training than when it was served.
    case servingSkew = "serving_skew"
    /// Answers are given that the log does not have.
    case answersUnlogged = "answers_unlogged"
    case launchRequired = "launch_required"
    case pushHeld = "push_held"
}

/// Which alarms are open, since when; raising one that is open changes its text only.
package struct AlarmBoard: Sendable, Equatable {
    /// An alarm that is open.
    package struct Open: Sendable, Equatable {
        package var name: AlarmName
        /// Counts the alarms of this model from 1.
        package var number: Int
        /// Event time of the first moment of the condition.
        package var since: Instant
        package var text: String
    }

    /// What became of a condition at one look.
    package enum Change: Sendable, Equatable {
        case raised(Open)
        case resolved(Open)
    }

    /// In the order of raising.
    package private(set) var open: [Open] = []
    package private(set) var raisedCount: Int

    /// Numbers go on behind `raisedCount`.
    package init(raisedCount: Int = 0) {
        self.raisedCount = raisedCount
    }

    /// States whether a condition holds; `text` is nil when it does not.
    package mutating func state(
        _ name: AlarmName, _ text: String?, at now: Instant
    ) -> Change? {
        let index = open.firstIndex { $0.name == name }
        guard let text else {
            return index.map { .resolved(open.remove(at: $0)) }
        }
        if let index {
            open[index].text = text
            return nil
        }
        raisedCount += 1
        let alarm = Open(name: name, number: raisedCount, since: now, text: text)
        open.append(alarm)
        return .raised(alarm)
    }
}
