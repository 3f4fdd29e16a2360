import ArgumentParser
import Host
import Operation
import Paging
import Vocabulary
import World

/// `spindle acknowledge`.
struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Take an alarm on: nobody else is told, until it runs out.")

    @Option(help: ArgumentHelp("One alarm only, by its id.", valueName: "id"))
    var alarm: String?

    @OptionGroup var act: ActOptions

    func run() throws {
        try act.perform(.acknowledge(alarm: alarm))
    }
}

/// `spindle silence`.
struct SilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Tell nobody of some alarms for a while, at most a day.",
        discussion: "What the red button or a silent engine raises is told all the same.")

    @Option(help: "Only alarms of this name.")
    var name: String?

    @Option(help: "Only alarms on this feature.")
    var feature: String?

    @Option(help: "Only alarms on this segment.")
    var segment: String?

    @Option(help: "Whose decision it is. Default: yours.")
    var owner: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("For how long.", valueName: "duration"))
    var duration: String?

    @Option(help: ArgumentHelp("Until when, in RFC 3339.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("End a silence.", valueName: "silence"))
    var end: String?

    @OptionGroup var act: ActOptions

    func run() throws {
        if let end {
            guard [name, feature, segment, owner, duration, until].allSatisfy({ $0 == nil })
            else { throw Failure(.wrongUse, "--end needs nothing but the silence's id") }
            return try act.perform(.silence(.end(end)))
        }
        guard (duration == nil) != (until == nil) else {
            throw Failure(.wrongUse, "Say --for DURATION or --until TIME.")
        }
        var moment = until ?? ""
        if let duration {
            guard let span = Span(text: duration) else {
                throw Failure(.wrongUse, "--for: expected a duration such as 4h, found \(duration)")
            }
            moment = (WallClock.now() + span).rfc3339
        }
        do {
            let order = try ActBody(
                name: name, feature: feature, segment: segment, owner: owner, until: moment
            ).silenceOrder(by: StateOptions.actor.user)
            try act.perform(.silence(order))
        } catch let refusal as ActRefusal {
            throw Failure(.wrongUse, "\(refusal)")
        }
    }
}

/// `spindle silences`.
struct SilencesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silences", abstract: "List the silences that are in force.")

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var silences: [Silence]
    }

    func run() throws {
        let silences = try StateReading(options.folder, world: .local).silences()
        if options.json { return try Output.json(Listing(silences: silences)) }
        Output.table(
            ["SILENCE", "MODEL", "NAME", "FEATURE", "SEGMENT", "OWNER", "ENDS", ""],
            silences.map { silence in
                let match = silence.match
                return [
                    silence.id, match.model?.text ?? "all", match.name ?? "all",
                    match.feature ?? "all", match.segment ?? "all", silence.owner,
                    silence.end.rfc3339, silence.reason,
                ]
            })
    }
}

/// `spindle rota`.
struct RotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rota",
        abstract: "Who is on call, and where the rotas have gaps or nights.",
        discussion: "Ends with status 1 where an alarm could go unheard.")

    @Option(help: ArgumentHelp("How many weeks to look ahead.", valueName: "count"))
    var weeks = 4

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var onCall: [String: String?]
        var findings: [RotaFinding]
    }

    func run() throws {
        guard (1...53).contains(weeks) else {
            throw Failure(.wrongUse, "--weeks: expected 1 to 53, found \(weeks)")
        }
        let policy = try options.configuration().paging
        let now = WallClock.now()
        let clock = LocalSurroundings.minuteOfWeek
        let onCall = policy.rotas.mapValues {
            $0.onCall(at: now, among: policy.people, clock: clock)
        }
        let findings = policy.lint(
            from: now.floored(to: .minutes(15)), for: .days(7 * weeks), clock: clock)
        if options.json {
            try Output.json(Listing(onCall: onCall, findings: findings))
        } else {
            for (rota, person) in onCall.sorted(by: { $0.key < $1.key }) {
                Output.line("\(rota): \(person ?? "nobody") is on call")
            }
            for finding in findings { Output.line(words(finding)) }
            if policy.rotas.isEmpty { Output.line("no rota is configured") }
        }
        let errors = findings.count { $0.isError }
        if errors > 0 { throw Failure(.refused, "\(errors) times an alarm could go unheard") }
    }

    private func words(_ finding: RotaFinding) -> String {
        let what =
            switch finding.kind {
            case .gap: "ERROR nobody is on call"
            case .night: "night: \(finding.person ?? "") is on call after midnight"
            case .unreachable: "ERROR \(finding.person ?? "") has no receiver"
            }
        return "\(finding.rota): \(what), \(finding.from.rfc3339) to \(finding.to.rfc3339)"
    }
}
