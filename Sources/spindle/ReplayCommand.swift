import ArgumentParser
import CShims
import Engine
import Foundation
import Host
import Operation
import Terminal
import Vocabulary
import World

/// `spindle replay`.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Learn from files as fast as possible, then exit.",
        discussion: "Run again on the same state directory, it goes on where it was.")

    @Option(
        name: .customLong("examples"),
        help: ArgumentHelp("Examples, as JSON Lines; - is standard input.", valueName: "file"))
    var examplePaths: [String]

    @Option(
        name: .customLong("labels"),
        help: ArgumentHelp("Labels, as JSON Lines.", valueName: "file"))
    var labelPaths: [String] = []

    @Option(help: "The model that learns.")
    var model: String?

    @Option(
        help: ArgumentHelp(
            "An example without a label becomes a negative after this long.", valueName: "duration")
    )
    var wait: String?

    @Flag(help: "The label stream is complete for good at its end.")
    var final = false

    @Option(help: "How often the learner meets what was joined.")
    var passes = 1

    @OptionGroup var options: StateOptions

    private var examples: String { examplePaths[0] }
    private var labels: String? { labelPaths.first }

    func validate() throws {
        // One file a stream: of two, one would be read by nobody.
        for (name, paths) in [("examples", examplePaths), ("labels", labelPaths)]
        where paths.count > 1 {
            throw ValidationError("--\(name): expected once, found \(paths.count) times.")
        }
        guard passes >= 1, passes <= 1000 else {
            throw ValidationError("--passes: expected 1 to 1000.")
        }
        if let wait, Span(text: wait) == nil {
            throw ValidationError("--wait: expected a duration such as 30d, found \(wait).")
        }
        if examples == "-", labels == "-" {
            throw ValidationError("Only one stream can be standard input.")
        }
        if let model, ModelName(model) == nil {
            throw ValidationError("--model: expected letters, digits, - and _, found \(model).")
        }
    }

    func run() throws {
        let start = WallClock.monotonic()
        spindle_catch_stops()
        try checkFiles()
        let state = try StateFolder(
            options.folder, world: .local.telling(options.progressLine), mayCreate: true,
            configuration: configuration)
        let host = try chosenModel(state)
        let engine = EngineHost(state) { text in
            FileHandle.standardError.write(Foundation.Data("spindle: \(text)\n".utf8))
        }
        let doors = Doors(DoorSettings(), desk: state.desk)
        doors.attach(engine)
        for desk in state.desk.models { desk.takeNothing(because: "a replay takes no records") }
        try doors.listen(onSocket: options.socketPath)
        let signals = EndingSignals { engine.end() }
        let feed = try FileFeed(
            host, examples: examples, labels: labels, isFollowing: false, completesForGood: final,
            passes: passes)
        let watch = ProgressWatch(options.progressLine) { [course = feed.course] line in
            line.tell(course.place.step, course.place.share)
        }
        do {
            try engine.run(state, feeds: [feed])
        } catch {
            watch.end()
            throw error
        }
        watch.end()
        signals.cancel()
        try doors.close()
        let seconds = (WallClock.monotonic() - start).seconds
        if let lack = feed.passesLack {
            FileHandle.standardError.write(
                Foundation.Data("spindle: --passes \(passes): \(lack)\n".utf8))
        }
        try report(host, seconds: seconds)
        if let fault = host.engine.checkpointFault {
            throw Failure(.refused, "the checkpoint failed: \(fault)")
        }
    }

    private func checkFiles() throws {
        for path in [examples, labels].compactMap({ $0 }) where path != "-" {
            guard try LocalDisk().exists(path) else {
                throw Failure(.wrongUse, "\(path): there is no such file")
            }
        }
    }

    private func configuration(_ remembered: String?) throws -> SpindleConfiguration {
        let fallback = SpindleConfiguration.replay(model ?? "default", wait: wait)
        var chosen = try options.configuration(remembered: remembered, fallback: fallback)
        if model == nil, chosen.models.count > 1 {
            let names = chosen.models.map(\.name.text).joined(separator: ", ")
            throw Failure(.wrongUse, "which model is to learn? --model, of \(names)")
        }
        let wanted = model ?? chosen.models.first?.name.text ?? "default"
        if !chosen.models.contains(where: { $0.name.text == wanted }) {
            guard options.config == nil, try !LocalDisk().exists("spindle.toml") else {
                throw Failure(.wrongUse, "the configuration has no model \(wanted)")
            }
            chosen = try SpindleConfiguration(
                toml: chosen.text + "\n"
                    + SpindleConfiguration.replay(wanted, wait: wait),
                file: options.folder + "/spindle.toml")
        }
        if let wait, let span = Span(text: wait),
            let index = chosen.models.firstIndex(where: { $0.name.text == wanted })
        {
            chosen.models[index].wait = span
            let isOfReplay = chosen.models.count == 1 && chosen.shop == nil && chosen.files.isEmpty
            if isOfReplay, options.config == nil, try !LocalDisk().exists("spindle.toml") {
                chosen.text = SpindleConfiguration.replay(wanted, wait: wait)
            }
        }
        return chosen
    }

    private func chosenModel(_ state: StateFolder) throws -> ModelHost {
        let host = state.models.first { $0.name.text == model ?? $0.name.text }
        guard let host else {
            throw Failure(.wrongUse, "the configuration has no model \(model ?? "")")
        }
        return host
    }

    private func report(_ host: ModelHost, seconds: Double) throws {
        let report = ReplayReport(host, seconds: seconds)
        if options.json { return try Output.json(report) }
        let counts = host.engine.streamCounts
        print(
            "\(counts.examples) examples, \(counts.labels) labels: \(counts.joined) joined, "
                + "\(counts.pending) pending, \(counts.unlabelled) unlabelled, "
                + "\(counts.duplicates) duplicates, \(counts.late) late, "
                + "\(counts.orphans) orphans, "
                + "\(counts.quarantinedExamples + counts.quarantinedLabels) in quarantine")
        print(
            "trained \(counts.trained): log loss \(Output.figure(report.logLoss)), "
                + "AUC \(Output.figure(report.auc)), "
                + "calibration \(Output.figure(report.calibration, digits: 3)), "
                + "base rate \(Output.figure(report.baseRate))")
        print(
            "\(report.checkpoint ?? "no checkpoint"), learner \(report.learnerDigest ?? "-"), "
                + "\(Output.figure(seconds, digits: 2)) s")
    }
}

/// What `replay --json` prints.
struct ReplayReport: Encodable {
    struct Quarantined: Encodable {
        var examples: Int
        var labels: Int
        var rules: [String: Int]
    }

    var examples: Int
    var labels: Int
    var joined: Int
    var positives: Int
    var negatives: Int
    var pending: Int
    var unlabelled: Int
    var late: Int
    var duplicates: Int
    var labelDuplicates: Int
    var orphans: Int
    var heartbeats: Int
    var quarantined: Quarantined
    var trained: Int
    @ExplicitNull var logLoss: Double?
    @ExplicitNull var auc: Double?
    @ExplicitNull var calibration: Double?
    @ExplicitNull var baseRate: Double?
    var seconds: Double
    var examplesPerSecond: Double
    @ExplicitNull var checkpoint: String?
    @ExplicitNull var learnerDigest: String?

    init(_ host: ModelHost, seconds: Double) {
        let counts = host.engine.streamCounts
        let metrics = host.engine.currentMetrics()
        examples = counts.examples
        labels = counts.labels
        joined = counts.joined
        positives = counts.positives
        negatives = counts.negatives
        pending = counts.pending
        unlabelled = counts.unlabelled
        late = counts.late
        duplicates = counts.duplicates
        labelDuplicates = counts.labelDuplicates
        orphans = counts.orphans
        heartbeats = counts.heartbeats
        quarantined = Quarantined(
            examples: counts.quarantinedExamples, labels: counts.quarantinedLabels,
            rules: counts.quarantinedRules)
        trained = counts.trained
        logLoss = metrics.logLoss
        auc = metrics.auc
        calibration = metrics.calibration
        baseRate = metrics.baseRate
        self.seconds = seconds
        examplesPerSecond = seconds > 0 ? Double(counts.examples) / seconds : 0
        checkpoint = host.checkpoints.first?.id.description
        learnerDigest = host.checkpoints.first?.learnerDigest
    }
}

/// A value that is written as `null` where others would be left out.
@propertyWrapper
struct ExplicitNull<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue {
            try container.encode(wrappedValue)
        } else {
            try container.encodeNil()
        }
    }
}
