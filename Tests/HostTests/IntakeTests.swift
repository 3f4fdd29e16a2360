import Engine
import Foundation
import Host
import Joining
import Operation
import Recording
import Testing
import Vocabulary

@Suite("Settings by which records are taken in")
struct IntakeTests {
    /// One model whose files grow, and whose configuration changes.
    private final class Bench {
        let folder: ScratchFolder
        private var count = 0

        init() throws { folder = try ScratchFolder() }

        var path: String { folder.path + "/state" }
        var checkpoints: String { path + "/models/m/checkpoints" }

        static func settings(_ lines: String) throws -> SpindleConfiguration {
            try SpindleConfiguration(
                toml: "[models.m]\ncheckpoint_examples = 400\n\(lines)\n[models.m.learner]\n"
                    + "bits = 10\n",
                file: "test")
        }

        func open(_ lines: String, isStart: Bool = true) throws -> StateFolder {
            try StateFolder(path, world: .local, mayCreate: isStart) { _ in
                try Self.settings(lines)
            }
        }

        /// So many examples more.
        func replay(_ lines: String, more: Int) throws {
            count += more
            let (examples, labels) = Self.streams(count)
            _ = try folder.write("examples", examples)
            _ = try folder.write("labels", labels)
            let state = try open(lines)
            let feed = try FileFeed(
                state.models[0], examples: folder.path + "/examples",
                labels: folder.path + "/labels", isFollowing: false, completesForGood: false,
                passes: 1)
            try EngineHost(state).run(state, feeds: [feed])
        }

        /// A minute apart; three of four are labelled, from at once to two hours later.
        private static func streams(_ count: Int) -> (examples: String, labels: String) {
            var examples = ""
            var labels: [(time: Int, line: String)] = []
            for index in 0..<count {
                let time = 1_767_225_600 + index * 60
                examples += "{\"id\":\"e\(index)\",\"ts\":\(time),\"tz\":\"Europe/Oslo\","
                examples += "\"source\":\"s\(index * index % 37)\","
                examples += "\"features\":{\"k\":\"\(index % 7)\",\"n\":\(index % 13)}}\n"
                guard index % 4 < 3 else { continue }
                let labelled = time + index * 7919 % 7200
                labels.append(
                    (labelled, "{\"id\":\"e\(index)\",\"ts\":\(labelled),\"label\":\(index % 2)}\n")
                )
            }
            // Those of examples that are still to come wait for them.
            let end = 1_767_225_600 + count * 60
            let known = labels.filter { $0.time < end }.sorted { $0.time < $1.time }
            return (examples, known.map(\.line).joined())
        }

        /// The identity holds, and all follows from the log, whatever the configuration says now.
        func check(_ lines: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let engine = try open(lines, isStart: false).models[0].engine
            let (counts, join) = (engine.counts, engine.joinCounts)
            #expect(counts.examples == count, sourceLocation: sourceLocation)
            #expect(
                counts.examples == join.joined + join.pending + join.unlabelled + join.duplicates
                    + counts.quarantinedExamples, sourceLocation: sourceLocation)
            let report = try StateReading(path, world: .local)
                .verify(nil, deep: { _ in try Self.settings(lines).models[0] })
            #expect(report.faults.isEmpty, sourceLocation: sourceLocation)
        }
    }

    private static let settings = [
        "wait = \"1h\"", "wait = \"90m\"", "wait = \"1m\"", "", "wait = \"1h\"\nshuffle = \"20m\"",
        "shuffle = \"20m\"", "wait = \"1h\"\ndisorder = \"3h\"", "remembered_ids = 1024",
        "wait = \"40h\"\nremembered_ids = 1024", "wait = \"40h\"\nremembered_ids = 2048",
        "[models.m.features.n]\nmax = 9\nmin = 1",
        "[models.m.filter]\nrepeats_max = 2\nsource_share_max = 0.05\nsource_count_min = 3\n"
            + "window = \"1h\"",
        "wait = \"1h\"\n[models.m.filter]\nanomaly_margin = 0.01\nsource_rate_chance = 0.01\n"
            + "memory = \"2h\"\nshadow = []",
        "[models.m.features.k]\nvalues = [\"1\", \"5\"]\ntype = \"category\"\nrequired = true",
    ]

    @Test(
        "Whatever is changed while there is a log, all is made anew from the log, bit for bit",
        arguments: settings.indices)
    func changed(first: Int) throws {
        let bench = try Bench()
        let order = [first, (first + 1) % Self.settings.count, (first + 5) % Self.settings.count]
        for index in order {
            try bench.replay(Self.settings[index], more: 1300)
            try bench.check(Self.settings[index])
        }
        // By a configuration that is another one than the log's, too.
        try bench.check(Self.settings[(first + 2) % Self.settings.count])
        // From the log alone, and from a checkpoint of before the last change.
        let settings = Self.settings[order[2]]
        let join = try bench.open(settings).models[0].engine.encodeJoin()
        let files = FileManager.default
        let names = try files.contentsOfDirectory(atPath: bench.checkpoints)
            .filter { $0.hasSuffix(".spindle") }.sorted()
        for lost in [names.dropFirst(names.count / 2), names[...]] {
            for name in lost {
                if files.fileExists(atPath: bench.checkpoints + "/" + name) {
                    try files.removeItem(atPath: bench.checkpoints + "/" + name)
                }
            }
            let engine = try bench.open(settings, isStart: false).models[0].engine
            #expect(engine.encodeJoin() == join)
        }
    }

    @Test("Who is cut off before the change is on the disk, or right behind it, changes it once")
    func cutOff() throws {
        let bench = try Bench()
        try bench.replay("wait = \"1h\"", more: 1000)
        let log = bench.path + "/models/m/raw/00000000000000000000.log"
        let before = try Data(contentsOf: URL(fileURLWithPath: log)).count
        _ = try bench.open("wait = \"2h\"")
        let after = try Data(contentsOf: URL(fileURLWithPath: log)).count
        #expect(after > before)
        // A part of the mark only.
        let file = try #require(FileHandle(forUpdatingAtPath: log))
        try file.truncate(atOffset: UInt64(before + 20))
        try file.close()
        for _ in 0..<3 {
            _ = try bench.open("wait = \"2h\"")
            #expect(try Data(contentsOf: URL(fileURLWithPath: log)).count == after)
        }
        let entries = try Journal(bench.path + "/journal.sqlite").entries(since: nil)
        #expect(entries.last?.effect.contains("wait 2h 00m, was 1h 00m") == true)
        try bench.check("wait = \"2h\"")
        try bench.replay("wait = \"2h\"", more: 500)
        try bench.check("wait = \"2h\"")
    }

    @Test("A look or an act at rest changes nothing, whatever configuration it finds")
    func atRest() throws {
        let bench = try Bench()
        try bench.replay("wait = \"1h\"", more: 1000)
        let engine = try bench.open("wait = \"2h\"", isStart: false).models[0].engine
        #expect(engine.settings.wait == .hours(1))
        #expect(
            engine.takenSequence == (try bench.open("wait = \"1h\"").models[0].engine.takenSequence)
        )
    }

    @Test("Examples that wait are held to the new wait, and go out at once if it is over")
    func waiting() throws {
        let bench = try Bench()
        try bench.replay("wait = \"90h\"", more: 1000)
        let pending = try bench.open("wait = \"90h\"").models[0].engine.joinCounts.pending
        #expect(pending >= 250)
        let engine = try bench.open("wait = \"1m\"").models[0].engine
        #expect(engine.joinCounts.pending < 130)
        #expect(engine.joinCounts.ready < 130)
        try bench.replay("wait = \"1m\"", more: 1)
        try bench.check("wait = \"1m\"")
        // What was ready goes out where nothing has a turn any more.
        #expect(try bench.open("").models[0].engine.joinCounts.ready == 0)
    }

    @Test("Time features belong to a model for as long as it has a log")
    func timeFeatures() throws {
        let bench = try Bench()
        _ = try bench.open("")
        try bench.replay("time_features = true", more: 500)
        try bench.check("time_features = true")
        let fault = #expect(throws: ChangedDesign.self) { try bench.open("") }
        #expect(
            "\(try #require(fault))".hasPrefix("models.m.time_features: expected true, as its log"))
    }

    @Test("The log says what was changed, and where")
    func listed() throws {
        let bench = try Bench()
        try bench.replay("wait = \"1h\"", more: 50)
        try bench.replay("shuffle = \"20m\"\n[models.m.features.n]\nmax = 9", more: 50)
        var marks: [String] = []
        let listing = try StateReading(bench.path, world: .local)
            .log(of: try #require(ModelName("m")), .raw)
        try listing.lines(from: 0, time: nil, limit: 1000) { line in
            if line.mark == "settings" { marks.append(line.record ?? "") }
        }
        #expect(
            marks == ["wait none, was 1h 00m; shuffle 20m 00s, was none; the rules of feature n"])
    }
}
