import ArgumentParser
import Host
import Recording
import Vocabulary

/// `spindle log`.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Look into a model's logs.",
        subcommands: [LogShowCommand.self], defaultSubcommand: LogShowCommand.self)
}

/// `spindle log show`.
struct LogShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print records of the raw log, or entries of the training log.",
        discussion: "Every batch that is read is held against its checksum. With --id both logs "
            + "are read from their beginnings.")

    @Argument(help: "The model.")
    var model: String

    @Flag(help: "The training log in place of the raw log.")
    var training = false

    @Flag(help: "The log's files with their sizes, sequences and event times.")
    var segments = false

    @Option(help: ArgumentHelp("From this sequence on.", valueName: "seq"))
    var from: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "From the first batch that holds something of this event time or later.",
            valueName: "time"))
    var at: String?

    @Option(help: "At most so many records.")
    var limit = 20

    @Option(
        help: ArgumentHelp(
            "All of one example: its records, what was joined of it, what became of it.",
            valueName: "id"))
    var id: String?

    @OptionGroup var options: StateOptions

    private struct Listing: Encodable {
        var log: String
        var segments: [LogSegment]?
        var records: [LogLine]?
    }

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit: expected 0 or more.") }
        if id != nil, training || segments || at != nil || from > 0 {
            throw ValidationError("--id takes all of both logs, and no other place in one.")
        }
    }

    func run() throws {
        guard let name = ModelName(model) else {
            throw Failure(.wrongUse, "\(model): expected the name of a model")
        }
        let time = try at.map { text in
            guard let time = Instant(text: text) else {
                throw Failure(
                    .wrongUse, "--at: expected RFC 3339 or seconds since 1970, found \(text)")
            }
            return time
        }
        let reading = try StateReading(options.folder, world: .local)
        if let id {
            let trace = try reading.trace(id, of: name)
            try show(trace)
            if trace.records.isEmpty, trace.entries.isEmpty { throw ExitCode(1) }
            return
        }
        let listing = try reading.log(of: name, training ? .training : .raw)
        let logName = training ? "training" : "raw"
        if segments {
            let files = try listing.segments()
            if options.json { return try Output.json(Listing(log: logName, segments: files)) }
            return show(files)
        }
        var lines: [LogLine] = []
        let recordSize = options.json ? Int.max : LogListing.shownSize
        try listing.lines(from: from, time: time, limit: limit, recordSize: recordSize) { line in
            if options.json { lines.append(line) } else { Output.line(Self.text(line)) }
        }
        if options.json { try Output.json(Listing(log: logName, records: lines)) }
    }

    private func show(_ trace: ExampleTrace) throws {
        if options.json { return try Output.json(trace) }
        if !trace.records.isEmpty { Output.line("raw log") }
        for record in trace.records {
            Output.line("  " + Self.text(record.line))
            if let held = record.held {
                let field = held.field.isEmpty ? "the record" : held.field
                Output.line(
                    "    held back by \(held.rule), \(field): \(held.reason)"
                        + (held.released ? "; released" : ""))
            }
        }
        if !trace.entries.isEmpty { Output.line("training log") }
        for entry in trace.entries { Output.line("  " + Self.text(entry.line)) }
        Output.line("\(trace.id): \(trace.fate)")
    }

    private func show(_ files: [LogSegment]) {
        Output.table(
            ["BEGINS", "BYTES", "BATCHES", "RECORDS", "FIRST", "EARLIEST", "LATEST"],
            files.map { file in
                [
                    String(file.start), String(file.end - file.start), String(file.batches),
                    String(file.records), String(file.firstSequence),
                    file.earliest?.rfc3339 ?? "-", file.latest?.rfc3339 ?? "-",
                ]
            })
    }

    private static func text(_ line: LogLine) -> String {
        if let mark = line.mark {
            let what = line.file == nil ? line.record.map { "  \($0)" } : nil
            return "\(line.seq)  \(mark)\(what ?? "")"
        }
        if let record = line.record {
            return "\(line.seq)  \(line.stream ?? "-")  \(line.file ?? "-"):\(line.line ?? 0)  "
                + record
        }
        let parts = [
            String(line.seq), line.ts?.rfc3339, "label \(line.label ?? 0)",
            "weight \(line.weight ?? 0)", "at \(line.arrival?.rfc3339 ?? "-")",
            "\(line.numbers ?? 0) numbers", "\(line.categories ?? 0) categories",
            "id \(line.idHash ?? "-")", "raw byte \(line.rawOffset ?? 0)",
        ]
        return parts.compactMap { $0 }.joined(separator: "  ")
    }
}
