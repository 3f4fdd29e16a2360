import ArgumentParser
import Foundation
import Host
import Operation
import Vocabulary
import World

/// `spindle builds`.
struct BuildsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "builds",
        abstract: "Keep earlier builds of this program, and hand the engine over to one.",
        subcommands: [
            BuildsListCommand.self, BuildsKeepCommand.self, BuildsPinCommand.self,
            BuildsVerifyCommand.self, BuildsRollbackCommand.self, BuildsTryCommand.self,
            BuildsSuperviseCommand.self,
        ], defaultSubcommand: BuildsListCommand.self)
}

/// `spindle builds list`.
struct BuildsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the builds that are kept, newest first.")

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var builds: [BuildListing]
        var faults: [String]
        var running: BuildID?
    }

    func run() throws {
        let running = try options.runningEngine()?.build
        let reading = try StateReading(options.folder, world: .local)
        let (records, faults) = try BuildShelf(of: options.folder).records()
        let written = records.first { $0.id == running }?.formats ?? []
        let held = try reading.heldFormats(writtenBy: written)
        let builds = records.map { record in
            let objections = held.compactMap { $0.objection(to: record) }
            return BuildListing(
                record: record, running: record.id == running, compatible: objections.isEmpty,
                objections: objections)
        }
        if options.json {
            return try Output.json(Listing(builds: builds, faults: faults, running: running))
        }
        Output.table(
            ["BUILD", "KEPT", "SIZE", "STATE", "FORMATS READ", "COMPATIBLE"],
            builds.map { build in
                let record = build.record
                let state = [build.running ? "running" : nil, record.pinned ? "pinned" : nil]
                let formats = record.formats.map { format in
                    format.format + " " + format.reads.map(String.init).joined(separator: "+")
                }
                return [
                    record.id.text, record.kept.rfc3339, "\(record.bytes >> 20) MiB",
                    state.compactMap { $0 }.joined(separator: ", "),
                    formats.joined(separator: ", "),
                    build.compatible ? "yes" : "no: " + build.objections[0],
                ]
            })
        for fault in faults { Output.line(fault) }
    }
}

/// One build as `spindle builds --json` has it: its record, and how it stands to the state
/// directory.
private struct BuildListing: Encodable {
    var record: BuildRecord
    var running: Bool
    var compatible: Bool
    var objections: [String]

    private enum Key: String, CodingKey {
        case running, compatible, objections
    }

    func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(running, forKey: .running)
        try container.encode(compatible, forKey: .compatible)
        try container.encode(objections, forKey: .objections)
    }
}

/// `spindle builds keep`.
struct BuildsKeepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Keep another binary of this program, and pin it.")

    @Argument(help: "The binary.")
    var path: String

    @Option(help: "Why; kept in the journal.")
    var reason: String = "kept by hand"

    @OptionGroup var options: StateOptions

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        let program = path.contains("/") ? path : "./" + path
        let (record, isNew) = try BuildShelf(of: options.folder).keep(program, isPinned: true)
        let text =
            isNew
            ? "build \(record.id) is kept, \(record.bytes) bytes" : "build \(record.id) was kept"
        try reading.journal.append(
            JournalDraft(
                kind: .act, act: "keep-build", by: StateOptions.actor.user,
                from: StateOptions.actor.from, reason: reason, effect: text + ", and is pinned"))
        if options.json { return try Output.json(record) }
        Output.line(text + "; it is pinned")
    }
}

/// `spindle builds pin`.
struct BuildsPinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a build however many come after it.")

    @Argument(help: "The build.")
    var build: String

    @Flag(help: "Keep it only while it is among the newest.")
    var off = false

    @Option(help: "Why; kept in the journal.")
    var reason: String

    @OptionGroup var options: StateOptions

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        let id = try buildID(build)
        let changed = try BuildShelf(of: options.folder).pin(id, !off)
        let text = "build \(id) is \(off ? "no longer " : "")pinned"
        try reading.journal.append(
            JournalDraft(
                kind: .act, act: "pin-build", by: StateOptions.actor.user,
                from: StateOptions.actor.from, reason: reason,
                effect: changed ? text : "nothing to do: " + text))
        if !options.json { Output.line(changed ? text : "nothing to do: " + text) }
    }
}

/// `spindle builds verify`.
struct BuildsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read every build again and hold it against its digest.")

    @OptionGroup var options: StateOptions

    private struct Verdict: Encodable {
        var verified: Int
        var faults: [String]
    }

    func run() throws {
        _ = try StateReading(options.folder, world: .local)
        let shelf = BuildShelf(of: options.folder)
        let (records, faults) = try shelf.records()
        let all = faults + records.compactMap { shelf.verify($0) }
        if options.json { try Output.json(Verdict(verified: records.count, faults: all)) }
        guard all.isEmpty else { throw Failure(.refused, all.joined(separator: "\n")) }
        if !options.json { Output.line("\(records.count) builds match their digests") }
    }
}

/// `spindle builds rollback`.
struct BuildsRollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Hand the engine over to another build, in stages.",
        discussion: "The build must read all that the state directory holds, be what was kept, "
            + "and read what serves in a process of its own. Then the engine ends, and the build "
            + "takes its place; if it is not ready in time, the engine comes back. To go forward "
            + "again, name the newer build.")

    @Argument(help: "The build.")
    var build: String

    @Option(help: "Why; kept in the journal.")
    var reason: String

    @Flag(help: "Go through the first three stages, and change nothing.")
    var dryRun = false

    @Flag(help: "Don't wait until the build has taken over.")
    var noWait = false

    @OptionGroup var options: StateOptions

    private struct Report: Encodable {
        var outcome: String
        var effects: [ActEffect]
        var message: String
    }

    func validate() throws {
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw ValidationError("An act needs a reason.")
        }
    }

    func run() throws {
        let request = ActRequest(
            act: .build(try buildID(build)), scope: .all, reason: reason, isDryRun: dryRun,
            waits: !noWait, actor: StateOptions.actor)
        let outcome = try options.askEngine { try $0.act(request) }
        if case .refused(let text) = outcome {
            if options.json { try Output.json(ActReply(outcome)) }
            throw Failure(.refused, text)
        }
        if !options.json { for effect in outcome.effects { Output.line(effect.text) } }
        guard !dryRun, !noWait else {
            if options.json { try Output.json(ActReply(outcome)) }
            return
        }
        Output.flush()
        let ended = try wait()
        let isDone = ended.stage == .done
        if options.json {
            try Output.json(
                Report(
                    outcome: isDone ? "done" : "refused", effects: outcome.effects,
                    message: ended.text))
        }
        guard isDone else { throw Failure(.refused, ended.text) }
        if !options.json { Output.line(ended.text) }
    }

    /// Waits until the hand-over has come to an end, and whichever engine runs then answers.
    private func wait() throws -> HandOver {
        guard let asked = try HandOver.read(in: options.folder) else {
            throw Failure(.refused, "the engine has not written down what it does")
        }
        // The engine's end, the build's time to become ready, its end, and a margin.
        let limit = asked.readyLimit + .minutes(10)
        let deadline = WallClock.monotonic() + limit
        while WallClock.monotonic() < deadline {
            if let now = try HandOver.read(in: options.folder), now.asked == asked.asked {
                switch now.stage {
                case .ending, .starting: break
                case .done, .ended: return now
                case .failed:
                    if try options.runningEngine() != nil { return now }
                }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw Failure(
            .refused, "after \(limit.text) nothing runs; see journal and the engine's messages")
    }
}

/// `spindle builds try`: what an engine asks another build to do before it hands over.
struct BuildsTryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try", abstract: "Read the configuration and checkpoints.",
        shouldDisplay: false)

    @Argument(help: "Checkpoints.")
    var checkpoints: [String] = []

    @OptionGroup var options: StateOptions

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        _ = try options.configuration(
            remembered: try reading.configuration(), fallback: SpindleConfiguration.embedded)
        let report = try reading.tryCheckpoints(try checkpoints.map(checkpointID))
        if options.json { return try Output.json(report) }
        for one in report.checkpoints { Output.line("\(one.id) \(one.learnerDigest)") }
    }
}

/// `spindle builds supervise`: what the process of an engine becomes that hands over.
struct BuildsSuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Hand over as builds/handover.json says.",
        shouldDisplay: false)

    @OptionGroup var options: StateOptions

    func run() throws {
        var supervisor = try BuildSupervisor(options.folder)
        throw ExitCode(try supervisor.run())
    }
}

/// `spindle formats`.
struct FormatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formats", abstract: "Say which file formats this build reads and writes.",
        shouldDisplay: false)

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    func run() throws {
        if json { return try Output.json(BuildFormats.own) }
        Output.table(
            ["FORMAT", "WRITES", "READS"],
            BuildFormats.own.formats.map {
                [$0.format, "\($0.writes)", $0.reads.map(String.init).joined(separator: ", ")]
            })
    }
}

/// The engine's side of a change of builds, for `spindle run`.
struct HandingOver {
    private let options: StateOptions
    /// True if a supervisor started this process.
    private let isSupervised: Bool

    /// Where an operator chose another build than this one, the process makes place for it.
    init(_ options: StateOptions) throws {
        self.options = options
        isSupervised = ThisProcess.environment(BuildSupervisor.supervisedName) != nil
        let runsAgain = ThisProcess.environment(BuildSupervisor.againName) != nil
        // What this process starts is started by nobody else.
        ThisProcess.setEnvironment(BuildSupervisor.supervisedName, nil)
        ThisProcess.setEnvironment(BuildSupervisor.againName, nil)
        if isSupervised {
            guard ThisProcess.endWithParent() else {
                throw Failure(.refused, "the system does not tell when the supervisor ends")
            }
        } else if !runsAgain {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if let fault = try BuildStart.makePlace(in: options.folder, arguments: arguments) {
                throw fault
            }
        }
    }

    func allow(_ host: EngineHost) {
        host.builds.allowHandOver(
            arguments: Array(CommandLine.arguments.dropFirst()), options: options.arguments)
    }

    func watch(_ host: EngineHost, _ run: () throws -> Void) throws {
        do {
            try run()
        } catch {
            host.builds.closeHandOver(because: error)
            throw error
        }
    }

    /// Returns if the engine has ended for good.
    func handOver(_ host: EngineHost) throws {
        guard try host.builds.agreed(after: host.latest()?.snapshot) != nil else { return }
        guard !isSupervised else { throw ExitCode(BuildSupervisor.handOverStatus) }
        throw BuildSupervisor.become(ThisProcess.program, of: options.folder)
    }
}

extension StateOptions {
    /// Asks the engine that runs; there is no other way.
    func askEngine<Result>(_ ask: (ControlClient) throws -> Result) throws -> Result {
        let client = ControlClient(socketPath)
        defer {
            do {
                try client.close()
            } catch {
                FileHandle.standardError.write(Foundation.Data("spindle: \(error)\n".utf8))
            }
        }
        return try ask(client)
    }

    /// Nil if none runs.
    func runningEngine() throws -> EngineReport? {
        do {
            return try askEngine { try $0.snapshot(full: false).engine }
        } catch is NoEngine {
            return nil
        }
    }
}

private func buildID(_ text: String) throws -> BuildID {
    guard let id = BuildID(text) else {
        throw Failure(.wrongUse, "\(text): expected a build's id, such as 0.1.0-0123456789ab")
    }
    return id
}
