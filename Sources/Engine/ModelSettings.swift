import Filtering
import Joining
import Launching
import Learning
import Monitoring
import Operation
import Recording
import Validation
import Vocabulary

/// How one model is to be run.
package struct ModelSettings: Sendable, Equatable {
    package var name: ModelName
    package var owner = ""
    package var join = LabelJoiner.Settings()
    package var joinLimits = LabelJoiner.Limits()
    package var learner = LearnerSettings()
    package var rules: [FeatureRule] = []
    /// Wall time within which a checkpoint has to pass; nil for whenever.
    package var schedule: Span?
    /// Wall time within which somebody has to look at it; nil for whenever.
    package var lookEvery: Span?
    package var design = ExampleDesign()
    package var filter = FilterSettings()
    /// A checkpoint each so much event time; nil for none by time.
    package var checkpointEvery: Span?
    /// A checkpoint each so many examples; nil for none by count.
    package var checkpointExamples: Int?
    /// Event time by which the served learner may lag; without one, none is promised.
    package var stalenessLimit: Span?
    /// Share of quarantined among all records beyond which an alarm is raised.
    package var quarantineShareMax = 0.01

    /// Bytes of raw records that are gathered before they go to disk together.
    package var rawBatchSizeMax = 256 << 10
    package var trainingBatchSizeMax = 1 << 20

    /// How the stream is watched.
    package var monitors = MonitorSettings()
    package var retention = Retention()
    /// How a candidate comes to traffic; nil for at once.
    package var ramp: RampSettings?
    package var fallback = FallbackSettings()
    /// The launch that may be started; nil where none is declared.
    package var launch: LaunchTerms?
    /// What a checkpoint must show before it goes to traffic.
    package var gate = GateSettings()
    /// A golden set is made where there is none.
    package var makesGolden = true
    /// Wall time after which what was logged is synced at the latest, while records come; zero
    /// for each batch at once. What is acknowledged to a sender is synced first in any case.
    package var syncEvery = Span(microseconds: 250_000)

    package init(name: ModelName) {
        self.name = name
    }

    /// How long after an example its label may come; nil if only labels teach.
    package var wait: Span? {
        get { join.wait }
        set { join.wait = newValue }
    }
}

/// What a model's lower tiers answer, and for how long they may.
package struct FallbackSettings: Sendable, Equatable {
    /// The feature that the table looks up; nil for no table.
    package var feature: String?
    /// The last answer of all; nil for the base rate.
    package var constant: Double?
    /// Wall time after which a fallback that goes on is a critical alarm.
    package var limit = Span.hours(1)

    package init() {}
}

/// Who holds a model's training, since when, and why.
package struct Hold: Sendable, Equatable, Codable {
    package var by: String
    package var from: String
    package var reason: String
    /// Wall time.
    package var since: Instant

    package init(by: String, from: String, reason: String, since: Instant) {
        self.by = by
        self.from = from
        self.reason = reason
        self.since = since
    }

    /// By the trainer itself, because a step was not finite.
    package init(ofTrainerBecause reason: String, since: Instant) {
        self.init(by: Self.trainer, from: Self.trainer, reason: reason, since: since)
    }

    package var isTrainers: Bool { by == Self.trainer && from == Self.trainer }

    private static let trainer = "trainer"
}

/// The red button as a trainer sees it: an atomic that it reads before every few examples.
package protocol HoldSwitch: AnyObject, Sendable {
    var isHeld: Bool { get }
    /// Nil when nobody holds.
    var hold: Hold? { get }
    /// The trainer stops itself, at once; false if it was held already.
    func stop(because reason: String) -> Bool
}

/// A record that was held back, and why.
package struct QuarantinedRecord: Sendable, Equatable {
    package var sequence: RawSequence
    package var stream: StreamKind
    package var path: String
    package var line: Int
    package var rejection: Rejection
    /// The record as it came; its first 64 KiB if it is longer. The raw log has the whole.
    package var bytes: [UInt8]
    /// Size of the record in bytes.
    package var size: Int

    package init(
        sequence: RawSequence, stream: StreamKind, path: String, line: Int, rejection: Rejection,
        bytes: [UInt8], size: Int
    ) {
        (self.sequence, self.stream, self.path, self.line) = (sequence, stream, path, line)
        (self.rejection, self.bytes, self.size) = (rejection, bytes, size)
    }
}

/// What an engine asks the world to do, in this order.
package enum Effect {
    /// Bytes are valid only during the call.
    case append(LogKind, UnsafeRawBufferPointer)
    case quarantine([QuarantinedRecord])
    /// No longer held back.
    case released([RawSequence])
    case alarm(AlarmNotice)
}

/// An alarm that was raised or resolved, for the journal.
package struct AlarmNotice: Sendable, Equatable {
    package var isRaised: Bool
    package var alarm: AlarmReport
    /// Event time.
    package var at: Instant

    package init(isRaised: Bool, alarm: AlarmReport, at time: Instant) {
        (self.isRaised, self.alarm, at) = (isRaised, alarm, time)
    }
}
