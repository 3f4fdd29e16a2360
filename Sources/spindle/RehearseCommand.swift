import ArgumentParser
import Engine
import Foundation
import Host
import Operation
import Terminal
import Vocabulary
import World

/// `spindle rehearse`.
struct RehearseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Say what each response to an incident would lead to, without doing any.",
        discussion: "Without times: from the onset of the oldest open alarm, over the window that "
            + "stands out. Reads only; a running engine goes on, and interrupting ends it.")

    @Argument(help: "The model.")
    var model: String

    @Option(help: ArgumentHelp("When it began to go wrong, in RFC 3339.", valueName: "time"))
    var since: String?

    @Option(
        help: ArgumentHelp(
            "Rank the responses over past events of the calendar like this one.",
            valueName: "id or text"))
    var event: String?

    @Option(
        help: ArgumentHelp(
            "The share of each step that riding through takes. Default: 0.1.", valueName: "share"))
    var stepShare: Double?

    @OptionGroup var window: WindowOptions
    @OptionGroup var options: StateOptions

    func run() throws {
        var query = try window.query()
        query.since = try instant(since)
        (query.event, query.stepShare) = (event, stepShare)
        let report = try options.rehearse(query, model)
        if options.json { return try Output.json(report) }
        RehearsalText(report).print()
    }
}

/// Which examples, as a purge names them.
struct WindowOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the window begins, in RFC 3339.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Where it ends, in RFC 3339.", valueName: "time"))
    var to: String?

    @Option(help: "Only examples of this source.")
    var source: String?

    @Option(help: "Only examples of this segment.")
    var segment: String?

    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp("Only examples whose feature has this value.", valueName: "name=value"))
    var conditions: [String] = []

    var isEmpty: Bool {
        [from, to, source, segment].allSatisfy { $0 == nil } && conditions.isEmpty
    }

    func query() throws -> RehearsalQuery {
        var query = RehearsalQuery()
        (query.from, query.to) = (try instant(from), try instant(to))
        (query.source, query.segment) = (source, segment)
        query.where = conditions.isEmpty ? nil : conditions
        return query
    }
}

extension StateOptions {
    /// Rehearses beside a running engine or on the directory at rest, telling how far it is on
    /// standard error once it takes longer than two seconds.
    func rehearse(_ query: RehearsalQuery, _ text: String) throws -> RehearsalReport {
        guard let model = ModelName(text) else {
            throw Failure(.wrongUse, "\(text): expected the name of a model")
        }
        if try LocalDisk().exists(socketPath) {
            let client = ControlClient(socketPath)
            defer { close(client) }
            do {
                return try rehearse(query, model, through: client)
            } catch is NoEngine {
                // A socket that an engine left behind when it was killed.
            }
        }
        let reading = try StateReading(folder, world: .local)
        let settings = try settings(of: text)
        return try onCourse { course in
            try reading.rehearse(
                query, settings, standing: try reading.standing(of: model), course: course)
        }
    }

    private func rehearse(
        _ query: RehearsalQuery, _ model: ModelName, through client: ControlClient
    ) throws -> RehearsalReport {
        let line = progressLine
        defer { line.end() }
        var last: RehearsalProgress?
        var missing: NoEngine?
        query.follow(
            model,
            ask: { query in
                do {
                    return try client.rehearse(query, of: model)
                } catch let fault as NoEngine {
                    missing = fault
                    throw fault
                }
            },
            tell: { progress in
                last = progress
                line.tell(progress.step, progress.share, left: progress.secondsLeft)
            })
        if let missing { throw missing }
        if let report = last?.report { return report }
        throw Failure(.refused, last?.fault ?? "the engine gave no report")
    }
}

/// A rehearsal's report in lines.
struct RehearsalText {
    private let report: RehearsalReport

    init(_ report: RehearsalReport) { self.report = report }

    func print() {
        Output.line(report.basis)
        if let proposal = report.proposal { Self.print(proposal) }
        if let incident = report.incident { Self.print(incident) }
        for event in report.events ?? [] {
            Swift.print("")
            if let known = event.event {
                Output.line(
                    "\(known.text), \(known.from.rfc3339) to \(known.to.rfc3339) (\(known.id))")
            }
            Self.print(event)
        }
        if let overall = report.overall {
            Swift.print("")
            Output.line("Over all of them: \(overall.text)")
            for line in overall.evidence { Output.line("  \(line)") }
        }
        guard let triage = report.triage else { return }
        Swift.print("")
        Output.line("Code or data? \(triage.text)")
        Output.rows(
            triage.evidence.map { item in
                [
                    "  " + (item.speaksFor == .cannotTell ? "-" : item.speaksFor.rawValue),
                    item.subject, item.text,
                ]
            })
    }

    /// The window that stands out, or why there is none.
    static func print(_ proposal: WindowProposal) {
        Output.line("Window that stands out: \(proposal.text)")
        for line in proposal.evidence { Output.line("  \(line)") }
    }

    private static func print(_ rehearsed: RehearsedWindow) {
        Output.line(
            "Rehearsed with \(rehearsed.window.text): \(rehearsed.examples) trained examples, "
                + "onset \(rehearsed.onset.rfc3339)")
        Output.table(
            [
                "RESPONSE", "GOLDEN", "(99 % INTERVAL)", "CALIBRATED", "DURING", "AFTER", "LOST",
                "STALE", "TAKES", "",
            ],
            rehearsed.responses.map { row in
                [
                    row.response.words, Output.figure(row.golden?.mean),
                    Output.interval(row.golden),
                    Output.figure(row.calibration, digits: 2), Output.figure(row.during?.mean),
                    Output.figure(row.forward?.mean), row.examplesLost.map(String.init) ?? "-",
                    span(row.stalenessSeconds), span(row.secondsToGetThere),
                    row.fault ?? row.text,
                ]
            })
        Output.line("Recommended: \(rehearsed.recommendation.text)")
        for line in rehearsed.recommendation.evidence { Output.line("  \(line)") }
    }

    private static func span(_ seconds: Double?) -> String {
        seconds.map { Span(microseconds: Int64($0 * 1e6)).text } ?? "-"
    }
}
