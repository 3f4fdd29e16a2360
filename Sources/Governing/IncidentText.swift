import Operation
import Vocabulary

private typealias Page = MarkdownText

/// An incident as a page in Markdown.
package enum IncidentText {
    /// `notes` are all that were ever written; those that belong to it are shown.
    package static func markdown(
        _ incident: Incident, limits: IncidentLimits, notes: [OperatorNote] = []
    ) -> String {
        var lines = ["# Incident \(incident.id): \(Page.plain(incident.title))", ""]
        let models = incident.models.map(\.text).joined(separator: ", ")
        lines += ["Models: \(models). \(incident.isOpen ? "Open." : "Closed.")", ""]
        lines += ["## Clock", ""] + clock(incident, limits)
        lines += ["", "Cause: \(cause(incident)). Data: \(words(incident)).", ""]
        lines += ["## What happened", ""] + course(incident) + writeUps(notes, on: incident)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Its steps as a table: when, how long after the detection, by whom, and what was declared.
    static func clock(_ incident: Incident, _ limits: IncidentLimits) -> [String] {
        let detected = incident.detected
        let first = [
            "detected", Page.time(detected.at), Span.zero.text, Page.plain(detected.by), "",
        ]
        let rows = incident.steps(limits).map { name, stamp, limit in
            let after = stamp.map { max(.zero, $0.at - incident.detected.at) }
            var due = limit?.text ?? "none declared"
            if let after, let limit, after > limit { due += ", MISSED" }
            let at = stamp.map { Page.time($0.at) } ?? "not yet"
            return [name, at, after?.text ?? "", Page.plain(stamp?.by ?? ""), due]
        }
        return Page.table(["step", "at", "after", "by", "limit"], [first] + rows)
    }

    static func cause(_ incident: Incident) -> String {
        incident.cause.map { "\(Page.plain($0.text)) (\($0.by))" } ?? "not closed"
    }

    /// All that belongs to it, a line each, oldest first.
    static func course(_ incident: Incident) -> [String] {
        let entries = incident.entries.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }
        var lines = entries.map(\.element).map { entry in
            let model = entry.model.map { " \($0)" } ?? ""
            return "- \(Page.time(entry.at)) **\(entry.kind.rawValue)**\(model), "
                + "\(Page.plain(entry.by)): \(Page.plain(entry.text))"
        }
        if incident.droppedCount > 0 {
            lines.append("- … and \(incident.droppedCount) more, which were not kept")
        }
        return lines
    }

    /// Those about its models, from a day before it was detected until it was resolved.
    static func writeUps(_ notes: [OperatorNote], on incident: Incident) -> [String] {
        let own = notes.filter { note in
            note.at >= incident.detected.at - .days(1)
                && note.at <= incident.resolved?.at ?? .distantFuture
                && note.models.contains(where: incident.models.contains)
        }
        guard !own.isEmpty else { return [] }
        let lines = own.map { note in
            "- \(note.id), \(Page.time(note.at)), \(Page.plain(note.by)): \(Page.plain(note.title))"
        }
        return ["", "## Notes", ""] + lines
    }

    package static func words(_ incident: Incident) -> String {
        let since = incident.dataSince
        let why = since.map { ", \(Page.plain($0.by)): \(Page.plain($0.text))" } ?? ""
        return switch incident.data {
        case .unknown: "nothing says that any is to be purged"
        case .purgeNeeded: "a purge is needed" + why
        case .purged: "purged" + why
        case .purgeUnneeded: "no purge is needed" + why
        }
    }
}
