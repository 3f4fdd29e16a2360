import ArgumentParser
import Engine
import Foundation
import Host
import Launching
import Learning
import Numerics
import Terminal
import Vocabulary
import World

/// `spindle launch rehearse`.
struct LaunchRehearseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Teach a launch's cursors side by side over a model's training log.",
        discussion: "Production, the candidate on pooled data and on its own traffic, a "
            + "production that learned from as little, and baselines that are stopped, delayed and "
            + "in a parallel universe; all scored on the same examples since the launch. Arms are "
            + "by source. Reads only; a running engine goes on.")

    @Argument(help: "The model.")
    var model: String

    @Option(help: ArgumentHelp("When the launch begins, in RFC 3339.", valueName: "time"))
    var since: String

    @Option(help: ArgumentHelp("The candidate's share of the units.", valueName: "share"))
    var candidate = 0.05

    @Option(help: ArgumentHelp("The parallel universe's share.", valueName: "share"))
    var baseline = 0.1

    @Option(help: ArgumentHelp("How far the delayed baseline is behind.", valueName: "duration"))
    var delay = "1d"

    @Option(help: ArgumentHelp("Another number assigns all units anew.", valueName: "number"))
    var salt: UInt64 = 1

    @Option(help: "The candidate's learning rate. Default: production's.")
    var alpha: Float?

    @Option(help: "The candidate's beta. Default: production's.")
    var beta: Float?

    @Option(help: "The candidate's L1 penalty. Default: production's.")
    var l1: Float?

    @Option(help: "The candidate's L2 penalty. Default: production's.")
    var l2: Float?

    @Option(
        help: ArgumentHelp(
            "A feature that the candidate does without; may be repeated. Default: production's.",
            valueName: "name"))
    var ignore: [String] = []

    @Option(
        help: ArgumentHelp(
            "Two features that the candidate crosses; may be repeated. Default: production's.",
            valueName: "name,name"))
    var cross: [String] = []

    @OptionGroup var options: StateOptions

    func validate() throws {
        for pair in cross where Self.names(pair) == nil {
            throw ValidationError(
                "--cross: expected two different features such as query,region, found \(pair).")
        }
        for value in [alpha, beta].compactMap({ $0 }) where !(value > 0 && value <= 1e6) {
            throw ValidationError("--alpha, --beta: expected more than 0.")
        }
        for value in [l1, l2].compactMap({ $0 }) where !(value >= 0 && value <= 1e6) {
            throw ValidationError("--l1, --l2: expected 0 or more.")
        }
    }

    private static func names(_ pair: String) -> FeatureChoice.Cross? {
        let names = pair.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 2, !names.contains(""), names[0] != names[1] else { return nil }
        return FeatureChoice.Cross(names[0], names[1])
    }

    /// What is not said is as production has it.
    private func features(_ plain: FeatureChoice) throws -> FeatureChoice {
        let choice = FeatureChoice(
            ignored: ignore.isEmpty ? plain.ignored : ignore,
            crosses: cross.isEmpty ? plain.crosses : cross.compactMap(Self.names))
        if let objection = choice.objection {
            throw Failure(.wrongUse, "--\(objection.key): expected \(objection.expected)")
        }
        return choice
    }

    func run() throws {
        guard let name = ModelName(model), let since = try instant(since) else {
            throw Failure(.wrongUse, "\(model): expected the name of a model")
        }
        guard let delay = Span(text: delay) else {
            throw Failure(.wrongUse, "--delay: expected a duration such as 1d, found \(delay)")
        }
        let shares = TrafficShares(
            candidate: candidate, baselines: [(.baseline, baseline)], salt: salt)
        guard let shares else {
            throw Failure(
                .wrongUse, "--candidate, --baseline: expected shares that leave B some traffic")
        }
        let settings = try options.settings(of: name.text)
        let reading = try StateReading(options.folder, world: .local)
        let inForce = try reading.inForce(settings)
        var learner = inForce.learner
        learner.alpha = alpha ?? learner.alpha
        learner.beta = beta ?? learner.beta
        learner.l1 = l1 ?? learner.l1
        learner.l2 = l2 ?? learner.l2
        learner.features = try features(learner.features)
        let report = try options.onCourse { course in
            try reading.rehearseLaunch(
                inForce, since: since, shares: shares, candidate: learner, delay: delay,
                course: course)
        }
        if options.json { return try Output.json(report) }
        show(report)
        if !report.alarms.isEmpty { throw ExitCode(1) }
    }

    private func show(_ report: LaunchRehearsalReport) {
        print(
            "\(report.model) from \(report.since.rfc3339) to \(report.until.rfc3339), scored on "
                + "\(FigureText.count(report.measured)) examples")
        Output.table(
            ["CURSOR", "LEARNED", "LOG LOSS", "AGAINST B", "LIMIT"],
            report.cursors.map { row in
                [
                    row.name, FigureText.count(row.learned), Output.figure(row.logLoss),
                    row.againstProduction?.text ?? "-", row.limit ?? "",
                ]
            })
        if let handicap = report.handicap { Output.line(handicap) }
        for alarm in report.alarms { Output.line("ALARM: \(alarm)") }
        guard !report.decay.points.isEmpty else { return }
        print("what C stopped loses against B, by its age:")
        for point in report.decay.points {
            print(
                "  \(FigureText.text(point.hours)) h  \(FigureText.text(point.drop))"
                    + " ± \(FigureText.text(point.error))")
        }
    }
}
