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

/// A search of the journal, from the newest entry back.
package struct JournalQuery: Codable, Sendable, Equatable {
    /// Counts.
    package enum Limits {
        /// Entries that one page looks at, and that it gives.
        package static let scanCount = 20_000
        package static let entryCountMax = 100
    }

    /// What an entry is to contain, in kind, act, model, user, reason or effect; letters of ASCII
    /// in either case. Every entry contains the empty text.
    package var text: String
    /// Only entries with lower numbers.
    package var before: Int

    package init(text: String, before: Int) {
        (self.text, self.before) = (text, before)
    }
}

/// Some of what a search found.
package struct JournalPage: Codable, Sendable, Equatable {
    /// Newest first.
    package var entries: [JournalEntry]
    /// Every entry from this number on has been looked at; 1 once there are no older ones.
    package var reached: Int
    /// Why there is nothing; nil if nothing is wrong.
    package var fault: String?

    package init(entries: [JournalEntry], reached: Int, fault: String? = nil) {
        (self.entries, self.reached, self.fault) = (entries, reached, fault)
    }
}
