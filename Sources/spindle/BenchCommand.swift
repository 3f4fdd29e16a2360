import ArgumentParser
import Bench
import Foundation
import Host
import World

/// `spindle bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure speed on a workload made from a seed, as ratios to floors and peers.",
        subcommands: [
            BenchStagesCommand.self, BenchListCommand.self, BenchWorkloadCommand.self,
            BenchTrainCommand.self, BenchPeersCommand.self, BenchWeekCommand.self,
            BenchLaunchesCommand.self, BenchIntervalsCommand.self,
        ],
        defaultSubcommand: BenchStagesCommand.self)
}

/// What makes a workload.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "Rows of the workload.")
    var rows: Int?

    @Option(help: "The seed that the workload is made from.")
    var seed: UInt64 = 1

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    func validate() throws {
        if let rows, !(1...100_000_000).contains(rows) {
            throw ValidationError("--rows: expected 1 to 100000000, found \(rows).")
        }
    }

    /// The workload in a folder that goes, whether the work succeeds, fails or is interrupted.
    func withScratch<Result>(
        rows usual: Int, _ forms: Set<WorkloadForm>, _ work: (Scratch) throws -> Result
    ) throws -> Result {
        let folder = Scratch.folder()
        return try TemporaryFolder.using(folder) {
            try work(try Scratch(seed: seed, rows: rows ?? usual, forms: forms))
        }
    }
}

/// Folders that the bench leaves as they were: not there.
enum TemporaryFolder {
    /// The folder goes whether the work succeeds, fails or is interrupted.
    static func using<Result>(
        _ folder: String, _ work: () throws -> Result
    ) rethrows -> Result {
        let signals = EndingSignals {
            remove(folder)
            _exit(130)
        }
        defer {
            signals.cancel()
            remove(folder)
        }
        return try work()
    }

    private static func remove(_ folder: String) {
        do {
            guard try LocalDisk().exists(folder) else { return }
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            FileHandle.standardError.write(Foundation.Data("spindle: \(folder): \(error)\n".utf8))
        }
    }
}

/// `spindle bench [NAME…]`.
struct BenchStagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stages", abstract: "Measure stages alone, and the whole way.")

    @Argument(
        help: ArgumentHelp(
            "The stages; without any all but those that take minutes. `spindle bench list` names "
                + "them."))
    var names: [String] = []

    @Option(help: "Rounds over all stages; medians count.")
    var `repeat` = 3

    @OptionGroup var options: WorkloadOptions

    func validate() throws {
        for name in names where StageList.named(name) == nil {
            throw ValidationError("There is no stage \(name). `spindle bench list` names them.")
        }
        guard (1...1000).contains(`repeat`) else {
            throw ValidationError("--repeat: expected 1 to 1000, found \(`repeat`).")
        }
    }

    func run() throws {
        let entries =
            names.isEmpty
            ? StageList.all.filter { !$0.isOnlyByName } : names.compactMap(StageList.named)
        let forms = entries.reduce(into: Set<WorkloadForm>()) { $0.formUnion($1.forms) }
        let report = try options.withScratch(rows: 200_000, forms) { scratch in
            var run = try BenchRun(entries, scratch: scratch)
            for _ in 0..<`repeat` { try run.round() }
            return BenchReport(workload: scratch.workload, stages: run.results)
        }
        if options.json { return try Output.json(report) }
        BenchTable.show(report)
    }
}

/// `spindle bench list`.
struct BenchListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Name the stages.")

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    private struct Listing: Encodable {
        struct Stage: Encodable {
            var name: String
            var text: String
            var floor: String
            var onlyByName: Bool
        }

        var stages: [Stage]
    }

    func run() throws {
        if json {
            return try Output.json(
                Listing(
                    stages: StageList.all.map {
                        .init(
                            name: $0.name, text: $0.text, floor: $0.floor,
                            onlyByName: $0.isOnlyByName)
                    }))
        }
        Output.table(
            ["stage", "what", "ratio to"],
            StageList.all.map { stage in
                let text = stage.text + (stage.isOnlyByName ? " (only where it is named)" : "")
                return [stage.name, text, stage.floor.isEmpty ? "-" : stage.floor]
            })
    }
}

/// `spindle bench workload`.
struct BenchWorkloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload", abstract: "Write a workload, in every form or in some.")

    @Option(help: ArgumentHelp("Where its files go.", valueName: "folder"))
    var into: String

    @Option(help: ArgumentHelp("Only this file; may be repeated.", valueName: "file"))
    var only: [String] = []

    @OptionGroup var options: WorkloadOptions

    func validate() throws {
        let known = WorkloadForm.allCases.map(\.rawValue)
        for name in only where !known.contains(name) {
            throw ValidationError(
                "--only: expected one of \(known.joined(separator: ", ")), found \(name).")
        }
    }

    func run() throws {
        let forms = only.isEmpty ? WorkloadForm.allCases : only.compactMap(WorkloadForm.init)
        let workload = try Workload.write(
            seed: options.seed, rows: options.rows ?? 200_000, forms: Set(forms), into: into,
            disk: LocalDisk())
        let report = WorkloadReport(workload)
        if options.json { return try Output.json(report) }
        print(BenchTable.words(report))
    }
}

/// `spindle bench train`.
struct BenchTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn once from a file whose examples bring their labels, and do nothing else.",
        discussion: "For counting instructions: nothing is made, logged or kept.")

    @Option(help: ArgumentHelp("Examples with labels, as JSON Lines.", valueName: "file"))
    var from: String

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    private struct Report: Encodable {
        var rows: Int
        var rejected: Int
        var logLoss: Double?
        var cpuSeconds: Double
        var nanosecondsPerRow: Double
    }

    func run() throws {
        let watch = Stopwatch()
        var way = StraightWay()
        try way.train(from: from)
        let rows = way.trained
        let seconds = watch.cpuSeconds
        let report = Report(
            rows: rows, rejected: way.rejected, logLoss: way.logLoss,
            cpuSeconds: seconds, nanosecondsPerRow: seconds * 1e9 / Double(max(rows, 1)))
        if json { return try Output.json(report) }
        print(
            "\(rows) rows, \(way.rejected) rejected, log loss "
                + "\(Output.figure(way.logLoss, digits: 6)), "
                + "\(Output.figure(report.nanosecondsPerRow, digits: 0)) ns a row")
    }
}

/// The bench's tables, for people.
enum BenchTable {
    static func words(_ workload: WorkloadReport) -> String {
        "\(workload.rows) rows of seed \(workload.seed): "
            + "\(Output.figure(workload.clickRate * 100, digits: 2)) % clicks, oracle log loss "
            + "\(Output.figure(workload.oracleLogLoss)), digest \(workload.digest.prefix(16))"
    }

    static func show(_ report: BenchReport) {
        print(words(report.workload))
        var rows: [[String]] = []
        for stage in report.stages { rows += lines(of: stage) }
        Output.table(
            ["stage", "ns/row", "least", "rows/CPU s", "ratio", "to", "goal", "", "found besides"],
            rows)
    }

    private static func lines(of stage: StageResult) -> [[String]] {
        let goals = stage.goals.map { goal in
            let name = goal.figure == "ratio" ? "" : "\(goal.figure) "
            return (
                "\(name)≤ \(Output.figure(goal.limit, digits: goal.limit < 10 ? 2 : 0))",
                goal.holds ? "holds" : "DOESN'T HOLD"
            )
        }
        let besides = stage.figures.keys.sorted().map { name in
            "\(name) \(Output.figure(stage.figures[name]))"
        }
        let first = [
            stage.name, Output.figure(stage.nanosecondsPerRow, digits: 0),
            Output.figure(stage.nanosecondsPerRowMin, digits: 0),
            Output.figure(stage.rowsPerCpuSecond, digits: 0),
            Output.figure(stage.ratio, digits: 2), stage.floor ?? "-", goals.first?.0 ?? "-",
            goals.first?.1 ?? "-", besides.joined(separator: ", "),
        ]
        return [first] + goals.dropFirst().map { ["", "", "", "", "", "", $0.0, $0.1, ""] }
    }
}
