import ArgumentParser
import Foundation
import Governing
import Host
import Operation
import Vocabulary
import World

/// `spindle incident`.
struct IncidentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident",
        abstract: "Alarms, acts and notes that belong together, and their clock.",
        subcommands: [
            Open.self, Note.self, Close.self, List.self, Show.self, PostmortemDraft.self,
        ])

    /// `spindle incident open`.
    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "open", abstract: "Open an incident; the reason is its title.")

        @OptionGroup var act: ActOptions

        func run() throws {
            try act.perform(.incident(.open))
        }
    }

    /// `spindle incident note`.
    struct Note: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "note", abstract: "Write the reason into an incident.")

        @Argument(help: "The incident.")
        var incident: String

        @Flag(help: "Somebody is at it.")
        var acknowledged = false

        @Flag(help: "It does no more harm.")
        var mitigated = false

        @Flag(help: "What brought it about is found and ended.")
        var causeClosed = false

        @Flag(help: "Some data must not be learned: purge before training goes on.")
        var needsPurge = false

        @Flag(help: "No data has to be purged.")
        var noPurge = false

        @OptionGroup var act: AuthorityActOptions

        func run() throws {
            let marks: [(Bool, IncidentMark)] = [
                (acknowledged, .acknowledged), (mitigated, .mitigated),
                (causeClosed, .causeClosed), (needsPurge, .purgeNeeded),
                (noPurge, .purgeUnneeded),
            ]
            let chosen = marks.filter(\.0).map(\.1)
            guard chosen.count < 2 else { throw Failure(.wrongUse, "one mark with each note") }
            try act.perform(.incident(.note(incident, chosen.first)))
        }
    }

    /// `spindle incident close`.
    struct Close: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "close", abstract: "An incident is over; the reason is how it ended.")

        @Argument(help: "The incident.")
        var incident: String

        @OptionGroup var act: AuthorityActOptions

        func run() throws {
            try act.perform(.incident(.close(incident)))
        }
    }

    private struct Listing: Encodable {
        var incidents: [Incident]
    }

    /// All that is known of incidents.
    fileprivate struct Shelf {
        /// Oldest first.
        var incidents: [Incident]
        var limits = IncidentLimits()
        var notes: [OperatorNote] = []

        /// Throws if there is no such incident.
        func incident(_ id: String) throws -> Incident {
            guard let found = incidents.first(where: { $0.id == id }) else {
                throw Failure(.refused, "there is no incident \(id)")
            }
            return found
        }
    }

    /// Who may not read the state directory sees the incidents that are open, and no notes.
    fileprivate static func shelf(_ options: StateOptions) throws -> Shelf {
        do {
            let reading = try StateReading(options.folder, world: .local)
            return Shelf(
                incidents: try reading.incidents(),
                limits: try reading.incidentLimits(try options.configuration()),
                notes: try reading.notes())
        } catch let fault where !(fault is StateFault) {
            let authority = try options.withEngine({ try $0.snapshot(full: true) }) { _ in
                throw fault
            }.authority
            return Shelf(
                incidents: authority?.incidents ?? [],
                limits: authority?.policy?.limits ?? IncidentLimits())
        }
    }

    /// `spindle incident list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the incidents, newest first.")

        @OptionGroup var options: StateOptions

        func run() throws {
            let shelf = try IncidentCommand.shelf(options)
            let incidents = Array(shelf.incidents.reversed())
            if options.json { return try Output.json(Listing(incidents: incidents)) }
            Output.table(
                ["INCIDENT", "STATE", "DETECTED", "MODELS", "ENTRIES", ""],
                incidents.map { incident in
                    let next = incident.nextStep(shelf.limits)
                    return [
                        incident.id, next.map { "until \($0.name)" } ?? "closed",
                        incident.detected.at.rfc3339,
                        incident.models.map(\.text).joined(separator: ","),
                        "\(incident.entries.count)", incident.title,
                    ]
                })
        }
    }

    /// `spindle incident show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "All that belongs to an incident, as Markdown.")

        @Argument(help: "The incident.")
        var incident: String

        @OptionGroup var options: StateOptions

        func run() throws {
            let shelf = try IncidentCommand.shelf(options)
            let found = try shelf.incident(incident)
            if options.json { return try Output.json(found) }
            let text = IncidentText.markdown(found, limits: shelf.limits, notes: shelf.notes)
            try Output.page(text, to: nil)
        }
    }

    /// `spindle incident postmortem`.
    struct PostmortemDraft: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "postmortem",
            abstract: "Draft an incident's postmortem from the journal, as Markdown.",
            discussion: "What happened, how it was found, what it cost, what was done and how well "
                + "that worked; what only people know stands in brackets.")

        @Argument(help: "The incident.")
        var incident: String

        @Option(help: ArgumentHelp("Where to; standard output without it.", valueName: "file"))
        var file: String?

        @OptionGroup var options: StateOptions

        func run() throws {
            let shelf = try IncidentCommand.shelf(options)
            let found = try shelf.incident(incident)
            let snapshot = try options.wholeSnapshot()
            let reading = try StateReading(options.folder, world: .local)
            let text = Postmortem(
                found, limits: shelf.limits, models: snapshot.models,
                checkpoints: try reading.checkpoints(of: nil), notes: shelf.notes,
                now: snapshot.takenAt
            ).markdown
            try Output.page(text, to: file, asJSON: options.json)
        }
    }
}
