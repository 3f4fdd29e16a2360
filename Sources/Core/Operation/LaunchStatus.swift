import Vocabulary

/// What is to be done about a launch.
package enum LaunchAct: String, Codable, Sendable, Equatable, CaseIterable {
    /// As the configuration declares it.
    case start
    /// To the next stage.
    case up
    /// To the stage before; from the first, the candidate answers nobody.
    case down
    /// The candidate becomes production.
    case promote
    /// The candidate is gone, and production answers all.
    case end

    /// What the policy calls who may: going up needs approval, going down never does.
    package var power: String {
        switch self {
        case .start, .up, .promote: "approve"
        case .down, .end: "hold"
        }
    }
}

/// A difference between two arms with an interval that holds at all looks.
package struct LaunchBand: Codable, Sendable, Equatable {
    package var estimate: Double
    package var low: Double
    package var high: Double

    package init(estimate: Double, low: Double, high: Double) {
        (self.estimate, self.low, self.high) = (estimate, low, high)
    }
}

/// One metric at one look; a band is nil while it says nothing.
package struct LaunchBands: Codable, Sendable, Equatable {
    /// A - C.
    package var candidate: LaunchBand?
    /// B - C.
    package var production: LaunchBand?
    /// A - B.
    package var between: LaunchBand?
    /// C against its own history.
    package var history: LaunchBand?

    package init() {}
}

/// One look: all metrics, in their order.
package struct LaunchPoint: Codable, Sendable, Equatable {
    /// Event time.
    package var at: Instant
    package var stage: Int
    package var metrics: [LaunchBands]

    package init(at: Instant, stage: Int, metrics: [LaunchBands]) {
        (self.at, self.stage, self.metrics) = (at, stage, metrics)
    }
}

/// What a launch has to show before it may go up.
package struct LaunchCriterion: Codable, Sendable, Equatable {
    /// How it stands.
    package enum State: String, Codable, Sendable {
        case met
        /// Not yet.
        case open
        case failed
    }

    package var name: String
    package var state: State
    /// With its figures.
    package var text: String

    package init(_ name: String, _ state: State, _ text: String) {
        (self.name, self.state, self.text) = (name, state, text)
    }
}

/// One arm as operators see it.
package struct LaunchArmReport: Codable, Sendable, Equatable {
    package var arm: ArmName
    /// "candidate", "production", "stopped trainer".
    package var what: String
    package var share: Double
    /// What answers for it; nil where no model does.
    package var checkpoint: CheckpointID?
    /// Units and exposures of this stage.
    package var units: Int
    package var exposures: Int
    /// Entries that it has learned; nil for what does not learn by itself.
    package var learned: UInt64?
    /// Its limits: an age, a countdown, settling, catching up.
    package var text: String?
    /// By metric; nil while there is none.
    package var values: [Double?]
    /// In the order of the arms: whose traffic taught it, as shares; nil for one that learned
    /// nothing.
    package var taughtBy: [Double]?

    package init(arm: ArmName, what: String, share: Double) {
        (self.arm, self.what, self.share) = (arm, what, share)
        (units, exposures, values) = (0, 0, [])
    }
}

/// What a metric of a launch comes to.
package struct LaunchMetricReport: Codable, Sendable, Equatable {
    package var name: String
    package var isHigherBetter: Bool
    /// In words: whose doing it is.
    package var verdict: String
    /// By its name, such as `candidateBetter`.
    package var cause: String
    package var bands: LaunchBands
    /// That the baseline is too noisy to tell; nil if it isn't.
    package var note: String?

    package init(
        name: String, isHigherBetter: Bool, verdict: String, cause: String, bands: LaunchBands
    ) {
        (self.name, self.isHigherBetter) = (name, isHigherBetter)
        (self.verdict, self.cause, self.bands) = (verdict, cause, bands)
    }
}

/// A launch that is under way, or the last one that ended.
package struct LaunchStatus: Codable, Sendable, Equatable {
    package var id: LaunchID
    package var title: String
    package var by: String
    package var reason: String
    /// Wall time, and event time.
    package var since: Instant
    package var begun: Instant
    /// Counts from 1; 0 while the candidate catches up, or answers nobody.
    package var stage: Int
    /// The candidate's shares, stage by stage.
    package var stages: [Double]
    /// Event time in this stage.
    package var stageSeconds: Double?
    package var arms: [LaunchArmReport] = []
    package var metrics: [LaunchMetricReport] = []
    /// What it takes to go up, in order.
    package var criteria: [LaunchCriterion] = []
    /// What makes the differences worthless.
    package var alarms: [String] = []
    /// What log losses say; nil while the candidate catches up.
    package var offline: LaunchOffline?
    /// Said beside the verdicts.
    package var notes: [String] = []
    /// How it went up and down: a line each.
    package var steps: [String] = []
    /// Looks, by time; in a snapshot the newest ones.
    package var points: [LaunchPoint] = []
    /// Why it is over; nil while it isn't.
    package var ended: String?

    package var isUnderWay: Bool { ended == nil }

    package init(
        id: LaunchID, title: String, by: String, reason: String, since: Instant, begun: Instant,
        stage: Int, stages: [Double]
    ) {
        (self.id, self.title, self.by, self.reason) = (id, title, by, reason)
        (self.since, self.begun) = (since, begun)
        (self.stage, self.stages) = (stage, stages)
    }
}
