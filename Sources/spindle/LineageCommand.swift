import ArgumentParser
import Host
import Operation
import Vocabulary
import World

/// `spindle lineage`.
struct LineageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lineage",
        abstract: "What a checkpoint was made of: parents, build, logs, and what was left out.",
        discussion: "Reads and hashes all of both logs that lay before it. Exit status 1 where one "
            + "is not what was written, with its file and byte.")

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @OptionGroup var options: StateOptions

    func run() throws {
        let reading = try StateReading(options.folder, world: .local)
        let lineage = try reading.lineage(of: try checkpointID(checkpoint))
        if options.json { return try Output.json(lineage) }
        show(lineage)
    }

    private func show(_ lineage: CheckpointLineage) {
        let parents = lineage.parents.prefix(5).map(\.description).joined(separator: ", ")
        let others = lineage.parents.count - 5
        var rows = [
            ["checkpoint", lineage.checkpoint.description],
            ["created", lineage.created.rfc3339],
            ["build", lineage.build],
            [
                "parents",
                parents.isEmpty
                    ? "none is kept" : parents + (others > 0 ? " and \(others) more" : ""),
            ],
            ["learned", "\(lineage.cursor) entries, up to \(lineage.eventTime?.rfc3339 ?? "-")"],
            ["learner", lineage.learnerDigest],
            ["file", lineage.fileDigest],
        ]
        if !lineage.passEnds.isEmpty {
            rows.append(["passes", "\(lineage.passEnds.count) before the last one"])
        }
        if let launch = lineage.launch { rows.append(["launch", launch.description]) }
        Output.rows(rows)
        for left in lineage.leftOut {
            Output.line("without \(left.id), by \(left.by): \(left.text); \(left.reason)")
        }
        for (name, log) in [("raw", lineage.raw), ("training", lineage.training)] {
            Output.line("")
            Output.line("\(name) log, records \(log.from) to \(log.to)")
            Output.table(
                ["FILE", "BYTES", "FROM", "TO", "SHA-256"],
                log.files.map { file in
                    [
                        file.name, String(file.bytes), file.earliest?.rfc3339 ?? "-",
                        file.latest?.rfc3339 ?? "-", file.sha256,
                    ]
                })
        }
    }
}
