import Operation
import Vocabulary

/// What is to be looked at before a stopped model trains again.
package enum Preflight {
    /// What it is about.
    package struct Facts: Sendable {
        package var model: ModelReport
        package var incidents: [Incident]
        package var proposals: [ProposalReport]
        /// What has to be good, by name.
        package var needs: [String]
        /// Who is needed, in words; nil where one person is enough.
        package var second: String?
        /// A rollback after which nothing was purged.
        package var unpurged: IncidentStamp?
        /// Without one an order of steps is shown, and kept to where an incident says so.
        package var hasPolicy: Bool

        package init(
            model: ModelReport, incidents: [Incident], proposals: [ProposalReport],
            needs: [String], second: String?, unpurged: IncidentStamp?, hasPolicy: Bool
        ) {
            (self.model, self.incidents, self.proposals) = (model, incidents, proposals)
            (self.needs, self.second) = (needs, second)
            (self.unpurged, self.hasPolicy) = (unpurged, hasPolicy)
        }
    }

    /// Alarms that say what was done, not what is wrong with what comes in.
    static let beside: Set<String> = IncidentFacts.ofOperators.union([
        "training_silent", "model_stale", "incident_overdue", "glass_broken", "policy_rule",
        "policy_pending",
    ])

    /// True for an alarm that says that something is wrong with a model or what comes in, not what
    /// an operator did about it.
    package static func isOfHealth(_ alarm: AlarmReport) -> Bool {
        alarm.severity != .notice && !beside.contains(alarm.name)
    }

    /// Alarms by which a fault of the pipeline or the system shows: an event is not to be blamed
    /// for what they explain.
    private static let ofPipeline: Set<String> = [
        "labels_stalled", "label_delay_changed", "quarantine_share", "duplicates_high",
        "feature_missing", "feature_constant", "feature_unit", "value_not_finite", "serving_skew",
        "step_not_finite", "disk_trouble", "checkpoint_failed", "checkpoint_refused",
        "training_failed",
    ]

    /// What is to be ruled out before an event is ridden through.
    package static func rideChecks(_ model: ModelReport) -> [PreflightCheck] {
        let open = model.alarms.filter { ofPipeline.contains($0.name) }
        let names = open.map(\.name).prefix(4).joined(separator: ", ")
        return [
            PreflightCheck(
                name: "pipeline", state: open.isEmpty ? .good : .open,
                text: open.isEmpty
                    ? "no alarm of pipeline or system is open"
                    : "rule out pipeline and system first: \(names)",
                blocks: !open.isEmpty)
        ]
    }

    package static func checks(_ facts: Facts) -> [PreflightCheck] {
        var checks = [data(facts), cause(facts), detectors(facts)]
        for index in checks.indices {
            checks[index].blocks =
                checks[index].state == .open && facts.needs.contains(checks[index].name)
        }
        let isOrdered = facts.hasPolicy || !facts.incidents.isEmpty || !facts.proposals.isEmpty
        if !isOrdered { for index in checks.indices { checks[index].blocks = false } }
        let people = PreflightCheck(
            name: "people", state: facts.second == nil ? .good : .open,
            text: facts.second ?? "one person is enough")
        return checks + [people]
    }

    private static func data(_ facts: Facts) -> PreflightCheck {
        let name = "data"
        let waiting = facts.proposals.first {
            $0.act == "purge" && $0.models.contains(facts.model.name)
        }
        if let waiting {
            return PreflightCheck(
                name: name, state: .open,
                text: "the purge \(waiting.id) is proposed and waits for a second person")
        }
        let needed = facts.incidents.filter { $0.data == .purgeNeeded }
        if let incident = needed.first {
            let why = incident.dataSince.map { "\($0.by): \($0.text)" } ?? ""
            return PreflightCheck(
                name: name, state: .open,
                text: "incident \(incident.id) needs a purge first (\(why)): purge, or note that "
                    + "none is needed: spindle incident note \(incident.id) --no-purge")
        }
        if let back = facts.unpurged {
            return PreflightCheck(
                name: name, state: .open,
                text:
                    "nothing was purged since the rollback by \(back.by): training meets the same "
                    + "examples again; purge, or note in an incident that none is needed")
        }
        if let settled = facts.incidents.first(where: { $0.data != .unknown }) {
            let how = settled.data == .purged ? "purged" : "no purge is needed"
            let by = settled.dataSince.map { " (\($0.by): \($0.text))" } ?? ""
            return PreflightCheck(name: name, state: .good, text: how + by)
        }
        return PreflightCheck(
            name: name, state: .unknown, text: "nothing was purged, and nothing says it had to be")
    }

    private static func cause(_ facts: Facts) -> PreflightCheck {
        let name = "cause"
        guard let open = facts.incidents.first(where: { $0.cause == nil }) else {
            let known = facts.incidents.first?.cause
            return PreflightCheck(
                name: name, state: known == nil ? .unknown : .good,
                text: known.map { "closed by \($0.by): \($0.text)" } ?? "no incident is open")
        }
        return PreflightCheck(
            name: name, state: .open,
            text: "the cause of incident \(open.id) is not closed: "
                + "spindle incident note \(open.id) --cause-closed")
    }

    private static func detectors(_ facts: Facts) -> PreflightCheck {
        let open = facts.model.alarms.filter(isOfHealth)
        guard !open.isEmpty else {
            return PreflightCheck(name: "detectors", state: .good, text: "no alarm is open")
        }
        let names = open.map(\.name).prefix(4).joined(separator: ", ")
        return PreflightCheck(
            name: "detectors", state: .open, text: "\(open.count) open: \(names)")
    }
}
