import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary
import World

@Suite("Features and answers made anew") struct SkewTests {
    private static let count = 600

    /// A bench whose records say what they were answered: by `answers`, from its first checkpoint.
    private func answered(_ answer: (Int) -> String) throws -> PurgeBench {
        let bench = try PurgeBench()
        try bench.write(Self.count, riding: answer)
        try bench.replay()
        return bench
    }

    private func skew(
        _ bench: PurgeBench, _ query: SkewQuery = SkewQuery(),
        _ change: (inout ModelSettings) -> Void = { _ in }
    ) throws -> SkewReport {
        var settings = try bench.open().models[0].engine.settings
        change(&settings)
        return try StateReading(bench.path, world: .local)
            .skew(of: settings, query, course: RehearsalCourse(clock: HostWorld.local.clock))
    }

    @Test("What was stored is what the parser makes; by another design each entry differs")
    func features() throws {
        let bench = try answered { _ in "" }
        let whole = try skew(bench)
        #expect(whole.isClean && whole.sampled == 450 && whole.pool == 450)
        #expect(whole.features.compared == 450 && whole.answers.compared == 0)
        var few = SkewQuery()
        few.sample = 20
        let first = try skew(bench, few)
        #expect(first.sampled == 20 && first.pool == 450)
        #expect(try skew(bench, few) == first)
        let other = try skew(bench, few) { $0.design.makesTimeFeatures = true }
        #expect(other.features.different == 20 && !other.isClean)
        #expect(other.differences.count == 10)
        #expect(other.differences[0].text.hasPrefix("its record is refused now: tz expected"))
    }

    @Test("An entry that its record no longer makes is named, with what differs")
    func tampered() throws {
        let bench = try answered { _ in "" }
        let other = try PurgeBench()
        // Of the same sizes, so that each record lies where the one of the other log does.
        try other.write(Self.count, features: { "{\"k\":\"\($0 % 70 / 10)\",\"n\":\($0 % 13)}" })
        try other.replay()
        for path in [bench.modelFolder, other.modelFolder] {
            #expect(FileManager.default.fileExists(atPath: path + "/raw"))
        }
        try FileManager.default.removeItem(atPath: bench.modelFolder + "/raw")
        try FileManager.default.copyItem(
            atPath: other.modelFolder + "/raw", toPath: bench.modelFolder + "/raw")
        let found = try skew(bench)
        #expect(
            found.features.different
                == (0..<Self.count).count { index in
                    index % 4 != 1 && index % 7 != index % 70 / 10
                })
        #expect(found.differences[0].text.hasPrefix("category 1: stored "))
    }

    @Test("An answer is that of its checkpoint, or is named; one of a checkpoint gone is counted")
    func answers() throws {
        let bench = try answered { index in
            let checkpoint = index % 3 == 0 ? "m-000001" : index % 3 == 1 ? "m-000099" : "other"
            return ",\"checkpoint\":\"\(checkpoint)\",\"prediction\":0.25"
        }
        var query = SkewQuery()
        let found = try skew(bench, query)
        #expect(found.features.different == 0)
        #expect(found.answers.compared == 150 && found.answersUnknown == 300)
        #expect(found.answers.different > 140)
        #expect(found.differences.first?.text.hasPrefix("answer of m-000001: logged 0.25") == true)
        query.tolerance = found.answerGap
        #expect(try skew(bench, query).isClean)
    }

    @Test("Nothing to make anew is refused, and is no empty success")
    func nothing() throws {
        let bench = try answered { _ in "" }
        var query = SkewQuery()
        query.window = .distantPast..<PurgeBench.instant(0)
        let message = #expect(throws: ActRefusal.self) { try skew(bench, query) }
        #expect(message?.description.contains("has no example of that time") == true)
        #expect(throws: (any Error).self) {
            try StateReading(bench.path + "-none", world: .local)
        }
    }
}
