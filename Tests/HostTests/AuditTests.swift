import Engine
import Foundation
import Host
import Numerics
import Operation
import Recording
import Testing
import Vocabulary

@Suite("Verification")
struct AuditTests {
    private static let toml = """
        [models.m]
        wait = "20m"
        disorder = "0s"
        shuffle = "30m"
        checkpoint_examples = 500
        [models.m.learner]
        bits = 12
        """

    private func replayed(_ folder: ScratchFolder, _ count: Int = 3000) throws -> ModelSettings {
        let (examples, labels) = ModelHostTests.streams(count)
        return try replayed(folder, examples, labels, Self.toml)
    }

    private func replayed(
        _ folder: ScratchFolder, _ examples: String, _ labels: String, _ toml: String
    ) throws -> ModelSettings {
        _ = try folder.write("examples", examples)
        _ = try folder.write("labels", labels)
        let state = try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: toml, file: "test")
        }
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: false, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
        return state.models[0].engine.settings
    }

    private func audit(
        _ folder: ScratchFolder, _ settings: ModelSettings
    ) throws -> VerificationReport {
        try StateReading(folder.path + "/state", world: .local).verify(nil, deep: { _ in settings })
    }

    private func file(_ folder: ScratchFolder, _ log: String) -> String {
        "\(folder.path)/state/models/m/\(log)/00000000000000000000.log"
    }

    @Test("Everything that follows from the raw log is made anew, bit for bit")
    func madeAnew() throws {
        let folder = try ScratchFolder()
        let settings = try replayed(folder)
        let report = try audit(folder, settings)
        #expect(report.faults.isEmpty)
        #expect(try #require(report.entries) > 2900)
        #expect(try #require(report.learners) == report.verified)
    }

    @Test("A checkpoint that retention removes meanwhile is no fault", arguments: 1...5)
    func vanishing(open: Int) throws {
        let folder = try ScratchFolder()
        let settings = try replayed(folder)
        let whole = try audit(folder, settings)
        let oldest = "\(folder.path)/state/models/m/checkpoints/m-000001.spindle"
        let disk = VanishingDisk(losing: oldest, beforeOpen: open)
        var world = HostWorld.local
        world.disk = disk
        let report = try StateReading(folder.path + "/state", world: world)
            .verify(nil, deep: { _ in settings })
        #expect(disk.hasVanished && report.faults.isEmpty, "\(report.faults)")
        #expect((report.learners ?? 0) + 1 >= (whole.learners ?? 0))
        #expect(report.entries == whole.entries)
    }

    @Test("What a time zone made of a record, or kept out, is made anew the same")
    func zones() throws {
        let folder = try ScratchFolder()
        let (plain, labels) = ModelHostTests.streams(3000)
        var number = 0
        let examples = plain.split(separator: "\n").map { line in
            number += 1
            let zone = number % 50 == 0 ? "Mars/Crater" : "Europe/Oslo"
            return line.replacingOccurrences(
                of: "\"features\"", with: "\"tz\":\"\(zone)\",\"features\"")
        }
        let settings = try replayed(
            folder, examples.joined(separator: "\n") + "\n", labels,
            Self.toml.replacingOccurrences(
                of: "[models.m]\n", with: "[models.m]\ntime_features = true\n"))
        let report = try audit(folder, settings)
        #expect(report.faults.isEmpty)
        // The newest wait for their labels.
        #expect((2840...2940).contains(try #require(report.entries)))
    }

    @Test("An entry that was forged with a right checksum is found and named")
    func forgedEntry() throws {
        let folder = try ScratchFolder()
        let settings = try replayed(folder)
        let path = file(folder, "training")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        // The label of the first entry becomes another one, and the batch is sealed again.
        let label = BatchHeader.size + EntryLayout.labelOffset
        bytes[label + 3] ^= 0x40
        let header = try #require(
            bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.flatMap { BatchHeader($0, kind: .training) }
            })
        let checksum = bytes.withUnsafeBytes { buffer in
            XXHash64.hash(
                UnsafeRawBufferPointer(rebasing: buffer[BatchHeader.size..<header.batchSize]),
                seed: XXHash64.hash(UnsafeRawBufferPointer(rebasing: buffer[..<40])))
        }
        withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(40..<48, with: $0) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let report = try audit(folder, settings)
        #expect(report.faults.contains { $0.contains("training log: entry 0,") })
        #expect(report.faults.contains { $0.contains("its learner is not what the log makes") })
    }

    @Test("Flipped bits and missing bytes of either log are named with file and byte")
    func damagedLogs() throws {
        for log in ["raw", "training"] {
            let folder = try ScratchFolder()
            let settings = try replayed(folder, 600)
            let path = file(folder, log)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for place in stride(from: 0, to: whole.count, by: whole.count / 23) {
                try folder.flipBit(8 * place + 3, of: path)
                let faults = try audit(folder, settings).faults
                #expect(faults.count == 1 && faults[0].contains("\(path), byte "))
                try whole.prefix(place).write(to: URL(fileURLWithPath: path))
                let cut = try audit(folder, settings).faults
                #expect(cut.count == 1 && cut[0].contains(place == 0 ? log : "\(path), byte "))
                try whole.write(to: URL(fileURLWithPath: path))
            }
        }
    }

    @Test("The log is shown from a sequence on, and from a time on")
    func listing() throws {
        let folder = try ScratchFolder()
        let settings = try replayed(folder)
        let reading = try StateReading(folder.path + "/state", world: .local)
        var lines: [LogLine] = []
        try reading.log(of: settings.name, .raw).lines(from: 4000, time: nil, limit: 3) {
            lines.append($0)
        }
        #expect(lines.map(\.seq) == [4000, 4001, 4002])
        #expect(lines.allSatisfy { $0.record?.hasPrefix("{\"id\":\"e") == true })
        lines = []
        let time = Instant(microseconds: (1_767_225_600 + 2000 * 60) * 1_000_000)
        try reading.log(of: settings.name, .training).lines(from: 0, time: time, limit: 5) {
            lines.append($0)
        }
        #expect(lines.count == 5 && lines.allSatisfy { $0.ts.map { $0 >= time } ?? false })
    }
}
