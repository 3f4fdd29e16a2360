import Vocabulary

/// The console's only way to an engine, in this process or in another.
///
/// Calls return at once: the console never waits for an engine.
package protocol EngineLink: Sendable {
    /// The newest snapshot and when it reached this process, on the caller's clock; nil before
    /// the first. `isConnected` is false once the other side no longer answers.
    func latest() -> LinkView

    /// Of several engines, the one of that name is looked at and acted on from now on.
    func look(at engine: String)

    /// Snapshots show charts over so long a time from now on, in steps that suit it.
    func showCharts(over span: Span)

    /// The red button. Safe from any thread, also with the engine stuck: sets an atomic first,
    /// everything else follows.
    func pressRedButton(_ scope: ActScope)

    /// Tries every response without doing any; `tell` is called on some thread, several times,
    /// until it is over.
    func rehearse(
        _ query: RehearsalQuery, of model: ModelName,
        tell: @escaping @Sendable (RehearsalProgress) -> Void)

    /// Reads a page of the journal; the answer comes on some thread, exactly once.
    func readJournal(_ query: JournalQuery, answer: @escaping @Sendable (JournalPage) -> Void)

    /// Says what was practised; the answer comes on some thread, exactly once.
    func readReadiness(answer: @escaping @Sendable (ReadinessAnswer) -> Void)

    /// Hands an act over; the answer comes on some thread, exactly once.
    func submit(_ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void)
}

extension EngineLink {
    /// One engine alone is always looked at.
    package func look(at engine: String) {}
}

/// One of several engines that a console looks at, and what is known of it.
package struct FleetEngine: Sendable, Equatable {
    /// As its operator calls it.
    package var name: String
    /// Without its charts and older lists, unless it is the one that is looked at.
    package var snapshot: Snapshot?
    /// How old the snapshot is, on this host's monotonic clock; without one, for how long none
    /// came.
    package var age: Span
    package var isConnected: Bool
    /// Why it does not answer, in words.
    package var fault: String?

    package init(
        name: String, snapshot: Snapshot?, age: Span, isConnected: Bool, fault: String? = nil
    ) {
        self.name = name
        self.snapshot = snapshot
        self.age = age
        self.isConnected = isConnected
        self.fault = fault
    }
}

/// What a link knows at present.
package struct LinkView: Sendable {
    package var snapshot: Snapshot?
    /// How old the snapshot is, on this host's monotonic clock.
    package var age: Span
    package var isConnected: Bool
    /// True when the engine runs in another process, so that leaving the console leaves it be.
    package var isAttached: Bool
    /// What the engine is called, where it is not simply this host's.
    package var engine: String?
    /// Why it does not answer, in words.
    package var fault: String?
    /// All engines, in the order in which their operator named them; none where there is one.
    package var fleet: [FleetEngine] = []

    package init(snapshot: Snapshot?, age: Span, isConnected: Bool, isAttached: Bool) {
        self.snapshot = snapshot
        self.age = age
        self.isConnected = isConnected
        self.isAttached = isAttached
    }
}
