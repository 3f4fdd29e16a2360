import Engine
import Foundation
import Host
import Numerics
import Operation
import Testing
import Vocabulary

@Suite("Propensities as weights, from files to a learner")
struct PropensityTests {
    /// Of two yarns that the model cannot tell apart, one sells five times as well and is shown
    /// nine times as often: of what is shown 46 % is bought, of what there is 30 %.
    private static func write(_ count: Int, in folder: ScratchFolder) throws {
        var examples = ""
        for index in 0..<count {
            let isRed = chance("shown", index) < 0.9
            let (propensity, rate) = isRed ? (0.9, 0.5) : (0.1, 0.1)
            let label = chance("bought", index) < rate ? 1 : 0
            // A record in a thousand is from a list in which it had hardly a chance.
            let written = index % 1000 == 7 ? 0.001 : propensity
            let field = index % 100 == 3 ? "" : ",\"propensity\":\(written)"
            examples += "{\"id\":\"e\(index)\",\"ts\":\(1_767_225_600 + index)"
            examples += field + ",\"features\":{\"yarn\":\"wool\"},\"label\":\(label)}\n"
        }
        _ = try folder.write("examples", examples)
    }

    private static func chance(_ what: String, _ index: Int) -> Double {
        Double(FeatureHash.tag("\(what) \(index)") >> 11) / Double(1 << 53)
    }

    private static func settings(_ lines: String) throws -> SpindleConfiguration {
        try SpindleConfiguration(
            toml: "[models.m]\ncheckpoint_examples = 5000\n\(lines)\n", file: "test")
    }

    /// What became of the examples; the engine has ended by then.
    private func learn(
        _ folder: ScratchFolder, _ lines: String
    ) throws -> (metrics: ModelMetrics, held: Int?) {
        let path = folder.path + "/state"
        let state = try StateFolder(path, world: .local, mayCreate: true) { _ in
            try Self.settings(lines)
        }
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: nil, isFollowing: false,
            completesForGood: true, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
        let engine = state.models[0].engine
        return (engine.currentMetrics(), engine.counts.quarantinedRules[.propensityMissing])
    }

    @Test("What is learned is about all there is, not about what was shown")
    func unbiased() throws {
        for (lines, rate) in [("", 0.46), ("propensity_floor = 0.02", 0.3)] {
            let folder = try ScratchFolder()
            try Self.write(20_000, in: folder)
            let (metrics, held) = try learn(folder, lines)
            #expect(abs(try #require(metrics.recentPredictionRate) - rate) < 0.02)
            #expect(abs(try #require(metrics.recentCalibration) - 1) < 0.05)
            #expect(held == (lines.isEmpty ? nil : 200))
            guard !lines.isEmpty else {
                #expect(metrics.recentCutShare == nil)
                #expect(metrics.weightsText == nil)
                continue
            }
            // An hour has three or four of 1,000 that are cut to 50, and weighs 2 an example.
            let cut = try #require(metrics.recentCutShare)
            #expect((0.2...0.5).contains(cut))
            #expect((0.05...0.6).contains(try #require(metrics.recentEffectiveShare)))
            let text = try #require(metrics.weightsText)
            #expect(text.hasSuffix("% cut"))
        }
    }

    @Test("A replay of the log gives the same weights, and another floor is another model")
    func replayed() throws {
        let folder = try ScratchFolder()
        try Self.write(12_000, in: folder)
        let first = try learn(folder, "propensity_floor = 0.02").metrics
        let report = try StateReading(folder.path + "/state", world: .local)
            .verify(nil, deep: { _ in try Self.settings("propensity_floor = 0.02").models[0] })
        #expect(report.faults.isEmpty)
        // Again on the same state: nothing is new, and what is shown is what was.
        let again = try learn(folder, "propensity_floor = 0.02").metrics
        #expect(again.recentCutShare == first.recentCutShare)
        for lines in ["", "propensity_floor = 0.03"] {
            let fault = #expect(throws: ChangedDesign.self) { try learn(folder, lines) }
            #expect(
                "\(try #require(fault))".hasPrefix(
                    "models.m.propensity_floor: expected 0.02, as its log was begun"))
        }
    }
}
