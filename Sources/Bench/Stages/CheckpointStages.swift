import Engine
import Host
import Learning
import Numerics
import Operation
import Vocabulary
import World

/// A model with a table of 2^24 slots, most of them in use.
enum LargeModel {
    private static let bits = 24
    private static let categoryCount = 256
    /// So many rows of chance put something into 19 of 20 slots.
    private static let rowCount = 3 << bits / categoryCount

    private static let configuration =
        ScratchEngine.configuration() + """
            [models.\(ScratchEngine.model).learner]
            bits = \(bits)

            """

    static func open(_ folder: String) throws -> StateFolder {
        try ScratchEngine.open(folder, configuration: configuration)
    }

    /// The workload learned, with its logs and checkpoints, and then put out of sight by chance.
    static func make(_ folder: String, _ scratch: Scratch) throws -> StateFolder {
        _ = try ScratchEngine.replay(folder, configuration: configuration, scratch)
        let state = try open(folder)
        fill(try ScratchEngine.host(state).engine.trainer.learner, seed: scratch.workload.seed)
        return state
    }

    /// Teaches rows of nothing but chance.
    private static func fill(_ learner: FTRLLearner, seed: UInt64) {
        var chance = SeededRandom(key: seed)
        let size = EntryLayout.size(numberCount: 0, categoryCount: categoryCount)
        let entry = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { entry.deallocate() }
        entry.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        entry.storeBytes(of: UInt32(size), as: UInt32.self)
        entry.storeBytes(
            of: UInt16(categoryCount), toByteOffset: EntryLayout.categoryCountOffset,
            as: UInt16.self)
        entry.storeBytes(of: 1, toByteOffset: EntryLayout.weightOffset, as: Float.self)
        for _ in 0..<rowCount {
            for index in 0..<categoryCount {
                entry.storeBytes(
                    of: UInt32(truncatingIfNeeded: chance.next()),
                    toByteOffset: EntryLayout.headerSize + 4 * index, as: UInt32.self)
            }
            learner.prefetch(entry)
            _ = learner.learn(EntryView(entry))
        }
    }
}

/// A checkpoint captured, encoded, hashed, written, synced, read back and judged; beside a plain
/// write and sync of as many bytes. By the wall clock.
final class SaveStage: Stage {
    private var state: StateFolder?

    func prepare(_ scratch: Scratch) throws {
        let state = try LargeModel.make(try scratch.freshFolder("save"), scratch)
        // As in service, the next ones are held against one of their size.
        _ = try ScratchEngine.host(state).checkpoint()
        self.state = state
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        guard let state else { throw BenchFault("there is no model to save") }
        let host = try ScratchEngine.host(state)
        let watch = Stopwatch()
        try host.beginCheckpoint()
        let pause = watch.wallSeconds
        guard let report = try host.finishCheckpoint(waiting: true) else {
            throw BenchFault("the checkpoint failed: \(host.engine.checkpointFault ?? "")")
        }
        let (wall, cpu) = (watch.wallSeconds, watch.cpuSeconds)
        guard report.verdict == .passed else {
            throw BenchFault("the checkpoint is \(report.verdict): \(report.reasons)")
        }
        let floorWatch = Stopwatch()
        try PlainWrite.write(report.bytes, pieces: 1 << 20, scratch)
        let floor = floorWatch.wallSeconds
        var sample = Sample(rows: 0, cpuSeconds: nil, ratio: wall / floor)
        sample.figures["pause_milliseconds"] = pause * 1000
        sample.figures["megabytes"] = Double(report.bytes) / 1e6
        sample.figures["megabytes_per_second"] = Double(report.bytes) / wall / 1e6
        sample.figures["plain_megabytes_per_second"] = Double(report.bytes) / floor / 1e6
        sample.figures["cpu_seconds"] = cpu
        return sample
    }
}

/// A state directory opened anew, with a checkpoint of 2^24 slots read, checked and taken up;
/// beside a plain read of its bytes. By the wall clock.
final class RestoreStage: Stage {
    private var folder = ""
    private var size = 0

    private static let plainName = "plain-to-read"

    func prepare(_ scratch: Scratch) throws {
        folder = try scratch.freshFolder("restore")
        let host = try ScratchEngine.host(try LargeModel.make(folder, scratch))
        guard let report = try host.checkpoint() else {
            throw BenchFault("the checkpoint failed: \(host.engine.checkpointFault ?? "")")
        }
        size = report.bytes
        try PlainWrite.write(size, pieces: 1 << 20, scratch, name: Self.plainName)
    }

    func measure(_ scratch: Scratch) throws -> Sample {
        let floorWatch = Stopwatch()
        let count = try scratch.disk.read(scratch.folder + "/" + Self.plainName).count
        let floor = floorWatch.wallSeconds
        let watch = Stopwatch()
        let state = try LargeModel.open(folder)
        let wall = watch.wallSeconds
        let learner = try ScratchEngine.host(state).engine.trainer.learner
        guard learner.inspect().slotCount > 1 << 23, count == size else {
            throw BenchFault("nothing was restored")
        }
        var sample = Sample(rows: 0, cpuSeconds: nil, ratio: wall / floor)
        sample.figures["milliseconds"] = wall * 1000
        sample.figures["megabytes_per_second"] = Double(size) / wall / 1e6
        return sample
    }
}
