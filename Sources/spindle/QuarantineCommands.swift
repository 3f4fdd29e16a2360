import ArgumentParser
import Host
import Operation
import Recording
import Vocabulary

/// `spindle quarantine`.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Look at records that were held back.",
        subcommands: [
            QuarantineListCommand.self, QuarantineShowCommand.self, QuarantineReleaseCommand.self,
            QuarantineRulesCommand.self,
        ],
        defaultSubcommand: QuarantineListCommand.self)
}

/// `spindle quarantine list`.
struct QuarantineListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List records with file, line, field, rule and reason.")

    @Argument(help: "One model only.")
    var model: String?

    @Option(help: "At most so many records.")
    var limit = 10_000

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var count: Int
        var quarantine: [QuarantineEntry]
    }

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        let name = try modelName(model)
        try reading.check(name)
        let entries = try reading.quarantine.entries(of: name, limit: limit)
        let count = try reading.quarantine.count(of: name)
        if options.json { return try Output.json(Listing(count: count, quarantine: entries)) }
        Output.table(
            ["MODEL", "SEQ", "FILE", "LINE", "FIELD", "RULE", "REASON"],
            entries.map { entry in
                [
                    entry.model, String(entry.seq), entry.file, String(entry.line),
                    entry.field.isEmpty ? "-" : entry.field, entry.rule,
                    entry.released ? "released; " + entry.reason : entry.reason,
                ]
            })
        print("\(entries.count) of \(count) records")
    }
}

/// `spindle quarantine rules`.
struct QuarantineRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "List the rules of a model's filter that count examples.",
        discussion: "A rule in shadow counts what it would hold back, and holds nothing back.")

    @Argument(help: "One model.")
    var model: String

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var model: ModelName
        var rules: [FilterRuleReport]
    }

    func run() throws {
        let report = try options.wholeSnapshot().report(of: model)
        let rules = report.data?.filter ?? []
        if options.json { return try Output.json(Listing(model: report.name, rules: rules)) }
        Output.table(
            ["RULE", "MODE", "HITS", "NEWEST", "SOURCES HELD"],
            rules.map { rule in
                [
                    rule.rule, rule.shadow ? "shadow" : "enforced", String(rule.hits),
                    rule.newest?.rfc3339 ?? "-", rule.heldSources.map(String.init) ?? "-",
                ]
            })
        if rules.isEmpty { print("[models.\(report.name).filter] sets no rule") }
    }
}

/// `spindle quarantine release`.
struct QuarantineReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Let examples in that a rule of the configuration held back.",
        discussion: """
            They are joined, and learned once, as if they came now. What cannot be read, such as \
            broken JSON or an unknown time zone, is mended where it comes from and sent anew.
            """)

    @OptionGroup var act: ActOptions

    @Argument(help: "The records' sequences, as the list has them.")
    var seq: [UInt64]

    func run() throws {
        try act.perform(.release(seq))
    }
}

/// `spindle quarantine show`.
struct QuarantineShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one record that was held back, whole.",
        discussion: "The record is read from the raw log, which has every byte of it.")

    @Argument(help: "The model.")
    var model: String

    @Argument(help: "The record's sequence, as the list has it.")
    var seq: UInt64

    @OptionGroup var options: StateOptions

    func run() throws {
        guard let name = ModelName(model) else {
            throw Failure(.wrongUse, "\(model): expected the name of a model")
        }
        let reading = try StateReading(options.folder, world: .local)
        guard var entry = try reading.quarantine.entry(of: name, sequence: seq) else {
            throw Failure(.refused, "\(name): no record \(seq) is in quarantine")
        }
        // Retention may have removed the raw log there; then the beginning is what is left.
        var isWhole = false
        try reading.log(of: name, .raw).lines(
            from: seq, time: nil, limit: 1, recordSize: entry.bytes
        ) { line in
            guard line.seq == seq, let record = line.record else { return }
            (entry.record, isWhole) = (record, true)
        }
        if options.json { return try Output.json(entry) }
        Output.line("\(entry.stream) \(entry.file):\(entry.line), \(entry.bytes) bytes")
        Output.line(
            "\(entry.rule)\(entry.field.isEmpty ? "" : " of \(entry.field)"): \(entry.reason)")
        if entry.released { Output.line("released") }
        if !isWhole { Output.line("the raw log no longer has it; its beginning:") }
        Output.line(entry.record)
    }
}
