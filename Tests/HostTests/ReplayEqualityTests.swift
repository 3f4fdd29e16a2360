import Engine
import Foundation
import Host
import Monitoring
import Operation
import Testing
import Vocabulary

@Suite("Replays of the same files are equal")
struct ReplayEqualityTests {
    /// What changes nothing of what is learned.
    struct Manner: Sendable, CustomTestStringConvertible {
        var toml = ""
        /// The counts of examples after which the process ends and begins anew.
        var parts: [Int] = []
        /// Whether it is cut off there, with what was gathered since the last checkpoint.
        var isCutOff = false

        var testDescription: String { "\(toml) \(parts) \(isCutOff ? "cut off" : "")" }
    }

    static let count = 3000
    static let manners: [Manner] = [
        Manner(toml: "checkpoint_examples = 1"), Manner(toml: "checkpoint_examples = 700"),
        Manner(toml: "checkpoint_every = \"1h\""), Manner(toml: "remembered_ids = 1024"),
        Manner(toml: "remembered_ids = 100000"),
        Manner(parts: [1, 2, 10, 500, 501, 2000]),
        Manner(
            toml: "checkpoint_examples = 100", parts: Array(stride(from: 60, to: 3000, by: 420))),
        Manner(parts: [700, 1400, 2100], isCutOff: true),
        Manner(
            toml: "checkpoint_examples = 100\nremembered_ids = 1024", parts: [90, 700, 1500, 2100],
            isCutOff: true),
    ]

    /// All that a replay leaves behind and that must be equal.
    struct Outcome: Equatable {
        var digest: String
        var counts: IngestCounts
        var trained: UInt64
        var logLoss: Double?
    }

    private func outcome(_ manner: Manner, wait: String?) throws -> Outcome {
        let bench = try PurgeBench(wait: wait, settings: manner.toml)
        for part in manner.parts {
            try bench.write(part)
            if manner.isCutOff {
                try bench.readAndVanish()
            } else {
                try bench.replay(isFinal: false)
            }
        }
        try bench.write(Self.count)
        try bench.replay()
        let engine = try bench.open().models[0].engine
        return Outcome(
            digest: try bench.newest().learnerDigest, counts: engine.counts,
            trained: engine.trainer.metrics.count, logLoss: engine.currentMetrics().logLoss)
    }

    @Test(
        "Whatever the cadence of checkpoints, the memory of ids and the restarts",
        arguments: manners, [nil, "1h"])
    func equal(manner: Manner, wait: String?) throws {
        let plain = try outcome(Manner(), wait: wait)
        #expect(plain.counts.examples == Self.count)
        #expect(plain.trained == UInt64(wait == nil ? Self.count * 3 / 4 : Self.count))
        #expect(try outcome(manner, wait: wait) == plain)
    }
}
