import ArgumentParser
import Host
import Numerics
import Operation
import Vocabulary
import World

/// `spindle checkpoints`.
struct CheckpointsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoints",
        abstract: "List checkpoints, newest first, or show all of one.")

    @Argument(help: "A model, for its checkpoints only, or a checkpoint.")
    var which: String?

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var checkpoints: [CheckpointReport]
    }

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        if let id = which.flatMap(CheckpointID.init) {
            let report = try reading.checkpoint(id)
            return try options.json
                ? Output.json(Listing(checkpoints: [report])) : show(report)
        }
        let reports = try reading.checkpoints(of: try modelName(which))
        if options.json { return try Output.json(Listing(checkpoints: reports)) }
        Output.table(
            ["CHECKPOINT", "CREATED", "CURSOR", "EVENT TIME", "VERDICT", "LOG LOSS", "DIGEST"],
            reports.map { report in
                [
                    report.id.description, report.created.rfc3339, String(report.cursor),
                    report.eventTime?.rfc3339 ?? "-",
                    report.verdict.rawValue + (report.pinned ? ", pinned" : ""),
                    Output.figure(report.metrics.logLoss), String(report.learnerDigest.prefix(16)),
                ]
            })
    }

    private func show(_ report: CheckpointReport) {
        Output.rows([
            [report.id.description, report.verdict.rawValue + (report.pinned ? ", pinned" : "")],
            ["created", report.created.rfc3339],
            ["parent", report.parent?.description ?? "none"],
            ["cursor", String(report.cursor)],
            ["event time", report.eventTime?.rfc3339 ?? "-"],
            ["log loss", Output.figure(report.metrics.logLoss)],
            ["calibration", Output.figure(report.metrics.calibration)],
            ["learner", report.learnerDigest],
            ["file", "\(report.fileDigest), \(report.bytes) bytes"],
        ])
        for exclusion in report.exclusions { Output.line("without \(exclusion)") }
        Output.line("")
        if let checks = report.checks {
            Output.rows(checks.map { [$0.verdict.rawValue, $0.subject.rawValue, $0.text] })
        } else {
            report.reasons.forEach { Output.line($0) }
        }
        guard let push = report.push else { return }
        Output.line("")
        Output.rows(
            [[push.outcome.rawValue, "", push.text]]
                + push.stages.map { stage in
                    [
                        FigureText.percent(stage.share), "\(stage.samples) answers",
                        "\(stage.since.rfc3339) to \(stage.until.rfc3339): \(stage.text)",
                    ]
                }
                + push.launch.map { ["launch", push.approvedBy.map { "by \($0)" } ?? "", $0] })
    }
}
