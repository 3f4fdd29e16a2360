import Checkpointing
import Engine
import Filtering
import Ingestion
import Joining
import Learning
import Monitoring
import Numerics
import Recording
import TestKit
import Testing
import Vocabulary

/// What happens to an engine while it reads, each with its chance a line.
struct Plan: Sendable {
    var seed: UInt64 = 1
    var settling = 0.0
    var holding = 0.0
    var releasing = 0.0
    var checkpointing = 0.0
    var restarting = 0.0
    var rollingBack = 0.0
    /// Rolls back and passes over what was learned since.
    var passingOver = 0.0
    var purging = 0.0
    var undoing = 0.0
    /// Bytes a read gives at most.
    var pieceSizeMax = 1 << 20
    var isFinal = true
    var passes = 1
}

/// What is left at the end, and must not depend on the plan.
struct Outcome: Equatable {
    var learner: [UInt8]
    var counts: IngestCounts
    var join: LabelJoiner.Counts
    var trained: UInt64
    var entries: [UInt8]
}

/// One engine over both streams, in memory, by one thread, by a plan.
final class Simulation {
    private(set) var engine: ModelEngine
    let world = MemoryWorld()
    let text: StreamText
    private let settings: ModelSettings
    private let plan: Plan
    private let button = TestSwitch()
    var random: SplitMix64
    private var merger: StreamMerger
    private(set) var images: [CheckpointImage] = []
    /// What is left out, as a host's book would keep it.
    var exclusions: [Exclusion] = []
    var exclusionCount = 0
    /// Ids of the training log's entries that a rollback passed over, by its exclusion.
    var passedOver: [ExclusionID: [UInt64]] = [:]
    /// Changes of exclusions by where they led back to.
    var changes: [PurgeWay: Int] = [:]
    private(set) var restartCount = 0
    private(set) var rollbackCount = 0
    private(set) var catchUpCount = 0

    init(_ text: StreamText, _ settings: ModelSettings, _ plan: Plan) {
        self.text = text
        self.settings = settings
        self.plan = plan
        random = SplitMix64(seed: plan.seed)
        let world = self.world
        engine = ModelEngine(
            settings: settings, holdSwitch: button, rawRecord: { try world.rawLine(at: $0) })
        merger = StreamMerger(examples: nil, labels: nil)
        openStreams()
    }

    static func settings(
        wait: Span?, shuffle: Span? = nil, countMax: Int = 1 << 20
    ) throws -> ModelSettings {
        var settings = ModelSettings(name: try #require(ModelName("m")))
        settings.wait = wait
        settings.join.shuffle = shuffle
        settings.join.disorder = .minutes(1)
        settings.joinLimits.rememberedCountMax = countMax
        settings.joinLimits.hotSizeMax = 1
        settings.learner.bits = 12
        var rule = FeatureRule(name: "price")
        rule.maximum = 1000
        settings.rules = [rule]
        return settings
    }

    func run() throws -> Outcome {
        while try step() {
            try checkIdentities()
        }
        if plan.isFinal { try engine.completeForGood() }
        try finish()
        for _ in 1..<plan.passes {
            engine.trainer.restartPass()
            try purge(chance: 0.5)
            if random.chance(plan.holding * 10) {
                button.press(afterLooks: random.below(40))
                while try catchUp() {}
                try purge(chance: 0.7)
            }
            try finish()
            try purge(chance: 0.5)
            try finish()
        }
        return Outcome(
            learner: engine.trainer.learner.encode(), counts: engine.counts,
            join: engine.joinCounts, trained: engine.trainer.metrics.count,
            entries: try world.trainingEntries())
    }

    private func finish() throws {
        button.press(afterLooks: nil)
        try engine.settle(world.perform)
        while try catchUp() {}
        try engine.settle(world.perform)
        try checkIdentities()
    }

    private func step() throws -> Bool {
        switch try merger.next() {
        case .line(let line):
            try engine.take(line.pointee, source: line.pointee.stream == .examples ? 0 : 1)
        case .labelsEnded: try engine.endLabels()
        case .ended: return false
        }
        if engine.wantsSettling || random.chance(plan.settling) {
            try engine.settle(world.perform)
        }
        if random.chance(plan.holding) { button.press(afterLooks: random.below(6)) }
        if random.chance(plan.releasing) { button.press(afterLooks: nil) }
        if engine.wantsCatchUp { _ = try catchUp() }
        if random.chance(plan.checkpointing) { try checkpoint() }
        if random.chance(plan.rollingBack), let image = images.last {
            try rollBack(to: random.chance(0.5) ? image : random.pick(images))
        }
        if random.chance(plan.purging) { try purge() }
        if random.chance(plan.undoing) { try undo() }
        if random.chance(plan.passingOver) { try passOver() }
        if random.chance(plan.restarting) { try restart() }
        return true
    }

    private func purge(chance: Double) throws {
        guard plan.purging > 0, random.chance(chance) else { return }
        if random.chance(0.3) { try undo() } else { try purge() }
    }

    private func checkIdentities() throws {
        let (counts, join) = (engine.counts, engine.joinCounts)
        try #require(
            counts.examples == join.joined + join.pending + join.unlabelled + join.duplicates
                + counts.quarantinedExamples)
        try #require(join.joined == join.positives + join.negatives)
        try #require(UInt64(join.joined) == engine.trainingCount + UInt64(join.ready))
        try #require(engine.trainer.cursor.sequence <= engine.trainingCount)
        let held = counts.quarantinedExamples + counts.quarantinedLabels
        try #require(held == counts.quarantinedRules.values.reduce(0, +))
    }
}

extension Simulation {
    private func openStreams() {
        func reader(_ bytes: [UInt8], _ path: String, _ stream: StreamKind) -> LineReader {
            let index = engine.sourceIndex(
                of: path, fingerprint: Fingerprint(hash: 0, size: 0))
            let progress = engine.sources[index]
            var pieces = SplitMix64(seed: plan.seed)
            let pieceSizeMax = plan.pieceSizeMax
            let source = MemorySource(bytes, path: path, offset: Int(progress.endOffset)) {
                1 + pieces.below(pieceSizeMax)
            }
            return LineReader(
                source, stream: stream, offset: Int(progress.endOffset),
                lineNumber: Int(progress.lineNumber), keepsFeatures: engine.needsFeatures)
        }
        merger = StreamMerger(
            examples: reader(text.examples, "examples", .examples),
            labels: reader(text.labels, "labels", .labels))
    }

    func catchUp() throws -> Bool {
        guard engine.wantsCatchUp else { return false }
        let batch = try #require(
            try world.batch(world.training, at: engine.catchUpOffset, .training))
        try batch.withUnsafeBytes { try engine.catchUp($0) }
        catchUpCount += 1
        return engine.wantsCatchUp
    }

    func checkpoint() throws {
        try engine.settle(world.perform)
        let image = engine.checkpointImage(created: .earliest, build: "test")
        engine.checkpointSaved(image.manifest)
        images.append(image)
    }

    private func rollBack(to image: CheckpointImage) throws {
        try engine.settle(world.perform)
        guard try firstChange(image.manifest.exclusions) ?? .max >= image.manifest.reach else {
            return
        }
        try rollBack(to: image, keepsCursor: false)
        #expect(engine.trainer.learner.encode() == (try learner(of: image)))
        try checkpoint()
    }

    func rollBack(to image: CheckpointImage, keepsCursor: Bool) throws {
        try image.bytes.withUnsafeBytes { bytes in
            try engine.rollBack(
                to: try LoadedCheckpoint(file: bytes), leavingOut: exclusions,
                keepsCursor: keepsCursor)
        }
        rollbackCount += 1
    }

    private func learner(of image: CheckpointImage) throws -> [UInt8] {
        try image.bytes.withUnsafeBytes { try LoadedCheckpoint(file: $0).learner.encode() }
    }

    /// The engine is gone with all that was not settled; a new one takes up from a checkpoint
    /// and the raw log, as a host does.
    private func restart() throws {
        restartCount += 1
        let world = self.world
        engine = ModelEngine(
            settings: settings, holdSwitch: button, rawRecord: { try world.rawLine(at: $0) })
        // The newest may be broken: then those after the one that is used are of no use.
        if random.chance(0.3), !images.isEmpty { images.removeLast() }
        if let image = images.last {
            try image.bytes.withUnsafeBytes { bytes in
                try engine.recover(from: try LoadedCheckpoint(file: bytes), file: bytes)
            }
        }
        world.truncateTraining(to: engine.trainingEnd.offset)
        if engine.trainer.exclusions != exclusions { try follow() }
        while let batch = try world.batch(world.raw, at: engine.rawEnd.offset, .raw) {
            try batch.withUnsafeBytes { bytes in
                try engine.replayRaw(
                    UnsafeRawBufferPointer(
                        rebasing: bytes[..<(bytes.count - LinePadding.size)]))
            }
            let rawSize = world.raw.count
            try engine.settle(world.perform)
            try #require(world.raw.count == rawSize)
            while try catchUp() {}
        }
        try checkIdentities()
        openStreams()
    }
}
