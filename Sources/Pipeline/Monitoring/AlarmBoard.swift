import Numerics
import Vocabulary

/// The conditions that alarms are raised on.
package enum AlarmName: String, Sendable, CaseIterable {
    case trainingStopped = "training_stopped"
    case trainingFailed = "training_failed"
    /// Examples wait, none is learned, and nobody stopped it.
    case trainingSilent = "training_silent"
    /// The trainer stopped itself before an example.
    case stepNotFinite = "step_not_finite"
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
    /// A synthetic checkpoint did not come through.
    case pushProbeFailed = "push_probe_failed"
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
    /// The newest checkpoint did not pass its validation.
    case checkpointRefused = "checkpoint_refused"
    case goldenSetUnusable = "golden_set_unusable"
    /// What serves does worse on the golden set than it did.
    case goldenSetWorse = "golden_set_worse"
    case pushHeld = "push_held"
    /// An event is being ridden through.
    case ridingThrough = "riding_through"
    /// Its deadline is near, from which on it is learned with whole steps again.
    case rideEnding = "ride_ending"
    /// A guard has ended a ride, and stopped training.
    case rideTripped = "ride_tripped"
    /// What makes the numbers of a launch worthless.
    case launchUnsound = "launch_unsound"
    /// The candidate of a launch does harm.
    case launchWorse = "launch_worse"
    // Of what comes in, by the hour: see StreamMonitor.
    case volumeLow = "volume_low"
    case volumeHigh = "volume_high"
    case duplicatesHigh = "duplicates_high"
    case featureMissing = "feature_missing"
    case featureConstant = "feature_constant"
    /// So many times what it was that its unit may have changed.
    case featureUnit = "feature_unit"
    case featureShifted = "feature_shifted"
    case categoryNew = "category_new"
    case labelsLow = "labels_low"
    case labelDelayChanged = "label_delay_changed"
    case labelRateChanged = "label_rate_changed"
    case predictionsShifted = "predictions_shifted"
    /// A value was no number, so that no monitor could take it.
    case valueNotFinite = "value_not_finite"
    /// A few examples carry nearly all of the weight.
    case effectiveSampleLow = "effective_sample_low"
}

/// Which alarms are open, since when; raising one that is open changes its text only.
package struct AlarmBoard: Sendable, Equatable {
    /// An alarm that is open.
    package struct Open: Sendable, Equatable {
        package var name: AlarmName
        /// Empty where it is none of one feature, one segment, or one source.
        package var feature = ""
        package var segment = ""
        package var source = ""
        /// Event time at which it was raised.
        package var since: Instant
        /// Event time at which the change likely began; no later than `since`.
        package var onset: Instant
        package var text: String
        /// True for one that a finding of the stream's monitor raised.
        fileprivate var isFound = false

        /// The same whenever the same stream raises it.
        package var key: UInt64 {
            var hash = FeatureHash.tag(
                ([name.rawValue, feature, segment] + (source.isEmpty ? [] : [source]))
                    .joined(separator: "/"))
            hash = SeededRandom.mixed(hash ^ UInt64(bitPattern: since.microseconds))
            return hash
        }
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
        let index = open.firstIndex { $0.name == name && !$0.isFound }
        guard let text else {
            return index.map { .resolved(open.remove(at: $0)) }
        }
        if let index {
            open[index].text = text
            return nil
        }
        raisedCount += 1
        let alarm = Open(name: name, since: now, onset: now, text: text)
        open.append(alarm)
        return .raised(alarm)
    }

    /// Opens or closes the alarm of a finding.
    package mutating func take(_ change: StreamMonitor.Change) -> Change? {
        switch change {
        case .opened(let finding):
            raisedCount += 1
            let alarm = Open(finding)
            open.append(alarm)
            return .raised(alarm)
        case .closed(let finding, _):
            let alarm = Open(finding)
            open.removeAll { $0.isFound && $0.key == alarm.key }
            return .resolved(alarm)
        }
    }

    /// A start: findings stand as the monitor knows them, all else is told anew.
    package init(raisedCount: Int, findings: [Finding]) {
        self.raisedCount = raisedCount
        open = findings.map(Open.init)
    }
}

extension StreamMonitor {
    /// When what raised an alarm was last seen; nil while it is seen, or by another's watch.
    package func quietSince(_ alarm: AlarmBoard.Open) -> Instant? {
        findings.first { AlarmBoard.Open($0).key == alarm.key && $0.quietHours > 0 }?.seen
    }
}

extension AlarmBoard.Open {
    fileprivate init(_ finding: Finding) {
        self.init(
            name: finding.name, feature: finding.feature, segment: finding.segment,
            source: finding.source,
            since: finding.raised, onset: finding.onset, text: finding.text, isFound: true)
    }
}
