import Operation
import Vocabulary

/// An incident as a page in Markdown.
package enum IncidentText {
    package static func markdown(_ incident: Incident, limits: IncidentLimits) -> String {
        var lines = ["# Incident \(incident.id): \(plain(incident.title))", ""]
        let models = incident.models.map(\.text).joined(separator: ", ")
        lines += ["Models: \(models). \(incident.isOpen ? "Open." : "Closed.")", ""]
        lines += [
            "## Clock", "", "| step | at | after | by | limit |", "| --- | --- | --- | --- | --- |",
        ]
        let steps: [(String, IncidentStamp?, Span?)] = [
            ("detected", incident.detected, nil),
            ("acknowledged", incident.acknowledged, limits.acknowledgedWithin),
            ("mitigated", incident.mitigated, limits.mitigatedWithin),
            ("resolved", incident.resolved, limits.resolvedWithin),
        ]
        for (name, stamp, limit) in steps {
            let after = stamp.map { max(.zero, $0.at - incident.detected.at) }
            var due = limit?.text ?? "none declared"
            if let after, let limit, after > limit { due += ", MISSED" }
            if name == "detected" { due = "" }
            lines.append(
                "| \(name) | \(stamp.map { time($0.at) } ?? "not yet") | \(after?.text ?? "") | "
                    + "\(plain(stamp?.by ?? "")) | \(due) |")
        }
        let cause = incident.cause.map { "\(plain($0.text)) (\($0.by))" } ?? "not closed"
        lines += ["", "Cause: \(cause). Data: \(words(incident)).", ""]
        lines += ["## What happened", ""]
        let entries = incident.entries.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }
        for entry in entries.map(\.element) {
            let model = entry.model.map { " \($0)" } ?? ""
            lines.append(
                "- \(time(entry.at)) **\(entry.kind.rawValue)**\(model), \(plain(entry.by)): "
                    + plain(entry.text))
        }
        if incident.droppedCount > 0 {
            lines.append("- … and \(incident.droppedCount) more, which were not kept")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func time(_ at: Instant) -> String { at.floored(to: .seconds(1)).rfc3339 }

    package static func words(_ incident: Incident) -> String {
        let why = incident.dataSince.map { ", \(plain($0.by)): \(plain($0.text))" } ?? ""
        return switch incident.data {
        case .unknown: "nothing says that any is to be purged"
        case .purgeNeeded: "a purge is needed" + why
        case .purged: "purged" + why
        case .purgeUnneeded: "no purge is needed" + why
        }
    }

    /// One line, with nothing in it that Markdown would take for a table, a heading or HTML.
    private static func plain(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t": out += " "
            case "|", "<", ">", "*", "_", "`", "[", "]", "\\", "#":
                out += "\\" + String(Character(scalar))
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
