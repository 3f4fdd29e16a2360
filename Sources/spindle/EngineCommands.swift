import ArgumentParser
import CShims
import Drilling
import Engine
import Foundation
import Host
import Logging
import Operation
import Synchronization
import Terminal
import Theming
import Vocabulary
import World

/// `spindle run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the engine without a screen.")

    @OptionGroup var options: StateOptions

    func run() throws {
        spindle_catch_stops()
        LoggingSystem.bootstrap(StreamLogHandler.standardError(label:))
        let logger = Logger(label: "spindle")
        signal(SIGHUP, SIG_IGN)
        let handing = try HandingOver(options)
        let running = try RunningEngine(options) { logger.error("\($0)") }
        handing.allow(running.host)
        let signals = EndingSignals { [host = running.host] in
            host.builds.cancelHandOver()
            host.end()
        }
        logger.info("engine \(spindleVersion) on \(options.folder)")
        defer { signals.cancel() }
        try handing.watch(running.host) { try running.runHere() }
        logger.info("engine ended, everything kept")
        try handing.handOver(running.host)
    }
}

/// An engine of this process with its feeds and its doors.
final class RunningEngine {
    let host: EngineHost
    private let state: StateFolder
    private let doors: Doors
    private let onTrouble: @Sendable (String) -> Void
    private let feeds: [any Feed]
    private let pager: Pager

    /// `onTrouble` is told of whatever keeps the engine from going on.
    init(
        _ options: StateOptions, onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        let line = options.progressLine
        var open: Doors?
        var faults: [String] = []
        let world = HostWorld.serving.telling(line)
        state = try options.open(mayCreate: true, world: world) { configuration, desk in
            // A recovery may take long: until then the fallbacks answer.
            let doors = Doors(configuration.doors, desk: desk)
            desk.beginSelfTests()
            faults = try doors.listenOnTCP()
            open = doors
        }
        line.end()
        doors = open ?? Doors(state.configuration.doors, desk: state.desk)
        try DrillLease.settle(state)
        self.onTrouble = onTrouble
        host = EngineHost(state, onTrouble: onTrouble)
        host.builds.keepRunning(host)
        let (folder, settings) = (state.path, state.models.map(\.engine.settings))
        host.note(practice: { try ReadinessAnswer(settings, in: folder, at: WallClock.now()) })
        feeds = try Feeds.all(of: state)
        pager = Pager(host, of: state, report: onTrouble)
        doors.attach(host)
        try doors.listen(onSocket: options.socketPath)
        for fault in faults {
            try state.journal.append(JournalDraft(kind: .engine, effect: fault))
        }
    }

    /// Runs on this thread until ended. Where the engine fails requests are answered all the same,
    /// until somebody asks for the end.
    func runHere() throws {
        pager.start()
        defer { pager.end() }
        do {
            try host.run(state, feeds: feeds)
        } catch {
            onTrouble("the engine failed, requests are still answered: \(error)")
            host.waitForEnd()
            try doors.close()
            throw error
        }
        try doors.close()
    }
}

/// SIGTERM and SIGINT end the engine in good order. None that comes is lost: before this is made
/// the process ends at once.
final class EndingSignals: Sendable {
    private let events: Int32
    private let isCancelled = Atomic<Bool>(false)

    init(_ end: @escaping @Sendable () -> Void) {
        events = spindle_catch_endings()
        let thread = Thread { [events, self] in
            while spindle_await_ending(events) == 0, !isCancelled.load(ordering: .acquiring) {
                end()
            }
        }
        thread.name = "spindle.signals"
        thread.start()
    }

    /// From here on they end the process at once.
    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        spindle_release_endings(events)
    }
}

/// `spindle`, the console.
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Open the console: attach to the engine, or start one in this process.")

    @Option(
        help: ArgumentHelp(
            "Attach to the engine on another host, through ssh. --state is a folder there. "
                + "Several of them make a fleet.",
            valueName: "host"))
    var host: [String] = []

    @Flag(help: "Only look: no key does anything to a model. Attaches, and starts no engine.")
    var readOnly = false

    @OptionGroup var look: LookOptions
    @OptionGroup var options: StateOptions

    func run() throws {
        if host.count == 1 { return try attach(toHost: host[0]) }
        if host.count > 1 { return try attach(toHosts: host) }
        if try LocalDisk().exists(options.socketPath), try attach() { return }
        if readOnly { throw NoEngine(path: options.socketPath) }
        if try BuildStart.choice(in: options.folder) != nil {
            // Another build is to run, in a process of its own.
            try DetachedEngine.start(arguments: options.arguments, stateFolder: options.folder)
            guard try attachSoon() else { throw NoEngine(path: options.socketPath) }
            return
        }
        do {
            try ConsoleWithEngine(options, try look.skin()).run()
        } catch StateFault.inUse {
            // Another console is starting its engine this very moment, or the engine is ending.
            guard try attach() else { throw NoEngine(path: options.socketPath) }
        }
    }

    /// False if no engine answers within the time that a build has to become ready.
    private func attachSoon() throws -> Bool {
        let deadline = WallClock.monotonic() + BuildSettings().readyLimit
        while WallClock.monotonic() < deadline {
            if try LocalDisk().exists(options.socketPath), try attach() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    /// False if no engine answers.
    private func attach() throws -> Bool {
        let client = ControlClient(options.socketPath, console: StateOptions.actor.from)
        do {
            _ = try client.snapshot(full: false)
        } catch is NoEngine {
            try client.close()
            return false
        }
        try open(AttachedLink(client, actor: StateOptions.actor), options.folder)
        return true
    }

    private func attach(toHosts hosts: [String]) throws {
        let engines = try [FleetFile.Engine].on(hosts, state: options.state)
        try FleetConsole(engines, isReadOnly: readOnly, skin: try look.skin()).run()
    }

    private func open(_ link: AttachedLink, _ folder: String) throws {
        _ = TerminalConsole(
            link: link, actor: StateOptions.actor, skin: try look.skin(),
            keyboard: UserKeys.keyboard(), isReadOnly: readOnly,
            perform: TypedCommands(state: folder, isReadOnly: readOnly).perform
        ).run()
        link.close()
    }

    /// What ssh asks for, it asks before there is a screen.
    private func attach(toHost host: String) throws {
        let relay = try SSHRelay(to: host, state: options.state)
        defer { relay.close() }
        let client = ControlClient(relay.socketPath, console: StateOptions.actor.from)
        do {
            _ = try client.snapshot(full: false)
        } catch {
            throw Failure(
                .noEngine,
                "\(host): no engine answers through ssh; ssh \(host) spindle status "
                    + "says more")
        }
        let link = AttachedLink(client, actor: StateOptions.actor, name: host) { relay.stop($0) }
        relay.askNothing()
        try open(link, LocalDisk.folder(of: relay.socketPath))
    }
}

/// The console over an engine that runs in this process on a thread of its own.
private struct ConsoleWithEngine {
    private let options: StateOptions
    private let skin: Skin
    private let running: RunningEngine

    init(_ options: StateOptions, _ skin: Skin) throws {
        (self.options, self.skin) = (options, skin)
        spindle_catch_stops()
        running = try RunningEngine(options)
        running.host.builds.forbidHandOver(
            because: "the engine runs inside a console, process \(ThisProcess.id): leave that with "
                + "q, keep the engine running, and ask again")
    }

    func run() throws {
        let engine = EngineThread(running)
        engine.start()
        let link = InProcessLink(running.host, actor: StateOptions.actor)
        let console = TerminalConsole(
            link: link, actor: StateOptions.actor, skin: skin, keyboard: UserKeys.keyboard(),
            perform: TypedCommands(state: options.folder, isReadOnly: false).perform)
        switch console.run() {
        case .left(keepEngine: false), .terminated:
            running.host.end()
            try engine.join()
        case .left(keepEngine: true):
            running.host.end()
            try engine.join()
            try DetachedEngine.start(
                arguments: options.arguments, stateFolder: options.folder)
            print("the engine runs on; spindle attaches to it again")
        case .hungUp:
            try DetachedEngine.leaveTerminal(stateFolder: options.folder)
            let signals = EndingSignals { [host = running.host] in host.end() }
            try engine.join()
            signals.cancel()
        }
    }
}

/// The thread that owns an engine.
private final class EngineThread: @unchecked Sendable {
    // Sendable because `failure` is written before `done` is signalled and read after.
    private let running: RunningEngine
    private let done = DispatchSemaphore(value: 0)
    private var failure: (any Error)?

    init(_ running: RunningEngine) {
        self.running = running
    }

    func start() {
        let thread = Thread { [self] in
            do {
                try running.runHere()
            } catch {
                failure = error
            }
            done.signal()
        }
        thread.name = "engine"
        thread.stackSize = 8 << 20
        thread.start()
    }

    func join() throws {
        done.wait()
        if let failure { throw failure }
    }
}
