import Vocabulary

/// Whether what can go wrong would be found, and whether that was practised.
package struct Readiness: Codable, Sendable, Equatable {
    /// One thing that can go wrong.
    package struct Mode: Codable, Sendable, Equatable {
        package var fault: String
        package var title: String
        /// Alarms that find it and are on for this model.
        package var detectors: [String]
        /// Alarms that would find it and are off, with the reason.
        package var off: [String]
        /// Nil where no scenario practises it.
        package var scenario: String?
        /// Wall time of the newest drill; nil where there was none.
        package var lastDrill: Instant?
        /// Whether the newest drill was found.
        package var wasFound: Bool?
        /// How the newest drill went.
        package var result: Result?
        /// From 0 to 1.
        package var score: Double

        package init(
            fault: String, title: String, detectors: [String], off: [String], scenario: String?,
            lastDrill: Instant?, wasFound: Bool?, result: Result?, score: Double
        ) {
            (self.fault, self.title, self.detectors) = (fault, title, detectors)
            (self.off, self.scenario, self.lastDrill) = (off, scenario, lastDrill)
            (self.wasFound, self.result, self.score) = (wasFound, result, score)
        }
    }

    /// A drill's score card, as far as one line has room.
    package struct Result: Codable, Sendable, Equatable {
        package var by: String
        package var foundBy: String?
        /// Event time from the beginning; nil where it never came to that.
        package var detectSeconds: Double?
        package var mitigateSeconds: Double?
        package var lostRevenueCents: Int
        /// What it would have come to without any response.
        package var withoutResponseCents: Int

        package init(
            by: String, foundBy: String?, detectSeconds: Double?, mitigateSeconds: Double?,
            lostRevenueCents: Int, withoutResponseCents: Int
        ) {
            (self.by, self.foundBy) = (by, foundBy)
            (self.detectSeconds, self.mitigateSeconds) = (detectSeconds, mitigateSeconds)
            self.lostRevenueCents = lostRevenueCents
            self.withoutResponseCents = withoutResponseCents
        }
    }

    package var model: String
    /// The mean of the modes' scores, in percent.
    package var score: Double
    package var modes: [Mode]
    /// What no detector that is on would find.
    package var uncovered: [String]

    package init(model: String, modes: [Mode]) {
        (self.model, self.modes) = (model, modes)
        score = modes.reduce(0) { $0 + $1.score } / Double(max(1, modes.count)) * 100
        uncovered = modes.filter { $0.detectors.isEmpty }.map(\.fault)
    }
}

/// What an engine says of drills, for all of its models.
package struct ReadinessAnswer: Codable, Sendable, Equatable {
    package var models: [Readiness]
    /// Why it says nothing; nil if nothing is wrong.
    package var fault: String?

    package init(models: [Readiness], fault: String? = nil) {
        (self.models, self.fault) = (models, fault)
    }
}
