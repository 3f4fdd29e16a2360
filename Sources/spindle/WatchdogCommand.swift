import ArgumentParser
import Engine
import Foundation
import Host
import Logging
import Operation
import Paging
import Vocabulary
import World

/// `spindle watchdog`.
struct WatchdogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watchdog",
        abstract: "Watch the engine from a process of its own, and tell who is on call if it dies.",
        discussion: "It uses the [paging] of the engine's configuration. Run it as a service of "
            + "its own, or on another machine that sees the state directory.")

    @Option(help: ArgumentHelp("How long the engine may be silent.", valueName: "duration"))
    var limit = "2m"

    @OptionGroup var options: StateOptions

    func run() throws {
        guard let span = Span(text: limit), span >= .seconds(1) else {
            throw Failure(.wrongUse, "--limit: expected a duration such as 2m, found \(limit)")
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError(label:))
        let logger = Logger(label: "spindle.watchdog")
        let configuration = try options.configuration()
        guard configuration.paging.tellsAnybody else {
            throw Failure(.wrongUse, "a watchdog needs a receiver: [paging.receivers.NAME]")
        }
        let disk = LocalDisk()
        try disk.makeFolder(options.folder)
        let lock = try disk.open(options.folder + "/watchdog.lock", .readWrite)
        guard try lock.lock() else {
            throw Failure(.refused, "\(options.folder): another watchdog has it")
        }
        let book = try PagingBook(
            options.folder + "/watchdog.json", policy: configuration.paging, disk: disk)
        let watch = EngineWatch(
            options.socketPath, models: configuration.models.map(\.name), limit: span)
        let pager = Pager(
            book, source: { watch.look(at: $0) },
            note: { logger.notice("\($0.effect)") }, report: { logger.error("\($0)") })
        let isOver = DispatchSemaphore(value: 0)
        let signals = EndingSignals { isOver.signal() }
        logger.info("watching \(options.folder), limit \(span.text)")
        pager.start()
        isOver.wait()
        pager.end()
        signals.cancel()
        withExtendedLifetime(lock) {}
    }
}
