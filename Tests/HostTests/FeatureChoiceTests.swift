import Engine
import Host
import Operation
import Testing
import Vocabulary

@Suite("A learner that chooses among features")
struct FeatureChoiceTests {
    private static let count = 2400
    private static let crossing = "cross = [[\"n\", \"k\"]]"

    private func logLoss(_ bench: PurgeBench) throws -> Double {
        try #require(try bench.newest().metrics.logLoss)
    }

    @Test("Ignored, a feature is as if no example had it; crossed, it says more")
    func worth() throws {
        func loss(_ learner: String, _ features: ((Int) -> String)? = nil) throws -> Double {
            let bench = try PurgeBench(learner: learner)
            // Neither of the two says anything by itself.
            let plain = { (index: Int) in
                "{\"k\":\"\(index / 5 % 2)\",\"n\":\"\(index % 2)\",\"m\":\(index % 11)}"
            }
            try bench.write(
                Self.count, label: { $0 / 5 % 2 == $0 % 2 ? 1 : 0 }, features: features ?? plain)
            try bench.replay()
            return try logLoss(bench)
        }
        let plain = try loss("")
        let without = try loss("ignore = [\"m\"]")
        #expect(without != plain)
        #expect(
            try loss("") { "{\"k\":\"\($0 / 5 % 2)\",\"n\":\"\($0 % 2)\"}" } == without)
        #expect(plain > 0.6)
        #expect(try loss(Self.crossing) < 0.2)
    }

    @Test(
        "A purge leaves what never saw those examples, whatever was restarted or cut off before",
        arguments: [nil, "1h"])
    func exact(wait: String?) throws {
        let bench = try PurgeBench(wait: wait, learner: Self.crossing)
        for part in [700, 1100, 1900] {
            try bench.write(part)
            if part == 1100 {
                try bench.readAndVanish()
            } else {
                try bench.replay(isFinal: false)
            }
        }
        try bench.write(Self.count)
        try bench.replay()
        let before = try bench.newest().learnerDigest
        #expect(try bench.digest(Self.count) == before)
        let purged = ExampleSelection(700..<1500, source: "s1")
        let done = try bench.effect(.leaveOut(purged))
        let never = try bench.digest(Self.count) { (700..<1500).contains($0) && $0 % 3 == 1 }
        #expect(try bench.newest().learnerDigest == never)
        try bench.effect(.purge(.undo(try #require(done.purge))))
        #expect(try bench.newest().learnerDigest == before)
        let settings = try bench.open().models[0].engine.settings
        let report = try StateReading(bench.path, world: .local)
            .verify(nil, deep: { _ in settings })
        #expect(report.faults.isEmpty && (report.learners ?? 0) > 2, "\(report.faults)")
    }

    @Test("Another choice is another learner")
    func changed() throws {
        let bench = try PurgeBench(learner: Self.crossing)
        try bench.grow(to: 800)
        let other = try SpindleConfiguration(
            toml: """
                [models.m]
                [models.m.learner]
                bits = 10
                ignore = ["k"]
                """, file: "test")
        #expect(throws: ChangedLearner.self) {
            try StateFolder(bench.path, world: .local, mayCreate: false) { _ in other }
        }
    }

    @Test(
        "What makes no sense is refused with its key",
        arguments: [
            ("cross = [[\"a\"]]", "learner.cross"), ("cross = [[\"a\", \"a\"]]", "learner.cross"),
            ("cross = [\"a\"]", "learner.cross"), ("ignore = \"a\"", "learner.ignore"),
            ("ignore = [\"a\"]\ncross = [[\"a\", \"b\"]]", "learner.cross"),
            ("ignore = [\"local_hour\"]", "learner.ignore"),
        ])
    func refused(text: String, key: String) {
        #expect {
            try SpindleConfiguration(
                toml: "[models.m]\n[models.m.learner]\n" + text, file: "test")
        } throws: { "\($0)".contains(key) }
    }
}
