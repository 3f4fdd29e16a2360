import ArgumentParser
import Foundation
import Engine
import Host
import Operation
import Terminal
import Vocabulary
import World

/// `spindle status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show whether every model is healthy.")

    @Flag(help: "Again each second, until interrupted.")
    var watch = false

    @OptionGroup var options: StateOptions

    func run() throws {
        repeat {
            let snapshot = try options.withEngine(
                { try $0.snapshot(full: false) },
                atRest: { Acts.snapshotAtRest($0).summary })
            if options.json {
                try Output.json(snapshot)
            } else {
                show(snapshot)
            }
            Output.flush()
            if watch { Thread.sleep(forTimeInterval: 1) }
        } while watch
    }

    private func show(_ snapshot: Snapshot) {
        let engine = snapshot.engine
        print(
            engine.pid == 0
                ? "no engine runs on \(engine.stateDir)"
                : "engine \(engine.pid), build \(engine.build?.text ?? engine.version), up "
                    + "\(Span.seconds(Int(engine.uptimeSeconds)).text), \(engine.source)")
        if let look = engine.lastLook {
            let age = max(.zero, snapshot.takenAt - look.at)
            print("last looked at by \(look.by), \(age < .minutes(1) ? "now" : "\(age.text) ago")")
        }
        let rows = snapshot.models.map { model in
            [
                model.name.text, model.training.state.rawValue, model.pushing.rawValue,
                model.serving.checkpoint?.description ?? model.serving.mode.rawValue,
                Output.figure(model.metrics.recentLogLoss ?? model.metrics.logLoss),
                Output.figure(
                    model.metrics.recentCalibration ?? model.metrics.calibration, digits: 2),
                model.stalenessSeconds.map { Span.seconds(Int($0)).text } ?? "-",
                String(model.counts.trained), String(model.alarms.count),
            ]
        }
        Output.table(
            [
                "MODEL", "TRAINING", "PUSHING", "SERVING", "LOG LOSS", "CALIBRATION", "STALE",
                "TRAINED", "ALARMS",
            ], rows)
        for model in snapshot.models {
            if let weights = model.metrics.weightsText {
                Output.line("WEIGHTS \(model.name): \(weights), in the last hour")
            }
            for exclusion in model.exclusions {
                Output.line("PURGED \(model.name): \(exclusion.id), \(exclusion.text)")
            }
            for alarm in model.alarms {
                Output.line("\(alarm.severity.rawValue.uppercased()) \(model.name): \(alarm.text)")
            }
        }
        if let authority = snapshot.authority { show(authority, at: snapshot.takenAt) }
    }

    private func show(_ authority: AuthorityReport, at now: Instant) {
        let limits = authority.policy?.limits ?? IncidentLimits()
        for incident in authority.incidents {
            let age = max(.zero, now - incident.detected.at).text
            let next = incident.nextStep(limits).map { step in
                "not \(step.name)" + (step.due.map { ", due \($0.rfc3339)" } ?? "")
            }
            Output.line(
                "INCIDENT \(incident.id) for \(age), \(next ?? ""): \(incident.title)")
        }
        for proposal in authority.proposals {
            Output.line(
                "PROPOSED \(proposal.id): \(proposal.act) by \(proposal.by) waits until "
                    + "\(proposal.expires.rfc3339) for a second person")
        }
        if let pending = authority.policy?.pending { Output.line("POLICY: \(pending)") }
    }
}

/// `spindle verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read every checkpoint and log again and hold it against its digests.")

    @Argument(help: "One model only.")
    var model: String?

    @Flag(help: "Make everything anew from the raw log, and compare bit for bit.")
    var deep = false

    @Flag(help: "Restore every model in memory, as a start after a disaster would.")
    var restore = false

    @OptionGroup var options: StateOptions

    func run() throws {
        let line = options.progressLine
        defer { line.end() }
        let reading = try StateReading(options.folder, world: .local.telling(line))
        let name = try modelName(model)
        var report = try reading.verify(name, deep: deep ? settings(reading) : nil)
        if restore, report.faults.isEmpty {
            report.restored = try reading.restore(name, settings(reading))
        }
        if options.json { try Output.json(report) }
        guard report.faults.isEmpty else {
            throw Failure(.refused, report.faults.joined(separator: "\n"))
        }
        guard !options.json else { return }
        print(
            "\(report.verified) checkpoints and \(report.batches) batches of the logs match their "
                + "digests")
        if report.tornBytes > 0 {
            print("\(report.tornBytes) bytes were being written when the engine was cut off")
        }
        for fault in report.failed { print("marked as failed, and never used: \(fault)") }
        for one in report.restored ?? [] {
            print(
                "restored \(one.checkpoint) from \(one.file) and \(one.records) records behind it "
                    + "in \(Output.figure(one.seconds, digits: 2)) s")
        }
        guard let entries = report.entries, let learners = report.learners else { return }
        let start = report.bases.map { bases in
            " from " + bases.map { "\($0)" }.joined(separator: ", ")
        }
        print(
            "made anew\(start ?? ""): \(entries) entries of the training log, "
                + "\(learners) learners; bit for bit the same")
        if let skipped = report.skipped {
            let names = skipped.map { "\($0)" }.joined(separator: ", ")
            print("not made anew, because the logs no longer reach back: \(names)")
        }
    }

    private func settings(_ reading: StateReading) throws -> (ModelName) throws -> ModelSettings {
        let configuration = try options.configuration(
            remembered: try reading.configuration(), fallback: SpindleConfiguration.embedded)
        return { name in
            guard let found = configuration.models.first(where: { $0.name == name }) else {
                throw Failure(.wrongUse, "the configuration has no model \(name)")
            }
            return found
        }
    }
}

/// `spindle journal`.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Read what was done, by whom, when and why.",
        subcommands: [JournalShowCommand.self, JournalVerifyCommand.self],
        defaultSubcommand: JournalShowCommand.self)
}

/// `spindle journal show`.
struct JournalShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "List entries, oldest first.")

    @Option(help: ArgumentHelp("From this moment on, in RFC 3339.", valueName: "time"))
    var since: String?

    @Flag(help: "Go on as entries come, until interrupted.")
    var follow = false

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var entries: [JournalEntry]
    }

    func run() throws {
        let journal = try StateReading(options.folder, world: .local).journal
        let start = try instant(since)
        var entries = try journal.entries(since: start)
        if options.json, !follow { return try Output.json(Listing(entries: entries)) }
        var last = 0
        while true {
            for entry in entries {
                if options.json { try Output.json(entry) } else { show(entry) }
                last = entry.seq
            }
            Output.flush()
            guard follow else { return }
            Thread.sleep(forTimeInterval: 0.5)
            entries = try journal.entries(since: start, after: last)
        }
    }

    private func show(_ entry: JournalEntry) {
        let head = [
            String(entry.seq), entry.ts.rfc3339, entry.kind.rawValue, entry.act,
            entry.model?.text, "by \(entry.by)", entry.reason.isEmpty ? nil : "“\(entry.reason)”",
        ]
        Output.line(head.compactMap { $0 }.joined(separator: "  ") + ": " + entry.effect)
    }
}

/// `spindle journal verify`.
struct JournalVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Walk the hash chain; name the first entry that breaks it."
    )

    @OptionGroup var options: StateOptions

    private struct Verdict: Encodable {
        var entries: Int?
        var endKnown: Bool?
        var broken: String?
    }

    func run() throws {
        do {
            let verdict = try StateReading(options.folder, world: .local).journal.verify()
            let (count, isEndKnown) = (verdict.count, verdict.isEndKnown)
            if options.json {
                return try Output.json(Verdict(entries: count, endKnown: isEndKnown))
            }
            let end = isEndKnown ? "" : "; nothing says whether entries are missing at the end"
            print("\(count) entries, each follows from the one before\(end)")
        } catch let broken as BrokenChain {
            if options.json { try Output.json(Verdict(broken: "\(broken)")) }
            throw Failure(.refused, "\(broken)")
        }
    }
}

/// The moment that `--since` names.
func instant(_ text: String?) throws -> Instant? {
    guard let text else { return nil }
    guard let time = Instant(text: text) else {
        throw Failure(
            .wrongUse, "--since: expected RFC 3339 or seconds since 1970, found \(text)")
    }
    return time
}

func modelName(_ text: String?) throws -> ModelName? {
    guard let text else { return nil }
    guard let name = ModelName(text) else {
        throw Failure(.wrongUse, "\(text): expected the name of a model")
    }
    return name
}
