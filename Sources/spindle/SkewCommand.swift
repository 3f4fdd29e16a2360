import ArgumentParser
import Host
import Numerics
import Operation
import Vocabulary
import World

/// `spindle skew`.
struct SkewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skew",
        abstract:
            "Make a sample of examples anew, and look whether features and answers are alike.",
        discussion: "Features that training stored are held against what this build makes of the "
            + "raw records; answers that were logged with their checkpoint, against what that "
            + "checkpoint answers to the stored features. Reads only; a running engine goes on. "
            + "The same logs give the same sample. Exits with 1 if anything differs.")

    @Argument(help: "The model.")
    var model: String

    @Option(help: "So many examples, chosen by a hash of their ids.")
    var sample = 1000

    @Option(help: ArgumentHelp("Only examples from then on.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Only examples before then.", valueName: "time"))
    var to: String?

    @Option(help: "By how much an answer may differ: others log theirs rounded.")
    var tolerance = 1e-6

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard sample > 0 else { throw ValidationError("--sample: expected 1 or more.") }
        guard tolerance >= 0 else { throw ValidationError("--tolerance: expected 0 or more.") }
    }

    func run() throws {
        var query = SkewQuery()
        (query.sample, query.tolerance) = (sample, tolerance)
        let start = try from.map { try instant($0, "--from") } ?? .distantPast
        let end = try to.map { try instant($0, "--to") } ?? .distantFuture
        guard start < end else {
            throw Failure(.wrongUse, "expected a window that ends after it begins")
        }
        query.window = start..<end
        let reading = try StateReading(options.folder, world: .local)
        let settings = try options.settings(of: model)
        let chosen = query
        let report = try options.onCourse { try reading.skew(of: settings, chosen, course: $0) }
        if options.json { try Output.json(report) } else { show(report) }
        if !report.isClean { throw ExitCode(1) }
    }

    private func instant(_ text: String, _ option: String) throws -> Instant {
        guard let time = Instant(text: text) else {
            throw Failure(
                .wrongUse, "\(option): expected RFC 3339 or seconds since 1970, found \(text)")
        }
        return time
    }

    private func show(_ report: SkewReport) {
        Output.line(
            "\(report.model): \(FigureText.count(report.sampled)) examples of "
                + "\(FigureText.count(report.pool))")
        Output.line(
            "features: \(report.features.compared) made anew, "
                + "\(report.features.different) differ")
        var answers =
            report.answers.compared == 0
            ? "answers: none is logged with a checkpoint that is kept"
            : "answers: \(report.answers.compared) made anew, \(report.answers.different) differ, "
                + "by \(report.answerGap) at most"
        if report.answersUnknown > 0 {
            answers += "; \(report.answersUnknown) by checkpoints that are not kept, or for an arm"
        }
        Output.line(answers)
        for difference in report.differences {
            Output.line(
                "  entry \(difference.seq), raw byte \(difference.rawOffset), "
                    + "\(difference.ts.rfc3339): \(difference.text)")
        }
    }
}
