import Checkpointing
import Engine
import Foundation
import Host
import Joining
import Numerics
import Operation
import Serving
import Testing
import Vocabulary
import World

@Suite("A model on disk")
struct ModelHostTests {
    /// Examples a minute apart, each labelled ten minutes later; a third are positive.
    static func streams(_ count: Int, from first: Int = 0) -> (examples: String, labels: String) {
        var examples = ""
        var labels = ""
        for index in first..<first + count {
            let time = 1_767_225_600 + index * 60
            examples += "{\"id\":\"e\(index)\",\"ts\":\(time),\"features\":"
            examples += "{\"k\":\"\(index % 7)\",\"n\":\(index % 13)}}\n"
            let label = index % 3 == 0 ? 1 : 0
            labels += "{\"id\":\"e\(index)\",\"ts\":\(time + 600),\"label\":\(label)}\n"
        }
        return (examples, labels)
    }

    private func open(_ folder: ScratchFolder, every examples: Int = 1000) throws -> StateFolder {
        try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(
                toml: "[models.m]\ncheckpoint_examples = \(examples)", file: "test")
        }
    }

    private func replay(_ folder: ScratchFolder, _ state: StateFolder) throws {
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
    }

    private func write(_ folder: ScratchFolder, _ count: Int) throws {
        let (examples, labels) = Self.streams(count)
        _ = try folder.write("examples", examples)
        _ = try folder.write("labels", labels)
    }

    private func digest(_ folder: ScratchFolder) throws -> String? {
        try StateReading(folder.path + "/state", world: .local).checkpoints(of: nil).first?
            .learnerDigest
    }

    @Test("Files that grew are read on from where they were, to the same learner")
    func goesOn() throws {
        let whole = try ScratchFolder()
        try write(whole, 6000)
        try replay(whole, try open(whole))
        let parts = try ScratchFolder()
        for count in [1500, 1500, 4000, 6000] {
            try write(parts, count)
            try replay(parts, try open(parts))
        }
        let state = try open(parts)
        #expect(state.models[0].engine.counts.examples == 6000)
        #expect(state.models[0].engine.joinCounts.joined == 6000)
        #expect(state.models[0].engine.joinCounts.duplicates == 0)
        #expect(try digest(parts) == digest(whole))
    }

    @Test("A checkpoint with a flipped bit is passed over, named, and nothing is lost")
    func passesOverADamagedCheckpoint() throws {
        let folder = try ScratchFolder()
        try write(folder, 4000)
        try replay(folder, try open(folder))
        let good = try digest(folder)
        let newest = try #require(
            try StateReading(folder.path + "/state", world: .local).checkpoints(of: nil).first)
        let file = folder.path + "/state/models/m/checkpoints/\(newest.id).spindle"
        try folder.flipBit(8 * (newest.bytes / 2), of: file)
        let report = try StateReading(folder.path + "/state", world: .local).verify(nil)
        #expect(report.faults.count == 1 && report.faults[0].contains(newest.id.description))
        #expect(report.verified >= 2)
        let state = try open(folder)
        #expect(state.models[0].engine.counts.examples == 4000)
        let image = { () throws -> String in
            try state.models[0].settle()
            return state.models[0].engine.checkpointImage(
                created: Instant(microseconds: 0), build: "test"
            ).file.seal().digests.learner.hex
        }
        #expect(try image() == good)
        #expect(try state.journal.tail(10).contains { $0.effect.contains("passes over") })
    }

    @Test("A log that another version wrote is refused, named, and left as it is")
    func otherVersions() throws {
        let folder = try ScratchFolder()
        try write(folder, 1000)
        try replay(folder, try open(folder))
        let log = folder.path + "/state/models/m/raw/00000000000000000000.log"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
        bytes.replaceSubrange(0..<4, with: Data("SPL1".utf8))
        try bytes.write(to: URL(fileURLWithPath: log))
        let fault = #expect(throws: LogDamage.self) { try open(folder) }
        #expect(fault?.text.contains("version 1") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: log)) == bytes)
    }

    @Test("Looking at a state with another configuration does not change the one in use")
    func configurationStays() throws {
        let folder = try ScratchFolder()
        try write(folder, 100)
        try replay(folder, try open(folder))
        let path = folder.path + "/state/spindle.toml"
        let before = try String(contentsOfFile: path, encoding: .utf8)
        _ = try StateFolder(folder.path + "/state", world: .local, mayCreate: false) { _ in
            try SpindleConfiguration(toml: "[models.other]\nwait = \"1h\"", file: "test")
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
    }

    @Test("A torn tail of the raw log is cut off; damage before good batches is refused")
    func repairsOnlyATornTail() throws {
        let folder = try ScratchFolder()
        try write(folder, 3000)
        do {
            try replay(folder, try open(folder, every: 1_000_000))
        }
        let checkpoints = folder.path + "/state/models/m/checkpoints"
        try FileManager.default.removeItem(atPath: checkpoints)
        let log = folder.path + "/state/models/m/raw/00000000000000000000.log"
        let handle = try #require(FileHandle(forWritingAtPath: log))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(repeating: 7, count: 1000))
        try handle.close()
        do {
            let state = try open(folder)
            #expect(state.models[0].engine.counts.examples == 3000)
            #expect(try state.journal.tail(10).contains { $0.effect.contains("1000 torn bytes") })
        }
        try folder.flipBit(8 * 100, of: log)
        #expect(throws: LogDamage.self) { _ = try open(folder) }
    }

    @Test("A second engine on the same state directory is refused")
    func locks() throws {
        let folder = try ScratchFolder()
        let state = try open(folder)
        #expect(throws: StateFault.self) { _ = try open(folder) }
        #expect(state.models.count == 1)
    }

    @Test("A rollback lands on the checkpoint; a resume meets the rest again, bit for bit")
    func rollsBack() throws {
        let folder = try ScratchFolder()
        try write(folder, 30_000)
        try replay(folder, try open(folder, every: 5000))
        let newest = try digest(folder)
        let reports = try StateReading(folder.path + "/state", world: .local).checkpoints(
            of: nil)
        let target = try #require(reports.last)
        let state = try open(folder, every: 5000)
        let model = try #require(ModelName("m"))
        let actor = Actor(user: "eve", from: "tty")
        var request = ActRequest(
            act: .rollback(to: .checkpoint(target.id), keepsCursor: false), scope: .model(model),
            reason: "bad", isDryRun: true, actor: actor)
        let plan = Acts.perform(request, on: state)
        #expect(plan.effects.first?.examples == 30_000 - target.cursor)
        #expect(state.models[0].engine.trainer.cursor.sequence == 30_000)
        request.isDryRun = false
        #expect(Acts.perform(request, on: state).effects == plan.effects)
        #expect(state.models[0].checkpoints.first?.learnerDigest == target.learnerDigest)
        #expect(state.models[0].engine.serving?.checkpoint == target.id)
        #expect(state.latch.hold(of: model) != nil)
        #expect(try !state.models[0].catchUp(batchCount: 100))
        request.act = .resume
        #expect(Acts.perform(request, on: state).effects.first?.changed == true)
        while try state.models[0].catchUp(batchCount: 100) {}
        #expect(try state.models[0].checkpoint()?.learnerDigest == newest)
    }
}
