extension PolicyFile {
    /// A policy to begin with: `spindle policy example`. Its users and groups are made up.
    package static let example = """
        # What was agreed beforehand. Who may do what; then: which figure calls for what.

        # Acts that need two different people. A stop never does.
        two_people = ["resume", "purge", "rollback", "push", "approve", "override"]
        # How long the first one's act waits for the second.
        proposal_lasts = "30m"
        # Acts that are nobody's on purpose.
        nobody_may = ["inject"]
        # What has to be good before a resume: "data", "cause", "detectors".
        resume_needs = ["data"]

        [roles.responder]
        groups = ["oncall"]
        may = ["stop", "resume", "fallback", "hold", "rollback", "purge", "ride_through", "pin",
               "acknowledge", "silence", "event", "incident", "break_glass"]

        [roles.leader]
        users = ["ana", "kim"]
        may = ["stop", "resume", "fallback", "hold", "rollback", "purge", "ride_through", "pin",
               "acknowledge", "silence", "event", "incident", "approve", "push", "golden",
               "build", "review", "policy", "override", "break_glass"]

        # The clock of an incident, from its detection.
        [incident]
        acknowledge_within = "15m"
        mitigate_within = "1h"
        resolve_within = "8h"

        # A model of half a day is fine; an alarm beyond that.
        [[rules]]
        name = "half a day of age is fine"
        metric = "staleness"
        above = "12h"

        # q1: what is simpler answers. One person may do it, and stop, without asking.
        [[rules]]
        name = "quality below q1"
        metric = "quality"
        below = 0.2
        for = "15m"
        requires = ["fallback"]
        allows = ["stop", "rollback"]

        # q2: worse than knowing nothing. The leader is woken.
        [[rules]]
        name = "quality below q2"
        metric = "quality"
        below = 0.0
        for = "5m"
        requires = ["fallback"]
        allows = ["stop", "rollback"]
        wakes = ["leader"]
        severity = "critical"

        """
}
