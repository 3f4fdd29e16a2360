import ArgumentParser
import Foundation
import Host
import Operation
import Vocabulary
import World

/// `spindle event`.
struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "The calendar of events outside: finals, holidays, releases.",
        subcommands: [Add.self, Remove.self, Import.self, List.self])

    /// `spindle event add`.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add an event to a model's calendar.")

        @Option(help: "What it is.")
        var text: String

        @Option(help: ArgumentHelp("When it begins, in RFC 3339.", valueName: "time"))
        var from: String

        @Option(help: ArgumentHelp("When it is over, in RFC 3339.", valueName: "time"))
        var to: String

        @OptionGroup var act: ActOptions

        func run() throws {
            let order: CalendarOrder
            do {
                order = try ActBody(event: text, from: from, to: to).calendarOrder()
            } catch {
                throw Failure(.wrongUse, "\(error)")
            }
            try act.perform(.event(order))
        }
    }

    /// `spindle event remove`.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Take an event out of a model's calendar.")

        @Option(help: ArgumentHelp("The event.", valueName: "id"))
        var event: String

        @OptionGroup var act: ActOptions

        func run() throws {
            try act.perform(.event(.remove(event)))
        }
    }

    /// `spindle event import`.
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Add all events of an iCalendar file (RFC 5545).",
            discussion: "What is there already stays as it is. Events that repeat are refused.")

        @Option(help: ArgumentHelp("The file.", valueName: "file"))
        var file: String

        @Option(help: ArgumentHelp("Zone of times that have none. Default: UTC.", valueName: "tz"))
        var zone: String?

        @OptionGroup var act: ActOptions

        func run() throws {
            guard let place = zone.map({ TimeZone(identifier: $0) }) ?? .gmt else {
                throw Failure(.wrongUse, "--zone: expected a time zone such as Europe/Berlin")
            }
            let entries: [ICalendar.Entry]
            do {
                let text = String(decoding: try LocalDisk().read(file), as: UTF8.self)
                entries = try ICalendar.entries(text, zone: place)
            } catch let fault as ICalendar.Fault {
                throw Failure(.refused, "\(file): \(fault)")
            } catch {
                throw Failure(.wrongUse, "\(error)")
            }
            for entry in entries {
                try act.perform(.event(.add(text: entry.text, from: entry.from, to: entry.to)))
            }
        }
    }

    /// `spindle event list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List a model's calendar.")

        @Argument(help: "The model.")
        var model: String

        @OptionGroup var options: StateOptions

        private struct Listing: Encodable {
            var events: [CalendarEvent]
        }

        func run() throws {
            guard let name = ModelName(model) else {
                throw Failure(.wrongUse, "\(model): expected the name of a model")
            }
            let events = try StateReading(options.folder, world: .local).events(of: name)
            if options.json { return try Output.json(Listing(events: events)) }
            Output.table(
                ["EVENT", "FROM", "TO", "BY", ""],
                events.map { [$0.id, $0.from.rfc3339, $0.to.rfc3339, $0.by, $0.text] })
        }
    }
}
