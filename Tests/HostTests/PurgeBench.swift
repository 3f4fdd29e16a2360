import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

/// One model on disk, its two streams, and acts on it while no engine runs.
final class PurgeBench {
    private let folder: ScratchFolder
    private let toml: String
    let model: ModelName
    private let wait: String?
    private let learner: String

    /// Seconds since 1970 of the first example; they are a minute apart.
    static let start = 1_767_225_600

    /// `learner` stands in its table.
    init(
        wait: String? = nil, settings: String = "checkpoint_examples = 500", learner: String = ""
    ) throws {
        (self.wait, self.learner) = (wait, learner)
        folder = try ScratchFolder()
        model = try #require(ModelName("m"))
        let waitLine = wait.map { "wait = \"\($0)\"\ndisorder = \"1m\"\n" } ?? ""
        toml = """
            [models.m]
            \(settings)
            \(waitLine)[models.m.learner]
            bits = 10
            \(learner)
            """
    }

    var path: String { folder.path + "/state" }
    var modelFolder: String { path + "/models/m" }

    static func instant(_ index: Int) -> Instant {
        Instant(microseconds: Int64(start + index * 60) * 1_000_000)
    }

    /// Both streams as files, without the examples of some indices.
    func write(
        _ count: Int, without isGone: (Int) -> Bool = { _ in false },
        label: (Int) -> Int = { $0 % 5 < 2 ? 1 : 0 },
        features: (Int) -> String = { "{\"k\":\"\($0 % 7)\",\"n\":\($0 % 13)}" },
        riding: (Int) -> String = { _ in "" }
    ) throws {
        var examples = ""
        var labels = ""
        for index in 0..<count {
            let time = Self.start + index * 60
            if !isGone(index) {
                examples += "{\"id\":\"e\(index)\",\"ts\":\(time),\"source\":\"s\(index % 3)\","
                examples += "\"segment\":\"g\(index % 2)\",\"features\":"
                examples += features(index) + riding(index) + "}\n"
            }
            guard index % 4 != 1 else { continue }
            labels += "{\"id\":\"e\(index)\",\"ts\":\(time + 600),"
            labels += "\"label\":\(label(index))}\n"
        }
        _ = try folder.write("examples", examples)
        _ = try folder.write("labels", labels)
    }

    func open(_ world: HostWorld = .local) throws -> StateFolder {
        try StateFolder(path, world: world, mayCreate: true) { _ in
            try SpindleConfiguration(toml: toml, file: "test")
        }
    }

    /// Replays what is new in the files.
    func replay(passes: Int = 1, isFinal: Bool = true) throws {
        let state = try open()
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: isFinal, passes: passes)
        try EngineHost(state).run(state, feeds: [feed])
    }

    /// Reads what is new in the files, and is gone without keeping a checkpoint.
    func readAndVanish() throws {
        let model = try open().models[0]
        let feed = try FileFeed(
            model, examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: false, passes: 1)
        while case .more = try feed.pump() { try model.settle() }
    }

    /// Replays so many examples in parts, with a checkpoint after each.
    func grow(to counts: Int...) throws {
        for count in counts {
            try write(count)
            try replay(isFinal: false)
        }
    }

    /// Leaves only the labels of examples before an index in their file.
    func keepLabels(before index: Int) throws {
        let path = folder.path + "/labels"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let kept = lines.filter { line in
            let number = line.dropFirst(8).prefix { $0.isNumber }
            return Int(number).map { $0 < index } ?? false
        }
        _ = try folder.write("labels", kept.map { $0 + "\n" }.joined())
    }

    func append(examples lines: String) throws {
        let path = folder.path + "/examples"
        _ = try folder.write("examples", try String(contentsOfFile: path, encoding: .utf8) + lines)
    }

    /// An act on a disk that may fail at any moment; what comes of it is for the caller to see.
    func performFailing(_ act: Act, on disk: FailingDisk) -> ActOutcome {
        do {
            var world = HostWorld.local
            world.disk = disk
            return try Acts.performAtRest(request(act), on: try open(world))
        } catch {
            return .refused("\(error)")
        }
    }

    func request(_ act: Act, isDryRun: Bool = false) -> ActRequest {
        ActRequest(
            act: act, scope: .model(model), reason: "bad", isDryRun: isDryRun,
            actor: Owner.actor)
    }

    @discardableResult
    func perform(_ act: Act, isDryRun: Bool = false) throws -> ActOutcome {
        try Acts.performAtRest(request(act, isDryRun: isDryRun), on: try open())
    }

    /// The one effect of an act that was done, or would be.
    @discardableResult
    func effect(_ act: Act, isDryRun: Bool = false) throws -> ActEffect {
        let outcome = try perform(act, isDryRun: isDryRun)
        return try #require(outcome.effects.first, "\(outcome)")
    }

    func refusal(_ act: Act) throws -> String? {
        guard case .refused(let text) = try perform(act) else { return nil }
        return text
    }

    /// Newest first.
    func checkpoints() throws -> [CheckpointReport] {
        try StateReading(path, world: .local).checkpoints(of: nil)
    }

    func newest() throws -> CheckpointReport { try #require(try checkpoints().first) }

    /// The learner's digest after a plain run over the streams without some examples.
    func digest(
        _ count: Int, passes: Int = 1, isFinal: Bool = true,
        without isGone: (Int) -> Bool = { _ in false }
    ) throws -> String {
        let never = try PurgeBench(wait: wait, learner: learner)
        try never.write(count, without: isGone)
        try never.replay(passes: passes, isFinal: isFinal)
        return try never.newest().learnerDigest
    }
}

extension ExampleSelection {
    /// Examples from one index up to, not including, another.
    init(
        _ indices: Range<Int>, source: String? = nil, segment: String? = nil,
        where conditions: [FeatureCondition] = []
    ) {
        self.init(
            from: PurgeBench.instant(indices.lowerBound),
            to: PurgeBench.instant(indices.upperBound), source: source, segment: segment,
            conditions: conditions)
    }
}

extension Act {
    static func leaveOut(_ selection: ExampleSelection) -> Act { .purge(.leaveOut(selection)) }
}
