import ArgumentParser
import Bench

/// `spindle bench peers`.
struct BenchPeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "Measure ours beside Vowpal Wabbit, river and scikit-learn on the same rows.",
        discussion: "pip install vowpalwabbit river scikit-learn. Peers that are missing are "
            + "named. Starting Python is in nobody's figure.")

    @Option(help: ArgumentHelp("The Python that has the peers.", valueName: "program"))
    var python = "python3"

    @Option(help: "Rounds over all programs; medians count.")
    var `repeat` = 5

    @OptionGroup var options: WorkloadOptions

    func validate() throws {
        guard (1...1000).contains(`repeat`) else {
            throw ValidationError("--repeat: expected 1 to 1000, found \(`repeat`).")
        }
    }

    func run() throws {
        let report = try options.withScratch(rows: 500_000, PeerRun.forms) { scratch in
            var run = try PeerRun(python: python, scratch: scratch)
            for _ in 0..<`repeat` { try run.round() }
            return run.report
        }
        if options.json { return try Output.json(report) }
        BenchTable.show(report)
    }
}

extension BenchTable {
    static func show(_ report: PeerReport) {
        print(words(report.workload))
        let programs = (report.ours + report.theirs).map { program in
            [
                program.name, "\(program.rows)",
                Output.figure(program.nanosecondsPerRow, digits: 0),
                Output.figure(program.nanosecondsPerRowMin, digits: 0),
                Output.figure(program.rowsPerCpuSecond, digits: 0),
                Output.figure(program.figures["log_loss"], digits: 6),
            ]
        }
        let missing = report.notInstalled.map { [$0, "not installed", "-", "-", "-", "-"] }
        Output.table(
            ["program", "rows", "ns/row", "least", "rows/CPU s", "log loss"], programs + missing)
        print("")
        Output.table(
            ["goal", "ours", "to", "measured", "at most", ""],
            report.goals.map { goal in
                [
                    goal.text, goal.ours, goal.theirs, figure(goal.measured),
                    figure(goal.limit), verdict(goal.holds),
                ]
            })
    }

    /// Small figures are told by what matters in them.
    static func figure(_ value: Double?) -> String {
        guard let value else { return "-" }
        return Output.figure(value, digits: abs(value) < 0.02 ? 6 : 3)
    }

    private static func verdict(_ holds: Bool?) -> String {
        switch holds {
        case true: "holds"
        case false: "DOESN'T HOLD"
        default: "not measured"
        }
    }
}
