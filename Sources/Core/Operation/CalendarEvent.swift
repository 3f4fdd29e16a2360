import Vocabulary

/// Something outside that shifts what comes in, in event time: a final, a holiday, a release.
package struct CalendarEvent: Codable, Sendable, Equatable {
    /// The same for the same event of a model, so that adding it twice changes nothing.
    package var id: String
    package var text: String
    /// From inclusive, to exclusive.
    package var from: Instant
    package var to: Instant
    package var by: String

    package init(id: String, text: String, from: Instant, to: Instant, by: String) {
        self.id = id
        self.text = text
        self.from = from
        self.to = to
        self.by = by
    }
}

/// What a calendar is to change.
package enum CalendarOrder: Codable, Sendable, Equatable {
    case add(text: String, from: Instant, to: Instant)
    /// By the event's id.
    case remove(String)
}
