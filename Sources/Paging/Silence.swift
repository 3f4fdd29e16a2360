import Operation
import Vocabulary

/// Alarms that nobody is told of for a while: whose decision, why, and until when.
package struct Silence: Codable, Sendable, Equatable {
    /// A silence ends within a day, and may be renewed by somebody who looked again.
    package static let longest = Span.hours(24)
    /// Before its end whoever is on call is told, if it hides anything.
    package static let warning = Span.minutes(15)
    /// One that hides nothing for as long ends by itself.
    package static let idleLimit = Span.hours(6)

    package var id: String
    /// What an alarm must be like; a field that is nil fits any.
    package var match: AlarmMatch
    package var owner: String
    package var reason: String
    package var start: Instant
    package var end: Instant
    package var isWarned = false
    /// When it last hid an alarm; its start before it did.
    package var lastMatched: Instant

    package init(
        id: String, match: AlarmMatch, owner: String, reason: String, start: Instant, end: Instant
    ) {
        self.id = id
        self.match = match
        self.owner = owner
        self.reason = reason
        self.start = start
        self.end = end
        lastMatched = start
    }

    var words: String { "silence \(id)" }

    func hides(_ alarm: AlarmReport, of model: ModelName) -> Bool {
        !AlarmCatalogue.unsilenceable.contains(alarm.name) && match.fits(alarm, of: model)
    }
}

extension AlarmMatch {
    func fits(_ alarm: AlarmReport, of model: ModelName) -> Bool {
        (self.model == nil || self.model == model) && (name == nil || name == alarm.name)
            && (feature == nil || feature == alarm.feature)
            && (segment == nil || segment == alarm.segment)
    }
}
