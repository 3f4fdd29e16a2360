import Engine
import Foundation
import Host
import Monitoring
import Operation
import Testing
import Vocabulary
import World

/// Records of a person that are taken out for good: what is left of them, and of the model.
@Suite("Erasures from a model on disk") struct ErasureTests {
    private static let count = 1200
    private static let people = 40

    private static func features(_ index: Int) -> String {
        "{\"k\":\"\(index % 7)\",\"user\":\"person-\(index % people)-\",\"n\":\(index % 13)}"
    }

    private static let broken = "{\"id\":\"broken\",\"features\":{\"user\":\"person-7-\",\n"

    private static func isOf(_ person: Int) -> (Int) -> Bool { { $0 % people == person } }

    private static func erasure(of person: Int) -> Act {
        let condition = FeatureCondition(name: "user", value: "person-\(person)-")
        let all = ExampleSelection(from: .earliest, to: .latest, conditions: [condition])
        return .purge(.erase(ErasureOrder(selection: all)))
    }

    private func write(_ bench: PurgeBench, _ count: Int = count) throws {
        try bench.write(count, features: Self.features)
    }

    /// The learner's digest of one that never met a person.
    private func digest(without isGone: (Int) -> Bool, wait: String?, _ count: Int) throws -> String
    {
        let never = try PurgeBench(wait: wait)
        try never.write(count, without: isGone, features: Self.features)
        try never.replay()
        return try never.newest().learnerDigest
    }

    /// Files of a state directory that hold a text.
    private func files(in bench: PurgeBench, holding text: String) throws -> [String] {
        let all = try #require(FileManager.default.enumerator(atPath: bench.path))
        var found: [String] = []
        while let name = all.nextObject() as? String {
            let path = bench.path + "/" + name
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            if isFolder.boolValue { continue }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            if bytes.range(of: Data(text.utf8)) != nil { found.append(name) }
        }
        return found
    }

    private func faults(_ bench: PurgeBench) throws -> [String] {
        let settings = try bench.open().models[0].engine.settings
        return try StateReading(bench.path, world: .local)
            .verify(nil, deep: { _ in settings }).faults
    }

    @Test(
        "No file has a word of them, the learner never met them, all follows from the log",
        arguments: [nil, "1h"])
    func gone(wait: String?) throws {
        let bench = try PurgeBench(wait: wait)
        try write(bench)
        try bench.replay()
        #expect(try files(in: bench, holding: "person-7-").count == 1)
        let plan = try bench.effect(Self.erasure(of: 7), isDryRun: true)
        #expect(try files(in: bench, holding: "person-7-").count == 1)
        let done = try bench.effect(Self.erasure(of: 7))
        #expect(done == plan && done.act == "erase")
        #expect(done.text.contains("erases 60 records (30 examples, 30 labels)"), "\(done.text)")
        for text in ["person-7-", "\"e7\"", "\"e47\""] {
            #expect(try files(in: bench, holding: text) == [], "\(text)")
        }
        #expect(try files(in: bench, holding: "person-8-").count == 1)
        let newest = try bench.newest()
        #expect(newest.learnerDigest == (try digest(without: Self.isOf(7), wait: wait, Self.count)))
        #expect(try faults(bench) == [])
        // None is left that has met them.
        let first = try #require(try bench.open().models[0].engine.trainer.exclusions.first)
        #expect(try bench.checkpoints().allSatisfy { $0.reach <= 7 || $0.exclusions == [first.id] })
        #expect(try bench.effect(Self.erasure(of: 7)).changed == false)
        let again = try bench.effect(.purge(.erase(ErasureOrder(ids: ["e7"]))))
        #expect(!again.changed && again.text == "neither log has a record of these")
        let undo = try #require(done.purge)
        #expect(try bench.refusal(.purge(.undo(undo)))?.contains("nobody can") == true)
    }

    @Test("Several, by ids and by conditions, each leave what one of all would")
    func several() throws {
        let bench = try PurgeBench()
        try write(bench)
        try bench.replay()
        try bench.effect(Self.erasure(of: 7))
        try bench.effect(.purge(.erase(ErasureOrder(ids: ["e3", "e700", "e7"]))))
        try bench.effect(.leaveOut(ExampleSelection(200..<300)))
        try bench.effect(Self.erasure(of: 9))
        let isGone = { index in
            [7, 9].contains(index % Self.people) || [3, 700].contains(index)
                || (200..<300).contains(index)
        }
        let wanted = try digest(without: isGone, wait: nil, Self.count)
        #expect(try bench.newest().learnerDigest == wanted)
        #expect(try faults(bench) == [])
    }

    @Test(
        "What waits for its label is gone as well, and what comes later is taken in",
        arguments: [nil, "1h"])
    func waiting(wait: String?) throws {
        let bench = try PurgeBench(wait: wait)
        try bench.write(900, label: { $0 % 5 < 2 ? 1 : 0 }, features: Self.features)
        // Its labels come ten minutes after: those of the last ten are not there yet.
        try bench.keepLabels(before: 890)
        try bench.replay(isFinal: false)
        let ids = ["e895", "e899"]
        let done = try bench.effect(.purge(.erase(ErasureOrder(ids: ids))))
        #expect(done.awaited == 2, "\(done.text)")
        try write(bench)
        try bench.replay()
        let wanted = try digest(without: { [895, 899].contains($0) }, wait: wait, Self.count)
        #expect(try bench.newest().learnerDigest == wanted)
        #expect(
            try files(in: bench, holding: "\"e895\"") == ["models/m/raw/00000000000000000000.log"])
        #expect(try faults(bench) == [])
    }

    @Test("A log that is taken in anew over what was erased makes the same learner")
    func recovers() throws {
        let bench = try PurgeBench(wait: "1h")
        try bench.grow(to: 300)
        try write(bench)
        try bench.replay()
        try bench.effect(Self.erasure(of: 7))
        let wanted = try bench.newest()
        // Only the one from before them is left: all comes from the raw log.
        for report in try bench.checkpoints() where report.reach > 0 {
            for end in ["spindle", "json"] {
                let path = "\(bench.modelFolder)/checkpoints/\(report.id).\(end)"
                guard FileManager.default.fileExists(atPath: path) else { continue }
                try FileManager.default.removeItem(atPath: path)
            }
        }
        try bench.replay()
        #expect(try bench.newest().learnerDigest == wanted.learnerDigest)
        #expect(try faults(bench) == [])
    }

    @Test("Records that were held back go from quarantine, and stay counted")
    func heldBack() throws {
        let bench = try PurgeBench(
            settings: "checkpoint_examples = 500\n[models.m.features.n]\nmax = 11")
        try write(bench)
        try bench.append(examples: Self.broken)
        try bench.replay()
        let before = try bench.open().models[0].engine.counts
        #expect(try files(in: bench, holding: "person-7-").contains("quarantine.sqlite"))
        try bench.effect(Self.erasure(of: 7))
        #expect(try files(in: bench, holding: "person-7-") == [])
        #expect(try bench.open().models[0].engine.counts == before)
        #expect(try faults(bench) == [])
        let held = try StateReading(bench.path, world: .local).quarantine.count(of: bench.model)
        #expect(held > 0 && held < before.quarantinedExamples)
    }

    @Test("The golden set goes on without their rows")
    func golden() throws {
        let bench = try PurgeBench()
        try write(bench)
        try bench.replay()
        try bench.effect(.makeGolden)
        let set = "models/m/golden.jsonl"
        #expect(try files(in: bench, holding: "person-7-").contains(set))
        try bench.effect(Self.erasure(of: 7))
        #expect(try files(in: bench, holding: "person-7-") == [])
        #expect(try files(in: bench, holding: "person-8-").contains(set))
        let rows = try String(contentsOfFile: bench.path + "/" + set, encoding: .utf8)
            .split(separator: "\n").count
        let summary = try StateReading(bench.path, world: .local).goldenSummary(of: bench.model)
        #expect(summary?.rows == rows && rows > 800, "\(rows)")
    }

    @Test("Where a filter looks at more than one example, the audit begins behind what was erased")
    func filtered() throws {
        let bench = try PurgeBench(
            settings: "checkpoint_examples = 100\n[models.m.filter]\nrepeats_max = 3")
        try write(bench)
        try bench.replay(isFinal: false)
        try bench.effect(Self.erasure(of: 7))
        #expect(try faults(bench) == [])
        try bench.write(1500, features: Self.features)
        try bench.replay()
        #expect(try faults(bench) == [])
    }

    @Test(
        "An engine that runs refuses it, whoever brings it: a proposal, say, from before its start")
    func running() throws {
        let day = try ShopDay(answersRequests: false)
        try day.play(minutes: 5)
        let outcome = day.perform(.purge(.erase(ErasureOrder(ids: ["x"]))))
        guard case .refused(let text) = outcome else {
            Issue.record("expected a refusal, found \(outcome)")
            return
        }
        #expect(text == ErasureOrder.needsRest)
    }

    @Test("A shop that was cut off, whose checkpoints an erasure has removed, plays on")
    func shop() throws {
        let folder = try ScratchFolder()
        var day: ShopDay? = try ShopDay(in: folder)
        try day?.playUntilServed()
        try day?.play(minutes: 5)
        let newest = try #require(day?.model.engine.clock.now)
        day = nil
        let old = ExampleSelection(from: .earliest, to: newest - .hours(1))
        do {
            let state = try StateFolder(
                folder.path + "/state", world: .local, mayCreate: false
            ) { _ in try SpindleConfiguration(toml: SpindleConfiguration.embedded, file: "test") }
            let outcome = try Acts.performAtRest(
                ActRequest(
                    act: .purge(.erase(ErasureOrder(selection: old))), scope: .all,
                    reason: "a test", isDryRun: false, actor: Owner.actor), on: state)
            #expect(outcome.effects.first?.changed == true, "\(outcome)")
        }
        let again = try ShopDay(in: folder)
        try again.play(minutes: 5)
        #expect(try again.journal().contains { $0.effect.contains("and skips to") })
    }

    @Test("Cut off at any call of the disk, the same act once more ends it")
    func cutOff() throws {
        let isGone = Self.isOf(7)
        let wanted = try digest(without: isGone, wait: nil, 200)
        var number = 1
        while true {
            let bench = try PurgeBench()
            try write(bench, 200)
            try bench.append(examples: Self.broken)
            try bench.replay()
            let disk = FailingDisk(atCall: number)
            _ = bench.performFailing(Self.erasure(of: 7), on: disk)
            let isOver = !disk.hasFailed
            try bench.perform(Self.erasure(of: 7))
            #expect(try bench.newest().learnerDigest == wanted, "call \(number)")
            #expect(try files(in: bench, holding: "person-7-") == [], "call \(number)")
            #expect(try faults(bench) == [], "call \(number)")
            if isOver { break }
            number += 1
        }
        #expect(number > 20)
    }
}
