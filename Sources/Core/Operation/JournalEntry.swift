import Vocabulary

/// One line of the journal.
package struct JournalEntry: Codable, Sendable, Equatable {
    /// Counts from 1 without a gap.
    package var seq: Int
    /// Wall time.
    package var ts: Instant
    package var kind: JournalKind
    package var act: String?
    package var model: ModelName?
    package var by: String
    package var from: String
    package var reason: String
    /// What it changed, in words with numbers.
    package var effect: String
    /// SHA-256 over the previous entry's digest and this entry's fields, in hex.
    package var digest: String

    package init(
        seq: Int, ts: Instant, kind: JournalKind, act: String?, model: ModelName?, by: String,
        from: String, reason: String, effect: String, digest: String
    ) {
        self.seq = seq
        self.ts = ts
        self.kind = kind
        self.act = act
        self.model = model
        self.by = by
        self.from = from
        self.reason = reason
        self.effect = effect
        self.digest = digest
    }
}

/// What a journal entry is about.
package enum JournalKind: String, Codable, Sendable, CaseIterable {
    case act
    case alarm
    case checkpoint
    case push
    case engine
}
