import Operation
import Vocabulary

extension Sample {
    /// A page as operators write them.
    static let page = """
        ## The model is wrong about now

        **Alarms.** `log_loss_above_base_rate`, `calibration_off`.

        **See.** Log loss is above that of knowing only the base rate. If both jumped together, the
        world may have changed, and a model that keeps learning follows by itself.

        - [ ] `a` Acknowledge: you have it. Nobody else is woken for a while.
        - [ ] `!` Stop training and pushing. It is reversible, and nothing gets worse meanwhile.
        - [ ] `R` Bad data was learned: roll back to the newest checkpoint from before it began. It
          stays stopped.
        - [ ] Call the owner of the feed.
        - [ ] `spindle verify search --deep` The proof, bit for bit.
        - [ ] `U` Resume, once what made it bad is over.

        The same as commands:

        ```sh
        spindle stop search --reason "log loss above base rate"
        ```

        ## The served model is stale

        **Alarms.** `staleness`.

        - [ ] `2` Stopped? Then it is meant, or forgotten.

        """

    /// The same with a playbook of which two steps are done, an incident, an act that waits for a
    /// second person, and glass that was broken.
    static func crisis(_ me: [String] = ["*"]) -> Snapshot {
        var snapshot = snapshot()
        let now = snapshot.takenAt
        let search = name("search")
        var book = PlaybookReport(pages: PlaybookPage.pages(of: page), faults: [])
        var run = PlaybookRun(
            model: search, page: book.pages[0].id, incident: "i1", alarm: "a1", lastSeen: now)
        let steps = book.pages[0].steps
        run.ticks = [
            PlaybookTick(step: 1, text: steps[0].text, by: "ada", at: now - .seconds(250)),
            PlaybookTick(step: 2, text: steps[1].text, by: "ben", at: now - .seconds(201)),
        ]
        book.runs = [run]
        snapshot.playbook = book
        snapshot.authority = authority(me, search, at: now)
        return snapshot
    }

    private static func authority(
        _ me: [String], _ search: ModelName, at now: Instant
    ) -> AuthorityReport {
        var authority = AuthorityReport(owner: "spindle")
        var limits = IncidentLimits()
        (limits.acknowledgedWithin, limits.mitigatedWithin) = (.minutes(5), .hours(1))
        authority.policy = PolicyReport(
            file: "policy.toml", digest: "", since: start,
            roles: [
                RoleReport(name: "responder", users: ["ada"], groups: [], may: me),
                RoleReport(name: "leader", users: ["kim"], groups: [], may: ["*"]),
            ], twoPeople: ["purge"], limits: limits)
        var incident = Incident(
            id: "i1", title: "log_loss_above_base_rate: log loss 0.1893 nats", models: [search],
            detected: IncidentStamp(at: now - .minutes(16), by: "spindle"))
        incident.acknowledged = IncidentStamp(at: now - .seconds(250), by: "ada")
        incident.data = .purgeNeeded
        incident.dataSince = IncidentStamp(
            at: now - .seconds(90), by: "ben", text: "goes back 21,600 examples to search-000031")
        incident.alarms = [
            IncidentAlarm(
                key: "search/log_loss_above_base_rate", name: "log_loss_above_base_rate",
                severity: .critical, lastSeen: now)
        ]
        let entries: [(Int, IncidentEntry.Kind, String, String)] = [
            (960, .alarm, "spindle", "critical log_loss_above_base_rate: log loss 0.1893 nats"),
            (250, .clock, "ada", "acknowledged after 11m 50s"),
            (201, .act, "ada", "stop: training stopped, pushes frozen (loss jumped)"),
            (201, .note, "ben", "step 2 of the-model-is-wrong-about-now is done: Stop"),
        ]
        incident.entries = entries.map { seconds, kind, by, text in
            IncidentEntry(
                at: now - .seconds(seconds), kind: kind, model: kind == .clock ? nil : search,
                by: by, text: text)
        }
        authority.incidents = [incident]
        authority.proposals = [
            ProposalReport(
                id: "p1", act: "purge", models: [search], by: "ben", reason: "bots since midnight",
                text: "search-p0001 leaves out 2025-11-24T00:00:00Z to 2025-11-24T01:30:00Z: "
                    + "2,077 trained examples less", at: now - .minutes(4),
                expires: now + .minutes(26))
        ]
        authority.glass = [
            GlassReport(
                id: "g1", act: "resume", model: name("ads"), by: "lou", reason: "nobody was awake",
                at: now - .hours(5))
        ]
        return authority
    }
}
