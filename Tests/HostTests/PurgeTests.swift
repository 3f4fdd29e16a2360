import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("Purges of a model on disk")
struct PurgeTests {
    /// A selection, and by itself what it selects.
    struct Purge: Sendable {
        var selection: ExampleSelection
        var selects: @Sendable (Int) -> Bool
    }

    static let count = 2400
    static let purges: [Purge] = [
        Purge(selection: .init(700..<900)) { (700..<900).contains($0) },
        Purge(selection: .init(0..<count, source: "s1")) { $0 < count && $0 % 3 == 1 },
        Purge(selection: .init(850..<2000, segment: "g0")) {
            (850..<2000).contains($0) && $0 % 2 == 0
        },
        Purge(
            selection: .init(
                100..<2300, source: "s0",
                where: [
                    FeatureCondition(name: "k", value: "3"),
                    FeatureCondition(name: "n", value: "5"),
                ])
        ) { (100..<2300).contains($0) && $0 % 3 == 0 && $0 % 7 == 3 && $0 % 13 == 5 },
    ]

    /// With no wait, one example in four is never labelled, and teaches nothing.
    private func isTrained(_ index: Int, _ wait: String?) -> Bool { wait != nil || index % 4 != 1 }

    @Test(
        "Any purge leaves the learner that never saw those examples, and a dry run counts them",
        arguments: purges, [nil, "1h"])
    func exact(purge: Purge, wait: String?) throws {
        let bench = try PurgeBench(wait: wait)
        try bench.write(Self.count)
        try bench.replay()
        let before = try bench.checkpoints()
        let plan = try bench.effect(.leaveOut(purge.selection), isDryRun: true)
        let matching = (0..<Self.count).count { purge.selects($0) && isTrained($0, wait) }
        #expect(plan.examples == UInt64(matching) && plan.awaited == 0 && plan.changed)
        #expect(try bench.checkpoints().map(\.id) == before.map(\.id))
        let done = try bench.effect(.leaveOut(purge.selection))
        #expect(done == plan)
        let newest = try bench.newest()
        #expect(newest.learnerDigest == (try bench.digest(Self.count, without: purge.selects)))
        #expect(newest.exclusions == [try #require(done.purge)])
        let undone = try bench.effect(.purge(.undo(try #require(done.purge))))
        #expect(undone.examples == UInt64(matching) && undone.changed)
        #expect(try bench.newest().learnerDigest == before[0].learnerDigest)
        #expect(try bench.newest().exclusions.isEmpty)
    }

    @Test(
        "Several purges in any order, and some undone, leave what one of all would",
        arguments: [
            [0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1],
        ])
    func several(order: [Int]) throws {
        let bench = try PurgeBench(wait: "1h")
        try bench.grow(to: 600, 1200, Self.count)
        var made: [Int: ExclusionID] = [:]
        for index in order {
            made[index] = try bench.effect(.leaveOut(Self.purges[index].selection)).purge
        }
        var inForce = Set(order)
        func wanted(_ count: Int) throws -> String {
            try bench.digest(count, isFinal: false) { index in
                inForce.contains { Self.purges[$0].selects(index) }
            }
        }
        for gone in [nil, order[1], order[0]] {
            if let gone {
                try bench.effect(.purge(.undo(try #require(made[gone]))))
                inForce.remove(gone)
            }
            #expect(try bench.newest().learnerDigest == wanted(Self.count))
        }
        // What comes in later is left out too.
        try bench.grow(to: Self.count + 600)
        #expect(try bench.newest().learnerDigest == wanted(Self.count + 600))
    }

    @Test("A purge that nothing matches is kept, and changes no learner")
    func matchesNothing() throws {
        let bench = try PurgeBench()
        try bench.write(1200)
        try bench.replay()
        let before = try bench.newest()
        for selection in [
            ExampleSelection(-500..<0), ExampleSelection(0..<1200, source: "nobody"),
            ExampleSelection(0..<1200, where: [FeatureCondition(name: "n", value: "99")]),
        ] {
            let effect = try bench.effect(.leaveOut(selection))
            #expect(effect.changed && effect.examples == 0 && effect.relearned == 0)
            #expect(effect.text.contains("stays as it is"))
        }
        let newest = try bench.newest()
        #expect(newest.learnerDigest == before.learnerDigest && newest.id > before.id)
        #expect(newest.exclusions.count == 3)
    }

    @Test("The same purge twice changes nothing the second time, and says which it was")
    func twice() throws {
        let bench = try PurgeBench()
        try bench.write(1200)
        try bench.replay()
        let first = try bench.effect(.leaveOut(Self.purges[0].selection))
        let before = try bench.checkpoints()
        let second = try bench.effect(.leaveOut(Self.purges[0].selection))
        #expect(!second.changed && second.purge == first.purge)
        #expect(try bench.checkpoints().map(\.id) == before.map(\.id))
    }

    @Test("An undo of a purge that does not exist is refused; of an undone one, it changes nothing")
    func undoes() throws {
        let bench = try PurgeBench()
        try bench.write(1200)
        try bench.replay()
        let unknown = ExclusionID(model: bench.model, number: 7)
        #expect(try bench.refusal(.purge(.undo(unknown))) == "m has no purge m-p0007")
        let id = try #require(try bench.effect(.leaveOut(Self.purges[0].selection)).purge)
        try bench.effect(.purge(.undo(id)))
        let again = try bench.effect(.purge(.undo(id)))
        #expect(!again.changed && again.purge == id)
        // Made once more, it is another purge.
        let other = try bench.effect(.leaveOut(Self.purges[0].selection))
        #expect(other.changed && other.purge?.number == 2)
    }

    @Test("A window that is inverted or empty is refused, and nothing is kept")
    func refusesWindows() throws {
        let bench = try PurgeBench()
        try bench.write(600)
        try bench.replay()
        let (from, to) = (PurgeBench.instant(9), PurgeBench.instant(3))
        for selection in [
            ExampleSelection(from: from, to: to), ExampleSelection(from: from, to: from),
        ] {
            #expect(try bench.refusal(.leaveOut(selection)) != nil)
        }
        #expect(!FileManager.default.fileExists(atPath: bench.modelFolder + "/exclusions"))
    }

    @Test("A window before the oldest checkpoint is purged from the beginning")
    func fromTheBeginning() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 800, 1600, 2400)
        let effect = try bench.effect(.leaveOut(ExampleSelection(3..<5)))
        #expect(effect.checkpoint == nil && effect.text.contains("from the beginning"))
        #expect(effect.relearned == UInt64(2400 * 3 / 4) && effect.examples == 2)
        let wanted = try bench.digest(2400, isFinal: false) { (3..<5).contains($0) }
        #expect(try bench.newest().learnerDigest == wanted)
        let late = try bench.effect(.leaveOut(ExampleSelection(2200..<2300)))
        #expect(late.checkpoint == nil)
        // Of what came before the first purge, no checkpoint has left it out.
        try bench.effect(.purge(.undo(try #require(effect.purge))))
        try bench.effect(.purge(.undo(try #require(late.purge))))
        let again = try bench.effect(.leaveOut(ExampleSelection(2200..<2300)))
        #expect(again.checkpoint != nil && (again.relearned ?? 0) <= 600)
    }

    @Test("After several passes, a purge makes all of them again", arguments: [2, 3])
    func passes(passes: Int) throws {
        let bench = try PurgeBench(wait: "1h")
        try bench.write(1500)
        try bench.replay(passes: passes)
        let before = try bench.newest().learnerDigest
        let effect = try bench.effect(.leaveOut(Self.purges[0].selection))
        #expect((effect.relearned ?? 0) > UInt64((passes - 1) * 1500))
        let wanted = try bench.digest(1500, passes: passes, without: Self.purges[0].selects)
        #expect(try bench.newest().learnerDigest == wanted)
        try bench.effect(.purge(.undo(try #require(effect.purge))))
        #expect(try bench.newest().learnerDigest == before)
    }
}
