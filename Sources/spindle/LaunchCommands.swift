import ArgumentParser
import Foundation
import Host
import Launching
import Numerics
import Recording
import Vocabulary
import World

/// `spindle launch`.
struct LaunchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Launch a candidate A beside production B, with a stable baseline C.",
        subcommands: [
            LaunchStartCommand.self, LaunchUpCommand.self, LaunchDownCommand.self,
            LaunchPromoteCommand.self, LaunchEndCommand.self, LaunchStatusCommand.self,
            LaunchReportCommand.self,
            LaunchPlanCommand.self, LaunchRehearseCommand.self, LaunchJudgeCommand.self,
            LaunchEstimateCommand.self,
        ])
}

/// Files of a stream, read as a whole.
enum StreamFiles {
    /// Hands over the bytes of each file, with room behind them.
    static func forEach(
        _ paths: [String], _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        for path in paths {
            let bytes: [UInt8]
            do {
                bytes = try LocalDisk().read(path)
            } catch {
                throw Failure(.wrongUse, "\(error)")
            }
            try bytes.withUnsafeBytes(body)
        }
    }
}

/// `spindle launch judge`.
struct LaunchJudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Say what a launch came to, and whose doing it is.",
        discussion: "From files, or from the raw log of a model: records that name their arm. "
            + "What came before the launch is the baseline's history. Exit status 1 while "
            + "verdicts are withheld.")

    @Option(help: ArgumentHelp("Files of examples.", valueName: "file"))
    var examples: [String] = []

    @Option(help: ArgumentHelp("Files of labels.", valueName: "file"))
    var labels: [String] = []

    @Option(help: "The model whose raw log is read, in place of files.")
    var model: String?

    @Option(help: ArgumentHelp("The candidate's share of the units.", valueName: "share"))
    var candidate: Double

    @Option(help: ArgumentHelp("The baseline's share; 0 without one.", valueName: "share"))
    var baseline = 0.0

    @Option(
        help: ArgumentHelp(
            "How the baseline was made: fallback, stopped, delayed or parallel.", valueName: "kind")
    )
    var baselineKind = "stopped"

    @Option(help: ArgumentHelp("How far a delayed baseline is behind.", valueName: "duration"))
    var delay: String?

    @Option(
        help: ArgumentHelp(
            "The number by which Spindle assigned the arms: every unit is held against it.",
            valueName: "number"))
    var salt: UInt64?

    @Option(help: ArgumentHelp("The field that names the arm.", valueName: "name"))
    var armField = "arm"

    @Option(
        name: .customLong("arm"), parsing: .singleValue,
        help: ArgumentHelp("What a name in that field stands for.", valueName: "A=name"))
    var arms: [String] = []

    @Option(help: ArgumentHelp("What the label is: binary, mean or ratio.", valueName: "kind"))
    var kind = "binary"

    @Option(help: ArgumentHelp("What the label is called.", valueName: "name"))
    var metric = "label"

    @Flag(help: "A lower label is the better one.")
    var lowerIsBetter = false

    @Option(help: ArgumentHelp("How long a label may take.", valueName: "duration"))
    var wait: String?

    @Option(
        help: ArgumentHelp("What would matter, as a share of the baseline.", valueName: "share"))
    var leastEffect = 0.05

    @Option(help: ArgumentHelp("When the launch began, in RFC 3339.", valueName: "time"))
    var since: String?

    @Flag(help: "No label comes any more.")
    var final = false

    @Option(
        help: ArgumentHelp(
            "What `launch rehearse --json` printed: how a stopped baseline decays.",
            valueName: "file"))
    var decay: String?

    @Option(help: ArgumentHelp("Write the report, as Markdown.", valueName: "file"))
    var report: String?

    @OptionGroup var options: StateOptions

    func run() throws {
        var log = LaunchLog(try order())
        if let model {
            try read(model, into: &log)
        } else {
            try StreamFiles.forEach(examples) { try log.take($0, .examples) }
            try StreamFiles.forEach(labels) { try log.take($0, .labels) }
        }
        let found = try log.report()
        if let report {
            try LocalDisk().replace(report, with: Array(found.markdown.utf8))
        }
        if options.json {
            try Output.json(found)
        } else {
            for line in found.markdown.split(separator: "\n", omittingEmptySubsequences: false) {
                Output.line(String(line))
            }
        }
        if found.last?.alarms.isEmpty == false { throw ExitCode(1) }
    }

    func validate() throws {
        guard model == nil || examples.isEmpty && labels.isEmpty else {
            throw ValidationError("--model: expected instead of --examples and --labels.")
        }
        guard model != nil || !examples.isEmpty else {
            throw ValidationError("--examples: expected, or --model.")
        }
    }

    private func read(_ model: String, into log: inout LaunchLog) throws {
        guard let name = ModelName(model) else {
            throw Failure(.wrongUse, "\(model): expected the name of a model")
        }
        let reading = try StateReading(options.folder, world: .local)
        try reading.forEachLine(of: name) { line, stream in try log.takeLine(line, stream) }
    }

    private func order() throws -> LaunchOrder {
        let delay = try span(delay, "--delay")
        guard let made = BaselineDesign(baselineKind, delay: delay) else {
            throw Failure(
                .wrongUse,
                "--baseline-kind: expected fallback, stopped, parallel, or delayed with --delay")
        }
        let baselines: [(arm: ArmName, share: Double)] =
            baseline > 0 ? [(.baseline, baseline)] : []
        guard
            let shares = TrafficShares(
                candidate: candidate, baselines: baselines, salt: salt ?? 0)
        else {
            throw Failure(
                .wrongUse, "--candidate, --baseline: expected shares that leave B some traffic")
        }
        guard let kind = LaunchMetric.Kind(rawValue: kind), kind != .ratio else {
            throw Failure(.wrongUse, "--kind: expected binary or mean")
        }
        let metric = LaunchMetric(
            name: metric, kind: kind, wait: try span(wait, "--wait") ?? .zero,
            isHigherBetter: !lowerIsBetter, leastEffect: leastEffect)
        if let objection = metric.objection { throw Failure(.wrongUse, objection) }
        var order = LaunchOrder(metric: metric, shares: shares, baseline: made)
        order.ownsRouting = salt != nil
        order.armField = armField
        for pair in arms {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let arm = ArmName(parts[0]) else {
                throw Failure(.wrongUse, "--arm: expected A=name, found \(pair)")
            }
            order.armNames[parts[1]] = arm
        }
        order.since = try instant(since)
        order.isFinal = final
        if let decay { order.decay = try Self.curve(decay) }
        return order
    }
}

extension LaunchJudgeCommand {
    private struct Rehearsed: Decodable {
        var decay: DecayCurve
    }

    private static func curve(_ file: String) throws -> DecayCurve {
        do {
            let bytes = try LocalDisk().read(file)
            return try JSON.decode(Rehearsed.self, from: Foundation.Data(bytes)).decay
        } catch {
            throw Failure(
                .wrongUse, "--decay: expected what `launch rehearse --json` prints: \(error)")
        }
    }
}

/// A duration of the command line.
private func span(_ text: String?, _ option: String) throws -> Span? {
    try text.map { text in
        guard let span = Span(text: text) else {
            throw Failure(.wrongUse, "\(option): expected a duration such as 6h, found \(text)")
        }
        return span
    }
}

/// `spindle launch estimate`.
struct LaunchEstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract: "Say what a policy would have come to, from the log of another.",
        discussion: "Every example carries the propensity with which it was chosen, and with "
            + "which chance the policy to be judged would have chosen it (`target`); with a "
            + "model's `expected` and `expected_target` the doubly robust estimate comes as well. "
            + "Exit status 1 if the log cannot judge it.")

    @Option(help: ArgumentHelp("Files of examples.", valueName: "file"))
    var examples: [String]

    @Option(help: ArgumentHelp("Files of labels.", valueName: "file"))
    var labels: [String] = []

    @Option(help: ArgumentHelp("Cut weights beyond this.", valueName: "weight"))
    var weightMax = Double.infinity

    @Option(help: ArgumentHelp("The field with the policy's chance.", valueName: "name"))
    var target = "target"

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    private struct Answer: Encodable {
        var choices: Int
        var logged: Double?
        var ips: PolicyEstimate.Value?
        var snips: PolicyEstimate.Value?
        var dr: PolicyEstimate.Value?
        var effectiveSize: Double
        var meanWeight: Double?
        var unsupported: Double
        var clipped: Int
        var clippedMass: Double
        var clippingBiasMax: Double
        var rejected: Int
        var unlabelled: Int
        var unread: Int
        var objections: [String]
    }

    func validate() throws {
        guard weightMax > 0 else { throw ValidationError("--weight-max: expected more than 0.") }
    }

    func run() throws {
        var fields = PolicyLog.Fields()
        fields.target = target
        var log = PolicyLog(fields, weightMax: weightMax)
        try StreamFiles.forEach(labels) { log.takeLabels($0) }
        try StreamFiles.forEach(examples) { log.takeChoices($0) }
        let found = log.estimate
        if json {
            try Output.json(
                Answer(
                    choices: found.count, logged: found.logged, ips: found.inversePropensity,
                    snips: found.selfNormalised, dr: found.doublyRobust,
                    effectiveSize: found.effectiveCount, meanWeight: found.meanWeight?.estimate,
                    unsupported: found.unsupportedShare, clipped: found.clippedCount,
                    clippedMass: found.clippedMass, clippingBiasMax: found.clippingBiasMax,
                    rejected: found.rejectedCount, unlabelled: log.unlabelledCount,
                    unread: log.unreadCount, objections: found.objections))
        } else {
            show(found)
        }
        if !found.objections.isEmpty { throw ExitCode(1) }
    }

    private func show(_ found: PolicyEstimate) {
        func text(_ value: PolicyEstimate.Value?) -> String {
            value.map {
                "\(Output.figure($0.estimate, digits: 6)) ± "
                    + Output.figure($0.error, digits: 6)
            } ?? "-"
        }
        Output.rows([
            ["choices", FigureText.count(found.count)],
            ["says as much as", FigureText.text(found.effectiveCount)],
            ["logged policy", Output.figure(found.logged, digits: 6)],
            ["inverse propensity", text(found.inversePropensity)],
            ["self-normalised", text(found.selfNormalised)],
            ["doubly robust", text(found.doublyRobust)],
        ])
        for objection in found.objections { Output.line(objection) }
    }
}

/// `spindle launch plan`.
struct LaunchPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what effect a launch can find, and how long a worthwhile one takes.")

    @Option(help: ArgumentHelp("How often it happens, or the metric's mean.", valueName: "number"))
    var rate: Double

    @Option(
        help: ArgumentHelp(
            "Variance of one exposure. Default: that of a share.", valueName: "number"))
    var variance: Double?

    @Option(help: ArgumentHelp("Exposures a day, of all arms.", valueName: "count"))
    var perDay: Double

    @Option(help: ArgumentHelp("How long it may run.", valueName: "days"))
    var days = 14.0

    @Option(help: ArgumentHelp("The candidate's share.", valueName: "share"))
    var candidate: Double

    @Option(help: ArgumentHelp("The baseline's share.", valueName: "share"))
    var baseline: Double

    @Option(help: ArgumentHelp("What would matter, as a share of the rate.", valueName: "share"))
    var leastEffect = 0.05

    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    private struct Row: Encodable {
        var difference: String
        var detectableAtOneLook: Double
        var relative: Double
        var daysToLeastEffect: Double
    }

    func validate() throws {
        guard rate != 0, perDay > 0, days > 0, leastEffect > 0, (0...1).contains(candidate),
            (0...1).contains(baseline), candidate + baseline < 1, variance ?? 1 > 0,
            variance != nil || (rate > 0 && rate < 1)
        else {
            throw ValidationError("expected shares that leave B some traffic, and amounts above 0.")
        }
    }

    func run() throws {
        let variance = variance ?? rate * (1 - rate)
        let production = 1 - candidate - baseline
        let pairs = [
            ("A - C", candidate, baseline), ("B - C", production, baseline),
            ("A - B", candidate, production),
        ]
        let planned = DetectableEffect.plannedCount(
            variance: variance, effect: leastEffect * abs(rate),
            alpha: 0.05 / Double(LaunchReader.comparisonCount))
        let rows = pairs.filter { $0.1 > 0 && $0.2 > 0 }.map { name, left, right in
            let effect = DetectableEffect.atOneLook(
                variance: variance, exposures: perDay * days, share: left, otherShare: right)
            return Row(
                difference: name, detectableAtOneLook: effect, relative: effect / abs(rate),
                daysToLeastEffect: planned * (1 / left + 1 / right) / perDay)
        }
        if json { return try Output.json(rows) }
        Output.table(
            ["PAIR", "FOUND AT ONE LOOK", "OF THE RATE", "DAYS TO THE LEAST EFFECT"],
            rows.map { row in
                [
                    row.difference, FigureText.text(row.detectableAtOneLook),
                    FigureText.percent(row.relative), FigureText.text(row.daysToLeastEffect),
                ]
            })
    }
}
