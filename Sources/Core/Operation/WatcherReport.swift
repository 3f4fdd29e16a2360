import Vocabulary

/// Somebody whose console shows an engine.
package struct WatcherReport: Codable, Sendable, Equatable {
    package var user: String
    /// The SSH connection or terminal, as the console says.
    package var from: String
    /// Wall time.
    package var since: Instant

    package init(user: String, from: String, since: Instant) {
        (self.user, self.from, self.since) = (user, from, since)
    }
}

/// When somebody's console last showed an engine.
package struct LookReport: Codable, Sendable, Equatable {
    /// What a look is called in the journal.
    package static let act = "look"

    package var by: String
    /// Wall time.
    package var at: Instant

    package init(by: String, at: Instant) {
        (self.by, self.at) = (by, at)
    }
}
