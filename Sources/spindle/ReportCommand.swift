import ArgumentParser
import Console
import Foundation
import Governing
import Host
import Operation
import Vocabulary
import World

/// `spindle report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write how a model did over the newest days, as Markdown with charts.",
        discussion: "Figures beside those of the time before, by day, with alarms, incidents, "
            + "versions, acts and what was held back. Ends with the newest event, so that the same "
            + "state makes the same page.")

    @Argument(help: "The model.")
    var model: String

    @Option(help: "How long a time, from 1h to 30d; the time before is known for 30 days in all.")
    var last = "7d"

    @Option(help: ArgumentHelp("Where to; standard output without it.", valueName: "file"))
    var file: String?

    @OptionGroup var options: StateOptions

    private var span: Span? {
        Span(text: last).flatMap { (.hours(1) ... .days(30)).contains($0) ? $0 : nil }
    }

    func validate() throws {
        guard span != nil else {
            throw ValidationError("--last: expected 1h to 30d, found \(last).")
        }
    }

    func run() throws {
        guard let span else { throw Failure(.wrongUse, "--last") }
        let snapshot = try options.wholeSnapshot()
        let report = try snapshot.report(of: model)
        let reading = try StateReading(options.folder, world: .local)
        let page = PerformanceReport(
            report, over: span, checkpoints: try reading.checkpoints(of: report.name),
            journal: try reading.journal.entries(since: nil),
            incidents: try reading.incidents(), now: snapshot.takenAt)
        let text = page.markdown + charts(of: report.name, over: span, snapshot)
        try Output.page(text, to: file, asJSON: options.json)
    }

    /// The model's screen as a console of 100 columns shows it.
    private func charts(of model: ModelName, over span: Span, _ snapshot: Snapshot) -> String {
        guard let view = ChartView(showing: span) else { return "" }
        let picture = snapshot.picture(
            of: .model, model: model, charts: view, ScreenSize(width: 100, height: 34))
        return "\n## Charts\n\n```\n\(picture)```\n"
    }
}

extension StateOptions {
    /// With the charts of thirty days, also where no engine runs.
    func wholeSnapshot() throws -> Snapshot {
        try withEngine(
            { try $0.snapshot(full: true, charts: .days(30)) },
            atRest: { Acts.snapshotAtRest($0).showing(.days(30)) })
    }
}

extension Snapshot {
    /// Of the model that was named.
    func report(of model: String) throws -> ModelReport {
        guard let report = models.first(where: { $0.name.text == model }) else {
            throw Failure(.wrongUse, "there is no model \(model)")
        }
        return report
    }
}
