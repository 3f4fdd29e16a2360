import Operation
import Vocabulary

/// What an operator may press, the clock of an incident, and what to look at before a resume.
extension Scene {
    /// The keys of a command; in parentheses where this user may not press them.
    func keys(for command: Command) -> String {
        let keys = state.keyMap.keys(for: command)
        return state.objection(to: command, link) == nil ? keys : "(\(keys))"
    }

    /// What can be done on the screen of alarms; it differs with the marked row.
    func alarmsHints(_ stop: (String, String)) -> [(String, String)] {
        var list = [stop]
        switch state.currentItem(link) {
        case .alarm?:
            list += [
                (keys(for: .acknowledge), "ack"), ("Enter", "playbook"),
                (keys(for: .openIncident), "incident"), (keys(for: .rehearse), "rehearse"),
            ]
        case .incident?:
            list += [
                ("Enter", "open"), (keys(for: .note), "note"),
                (keys(for: .resolveIncident), "close"),
            ]
        case .proposal?: list += [(keys(for: .countersign), "countersign or decline")]
        case .glass?: list += [(keys(for: .review), "review")]
        case nil: list += [(keys(for: .openIncident), "incident")]
        }
        return list + [("?", "help"), ("/", "filter"), ("q", "leave"), ("Tab", "next screen")]
    }

    /// The oldest open incident: how long, and what it waits for.
    var incidentClock: (text: String, role: Role)? {
        guard let snapshot = link.snapshot, let authority = snapshot.authority,
            let incident = authority.incidents.first
        else { return nil }
        let now = snapshot.takenAt + link.age
        let limits = authority.policy?.limits ?? IncidentLimits()
        var text = "INCIDENT \(incident.id) for \(max(.zero, now - incident.detected.at).text)"
        var role = Role.warning
        if let next = incident.nextStep(limits) {
            text += ", not \(next.name)"
            if let due = next.due {
                let isLate = due <= now
                let span = isLate ? now - due : due - now
                text += isLate ? ": LATE by \(span.text)" : " yet, \(span.text) left"
                if isLate { role = .critical }
            }
        }
        let others = authority.incidents.count - 1
        if others > 0 { text += " (\(others) more)" }
        return ("▲ \(text): \(incident.title)", role)
    }

    /// One line for each check, and what keeps training from going on.
    func preflightLines(_ checks: [PreflightCheck], width: Int) -> [Line] {
        checks.flatMap { check -> [Line] in
            let sign =
                switch check.state {
                case .good: "✓"
                case .open: "▲"
                case .unknown: "?"
                }
            let role: Role = check.blocks ? .critical : .plain
            let text = "\(sign) \(check.name): \(check.text)" + (check.blocks ? " (BLOCKS)" : "")
            return text.wrapped(width).map { ($0, role) }
        }
    }
}
