import Engine
import Host
import Operation
import Vocabulary
import World

/// Engines on scratch state directories, as `spindle replay` runs them.
enum ScratchEngine {
    static let model = "bench"

    /// With rules, each row's features are held against a schema.
    static func configuration(hasRules: Bool = false) -> String {
        let text = SpindleConfiguration.replay(model, wait: nil)
        guard hasRules else { return text }
        return text + """
            [models.\(model).features.device]
            required = true
            type = "category"
            values = ["d0", "d1", "d2", "d3"]
            [models.\(model).features.price]
            required = true
            type = "number"
            min = 0
            max = 100
            [models.\(model).features.user]
            type = "category"

            """
    }

    static func open(_ folder: String, configuration: String) throws -> StateFolder {
        try StateFolder(folder, world: .local, mayCreate: true) { remembered in
            try SpindleConfiguration(toml: remembered ?? configuration, file: "the bench's")
        }
    }

    /// The one model of a state directory.
    static func host(_ state: StateFolder) throws -> ModelHost {
        guard let host = state.models.first else { throw BenchFault("there is no model") }
        return host
    }

    /// Both streams through the whole engine; gives the examples that were trained.
    static func replay(_ folder: String, configuration: String, _ scratch: Scratch) throws -> Int {
        let state = try open(folder, configuration: configuration)
        let host = try host(state)
        let engine = EngineHost(state) { _ in }
        let feed = try FileFeed(
            host, examples: scratch.path(.examples), labels: scratch.path(.labels),
            isFollowing: false, completesForGood: true, passes: 1)
        try engine.run(state, feeds: [feed])
        if let fault = host.engine.checkpointFault { throw BenchFault(fault) }
        return host.engine.streamCounts.trained
    }
}

/// The whole durable way: two streams of files logged, joined, filtered, featurized, trained,
/// journalled, with checkpoints, on a fresh state directory.
final class DurableStage: Stage {
    private let hasRules: Bool

    init(hasRules: Bool) {
        self.hasRules = hasRules
    }

    /// One round that does not count: memory that the machine's host has not given to it yet would
    /// cost twice what the rest does.
    func prepare(_ scratch: Scratch) throws {
        _ = try measure(scratch)
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let folder = try scratch.freshFolder("durable")
        let configuration = ScratchEngine.configuration(hasRules: hasRules)
        let watch = Stopwatch()
        let trained = try ScratchEngine.replay(folder, configuration: configuration, scratch)
        var sample = Sample(rows: trained, cpuSeconds: watch.cpuSeconds)
        sample.figures["wall_seconds"] = watch.wallSeconds
        sample.figures["system_share"] = watch.systemSeconds / watch.cpuSeconds
        guard trained == scratch.rows else {
            throw BenchFault("\(trained) of \(scratch.rows) rows were trained")
        }
        try scratch.remove(folder)
        return sample
    }
}

/// Everything in the training log learned anew, as purges, rehearsals and recoveries do.
final class RelearnStage: Stage {
    private var state: StateFolder?

    func prepare(_ scratch: Scratch) throws {
        let folder = try scratch.freshFolder("relearn")
        let configuration = ScratchEngine.configuration()
        _ = try ScratchEngine.replay(folder, configuration: configuration, scratch)
        state = try ScratchEngine.open(folder, configuration: configuration)
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        guard let state else { throw BenchFault("there is no training log") }
        let host = try ScratchEngine.host(state)
        let watch = Stopwatch()
        host.engine.trainer.restart(from: nil, passEndsDue: [], leavingOut: [])
        while try host.catchUp(batchCount: 16) {}
        let seconds = watch.cpuSeconds
        let trained = Int(host.engine.trainer.cursor.sequence)
        guard trained == scratch.rows else {
            throw BenchFault("\(trained) of \(scratch.rows) rows were learned anew")
        }
        return Sample(rows: trained, cpuSeconds: seconds)
    }
}
