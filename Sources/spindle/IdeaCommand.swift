import ArgumentParser
import Host
import Operation
import Vocabulary
import World

/// `spindle idea`.
struct IdeaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idea",
        abstract: "Ideas for a better model, and what came of them.",
        discussion: "An idea is a note. It is closed by the launch that tried it.",
        subcommands: [Add.self, Close.self, List.self])

    /// `spindle idea add`.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Write an idea down; the reason is its text.")

        @OptionGroup var act: ActOptions

        func run() throws { try act.perform(.note(NoteOrder(idea: IdeaStep()))) }
    }

    /// `spindle idea close`.
    struct Close: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "close",
            abstract: "Close an idea by the launch that tried it; the reason is what was decided.")

        @Option(help: ArgumentHelp("The idea.", valueName: "note"))
        var idea: String

        @Option(help: "The launch that tried it, which has to be over.")
        var launch: String?

        @OptionGroup var act: ActOptions

        func run() throws {
            let tried = try launch.map { text in
                guard let id = LaunchID(text) else {
                    throw Failure(
                        .wrongUse, "--launch: expected an id such as shop-l0001, found \(text)")
                }
                return id
            }
            try act.perform(.note(NoteOrder(idea: IdeaStep(closes: idea, launch: tried))))
        }
    }

    private struct Listing: Encodable {
        var ideas: [Idea]
    }

    /// `spindle idea list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List ideas, oldest first, with what came of them.")

        @Option(help: "Only ideas about this model.")
        var model: String?

        @Flag(help: "Only ideas that nobody has closed.")
        var open = false

        @OptionGroup var options: StateOptions

        func run() throws {
            let notes = try StateReading(options.folder, world: .local).notes()
            let ideas = Idea.all(in: notes).filter { idea in
                (model.map { name in idea.opened.models.contains { $0.text == name } } ?? true)
                    && !(open && idea.closed != nil)
            }
            if options.json { return try Output.json(Listing(ideas: ideas)) }
            Output.table(
                ["IDEA", "SINCE", "BY", "MODELS", "STATE", "", "CAME TO"],
                ideas.map { idea in
                    [
                        idea.opened.id, idea.opened.at.floored(to: .seconds(1)).rfc3339,
                        idea.opened.by, idea.opened.models.map(\.text).joined(separator: ","),
                        idea.closed?.idea?.launch.map { "closed by \($0)" } ?? "open",
                        idea.opened.title, idea.closed?.idea?.result ?? "",
                    ]
                })
        }
    }
}
