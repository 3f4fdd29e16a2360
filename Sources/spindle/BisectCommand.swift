import ArgumentParser
import Operation
import Vocabulary

/// `spindle bisect`.
struct BisectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect",
        abstract: "Find which examples turned a model bad, by leaving parts of the log out.",
        discussion: "Begins at the newest checkpoint from before --since, or the onset of the "
            + "oldest open alarm; where there is neither, it halves the checkpoints first. Reads "
            + "only; a running engine goes on. Exit status 1 if it cannot tell.")

    @Argument(help: "The model.")
    var model: String

    @Option(help: ArgumentHelp("When it began to go wrong, in RFC 3339.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("A checkpoint that was still good.", valueName: "checkpoint"))
    var good: String?

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard since == nil || good == nil else {
            throw ValidationError("--since or --good, not both.")
        }
    }

    func run() throws {
        var query = RehearsalQuery()
        query.bisects = true
        (query.since, query.good) = (try instant(since), good)
        let report = try options.rehearse(query, model)
        guard let found = report.bisection else {
            throw Failure(.refused, "the engine of another version knows no bisection")
        }
        if options.json {
            try Output.json(report)
        } else {
            show(found, report.basis)
        }
        if found.window == nil { throw ExitCode(1) }
    }

    private func show(_ found: BisectionReport, _ basis: String) {
        Output.line(basis)
        Output.table(
            ["LEFT OUT", "GOLDEN", "REPAIRS"],
            found.trials.map { trial in
                [
                    trial.text, Output.figure(trial.logLoss),
                    Output.figure(trial.repaired * 100, digits: 0) + " %",
                ]
            })
        Output.line(found.text)
        for line in found.evidence { Output.line("  \(line)") }
        guard let window = found.window else { return }
        Output.line("to leave them out: spindle purge \(model) \(options(of: window)) --dry-run")
    }

    /// As a purge takes it.
    private func options(of window: ExampleSelection) -> String {
        var words = ["--from", window.from.rfc3339, "--to", window.to.rfc3339]
        if let source = window.source { words += ["--source", "\"\(source)\""] }
        if let segment = window.segment { words += ["--segment", "\"\(segment)\""] }
        return (words + ["--reason", "TEXT"]).joined(separator: " ")
    }
}
