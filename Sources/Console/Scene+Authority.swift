import Operation
import Vocabulary

/// What an operator may press, the clock of an incident, and what to look at before a resume.
extension Scene {
    /// The key of a command; in parentheses where this user may not press it.
    func key(for command: Command) -> String {
        let key = state.keyMap.key(for: command)
        return state.objection(to: command, link) == nil ? key : "(\(key))"
    }

    /// What can be done on the screen of alarms; it differs with the marked row.
    func alarmsHints(_ stop: (String, String)) -> [(String, String)] {
        var list = [stop]
        switch state.currentItem(link) {
        case .alarm?:
            list += [
                (key(for: .acknowledge), "ack"), (key(for: .open), "playbook"),
                (key(for: .evidence), "evidence"),
            ]
            list += incidentHints + [(key(for: .rehearse), "rehearse")]
        case .incident?: list += [(key(for: .open), "open")] + incidentHints
        case .proposal?: list += [(key(for: .countersign), "sign or decline")] + incidentHints
        case .glass?: list += [(key(for: .review), "review")] + incidentHints
        case nil: list += incidentHints
        }
        return list + [
            (key(for: .help), "help"), (key(for: .filter), "filter"), (key(for: .leave), "leave"),
            (key(for: .nextScreen), "next screen"),
        ]
    }

    /// What can be done about the selected model's incident, or that one can be opened.
    private var incidentHints: [(String, String)] {
        guard state.incident(link) != nil else { return [(key(for: .openIncident), "incident")] }
        return [(key(for: .note), "note"), (key(for: .resolveIncident), "close incident")]
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
