import Vocabulary

/// All that an operator sees of an engine at one moment; immutable, and complete in itself.
///
/// `status --json` is the `summary` of this value; an attached console reads the whole.
/// Keys are written in snake case.
package struct Snapshot: Codable, Sendable, Equatable {
    package var engine: EngineReport
    /// Ordered by name.
    package var models: [ModelReport]
    /// True while the red button holds any model.
    package var latched: Bool
    /// Wall time when this was taken, on the engine's host.
    package var takenAt: Instant
    /// The newest entries of the journal, newest first, at most 100.
    package var journal: [JournalEntry]
    /// Who may do what, what waits for a second person, and which incidents are open.
    package var authority: AuthorityReport?
    /// What to do about alarms, and what of it is done.
    package var playbook: PlaybookReport?

    package init(
        engine: EngineReport, models: [ModelReport], latched: Bool, takenAt: Instant,
        journal: [JournalEntry]
    ) {
        self.engine = engine
        self.models = models
        self.latched = latched
        self.takenAt = takenAt
        self.journal = journal
    }

    /// The same with the charts' points over so long a time, in steps that suit it, and no others.
    package func showing(_ span: Span) -> Snapshot {
        var copy = self
        for index in copy.models.indices { copy.models[index].show(span) }
        return copy
    }

    /// The same without the points of the charts, and with the newest of the lists only.
    package var summary: Snapshot {
        var copy = showing(.hours(24))
        for index in copy.models.indices {
            copy.models[index].series = []
            copy.models[index].launch?.points = []
            copy.models[index].monitor?.bands = nil
            for feature in (copy.models[index].monitor?.features ?? []).indices {
                copy.models[index].monitor?.features[feature].week = nil
            }
            copy.models[index].checkpoints = Array(copy.models[index].checkpoints.prefix(10))
        }
        copy.journal = Array(journal.prefix(10))
        copy.playbook?.pages = []
        for index in (copy.authority?.incidents ?? []).indices {
            let entries = copy.authority?.incidents[index].entries ?? []
            copy.authority?.incidents[index].entries = Array(entries.suffix(10))
        }
        return copy
    }
}

/// A drill that is under way.
package struct DrillReport: Codable, Sendable, Equatable {
    package var scenario: String
    /// Event time at which it begins, and at which it is over.
    package var from: Instant
    package var to: Instant

    package init(scenario: String, from: Instant, to: Instant) {
        (self.scenario, self.from, self.to) = (scenario, from, to)
    }
}

/// The engine's process.
package struct EngineReport: Codable, Sendable, Equatable {
    /// Zero when no engine runs and the report was read from the state directory.
    package var pid: Int
    package var version: String
    /// The build that runs, once its digest is known; nil at rest.
    package var build: BuildID?
    package var uptimeSeconds: Double
    package var stateDir: String
    /// TCP addresses that requests are taken on; nil where no engine runs.
    package var listens: [String]?
    /// What feeds the engine, in words: "yarn shop, seed 7, 720 x real time".
    package var source: String
    /// Set where nothing on the screen is real.
    package var drill: DrillReport?
    /// Whose consoles show it, the first to come first; nil of an engine that does not know.
    package var watchers: [WatcherReport]?
    /// The newest look at it; nil if nobody has, or where nothing asks.
    package var lastLook: LookReport?

    package init(
        pid: Int, version: String, uptimeSeconds: Double, stateDir: String, source: String,
        drill: DrillReport? = nil
    ) {
        self.pid = pid
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.stateDir = stateDir
        self.source = source
        self.drill = drill
    }
}

/// One model as an operator sees it.
package struct ModelReport: Codable, Sendable, Equatable {
    package var name: ModelName
    package var training: TrainingReport
    package var pushing: PushingState
    package var serving: ServingReport
    /// Age of the served learner's newest example against the newest event, in event time; nil
    /// while no checkpoint serves.
    package var stalenessSeconds: Double?
    package var stalenessLimitSeconds: Double
    /// When a checkpoint has to pass again; nil where none has to.
    package var schedule: ScheduleReport?
    /// How often somebody has to look; nil where nobody has to.
    package var lookEverySeconds: Double?
    /// What the staleness is made of; nil while it is not known.
    package var stalenessStages: [StageDelay]?
    /// Nil of an engine that tells of none.
    package var data: DataReport?
    /// Nil where nothing watches the stream.
    package var monitor: MonitorReport?
    package var metrics: ModelMetrics
    package var counts: StreamCounts
    /// Newest event time of the stream; nil before the first record.
    package var eventTime: Instant?
    /// The event time up to which the label stream is complete; nil until known.
    package var labelWatermark: Instant?
    package var alarms: [AlarmReport]
    /// Newest first, at most 200.
    package var checkpoints: [CheckpointReport]
    /// What is left out of training.
    package var exclusions: [ExclusionReport]
    /// How what serves does on the golden set; nil before the first look.
    package var golden: GoldenReport?
    /// What is being ridden through, or what tripped on the way; nil otherwise.
    package var ride: RideReport?
    /// The launch under way, or the last one; nil before the first.
    package var launch: LaunchStatus?
    /// The checkpoint that "last healthy" means now; nil if there is none.
    package var lastHealthy: CheckpointID?
    /// Of the calendar, those of the last week and the next month of event time.
    package var events: [CalendarEvent] = []
    package var series: [Series]
    /// The newest two hours by the minute, and thirty days by the hour: in the engine's process
    /// only, where what is asked for takes the place of `series`.
    package var newestSeries: [Series]?
    package var monthSeries: [Series]?

    package init(
        name: ModelName, training: TrainingReport, pushing: PushingState, serving: ServingReport,
        stalenessSeconds: Double?, stalenessLimitSeconds: Double, metrics: ModelMetrics,
        counts: StreamCounts, eventTime: Instant?, labelWatermark: Instant?,
        alarms: [AlarmReport], checkpoints: [CheckpointReport],
        exclusions: [ExclusionReport] = [], series: [Series]
    ) {
        self.name = name
        self.training = training
        self.pushing = pushing
        self.serving = serving
        self.stalenessSeconds = stalenessSeconds
        self.stalenessLimitSeconds = stalenessLimitSeconds
        self.metrics = metrics
        self.counts = counts
        self.eventTime = eventTime
        self.labelWatermark = labelWatermark
        self.alarms = alarms
        self.checkpoints = checkpoints
        self.exclusions = exclusions
        self.series = series
    }
}

/// What a trainer is doing.
package enum TrainingState: String, Codable, Sendable, CaseIterable {
    case running
    case stopped
    case catchingUp = "catching_up"
    case waiting
    case failed
}

/// Whether new checkpoints may go to serving.
package enum PushingState: String, Codable, Sendable {
    case open
    case frozen
}

/// A trainer's state, who brought it about, and where its cursor stands.
package struct TrainingReport: Codable, Sendable, Equatable {
    package var state: TrainingState
    /// Wall time of the last change of state.
    package var since: Instant
    package var by: String
    package var reason: String
    /// Entries of the training log that the learner has met.
    package var cursor: UInt64
    /// Entries of the training log that it has not met yet.
    package var behind: UInt64
    /// Wall time until it has caught up, at the pace of the last seconds; nil while it is not
    /// catching up, or no pace is known.
    package var secondsLeft: Double?

    package init(
        state: TrainingState, since: Instant, by: String, reason: String, cursor: UInt64,
        behind: UInt64
    ) {
        self.state = state
        self.since = since
        self.by = by
        self.reason = reason
        self.cursor = cursor
        self.behind = behind
    }
}

extension Snapshot {
    /// Of every model, with its name.
    package var openAlarms: [(ModelName, AlarmReport)] {
        models.flatMap { model in model.alarms.map { (model.name, $0) } }
    }
}
