import ArgumentParser
import Foundation
import Host
import Operation
import Vocabulary

/// `spindle launch start`.
struct LaunchStartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Begin the launch that the configuration declares.",
        discussion: "The candidate first learns what the training log has, and answers its first "
            + "share of the units once it has caught up. --dry-run says what it could find.")

    @OptionGroup var act: ActOptions

    func run() throws { try act.perform(.launch(.start)) }
}

/// `spindle launch up`.
struct LaunchUpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Let the candidate answer its next share of the units.",
        discussion: "Refused while a criterion of the stage is not met; the policy says who may.")

    @OptionGroup var act: ActOptions

    func run() throws { try act.perform(.launch(.up)) }
}

/// `spindle launch down`.
struct LaunchDownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Give the candidate the share of the stage before.",
        discussion: "Never needs an approval. From the first stage it answers nobody.")

    @OptionGroup var act: ActOptions

    func run() throws { try act.perform(.launch(.down)) }
}

/// `spindle launch promote`.
struct LaunchPromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Make the candidate production, and end the launch.",
        discussion: "Refused before the last stage, and while a criterion of it is not met. The "
            + "candidate's settings are the model's from then on, and the log is learned anew by "
            + "them. A rollback to a checkpoint of before brings the old ones back.")

    @OptionGroup var act: ActOptions

    func run() throws { try act.perform(.launch(.promote)) }
}

/// `spindle launch end`.
struct LaunchEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End the launch: production answers all.",
        discussion: "To make the candidate production: launch promote.")

    @OptionGroup var act: ActOptions

    func run() throws { try act.perform(.launch(.end)) }
}

/// `spindle launch status`.
struct LaunchStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the launch under way, or the last one.",
        discussion: "Exit status 1 while its numbers are worthless.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var options: StateOptions

    func run() throws {
        let status = try options.launchStatus(model)
        if options.json {
            try Output.json(status)
        } else {
            for line in LaunchPage.lines(status) { Output.line(line) }
        }
        if !status.alarms.isEmpty { throw ExitCode(1) }
    }
}

/// `spindle launch report`.
struct LaunchReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a launch's report, as Markdown with charts.")

    @Argument(help: "The model.")
    var model: String

    @Option(help: ArgumentHelp("Where to; standard output without it.", valueName: "file"))
    var file: String?

    @OptionGroup var options: StateOptions

    func run() throws {
        let status = try options.launchStatus(model)
        if options.json, file == nil { return try Output.json(status) }
        try Output.page(LaunchPage.markdown(status), to: file)
    }
}

extension StateOptions {
    fileprivate func launchStatus(_ text: String) throws -> LaunchStatus {
        guard let model = ModelName(text) else {
            throw Failure(.wrongUse, "\(text): expected the name of a model")
        }
        let snapshot = try withEngine(
            { try $0.snapshot(full: true) }, atRest: { Acts.snapshotAtRest($0) })
        guard let report = snapshot.models.first(where: { $0.name == model }) else {
            throw Failure(.wrongUse, "there is no model \(model)")
        }
        guard let status = report.launch else {
            throw Failure(.refused, "no launch of \(model) was ever started")
        }
        return status
    }
}
