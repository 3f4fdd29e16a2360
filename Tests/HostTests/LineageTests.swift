import Engine
import Foundation
import Host
import Numerics
import Operation
import Testing
import Vocabulary

@Suite("What a checkpoint was made of")
struct LineageTests {
    /// A model that learned twice 150 examples, of which a few of the last were purged.
    private func learned(_ folder: ScratchFolder) throws -> StateReading {
        let state = try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.m]\n", file: "test")
        }
        for part in [0..<150, 150..<300] {
            let lines = part.map { index in
                "{\"id\":\"e\(index)\",\"ts\":\(index),\"source\":\"s\(index % 3)\","
                    + "\"features\":{\"a\":\(index % 7)},\"label\":\(index % 2)}\n"
            }
            let path = try folder.write("examples-\(part.lowerBound)", lines.joined())
            let feed = try FileFeed(
                state.models[0], examples: path, labels: nil, isFollowing: false,
                completesForGood: true, passes: 1)
            try EngineHost(state).run(state, feeds: [feed])
        }
        let outcome = Acts.perform(
            ActRequest(
                act: .purge(
                    .leaveOut(
                        ExampleSelection(
                            from: Instant(microseconds: 200_000_000),
                            to: Instant(microseconds: 250_000_000),
                            source: "s1"))),
                scope: .all, reason: "a test", isDryRun: false,
                actor: Actor(user: "ann", from: "tty")), on: state)
        guard case .done = outcome else {
            Issue.record("\(outcome)")
            throw CancellationError()
        }
        try state.models[0].finishPurge()
        return try StateReading(folder.path + "/state", world: .local)
    }

    @Test("It names parents, what was left out, and the digests of the logs' files")
    func whole() throws {
        let folder = try ScratchFolder()
        let reading = try learned(folder)
        let newest = try #require(try reading.checkpoints(of: nil).first)
        let lineage = try reading.lineage(of: newest.id)
        #expect(lineage.parents.first == newest.parent && newest.parent != nil)
        #expect(lineage.cursor == 300 && lineage.learnerDigest == newest.learnerDigest)
        #expect(lineage.leftOut.map(\.by) == ["ann"] && lineage.leftOut[0].reason == "a test")
        #expect(lineage.training.from == 0 && lineage.training.to == 300)
        for (name, log) in [("raw", lineage.raw), ("training", lineage.training)] {
            #expect(!log.files.isEmpty)
            for file in log.files {
                let path = "\(folder.path)/state/models/m/\(name)/\(file.name)"
                let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                let before = [UInt8](bytes.prefix(Int(file.bytes)))
                #expect(file.sha256 == SHA256.digest(of: before).hex)
            }
        }
        #expect(lineage.raw.files.first?.earliest == Instant(microseconds: 0))
    }

    @Test("What was left out is named where the book of exclusions is lost, too")
    func withoutBook() throws {
        let folder = try ScratchFolder()
        let reading = try learned(folder)
        let newest = try #require(try reading.checkpoints(of: nil).first)
        let known = try reading.lineage(of: newest.id).leftOut
        try FileManager.default.removeItem(atPath: "\(folder.path)/state/models/m/exclusions")
        let found = try reading.lineage(of: newest.id).leftOut
        #expect(found.map(\.id) == known.map(\.id) && found.map(\.text) == known.map(\.text))
        #expect(found.map(\.by) == ["unknown"])
    }

    @Test("A byte that was changed is named, by its file")
    func changed() throws {
        let folder = try ScratchFolder()
        let reading = try learned(folder)
        let newest = try #require(try reading.checkpoints(of: nil).first)
        let file = try #require(try reading.lineage(of: newest.id).raw.files.first)
        try folder.flipBit(
            8 * 700, of: "\(folder.path)/state/models/m/raw/\(file.name)")
        let fault = #expect(throws: (any Error).self) { try reading.lineage(of: newest.id) }
        #expect("\(fault.map { "\($0)" } ?? "")".contains(file.name))
        let missing = try #require(CheckpointID("m-009999"))
        #expect(throws: ActRefusal.self) { try reading.lineage(of: missing) }
    }
}
