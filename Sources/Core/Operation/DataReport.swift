import Numerics
import Vocabulary

/// What became of the records on their way to the learner, beyond the counts.
package struct DataReport: Codable, Sendable, Equatable {
    /// How long labels take, from the shortest to the longest.
    package var delays: [DelayShare]
    /// Of each rule, the newest record that it held back, in the order of the rules' names.
    package var quarantined: [QuarantineSample]
    /// Purges that were taken back, oldest first.
    package var undone: [ExclusionReport]
    /// Rides that are over, oldest first; the newest 20.
    package var rides: [EndedRide]
    /// Rules of the filter that count, in their order; nil from an engine that knows none.
    package var filter: [FilterRuleReport]?

    package init(
        delays: [DelayShare] = [], quarantined: [QuarantineSample] = [],
        undone: [ExclusionReport] = [], rides: [EndedRide] = [],
        filter: [FilterRuleReport]? = nil
    ) {
        (self.delays, self.quarantined) = (delays, quarantined)
        (self.undone, self.rides, self.filter) = (undone, rides, filter)
    }
}

/// What a rule of the filter that counts examples has found.
package struct FilterRuleReport: Codable, Sendable, Equatable {
    package var rule: String
    /// It counts, and holds nothing back.
    package var shadow: Bool
    package var hits: UInt64
    /// The stream's clock at the newest one.
    package var newest: Instant?
    /// Sources that are held back as a whole now, where the rule is of that kind.
    package var heldSources: Int?

    package init(
        rule: String, shadow: Bool, hits: UInt64, newest: Instant?, heldSources: Int? = nil
    ) {
        (self.rule, self.shadow, self.hits) = (rule, shadow, hits)
        (self.newest, self.heldSources) = (newest, heldSources)
    }

    /// What it found, in words.
    package var words: String {
        guard hits > 0 else { return shadow ? "shadow: found nothing" : "found nothing" }
        let count = FigureText.count(Int(clamping: hits))
        var text = shadow ? "shadow: would hold \(count) back" : "held \(count) back"
        if let newest { text += ", the newest at \(newest.rfc3339)" }
        if let heldSources { text += "; \(heldSources) sources are held back now" }
        return text
    }
}

/// The share of labels that took longer than the bound before, and no longer than this one.
package struct DelayShare: Codable, Sendable, Equatable {
    /// In seconds of event time; nil for all that took longer than any bound.
    package var seconds: Double?
    package var share: Double

    package init(seconds: Double?, share: Double) { (self.seconds, self.share) = (seconds, share) }
}

/// A record that was held back, as an example of what a rule finds.
package struct QuarantineSample: Codable, Sendable, Equatable {
    package var rule: String
    /// Its sequence in the raw log, which has the whole record.
    package var sequence: UInt64
    package var file: String
    package var line: Int
    package var field: String
    /// What was wrong with it.
    package var text: String
    /// Its beginning, at most 200 characters.
    package var record: String

    package init(
        rule: String, sequence: UInt64, file: String, line: Int, field: String, text: String,
        record: String
    ) {
        (self.rule, self.sequence, self.file, self.line) = (rule, sequence, file, line)
        (self.field, self.text, self.record) = (field, text, record)
    }
}

/// A ride that is over.
package struct EndedRide: Codable, Sendable, Equatable {
    package var id: RideID
    package var event: String
    package var by: String
    package var reason: String
    /// Event time of its beginning, and wall time of its end.
    package var from: Instant
    package var ended: Instant
    /// How it ended.
    package var text: String
    package var isTripped: Bool

    package init(
        id: RideID, event: String, by: String, reason: String, from: Instant, ended: Instant,
        text: String, isTripped: Bool
    ) {
        (self.id, self.event, self.by, self.reason) = (id, event, by, reason)
        (self.from, self.ended, self.text, self.isTripped) = (from, ended, text, isTripped)
    }
}
