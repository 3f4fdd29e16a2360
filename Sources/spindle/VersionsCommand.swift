import ArgumentParser
import Engine
import Host
import Numerics
import Operation
import Vocabulary
import World

/// `spindle versions`.
struct VersionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "What going on with learning is worth: older versions on the newest examples.",
        discussion: "Checkpoints that learned nothing of a stretch are scored on it, each as it "
            + "is, beside a learner that goes on through it and scores each example before it "
            + "learns it. Reads only; a running engine goes on. The same state gives the same "
            + "figures.")

    @Argument(help: "The model.")
    var model: String

    @Argument(help: "Checkpoints; without any, some of all ages.")
    var checkpoints: [String] = []

    @Option(help: "How long the stretch is, in event time; it ends where labels are all in.")
    var last = "1d"

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard Span(text: last).map({ $0 > .zero }) ?? false else {
            throw ValidationError("--last: expected a time such as 6h or 7d, found \(last).")
        }
    }

    func run() throws {
        guard let span = Span(text: last) else { throw Failure(.wrongUse, "--last") }
        let reading = try StateReading(options.folder, world: .local)
        let settings = try options.settings(of: model)
        let named = try checkpoints.map { try checkpointID($0) }
        let report = try options.onCourse { course in
            try reading.versions(of: settings, named: named, last: span, course: course)
        }
        if options.json { return try Output.json(report) }
        show(report)
    }

    private func show(_ report: VersionReport) {
        Output.line(
            "\(report.model), \(report.from.rfc3339) to \(report.to.rfc3339): "
                + "\(FigureText.count(report.examples)) examples whose labels are all in")
        Output.table(
            [
                "VERSION", "LEARNED UNTIL", "AGE", "LOG LOSS", "WORSE BY", "(99 % INTERVAL)",
                "CALIBRATED", "GOLDEN",
            ],
            [row("goes on", "", "", report.goingOn, nil)]
                + report.versions.map { version in
                    row(
                        version.checkpoint.description, version.learnedUntil.rfc3339,
                        Span(microseconds: Int64(version.ageSeconds * 1e6)).text, version.figures,
                        version.excess)
                } + [["base rate", "", "", Output.figure(report.baseRateEntropy)]])
        let verdict = report.verdict
        Output.line(verdict.prefix(1).uppercased() + verdict.dropFirst() + ".")
    }

    private func row(
        _ name: String, _ until: String, _ age: String, _ figures: VersionReport.Figures,
        _ excess: Estimate?
    ) -> [String] {
        [
            name, until, age, Output.figure(figures.logLoss), Output.figure(excess?.mean),
            Output.interval(excess),
            Output.figure(figures.calibration, digits: 2), Output.figure(figures.goldenLoss),
        ]
    }
}
