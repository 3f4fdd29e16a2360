import ArgumentParser
import Engine
import Foundation
import Host
import Operation
import Validation
import Vocabulary
import World

/// `spindle gate`.
struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Validate a checkpoint once more, and say why it passes or not.",
        discussion: "Reads files only, beside an engine that may be running. Exit status 1 unless "
            + "it passes.")

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @Flag(help: "Print every check, not only what the verdict rests on.")
    var explain = false

    @OptionGroup var options: StateOptions

    private struct Answer: Encodable {
        var checkpoint: CheckpointID
        var verdict: Verdict
        var checks: [GateCheck]
    }

    func run() throws {
        let id = try checkpointID(checkpoint)
        let reading = try StateReading(options.folder, world: .local)
        let settings = try options.settings(of: id.model.text)
        let order = try reading.gateOrder(of: id, settings)
        let outcome = GateSandbox.judge(order, program: "/proc/self/exe")
        let verdict = GateCheck.verdict(of: outcome.checks)
        if options.json {
            try Output.json(Answer(checkpoint: id, verdict: verdict, checks: outcome.checks))
        } else {
            print("\(id) \(verdict.rawValue)")
            for check in outcome.checks where explain || check.verdict == verdict {
                Output.line("  \(check.verdict.rawValue)  \(check.subject.rawValue): \(check.text)")
            }
        }
        if verdict != .passed { throw ExitCode(1) }
    }
}

/// `spindle gate-worker`: what the gate starts in a process of its own.
struct GateWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate-worker", abstract: "Validate as the engine asks.", shouldDisplay: false)

    @Argument(help: "The order, as JSON.")
    var order: String

    func run() throws {
        let order = try JSON.decode(GateOrder.self, from: Foundation.Data(order.utf8))
        WorkerLimits.apply(
            memoryMax: order.settings.memoryMax, secondsMax: order.settings.secondsMax)
        if order.delay > 0 { Thread.sleep(forTimeInterval: order.delay) }
        try Output.json(GateRun.judge(order, disk: LocalDisk()))
    }
}

/// `spindle golden`.
struct GoldenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "golden",
        abstract:
            "A model's golden set: fixed labelled examples that every checkpoint is scored on.",
        subcommands: [GoldenShowCommand.self, GoldenMakeCommand.self])
}

/// `spindle golden show`.
struct GoldenShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say where the golden set comes from.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var options: StateOptions

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        guard let name = ModelName(model), let summary = try reading.goldenSummary(of: name) else {
            throw Failure(.refused, "\(model) has no golden set")
        }
        if options.json { return try Output.json(summary) }
        print(
            "\(summary.path): \(summary.rows) examples, \(summary.positives) positives, from "
                + "\(summary.from.rfc3339) to \(summary.to.rfc3339), made by \(summary.by) at "
                + summary.made.rfc3339)
    }
}

/// `spindle golden make`.
struct GoldenMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Make the golden set anew, from the newest labelled examples of the log.",
        discussion: "The next checkpoint is scored on it. The fallback's table and constant are "
            + "made anew from the same examples.")

    @OptionGroup var act: ActOptions

    func run() throws {
        try act.perform(.makeGolden)
    }
}
