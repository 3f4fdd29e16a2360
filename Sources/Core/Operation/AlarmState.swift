import Vocabulary

/// Who took an alarm on.
package struct Acknowledgement: Codable, Sendable, Equatable {
    package var by: String
    package var reason: String
    package var at: Instant
    /// Wall time from which it counts no more.
    package var until: Instant

    package init(by: String, reason: String, at: Instant, until: Instant) {
        self.by = by
        self.reason = reason
        self.at = at
        self.until = until
    }
}

/// How far an alarm has come with those who are to answer it, by wall time.
package struct AlarmState: Codable, Sendable, Equatable {
    package var raised: Instant
    /// Steps of escalation that were told; 0 for nobody yet.
    package var step: Int
    /// When the next step is told; nil where it is acknowledged, hidden, or told once only.
    package var deadline: Instant?
    package var acknowledgement: Acknowledgement?
    /// What keeps it from being told: a silence, or the name of the alarm that it follows from.
    package var hiddenBy: String?

    package init(
        raised: Instant, step: Int, deadline: Instant?, acknowledgement: Acknowledgement?,
        hiddenBy: String?
    ) {
        self.raised = raised
        self.step = step
        self.deadline = deadline
        self.acknowledgement = acknowledgement
        self.hiddenBy = hiddenBy
    }
}

/// What alarms a silence is for; a field that is nil fits any.
package struct AlarmMatch: Codable, Sendable, Equatable {
    package var model: ModelName?
    package var name: String?
    package var feature: String?
    package var segment: String?

    package init(
        model: ModelName? = nil, name: String? = nil, feature: String? = nil,
        segment: String? = nil
    ) {
        self.model = model
        self.name = name
        self.feature = feature
        self.segment = segment
    }
}
