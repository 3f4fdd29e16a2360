import Engine
import Foundation
import Host
import Joining
import Learning
import Monitoring
import Operation
import Testing
import Vocabulary

@Suite("No record is lost, and none is learned twice")
struct NothingLostTests {
    private static let toml = """
        [models.m]
        checkpoint_examples = 1000
        [models.m.learner]
        bits = 10
        [models.m.features.price]
        max = 100
        required = true
        """

    /// One model whose files are replayed, again and again.
    private final class Bench {
        let folder: ScratchFolder

        private let toml: String

        init(wait: String? = nil) throws {
            folder = try ScratchFolder()
            let line = wait.map { "wait = \"\($0)\"\n" } ?? ""
            toml = NothingLostTests.toml.replacingOccurrences(
                of: "[models.m]\n", with: "[models.m]\n" + line)
        }

        var path: String { folder.path + "/state" }

        func open() throws -> StateFolder {
            try StateFolder(path, world: .local, mayCreate: true) { _ in
                try SpindleConfiguration(toml: toml, file: "test")
            }
        }

        func replay(isFinal: Bool = false) throws {
            let state = try open()
            let feed = try FileFeed(
                state.models[0], examples: folder.path + "/examples",
                labels: folder.path + "/labels", isFollowing: false, completesForGood: isFinal,
                passes: 1)
            try EngineHost(state).run(state, feeds: [feed])
        }

        /// Counts of a closed state, and the identity that holds for them.
        func engine() throws -> ModelEngine {
            let engine = try open().models[0].engine
            let (counts, join) = (engine.counts, engine.joinCounts)
            #expect(
                counts.examples == join.joined + join.pending + join.unlabelled + join.duplicates
                    + counts.quarantinedExamples)
            #expect(
                counts.quarantinedRules.values.reduce(0, +)
                    == counts.quarantinedExamples + counts.quarantinedLabels)
            return engine
        }

        func release(_ sequences: [UInt64], isDryRun: Bool = false) throws -> ActOutcome {
            let request = ActRequest(
                act: .release(sequences), scope: .all, reason: "looked at",
                isDryRun: isDryRun, actor: Owner.actor)
            return try Acts.performAtRest(request, on: try open())
        }

        func verify() throws {
            let settings = try open().models[0].engine.settings
            let report = try StateReading(path, world: .local)
                .verify(nil, deep: { _ in settings })
            #expect(report.faults.isEmpty, "\(report.faults)")
        }
    }

    private static func example(_ id: Int, price: String = "5", more: String = "") -> String {
        "{\"id\":\"e\(id)\",\"ts\":\(id * 60),\"features\":{\"price\":\(price)}\(more)}\n"
    }

    private static func label(_ id: Int) -> String {
        "{\"id\":\"e\(id)\",\"ts\":\(id * 60 + 30),\"label\":\(id % 2)}\n"
    }

    @Test(
        "A record that a reader refuses is counted and named by its rule",
        arguments: [
            (",\"tz\":\"Mars/X\"", AdmissionRule.zoneUnknown), (",\"tz\":\"\"", .zoneUnknown),
            (",\"propensity\":0", .propensityRange), (",\"sample_rate\":2", .sampleRateRange),
            (",\"source\":[]", .fieldType), (",\"label\":7", .labelRange), (",", .malformedJSON),
            (",\"ts\":5", .duplicateField),
        ])
    func counted(more: String, rule: AdmissionRule) throws {
        let bench = try Bench()
        _ = try bench.folder.write(
            "examples",
            Self.example(1) + Self.example(2, more: more) + Self.example(3))
        _ = try bench.folder.write("labels", "")
        try bench.replay()
        let engine = try bench.engine()
        #expect(engine.counts.examples == 3)
        #expect(engine.counts.quarantinedRules == [rule: 1])
        let held = try Quarantine(bench.path + "/quarantine.sqlite").entries(of: nil, limit: 9)
        #expect(held.map(\.rule) == [rule.rawValue] && held.map(\.line) == [2])
        try bench.verify()
    }

    @Test("A line that was cut off when it was read is read whole once its file has grown")
    func unfinished() throws {
        let bench = try Bench()
        let examples = (1...6).map { Self.example($0) }.joined()
        let labels = (1...6).map { Self.label($0) }.joined()
        // Cut within a record, behind one that has no newline yet, and behind a newline.
        let cut = Array(examples.utf8.prefix(examples.utf8.count * 2 / 5))
        _ = try bench.folder.write("examples", String(decoding: cut, as: UTF8.self))
        _ = try bench.folder.write("labels", String(labels.dropLast(20)))
        try bench.replay()
        #expect(try bench.engine().counts.quarantinedExamples == 1)
        _ = try bench.folder.write("examples", String(examples.dropLast()))
        try bench.replay()
        _ = try bench.folder.write("examples", examples)
        _ = try bench.folder.write("labels", labels)
        try bench.replay(isFinal: true)
        let engine = try bench.engine()
        #expect(engine.joinCounts.joined == 6)
        #expect(engine.counts.quarantinedExamples == 1 && engine.counts.quarantinedLabels == 1)
        try bench.replay(isFinal: true)
        #expect(try bench.engine().counts == engine.counts)
        let whole = try Bench()
        _ = try whole.folder.write("examples", examples)
        _ = try whole.folder.write("labels", labels)
        try whole.replay(isFinal: true)
        #expect(
            try whole.engine().trainer.learner.encode() == engine.trainer.learner.encode())
        try bench.verify()
    }

    @Test("A label of the far future makes no negatives of what still waits")
    func farFuture() throws {
        func negatives(_ more: String) throws -> Int {
            let bench = try Bench(wait: "1h")
            _ = try bench.folder.write(
                "examples", (1...200).map { Self.example($0) }.joined())
            _ = try bench.folder.write("labels", Self.label(3) + more + Self.label(99))
            try bench.replay()
            try bench.verify()
            return try bench.engine().joinCounts.joined
        }
        let plain = try negatives("")
        #expect((30..<100).contains(plain))
        #expect(try negatives("{\"id\":\"x\",\"ts\":253402300799,\"label\":1}\n") == plain)
    }

    @Test("What is learned long after the last example came is kept, too")
    func labelsLate() throws {
        let bench = try Bench()
        _ = try bench.folder.write("examples", (1...3000).map { Self.example($0) }.joined())
        _ = try bench.folder.write("labels", "")
        try bench.replay()
        _ = try bench.folder.write("labels", (1...3000).map { Self.label($0) }.joined())
        let model = try bench.open().models[0]
        let feed = try FileFeed(
            model, examples: bench.folder.path + "/examples",
            labels: bench.folder.path + "/labels", isFollowing: false, completesForGood: false,
            passes: 1)
        var kept: [UInt64] = []
        while case .more = try feed.pump() {
            try model.settle()
            while try model.catchUp(batchCount: 4) {}
            if model.wantsCheckpoint { kept.append(try #require(try model.checkpoint()).cursor) }
        }
        #expect(kept.contains { $0 >= 1000 })
    }

    @Test("What the schema held back is let in once, learned once, and stays so")
    func released() throws {
        let bench = try Bench()
        let examples = (1...9).map { Self.example($0, price: $0 % 3 == 0 ? "500" : "5") }
        _ = try bench.folder.write("examples", examples.joined())
        _ = try bench.folder.write("labels", (1...9).map { Self.label($0) }.joined())
        try bench.replay()
        let held = try Quarantine(bench.path + "/quarantine.sqlite").entries(of: nil, limit: 9)
        #expect(held.map(\.rule) == Array(repeating: "schema_range", count: 3))
        let sequences = held.prefix(2).map { UInt64($0.seq) }
        guard case .wouldDo(let effects) = try bench.release(sequences, isDryRun: true) else {
            Issue.record("a dry run was none")
            return
        }
        #expect(effects.first?.examples == 2)
        #expect(try bench.engine().counts.quarantinedExamples == 3)
        guard case .done = try bench.release(sequences) else {
            Issue.record("it was refused")
            return
        }
        let engine = try bench.engine()
        #expect(engine.counts.examples == 9)
        #expect(engine.counts.quarantinedRules == [.schemaRange: 1])
        #expect(engine.joinCounts.joined == 8)
        guard case .refused(let text) = try bench.release(sequences) else {
            Issue.record("it was let in twice")
            return
        }
        #expect(text.contains("released already"))
        let again = try Quarantine(bench.path + "/quarantine.sqlite").entries(of: nil, limit: 9)
        #expect(again.map(\.released) == [true, true, false])
        #expect(try bench.engine().trainer.metrics.count == 8)
        try bench.verify()
    }

    @Test("What cannot be read, was never held back or is named twice is not let in twice")
    func notReleased() throws {
        let bench = try Bench()
        _ = try bench.folder.write(
            "examples", Self.example(1) + "{\"id\":\n" + Self.example(2, price: "500"))
        _ = try bench.folder.write("labels", Self.label(2))
        try bench.replay()
        for (sequence, words) in [
            (UInt64(0), "no record 0"), (1, "send it anew"), (9, "no record 9"),
        ] {
            guard case .refused(let text) = try bench.release([sequence]) else {
                Issue.record("record \(sequence) was let in")
                continue
            }
            #expect(text.contains(words), "\(text)")
        }
        _ = try bench.release([2, 2])
        #expect(try bench.engine().joinCounts.joined == 1)
        #expect(try bench.engine().counts.examples == 3)
    }
}
