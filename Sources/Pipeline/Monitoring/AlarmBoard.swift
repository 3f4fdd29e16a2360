import Vocabulary

/// The conditions that alarms are raised on.
public enum AlarmName: String, Sendable, CaseIterable {
    case trainingStopped = "training_stopped"
    case trainingFailed = "training_failed"
    case labelsStalled = "labels_stalled"
    case modelStale = "model_stale"
    case quarantineShare = "quarantine_share"
    case checkpointFailed = "checkpoint_failed"
    case calibrationOff = "calibration_off"
    case logLossAboveBaseRate = "log_loss_above_base_rate"
}

/// Which alarms are open, since when; raising one that is open changes its text only.
public struct AlarmBoard: Sendable, Equatable {
    /// An alarm that is open.
    public struct Open: Sendable, Equatable {
        public var name: AlarmName
        /// Counts the alarms of this model from 1.
        public var number: Int
        /// Event time of the first moment of the condition.
        public var since: Instant
        public var text: String
    }

    /// What became of a condition at one look.
    public enum Change: Sendable, Equatable {
        case raised(Open)
        case resolved(Open)
    }

    /// In the order of raising.
    public private(set) var open: [Open] = []
    public private(set) var raisedCount: Int

    /// Numbers go on behind `raisedCount`.
    public init(raisedCount: Int = 0) {
        self.raisedCount = raisedCount
    }

    /// States whether a condition holds; `text` is nil when it does not.
    public mutating func state(
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
