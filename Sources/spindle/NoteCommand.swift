import ArgumentParser
import Console
import Host
import Operation
import Vocabulary
import World

/// `spindle note`.
struct NoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Write-ups: a few paragraphs with a screen beside them, to be found later.",
        subcommands: [Add.self, List.self, Show.self])

    /// `spindle note add`.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Write a note; the reason is its text.",
            discussion: "Words of the text that begin with # are tags, too.")

        @Option(help: ArgumentHelp("A word to find it by; may be repeated.", valueName: "word"))
        var tag: [String] = []

        @Option(help: "A screen that is kept beside it, as it is now: model, drift and so on.")
        var screen: String?

        @OptionGroup var act: ActOptions

        func validate() throws {
            guard let screen, Screen(titled: screen) == nil else { return }
            throw ValidationError(
                "--screen: expected one of \(Screen.titles), found \(screen).")
        }

        func run() throws {
            try act.perform(.note(NoteOrder(tags: tag, picture: try picture())))
        }

        private func picture() throws -> String? {
            guard let screen = screen.flatMap(Screen.init(titled:)) else { return nil }
            let snapshot = try act.options.wholeSnapshot()
            var model = snapshot.models.first?.name
            if case .model(let name) = try act.scope() { model = name }
            return snapshot.picture(
                of: screen, model: model, charts: ChartView(), ScreenSize(width: 120, height: 40))
        }
    }

    private struct Listing: Encodable {
        var notes: [OperatorNote]
    }

    /// `spindle note list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List notes, newest first.")

        @Option(help: "Only notes about this model.")
        var model: String?

        @Option(help: ArgumentHelp("Only notes that have this tag.", valueName: "word"))
        var tag: String?

        @Option(help: "Only notes in which all of these words stand.")
        var search: String?

        @Option(help: ArgumentHelp("Only notes from this time on, in RFC 3339.", valueName: "time"))
        var since: String?

        @OptionGroup var options: StateOptions

        func run() throws {
            let start = try since.map { text in
                guard let start = Instant(text: text) else {
                    throw Failure(.wrongUse, "--since: expected a time in RFC 3339, found \(text)")
                }
                return start
            }
            let notes = try StateReading(options.folder, world: .local).notes().reversed().filter {
                note in
                (model.map { name in note.models.contains { $0.text == name } } ?? true)
                    && (tag.map(note.tags.contains) ?? true)
                    && note.contains(search ?? "") && note.at >= start ?? .distantPast
            }
            if options.json { return try Output.json(Listing(notes: Array(notes))) }
            Output.table(
                ["NOTE", "AT", "BY", "MODELS", "TAGS", ""],
                notes.map { note in
                    [
                        note.id, note.at.floored(to: .seconds(1)).rfc3339, note.by,
                        note.models.map(\.text).joined(separator: ","),
                        note.tags.joined(separator: ","), note.title,
                    ]
                })
        }
    }

    /// `spindle note show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "A note with its screen, as Markdown.")

        @Argument(help: "The note.")
        var note: String

        @OptionGroup var options: StateOptions

        func run() throws {
            let notes = try StateReading(options.folder, world: .local).notes()
            guard let found = notes.first(where: { $0.id == note }) else {
                throw Failure(.refused, "there is no note \(note)")
            }
            if options.json { return try Output.json(found) }
            try Output.page(found.markdown, to: nil)
        }
    }
}
