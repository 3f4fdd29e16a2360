import ArgumentParser
import Engine
import Host
import Operation
import Synchronization
import Terminal
import Vocabulary
import World

/// What all acts share: which models, and why.
struct ActOptions: ParsableArguments {
    @Argument(help: "The model.")
    var model: String?

    @Flag(help: "All models.")
    var all = false

    @Option(help: "Why; kept in the journal.")
    var reason: String?

    @Flag(help: "Only say what would change.")
    var dryRun = false

    @Flag(help: "Do alone what two people should do; somebody else has to review it.")
    var breakGlass = false

    @Flag(help: "Go on though a step before it is missing.")
    var override = false

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard (model == nil) == all else {
            throw ValidationError("Name a model, or say --all.")
        }
    }

    func scope() throws -> ActScope {
        guard let model else { return .all }
        guard let name = ModelName(model) else {
            throw Failure(.wrongUse, "\(model): expected the name of a model")
        }
        return .model(name)
    }

    func perform(_ act: Act, waits: Bool = true) throws {
        guard let reason, !reason.allSatisfy(\.isWhitespace) else {
            throw Failure(.wrongUse, "An act needs a reason: --reason TEXT")
        }
        var request = ActRequest(
            act: act, scope: try scope(), reason: reason, isDryRun: dryRun, waits: waits,
            actor: StateOptions.actor)
        (request.breaksGlass, request.overrides) = (breakGlass, override)
        try options.perform(request)
    }
}

extension StateOptions {
    private static let reasonSizeMax = 16_000

    /// True where a state directory is there and cannot be opened.
    private static func isTrouble(_ fault: any Error) -> Bool {
        !(fault is NoEngine || fault is StateFault || fault is Failure)
    }

    private func stopLatchOnly(
        _ request: ActRequest, because fault: any Error
    ) throws -> ActOutcome {
        try Acts.stopLatchOnly(
            request, in: folder, models: try knownModels(), world: .local, because: fault)
    }

    /// Of the state directory, where a configuration that is no longer right cannot tell.
    private func knownModels() throws -> [ModelName] {
        do {
            return try configuration().models.map(\.name)
        } catch is ConfigurationFault {
            return try HostWorld.local.disk.names(in: folder + "/models").compactMap(ModelName.init)
        }
    }

    /// One line of what is to be looked at before a resume.
    private static func words(_ check: PreflightCheck) -> String {
        let sign =
            switch check.state {
            case .good: "[x]"
            case .open: "[ ]"
            case .unknown: "[?]"
            }
        return "\(sign) \(check.name): \(check.text)" + (check.blocks ? " (BLOCKS)" : "")
    }

    private func act(
        _ request: ActRequest, through client: ControlClient
    ) throws -> ActOutcome {
        guard case .purge = request.act, request.waits, !request.isDryRun else {
            return try client.act(request)
        }
        let watch = watchRelearning(of: request.scope)
        defer { watch.end() }
        return try client.act(request)
    }

    /// Without an engine: told on the way; interrupted, it ends without loss.
    private func performAtRest(
        _ request: ActRequest, on state: StateFolder
    ) throws -> ActOutcome {
        let line = progressLine
        let interruption = Interruption()
        let signals = EndingSignals { interruption.come() }
        defer {
            signals.cancel()
            line.end()
        }
        let course = ActCourse(
            tell: { line.tell($0, $1) }, isInterrupted: { interruption.hasCome })
        return try Acts.performAtRest(request, on: state, course)
    }

    /// Does an act through a running engine or without one, and prints what came of it.
    func perform(_ request: ActRequest) throws {
        guard request.reason.utf8.count <= Self.reasonSizeMax || request.act == .stop else {
            throw Failure(.wrongUse, "--reason: expected at most \(Self.reasonSizeMax) bytes")
        }
        // The red button is never refused for too many words.
        var request = request
        request.reason = String(request.reason.prefix(Self.reasonSizeMax / 4))
        let outcome: ActOutcome
        do {
            outcome = try withEngine(
                { try act(request, through: $0) },
                atRest: { try performAtRest(request, on: $0) })
        } catch let fault where request.act == .stop && (fault is NoEngine || fault is SilentEngine)
        {
            // Another process has the directory, and does not answer.
            outcome = try Acts.stopBeside(
                request, in: folder, models: try knownModels(), disk: HostWorld.local.disk,
                because: fault)
        } catch let fault where request.act == .stop && Self.isTrouble(fault) && !request.isDryRun {
            outcome = try stopLatchOnly(request, because: fault)
        }
        let reply = ActReply(outcome)
        if json { try Output.json(reply) }
        if case .refused(let text) = outcome { throw Failure(.refused, text) }
        if !json {
            for effect in reply.effects {
                Output.line(effect.text)
                for check in effect.checks ?? [] { Output.line("  " + Self.words(check)) }
            }
        }
        // What would be done ends as it would end.
        let blocking = reply.effects.flatMap { $0.checks ?? [] }.first { $0.blocks }
        if let blocking, request.isDryRun, !request.overrides {
            throw Failure(
                .refused, "\(blocking.text); who has that authority may say --override")
        }
    }
}

/// Whether somebody wants what is under way to end.
private final class Interruption: Sendable {
    private let state = Atomic<Bool>(false)

    var hasCome: Bool { state.load(ordering: .acquiring) }

    func come() { state.store(true, ordering: .releasing) }
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

    @Option(
        help: ArgumentHelp(
            "The checkpoint to go back to; last-healthy: the newest passed one from before the "
                + "onset of every alarm that is open.", valueName: "checkpoint"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "Go back to the newest passed checkpoint that met nothing from here on.",
            valueName: "time"))
    var before: String?

    @Flag(help: "Leave the cursor where it is: what was learned since is passed over for good.")
    var keepCursor = false

    @OptionGroup var act: ActOptions

    func validate() throws {
        guard (to == nil) != (before == nil) else {
            throw ValidationError("Say --to CHECKPOINT, --to last-healthy or --before TIME.")
        }
    }

    func run() throws {
        let target: RollbackTarget
        do {
            target = try ActBody.target(to: to, before: before)
        } catch {
            throw Failure(.wrongUse, "\(error)")
        }
        try act.perform(.rollback(to: target, keepsCursor: keepCursor))
    }
}

/// `spindle purge`.
struct PurgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Make the model what it were if it had never met some examples.",
        discussion: "The window is over the example's ts, from inclusive, to exclusive. Training "
            + "goes back to the last checkpoint before them, and forward again without them.")

    @OptionGroup var window: WindowOptions

    @Option(help: "Only what this arm of a launch served: A, B, C, C2, C3 or C4.")
    var arm: String?

    @Option(help: ArgumentHelp("Take back an earlier purge.", valueName: "purge"))
    var undo: String?

    @Flag(help: "Don't wait until the purged learner is kept in a checkpoint.")
    var noWait = false

    @Flag(help: "Only look for the window whose examples look unlike those before it.")
    var propose = false

    @OptionGroup var act: ActOptions

    func run() throws {
        if propose { return try proposeWindow() }
        guard undo == nil || window.isEmpty else {
            throw Failure(.wrongUse, "--undo takes back a purge as it was made: no window with it")
        }
        let order: PurgeOrder
        do {
            order = try ActBody(
                from: window.from, to: window.to, source: window.source, segment: window.segment,
                arm: arm, where: window.conditions, undo: undo
            ).purgeOrder()
        } catch {
            throw Failure(.wrongUse, "\(error)")
        }
        try act.perform(.purge(order), waits: !noWait)
    }

    /// Prints the window and the command that would purge it.
    private func proposeWindow() throws {
        guard undo == nil, window.isEmpty, !act.all, let model = act.model else {
            throw Failure(.wrongUse, "--propose looks for the window of one model by itself")
        }
        var query = RehearsalQuery()
        query.proposes = true
        let report = try act.options.rehearse(query, model)
        if act.options.json { return try Output.json(report) }
        Output.line(report.basis)
        guard let proposal = report.proposal else { return }
        RehearsalText.print(proposal)
        guard let found = proposal.window else { return }
        var words = ["spindle purge \(model) --from \(found.from.rfc3339) --to \(found.to.rfc3339)"]
        if let source = found.source { words.append("--source '\(source)'") }
        if let segment = found.segment { words.append("--segment '\(segment)'") }
        Output.line("To see what it would do: \(words.joined(separator: " ")) --dry-run --reason …")
    }
}

/// What acts on one checkpoint share.
struct CheckpointActOptions: ParsableArguments {
    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @Option(help: "Why; kept in the journal.")
    var reason: String

    @Flag(help: "Only say what would change.")
    var dryRun = false

    @OptionGroup var options: StateOptions

    func perform(_ act: (CheckpointID) -> Act) throws {
        let id = try checkpointID(checkpoint)
        try options.perform(
            ActRequest(
                act: act(id), scope: .model(id.model), reason: reason, isDryRun: dryRun,
                actor: StateOptions.actor))
    }
}

/// A checkpoint's id from the command line.
func checkpointID(_ text: String) throws -> CheckpointID {
    guard let id = CheckpointID(text) else {
        throw Failure(.wrongUse, "\(text): expected a checkpoint's id")
    }
    return id
}

/// `spindle pin`.
struct PinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a checkpoint, whatever retention says.")

    @Flag(help: "Keep it only as long as retention says.")
    var off = false

    @OptionGroup var act: CheckpointActOptions

    func run() throws {
        try act.perform { .pin($0, isPinned: !off) }
    }
}
