import Vocabulary

/// Where predictions come from.
package enum ServingMode: String, Codable, Sendable {
    case model
    case fallback
}

/// What serves, and how traffic is split between arms (shares add up to 1).
package struct ServingReport: Codable, Sendable, Equatable {
    package var mode: ServingMode
    package var checkpoint: CheckpointID?
    package var arms: [String: Double]
    /// What the next request is answered from.
    package var tier = ServingTier.model
    /// Every tier, the best first.
    package var tiers: [TierReport] = []
    package var lastGood: CheckpointID?
    package var canary: CanaryReport?
    /// A checkpoint that passed its validation and waits to be pushed, and for what.
    package var waiting: CheckpointID?
    package var waitingFor: String?
    /// What makes it a launch that waits for an approval; empty where none is needed.
    package var launch: [String] = []
    package var fallback: FallbackReport?
    /// What keeps pushes from going on by an operator's word; nil if nothing does.
    package var hold: HoldReport?
    /// Pushes begun in the last 24 hours of event time.
    package var pushesToday = 0
    /// Answers that no log has, because the engine could take nothing more.
    package var unlogged = 0
    /// Answers whose example came to other features on the way of training.
    package var skewed = 0

    package init(mode: ServingMode, checkpoint: CheckpointID?, arms: [String: Double]) {
        self.mode = mode
        self.checkpoint = checkpoint
        self.arms = arms
    }
}

/// One tier of the fallback chain.
package struct TierReport: Codable, Sendable, Equatable {
    package var tier: ServingTier
    /// True if it could answer now.
    package var isReady: Bool
    /// What it is, or why it cannot answer.
    package var text: String
    /// Its log loss less that of the model, in nats; nil where one of them is not known.
    package var qualityGap: Double?

    package init(tier: ServingTier, isReady: Bool, text: String, qualityGap: Double? = nil) {
        (self.tier, self.isReady, self.text) = (tier, isReady, text)
        self.qualityGap = qualityGap
    }
}

/// A checkpoint that answers a share of the traffic, on its way to all of it.
package struct CanaryReport: Codable, Sendable, Equatable {
    package var checkpoint: CheckpointID
    /// Of the units.
    package var share: Double
    /// From 1.
    package var stage: Int
    package var stages: Int
    /// Event time at which the stage began.
    package var since: Instant
    package var samples: Int
    package var samplesNeeded: Int
    package var labels: Int
    /// "passed", "failed" or "noData".
    package var verdict: String
    /// What it waits for, or what is wrong, in one line.
    package var text: String
    /// Every check in a line.
    package var checks: [String]

    package init(
        checkpoint: CheckpointID, share: Double, stage: Int, stages: Int, since: Instant,
        samples: Int, samplesNeeded: Int, labels: Int, verdict: String, text: String,
        checks: [String]
    ) {
        self.checkpoint = checkpoint
        self.share = share
        self.stage = stage
        self.stages = stages
        self.since = since
        self.samples = samples
        self.samplesNeeded = samplesNeeded
        self.labels = labels
        self.verdict = verdict
        self.text = text
        self.checks = checks
    }
}

/// A fallback that answers in place of the model.
package struct FallbackReport: Codable, Sendable, Equatable {
    package var tier: ServingTier
    /// Wall time.
    package var since: Instant
    /// "spindle" where the tiers above failed by themselves.
    package var by: String
    package var reason: String
    /// Wall time for which it may last; beyond, the alarm is critical.
    package var limitSeconds: Double
    /// Log loss of the fallback less that of the model, on the golden set, in nats; nil where
    /// one of them is not known.
    package var qualityGap: Double?

    package init(
        tier: ServingTier, since: Instant, by: String, reason: String, limitSeconds: Double,
        qualityGap: Double? = nil
    ) {
        self.tier = tier
        self.since = since
        self.by = by
        self.reason = reason
        self.limitSeconds = limitSeconds
        self.qualityGap = qualityGap
    }
}

/// Who keeps pushes from going on.
package struct HoldReport: Codable, Sendable, Equatable {
    package var by: String
    package var reason: String
    /// Wall time.
    package var since: Instant

    package init(by: String, reason: String, since: Instant) {
        (self.by, self.reason, self.since) = (by, reason, since)
    }
}

/// What became of the push of one checkpoint.
package struct PushReport: Codable, Sendable, Equatable {
    /// How a push stands.
    package enum Outcome: String, Codable, Sendable, CaseIterable {
        case waiting
        case ramping
        /// It came to all of the traffic.
        case live
        /// It was taken back.
        case returned
        /// A newer one took its place before it began, or an operator's act ended it.
        case superseded
    }

    /// One stage that it went through.
    package struct Stage: Codable, Sendable, Equatable {
        package var share: Double
        /// Event times.
        package var since: Instant
        package var until: Instant
        package var samples: Int
        /// What the judge said at its end.
        package var text: String

        package init(share: Double, since: Instant, until: Instant, samples: Int, text: String) {
            (self.share, self.since, self.until) = (share, since, until)
            (self.samples, self.text) = (samples, text)
        }
    }

    package var outcome: Outcome
    /// Event time.
    package var since: Instant?
    package var stages: [Stage] = []
    /// Why it waits, or how it ended, in one line.
    package var text: String
    /// What makes it a launch that needs an approval; empty for an update.
    package var launch: [String] = []
    package var approvedBy: String?

    package init(outcome: Outcome, since: Instant?, text: String) {
        (self.outcome, self.since, self.text) = (outcome, since, text)
    }
}
