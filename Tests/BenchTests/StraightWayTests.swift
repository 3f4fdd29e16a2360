import Bench
import Foundation
import Host
import Testing
import World

@Suite("The straight way from JSON Lines to trained")
struct StraightWayTests {
    /// Rows of one seed, spelled as asked, learned.
    private func way(_ spell: (inout RowWriter.Spelling) -> Void) throws -> StraightWay {
        let folder = TemporaryFolder()
        try LocalDisk().makeFolder(folder.path)
        var spelling = RowWriter.Spelling()
        spelling.hasLabel = true
        spell(&spelling)
        let stream = ClickStream(seed: 5)
        var writer = RowWriter(seed: 5)
        var row = ClickStream.Row()
        var text: [UInt8] = []
        for index in 0..<3000 {
            stream.fill(&row, index)
            writer.appendExample(row, spelling, to: &text)
        }
        let path = folder.path + "/rows.jsonl"
        try LocalDisk().replace(path, with: text)
        var way = StraightWay()
        try way.train(from: path)
        return way
    }

    @Test("Every row is learned, and twice the same learner comes of it")
    func repetition() throws {
        let (one, other) = (try way { _ in }, try way { _ in })
        #expect(one.trained == 3000)
        #expect(one.rejected == 0)
        #expect(one.learnerDigest == other.learnerDigest)
    }

    @Test("Values spelled with escapes give the same learner, bit for bit")
    func escapes() throws {
        let plain = try way { _ in }
        let escaped = try way { $0.isEscaped = true }
        #expect(escaped.trained == 3000)
        #expect(escaped.learnerDigest == plain.learnerDigest)
    }

    @Test("Keys in another order on each row change nothing but the order of sums")
    func order() throws {
        let plain = try way { _ in }
        let shuffled = try way { $0.isShuffled = true }
        #expect(shuffled.trained == 3000)
        let (one, other) = (try #require(plain.logLoss), try #require(shuffled.logLoss))
        #expect(abs(one - other) < 1e-6)
    }

    @Test("It learns: better than always saying the base rate")
    func learning() throws {
        let loss = try #require(try way { _ in }.logLoss)
        #expect(loss < 0.25)
    }

    @Test("A row without a label is counted as rejected")
    func unlabelled() throws {
        let way = try way { $0.hasLabel = false }
        #expect(way.trained == 0)
        #expect(way.rejected == 3000)
        #expect(way.logLoss == nil)
    }
}
