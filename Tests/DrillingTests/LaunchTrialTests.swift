import Drilling
import Foundation
import Operation
import Testing

@Suite("A launch in a shop of which the truth is known")
struct LaunchTrialTests {
    private func last(_ truth: LaunchTruth) throws -> LaunchTrialRecord.Look {
        let path =
            FileManager.default.temporaryDirectory.path
            + "/spindle-launches-\(getpid())-\(truth.rawValue)"
        let outcome = Result { try LaunchTrial(truth, seed: 1).run(in: path) }
        try DrillGround.remove(path)
        let record = try outcome.get()
        #expect(record.isRight, "\(record.looks.last?.verdict ?? "no look")")
        #expect(record.wrongCauses.isEmpty)
        return try #require(record.looks.last)
    }

    @Test("A range that only A may find, data pooled: A - B is nothing, and B learned from A")
    func pooled() throws {
        let look = try last(.rangePooled)
        #expect(look.verdict.hasPrefix("B learned from A"))
        let mine = try #require(look.bands.candidate)
        let theirs = try #require(look.bands.production)
        #expect(mine.low > 0 && theirs.low > 0)
        let between = try #require(look.bands.between)
        #expect(between.low < 0 && between.high > 0)
        #expect(abs(between.estimate) < theirs.estimate / 3)
    }

    @Test("A range that only A may find, data kept apart: A - B stands, and A is better")
    func apart() throws {
        let look = try last(.rangeApart)
        let between = try #require(look.bands.between)
        #expect(between.low > 0)
    }
}
