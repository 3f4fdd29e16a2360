import Engine
import Foundation
import Host
import Joining
import Numerics
import Operation
import Testing
import Vocabulary

@Suite("Rules on the behaviour of sources, from files to a learner")
struct FilterTests {
    private static let shoppers = 60

    /// Two weeks of shoppers who buy now and then, a minute apart; in the second, robots that look
    /// at everything and buy nothing.
    private static func write(in folder: ScratchFolder, hasRobots: Bool) throws {
        var (examples, labels) = ("", "")
        var count = 0
        for minute in 0..<(14 * 1440) {
            let time = 1_767_225_600 + minute * 60
            func add(_ source: String, isBought: Bool) {
                count += 1
                examples += "{\"id\":\"e\(count)\",\"ts\":\(time),\"source\":\"\(source)\","
                examples += "\"features\":{\"yarn\":\"\(count % 9)\"}}\n"
                guard isBought else { return }
                labels += "{\"id\":\"e\(count)\",\"ts\":\(time + 30),\"label\":1}\n"
            }
            let chance = Double(FeatureHash.tag("minute \(minute)") >> 11) / Double(1 << 53)
            add("s\(minute * 7 % shoppers)", isBought: chance < 0.2)
            if hasRobots, minute > 7 * 1440 {
                for robot in 0..<2 { add("robot\(robot)", isBought: false) }
            }
        }
        _ = try folder.write("examples", examples)
        _ = try folder.write("labels", labels)
    }

    private static func settings(_ lines: String) throws -> SpindleConfiguration {
        try SpindleConfiguration(
            toml: "[models.m]\nwait = \"1h\"\ndisorder = \"0s\"\ncheckpoint_every = \"1d\"\n"
                + "[models.m.filter]\nsource_rate_chance = 1e-6\n\(lines)\n", file: "test")
    }

    private struct Outcome {
        var counts: [AdmissionRule: Int]
        var examples: Int
        var identity: Int
        var rate: Double?
        var filter: [FilterRuleReport]
    }

    private func learn(_ folder: ScratchFolder, _ lines: String = "") throws -> Outcome {
        let state = try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try Self.settings(lines)
        }
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: folder.path + "/labels",
            isFollowing: false, completesForGood: true, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
        let engine = state.models[0].engine
        let (counts, join) = (engine.counts, engine.joinCounts)
        return Outcome(
            counts: counts.quarantinedRules, examples: counts.examples,
            identity: join.joined + join.pending + join.unlabelled + join.duplicates
                + counts.quarantinedExamples,
            rate: engine.currentMetrics().baseRate, filter: engine.filterReport)
    }

    @Test("Robots are kept from the learner, shoppers are not, and all follows from the log")
    func robots() throws {
        let honest = try ScratchFolder()
        try Self.write(in: honest, hasRobots: false)
        #expect(try learn(honest).counts.isEmpty)
        let folder = try ScratchFolder()
        try Self.write(in: folder, hasRobots: true)
        let found = try learn(folder)
        #expect(found.examples == found.identity)
        // Most of what they asked in a week; the first hours are what they are found by.
        #expect(try #require(found.counts[.sourceRate]) > 18_000)
        #expect(found.counts.count == 1)
        #expect(try #require(found.rate) > 0.17)
        let rule = try #require(found.filter.first)
        #expect(rule.rule == "source_rate" && rule.heldSources == 2)
        #expect(rule.hits == UInt64(try #require(found.counts[.sourceRate])))
        let report = try StateReading(folder.path + "/state", world: .local)
            .verify(nil, deep: { _ in try Self.settings("").models[0] })
        #expect(report.faults.isEmpty)
    }

    @Test("In shadow the same robots are counted and learned; a record held back can be let in")
    func shadow() throws {
        let folder = try ScratchFolder()
        try Self.write(in: folder, hasRobots: true)
        let found = try learn(folder, "shadow = [\"source_rate\"]")
        #expect(found.counts.isEmpty)
        #expect(try #require(found.rate) < 0.12)
        let rule = try #require(found.filter.first)
        #expect(rule.shadow && rule.hits > 18_000)
        #expect(rule.words.hasPrefix("shadow: would hold "))
    }

    @Test("A key of the filter that cannot be is refused with what is expected")
    func refused() {
        for (line, expected) in [
            ("source_share_max = 0", "a number from 0.0001 to"),
            ("source_rate_chance = 0.5", "a number from 1e-12 to"),
            ("shadow = [\"bots\"]", "some of source_share, source_rate, repeated, anomaly"),
            ("window = \"1s\"", "a minute or more"),
            ("memory = \"10m\"", "1h 00m, the window, or more"),
            ("bots = true", "unknown"),
        ] {
            let toml = "[models.m]\n[models.m.filter]\n\(line)\n"
            let fault = #expect(throws: ConfigurationFault.self, "\(line)") {
                try SpindleConfiguration(toml: toml, file: "test")
            }
            let key = line.prefix { $0 != " " }
            #expect("\(String(describing: fault))".contains("models.m.filter.\(key)"))
            #expect(fault?.text.contains(expected) == true, "\(line)")
        }
    }
}
