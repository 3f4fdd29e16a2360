import ArgumentParser
import Host
import Operation
import Vocabulary

/// What stop, resume and rollback share: which models, and why.
struct ActOptions: ParsableArguments {
    @Argument(help: "The model.")
    var model: String?

    @Flag(help: "All models.")
    var all = false

    @Option(help: "Why; kept in the journal.")
    var reason: String

    @Flag(help: "Only say what would change.")
    var dryRun = false

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard (model == nil) == all else {
            throw ValidationError("Name a model, or say --all.")
        }
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw ValidationError("An act needs a reason.")
        }
    }

    func scope() throws -> ActScope {
        guard let model else { return .all }
        guard let name = ModelName(model) else {
            throw Failure(.wrongUse, "\(model): expected the name of a model")
        }
        return .model(name)
    }

    /// Does the act through a running engine or without one, and prints what came of it.
    func perform(_ act: Act) throws {
        let request = ActRequest(
            act: act, scope: try scope(), reason: reason, isDryRun: dryRun,
            actor: StateOptions.actor)
        let outcome = try options.withEngine(
            { try $0.act(request) }, atRest: { Acts.perform(request, on: $0) })
        let reply = ActReply(outcome)
        if options.json { try Output.json(reply) }
        if case .refused(let text) = outcome { throw Failure(.refused, text) }
        if !options.json {
            for effect in reply.effects { print(effect.text) }
        }
    }
}

/// `spindle stop`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop training and pushing, at once, until a resume.")

    @OptionGroup var act: ActOptions

    func run() throws {
        try act.perform(.stop)
    }
}

/// `spindle resume`.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let training and pushing go on.")

    @OptionGroup var act: ActOptions

    func run() throws {
        try act.perform(.resume)
    }
}

/// `spindle rollback`.
struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Go back to a checkpoint: its learner serves, training stays stopped.")

    @Option(help: ArgumentHelp("The checkpoint to go back to.", valueName: "checkpoint"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "Go back to the newest passed checkpoint that met nothing from here on.",
            valueName: "time"))
    var before: String?

    @OptionGroup var act: ActOptions

    func validate() throws {
        guard (to == nil) != (before == nil) else {
            throw ValidationError("Say --to CHECKPOINT or --before TIME.")
        }
    }

    func run() throws {
        let target: RollbackTarget
        do {
            target = try ActBody.target(to: to, before: before)
        } catch {
            throw Failure(.wrongUse, "\(error)")
        }
        try act.perform(.rollback(to: target))
    }
}
