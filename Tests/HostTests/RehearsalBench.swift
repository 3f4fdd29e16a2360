import Engine
import Foundation
import Host
import Numerics
import Operation
import Testing
import Vocabulary
import World

/// One model on disk, taught by a seeded stream in which one source goes bad for a while.
final class RehearsalBench: @unchecked Sendable {
    // Sendable because the one that is shared is only copied.
    /// What is wrong with the window.
    enum Fault {
        case none
        /// Labels of one source are turned over.
        case turned
        /// Labels of all are drawn anew, whatever the example.
        case harder
    }

    /// Examples of the stream, 20 seconds apart: those of the window are bad.
    static let window = 4500..<5400
    static let count = 6000
    static let badSource = "s1"

    let folder: ScratchFolder
    private let fault: Fault

    init(_ fault: Fault = .turned, in folder: ScratchFolder? = nil) throws {
        self.fault = fault
        self.folder = try folder ?? ScratchFolder()
    }

    /// Through the whole stream, made once; tests take copies.
    static let incident = Result {
        let bench = try RehearsalBench()
        try bench.meetIncident()
        return bench
    }

    static let model: ModelName = {
        guard let name = ModelName("m") else { preconditionFailure("a model's name") }
        return name
    }()

    static func instant(_ index: Int) -> Instant {
        Instant(microseconds: Int64(1_767_225_600 + index * 20) * 1_000_000)
    }

    static func selection(_ indices: Range<Int>, source: String? = badSource) -> ExampleSelection {
        ExampleSelection(
            from: instant(indices.lowerBound), to: instant(indices.upperBound), source: source)
    }

    var path: String { folder.path + "/state" }

    private func line(_ index: Int) -> String {
        var chance = SeededRandom(key: 7).forked(part: 1, UInt64(index))
        let (word, source) = (chance.below(8), chance.below(4))
        let number = chance.between(0, 100)
        var rate = word % 3 == 0 ? 0.75 : 0.12
        let isBad = Self.window.contains(index)
        if isBad, fault == .harder { rate = 0.5 }
        var label = chance.chance(rate)
        if isBad, fault == .turned, "s\(source)" == Self.badSource { label.toggle() }
        return
            "{\"id\":\"e\(index)\",\"ts\":\(1_767_225_600 + index * 20),\"source\":\"s\(source)\""
            + ",\"segment\":\"g\(index % 2)\",\"label\":\(label ? 1 : 0),\"features\":"
            + "{\"word\":\"w\(word)\",\"n\":\(number)}}\n"
    }

    func open() throws -> StateFolder {
        let toml = """
            [models.m]
            checkpoint_examples = 500
            [models.m.learner]
            bits = 12
            """
        return try StateFolder(path, world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: toml, file: "test")
        }
    }

    /// Replays the first so many examples, as far as they are new.
    func grow(to count: Int) throws {
        let examples = try folder.write("examples", (0..<count).map(line).joined())
        let state = try open()
        let feed = try FileFeed(
            state.models[0], examples: examples, labels: nil, isFollowing: false,
            completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
    }

    /// Through the bad window, with a golden set from before it.
    func meetIncident(until count: Int = count) throws {
        try grow(to: 4000)
        try effect(.makeGolden)
        try grow(to: count)
    }

    @discardableResult
    func effect(_ act: Act) throws -> ActEffect {
        let request = ActRequest(
            act: act, scope: .all, reason: "a test", isDryRun: false,
            actor: Owner.actor)
        let outcome = try Acts.performAtRest(request, on: try open())
        return try #require(outcome.effects.first, "\(outcome)")
    }

    /// Another one that goes on from a copy of everything.
    func copy() throws -> RehearsalBench {
        let other = try RehearsalBench(fault)
        try FileManager.default.copyItem(atPath: path, toPath: other.path)
        try FileManager.default.copyItem(
            atPath: folder.path + "/examples", toPath: other.folder.path + "/examples")
        return other
    }

    func newest() throws -> CheckpointReport {
        try #require(try StateReading(path, world: .local).checkpoints(of: nil).first)
    }

    func rehearse(_ change: (inout RehearsalQuery) -> Void = { _ in }) throws -> RehearsalReport {
        var query = RehearsalQuery()
        query.since = Self.instant(Self.window.lowerBound)
        change(&query)
        let settings = try open().models[0].engine.settings
        let reading = try StateReading(path, world: .local)
        var report = try reading.rehearse(
            query, settings, standing: try reading.standing(of: Self.model),
            course: RehearsalCourse(clock: LocalClock()))
        report.seconds = 0
        return report
    }

    func incident(
        _ change: (inout RehearsalQuery) -> Void = { _ in }
    ) throws -> RehearsedWindow {
        try #require(
            try rehearse { query in
                query.from = Self.instant(Self.window.lowerBound)
                query.to = Self.instant(Self.window.upperBound)
                query.source = Self.badSource
                change(&query)
            }.incident)
    }
}
