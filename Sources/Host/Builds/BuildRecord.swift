import Vocabulary

/// What is known of a build that is kept: `builds/ID/build.json`.
package struct BuildRecord: Codable, Sendable, Equatable {
    package var id: BuildID
    package var version: String
    /// Of the binary.
    package var sha256: String
    package var bytes: Int
    /// Wall time.
    package var kept: Instant
    package var formats: [FormatSupport]
    /// True if it stays until an operator lets go of it.
    package var pinned: Bool

    package init(
        id: BuildID, version: String, sha256: String, bytes: Int, kept: Instant,
        formats: [FormatSupport], pinned: Bool = false
    ) {
        self.id = id
        self.version = version
        self.sha256 = sha256
        self.bytes = bytes
        self.kept = kept
        self.formats = formats
        self.pinned = pinned
    }
}

/// The `builds` section of a configuration.
package struct BuildSettings: Sendable, Equatable {
    /// Builds that are kept besides the pinned ones.
    package var keptCount = 5
    /// How long a build may take to read what serves.
    package var trialLimit = Span.minutes(2)
    /// How long a build may take to answer once it was started.
    package var readyLimit = Span.minutes(2)

    package init() {}

    init(_ section: TOMLReader) throws {
        var section = section
        keptCount = try section.integer("kept", 1...1000) ?? keptCount
        trialLimit = try section.span("trial_limit") ?? trialLimit
        readyLimit = try section.span("ready_limit") ?? readyLimit
        guard trialLimit > .zero else { throw section.fault("trial_limit", "more than nothing") }
        guard readyLimit > .zero else { throw section.fault("ready_limit", "more than nothing") }
        try section.finish()
    }
}

/// Why a build is not, or cannot be, on the shelf.
package struct BuildFault: Error, Equatable, CustomStringConvertible {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}
