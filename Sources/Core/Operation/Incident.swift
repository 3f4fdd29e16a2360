import Vocabulary

/// What is to be done about an incident.
package enum IncidentOrder: Codable, Sendable, Equatable {
    /// The reason is its title.
    case open
    /// The reason is written into it, and what it says of the incident may be marked.
    case note(String, IncidentMark?)
    /// The reason is how it ended.
    case close(String)
    /// A step of the playbook is done, or is not after all; it belongs to the model's incident if
    /// there is one, and needs no reason.
    case step(PlaybookStep)
}

/// What a note says of an incident.
package enum IncidentMark: String, Codable, Sendable, CaseIterable {
    /// Somebody is at it.
    case acknowledged
    /// It does no more harm.
    case mitigated
    /// What brought it about is found and ended.
    case causeClosed = "cause_closed"
    /// Some data must not be learned: a purge is due before training goes on.
    case purgeNeeded = "purge_needed"
    /// No data has to be purged.
    case purgeUnneeded = "purge_unneeded"
}

/// That something happened: when, and by whom.
package struct IncidentStamp: Codable, Sendable, Equatable {
    package var at: Instant
    package var by: String
    package var text: String

    package init(at: Instant, by: String, text: String = "") {
        (self.at, self.by, self.text) = (at, by, text)
    }
}

/// One line of what happened during an incident.
package struct IncidentEntry: Codable, Sendable, Equatable {
    /// What it is about.
    package enum Kind: String, Codable, Sendable {
        case alarm
        case act
        case note
        case clock
    }

    package var at: Instant
    package var kind: Kind
    package var model: ModelName?
    package var by: String
    package var text: String

    package init(at: Instant, kind: Kind, model: ModelName?, by: String, text: String) {
        (self.at, self.kind, self.model, self.by, self.text) = (at, kind, model, by, text)
    }
}

/// An alarm that belongs to an incident.
package struct IncidentAlarm: Codable, Sendable, Equatable {
    /// The same whenever it is raised: model, name, feature, segment.
    package var key: String
    package var name: String
    package var severity: AlarmSeverity
    package var lastSeen: Instant
    package var isOver = false

    package init(key: String, name: String, severity: AlarmSeverity, lastSeen: Instant) {
        (self.key, self.name, self.severity) = (key, name, severity)
        self.lastSeen = lastSeen
    }
}

/// Whether some data has to be purged before training goes on.
package enum IncidentData: String, Codable, Sendable {
    /// Nothing says so yet.
    case unknown
    case purgeNeeded = "purge_needed"
    case purged
    case purgeUnneeded = "purge_unneeded"
}

/// Alarms, acts and notes that belong together, and a clock; all times are the wall's.
package struct Incident: Codable, Sendable, Equatable {
    package var id: String
    package var title: String
    package var models: [ModelName]
    package var detected: IncidentStamp
    package var acknowledged: IncidentStamp?
    package var mitigated: IncidentStamp?
    package var resolved: IncidentStamp?
    package var cause: IncidentStamp?
    package var data = IncidentData.unknown
    /// Why, and by whom; nil while nothing is known.
    package var dataSince: IncidentStamp?
    package var alarms: [IncidentAlarm] = []
    package var entries: [IncidentEntry] = []
    /// Entries beyond what is kept.
    package var droppedCount = 0

    package init(id: String, title: String, models: [ModelName], detected: IncidentStamp) {
        (self.id, self.title, self.models, self.detected) = (id, title, models, detected)
    }

    package var isOpen: Bool { resolved == nil }
}

/// Until when each step of an incident is due after its detection; nil where nobody declared it.
package struct IncidentLimits: Codable, Sendable, Equatable {
    package var acknowledgedWithin: Span?
    package var mitigatedWithin: Span?
    package var resolvedWithin: Span?

    package init() {}
}

extension Incident {
    /// What its clock waits for.
    package struct NextStep: Sendable, Equatable {
        /// "acknowledged", "mitigated", "resolved".
        package var name: String
        /// Nil where no limit is declared.
        package var due: Instant?
    }

    /// What its clock measures behind the detection, in order; a stamp is nil before it is reached.
    package func steps(
        _ limits: IncidentLimits
    ) -> [(name: String, stamp: IncidentStamp?, limit: Span?)] {
        [
            ("acknowledged", acknowledged, limits.acknowledgedWithin),
            ("mitigated", mitigated, limits.mitigatedWithin),
            ("resolved", resolved, limits.resolvedWithin),
        ]
    }

    /// The first step that is not reached; nil once it is resolved.
    package func nextStep(_ limits: IncidentLimits) -> NextStep? {
        guard let next = steps(limits).first(where: { $0.stamp == nil }), isOpen else { return nil }
        return NextStep(name: next.name, due: next.limit.map { detected.at + $0 })
    }
}
