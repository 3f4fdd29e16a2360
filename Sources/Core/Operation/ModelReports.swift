import Numerics
import Vocabulary

/// A model's figures; nil where there is nothing to compute them from yet.
///
/// Figures named `recent…` cover the last hour of trained examples in event time (or the last
/// 1,000 examples where an hour holds fewer); others cover everything trained.
package struct ModelMetrics: Codable, Sendable, Equatable {
    /// Progressive, natural logarithm, weighted, over all trained examples.
    package var logLoss: Double?
    package var recentLogLoss: Double?
    /// Entropy of the rate of positives so far: the log loss of a model that knows only that.
    package var baseRateEntropy: Double?
    package var recentBaseRateEntropy: Double?
    /// Sum of predictions over sum of labels; 1 is calibrated.
    package var calibration: Double?
    package var recentCalibration: Double?
    package var auc: Double?
    package var baseRate: Double?
    package var recentPredictionRate: Double?
    package var recentLabelRate: Double?
    /// Effective sample size, (Σw)² / Σw², over the count of examples: 1 where all weigh the same.
    package var recentEffectiveShare: Double?
    /// Of what examples would weigh by their propensities alone, the share that the floor took: a
    /// bound on what it may move a rate by. Nil where propensities weigh nothing.
    package var recentCutShare: Double?
    /// Wall time, over about the last five seconds.
    package var examplesPerSecond: Double?
    /// Label's event time less its example's: median and 90th percentile.
    package var labelDelayMedianSeconds: Double?
    package var labelDelayP90Seconds: Double?
    /// Labels that found their example, as a share of examples old enough to have one.
    package var coverage: Double?

    package init() {}

    /// What unequal weights make of the last hour, in few words; nil where all weigh the same.
    package var weightsText: String? {
        guard let effective = recentEffectiveShare, effective < 0.9995 || recentCutShare != nil
        else { return nil }
        let text = FigureText.percent(effective)
        guard let cut = recentCutShare else { return text + " effective" }
        return text + " eff.; \(FigureText.percent(cut)) cut"
    }
}

/// How often a checkpoint has to pass, by the clock on the wall.
package struct ScheduleReport: Codable, Sendable, Equatable {
    package var seconds: Double
    /// When the newest that passed was made; nil if none has.
    package var newest: Instant?
    /// By when the next one has to.
    package var due: Instant

    package init(every: Span, newest: Instant?, runningSince: Instant) {
        (seconds, self.newest, due) = (every.seconds, newest, (newest ?? runningSince) + every)
    }
}

/// What became of every record.
///
/// `examples = joined + pending + unlabelled + duplicates + quarantinedExamples`, and
/// `joined = positives + negatives`, always.
package struct StreamCounts: Codable, Sendable, Equatable {
    package var examples = 0
    package var labels = 0
    package var heartbeats = 0
    package var joined = 0
    package var positives = 0
    package var negatives = 0
    package var pending = 0
    package var unlabelled = 0
    /// Labels that came after their example's wait was over.
    package var late = 0
    /// Examples whose id had been seen.
    package var duplicates = 0
    /// Labels whose example had its label already.
    package var labelDuplicates = 0
    /// Labels whose example has not been seen.
    package var orphans = 0
    package var quarantinedExamples = 0
    package var quarantinedLabels = 0
    /// By the rule's name.
    package var quarantinedRules: [String: Int] = [:]
    package var trained = 0

    package init() {}
}

/// What a part of the way from an event to its answer adds to the age of what serves.
package struct StageDelay: Codable, Sendable, Equatable {
    package var stage: Stage
    /// Event time.
    package var seconds: Double

    /// In the order of the way.
    package enum Stage: String, Codable, Sendable, CaseIterable {
        /// For a label, or until it is known that none will come.
        case labelWait = "label_wait"
        case training
        /// Until the next checkpoint.
        case checkpoint
        case validation
        /// For a push to begin.
        case push
        case ramp

        package var words: String {
            switch self {
            case .labelWait: "the wait for labels"
            case .training: "training"
            case .checkpoint: "the wait for a checkpoint"
            case .validation: "validation"
            case .push: "the wait for a push"
            case .ramp: "the ramp"
            }
        }
    }

    package init(stage: Stage, seconds: Double) {
        self.stage = stage
        self.seconds = seconds
    }
}

/// A condition that wants somebody's attention.
package struct AlarmReport: Codable, Sendable, Equatable {
    package var id: String
    package var name: String
    /// What is wrong, in one sentence with its figures.
    package var text: String
    /// Event time at which it was raised.
    package var since: Instant
    package var severity: AlarmSeverity
    package var owner: String
    /// Empty where it is none of one feature, or of one segment.
    package var feature = ""
    package var segment = ""
    /// Nil where it is none of one source.
    package var source: String?
    /// Event time at which what is wrong likely began; nil where that is `since`.
    package var onset: Instant?
    /// Event time at which what raised it was last seen, once it is no longer; nil while it is, and
    /// where only its end is known.
    package var quietSince: Instant?
    /// How far it has come with those who are to answer it; nil where nobody is told.
    package var state: AlarmState?
    /// Rotas, people or receivers that are told beside the steps; nil for none.
    package var wakes: [String]?

    package init(
        id: String, name: String, text: String, since: Instant, severity: AlarmSeverity,
        owner: String
    ) {
        self.id = id
        self.name = name
        self.text = text
        self.since = since
        self.severity = severity
        self.owner = owner
    }
}

/// How much an alarm hurts if nobody comes.
package enum AlarmSeverity: String, Codable, Sendable, CaseIterable {
    case critical
    case warning
    case notice
}

/// What the checks of a checkpoint came to; not knowing is a verdict of its own.
package enum Verdict: String, Codable, Sendable, CaseIterable {
    case passed
    case failed
    case inconclusive
    case unvalidated
}

/// One checkpoint as `checkpoints --json` shows it.
package struct CheckpointReport: Codable, Sendable, Equatable {
    package var id: CheckpointID
    package var model: ModelName
    /// Wall time of its making.
    package var created: Instant
    package var cursor: UInt64
    /// Newest event time that the learner has met; nil before the first example.
    package var eventTime: Instant?
    /// SHA-256 over the learner's parameters alone.
    package var learnerDigest: String
    /// SHA-256 of the whole file.
    package var fileDigest: String
    package var bytes: Int
    package var parent: CheckpointID?
    package var verdict: Verdict
    /// Why the verdict is not `passed`, or what was checked.
    package var reasons: [String]
    package var pinned: Bool
    package var metrics: ModelMetrics
    /// Where earlier passes over the training log ended.
    package var passEnds: [UInt64]
    /// What the learner was kept from meeting.
    package var exclusions: [ExclusionID]
    /// The launch whose candidate became its learner; nil where there was none.
    package var launch: LaunchID?
    /// What became of its push; nil before that, and where nothing serves.
    package var push: PushReport?
    /// Every check of its validation; nil from before there were any.
    package var checks: [GateCheck]?
    /// Wall time from its capture until it was judged; nil from before that was measured.
    package var seconds: Double?

    /// How far into the training log the learner has ever seen.
    package var reach: UInt64 { max(cursor, passEnds.max() ?? 0) }

    package init(
        id: CheckpointID, model: ModelName, created: Instant, cursor: UInt64, eventTime: Instant?,
        learnerDigest: String, fileDigest: String, bytes: Int, parent: CheckpointID?,
        verdict: Verdict, reasons: [String], pinned: Bool, metrics: ModelMetrics,
        passEnds: [UInt64] = [], exclusions: [ExclusionID] = []
    ) {
        self.id = id
        self.model = model
        self.created = created
        self.cursor = cursor
        self.eventTime = eventTime
        self.learnerDigest = learnerDigest
        self.fileDigest = fileDigest
        self.bytes = bytes
        self.parent = parent
        self.verdict = verdict
        self.reasons = reasons
        self.pinned = pinned
        self.metrics = metrics
        self.passEnds = passEnds
        self.exclusions = exclusions
    }
}

/// What a model leaves out, as operators see it.
package struct ExclusionReport: Codable, Sendable, Equatable {
    package var id: ExclusionID
    /// In words.
    package var text: String
    package var by: String
    package var reason: String
    /// Wall time.
    package var since: Instant

    package init(id: ExclusionID, text: String, by: String, reason: String, since: Instant) {
        self.id = id
        self.text = text
        self.by = by
        self.reason = reason
        self.since = since
    }
}

/// What a series measures; the chart that draws it follows from this.
package enum SeriesName: String, Codable, Sendable, CaseIterable {
    case logLoss = "log_loss"
    case baseRateEntropy = "base_rate_entropy"
    case calibration
    case predictionRate = "prediction_rate"
    case labelRate = "label_rate"
    case examplesPerSecond = "examples_per_second"
    case labelDelay = "label_delay"
    case pending
    case coverage
    case staleness
}

/// One measured figure over event time, in equal steps.
package struct Series: Codable, Sendable, Equatable {
    package var name: SeriesName
    /// The unit of the points, as shown: "nats", "ratio", "share", "1/s", "s", "examples".
    package var unit: String
    /// Event time at which the first step begins.
    package var start: Instant
    package var step: Span
    /// One for each step, oldest first, at most 720; nil where nothing was measured.
    package var points: [Double?]

    package init(
        name: SeriesName, unit: String, start: Instant, step: Span, points: [Double?]
    ) {
        self.name = name
        self.unit = unit
        self.start = start
        self.step = step
        self.points = points
    }
}

extension Series {
    /// Without what lies before the newest `span`.
    package func newest(_ span: Span) -> Series {
        let count = Int(span.microseconds / max(1, step.microseconds))
        let skipped = max(0, points.count - max(2, count))
        var shown = self
        shown.points = Array(points.dropFirst(skipped))
        shown.start = start + Span(microseconds: step.microseconds * Int64(skipped))
        return shown
    }
}

extension ModelReport {
    /// What `series` shows becomes so long a time.
    mutating func show(_ span: Span) {
        if span <= .hours(2), let newestSeries {
            // What is not known by the minute stays.
            let others = series.filter { one in !newestSeries.contains { $0.name == one.name } }
            series = newestSeries + others
        } else if span > .hours(24), let monthSeries {
            series = monthSeries.map { $0.newest(span) }
        }
        (newestSeries, monthSeries) = (nil, nil)
    }
}
