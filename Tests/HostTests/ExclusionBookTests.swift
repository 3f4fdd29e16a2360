import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("Exclusions through crashes, stops and rollbacks")
struct ExclusionBookTests {
    private func isGone(_ index: Int) -> Bool { (700..<900).contains(index) }
    private let selection = ExampleSelection(700..<900)

    @Test("A crash between the book's write and the relearning forgets no purge")
    func followsTheBook() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 1200)
        let wanted = try bench.digest(1200, isFinal: false, without: isGone)
        do {
            // The engine is gone right after the act, before it caught up.
            let state = try bench.open()
            guard case .done = Acts.perform(bench.request(.leaveOut(selection)), on: state) else {
                Issue.record("the purge was not done")
                return
            }
        }
        #expect(try bench.newest().learnerDigest != wanted)
        do {
            let state = try bench.open()
            #expect(state.models[0].engine.trainer.exclusions.count == 1)
            try state.models[0].finishPurge()
        }
        #expect(try bench.newest().learnerDigest == wanted)
    }

    @Test("Of a purge that no checkpoint knows yet, new records are left out after a crash")
    func followsTheBookWithNews() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600)
        do {
            let state = try bench.open()
            _ = Acts.perform(bench.request(.leaveOut(selection)), on: state)
        }
        try bench.grow(to: 1200)
        let wanted = try bench.digest(1200, isFinal: false, without: isGone)
        #expect(try bench.newest().learnerDigest == wanted)
    }

    @Test("A damaged book is refused by name; without it, what a checkpoint left out stays out")
    func refusesADamagedBook() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 1200)
        try bench.effect(.leaveOut(selection))
        let purged = try bench.newest()
        let url = URL(fileURLWithPath: bench.modelFolder + "/exclusions")
        let good = try Data(contentsOf: url)
        var broken: [Data] = stride(from: 0, to: good.count, by: 41).map { good.prefix($0) }
        for byte in stride(from: 0, to: good.count, by: 31) {
            var copy = good
            copy[byte] ^= 4
            broken.append(copy)
        }
        for bytes in broken {
            try bytes.write(to: url)
            let fault = #expect(throws: ExclusionFault.self) { _ = try bench.open() }
            #expect(fault?.description.contains("m/exclusions") == true)
        }
        try FileManager.default.removeItem(at: url)
        try bench.grow(to: 1500)
        let wanted = try bench.digest(1500, isFinal: false, without: isGone)
        #expect(try bench.newest().learnerDigest == wanted)
        #expect(try bench.newest().exclusions == purged.exclusions)
    }

    @Test("A rollback to a checkpoint that has met purged examples is refused, until the undo")
    func refusesARollback() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 1200, 1800)
        let reports = try bench.checkpoints()
        let purge = try bench.effect(.leaveOut(selection)).purge
        func back(_ report: CheckpointReport) -> Act {
            .rollback(to: .checkpoint(report.id), keepsCursor: false)
        }
        let refusal = try bench.refusal(back(reports[1]))
        #expect(refusal?.contains("was made under other purges") == true)
        #expect(try bench.effect(back(reports[2]), isDryRun: true).changed)
        try bench.effect(.purge(.undo(try #require(purge))))
        #expect(try bench.effect(back(reports[1])).changed)
        #expect(try bench.newest().learnerDigest == reports[1].learnerDigest)
    }

    @Test("A rollback that keeps the cursor equals a run without that stretch")
    func keepsTheCursor() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 1200, 1800)
        let reports = try bench.checkpoints()
        let act = Act.rollback(to: .checkpoint(reports[2].id), keepsCursor: true)
        #expect(try bench.effect(act).changed)
        #expect(try bench.newest().learnerDigest == reports[2].learnerDigest)
        try bench.effect(.resume)
        try bench.grow(to: 2400)
        let wanted = try bench.digest(2400, isFinal: false) { (600..<1800).contains($0) }
        #expect(try bench.newest().learnerDigest == wanted)
    }

    @Test("A purge while stopped takes effect with the resume, of all passes", arguments: [1, 2])
    func whileHeld(passes: Int) throws {
        let bench = try PurgeBench()
        try bench.write(1200)
        try bench.replay(passes: passes)
        try bench.effect(.stop)
        let effect = try bench.effect(.leaveOut(selection))
        #expect(effect.examples == 150)
        let wanted = try bench.digest(1200, passes: passes, without: isGone)
        try bench.effect(.resume)
        do {
            let state = try bench.open()
            try state.models[0].finishPurge()
            _ = try state.models[0].checkpoint()
        }
        #expect(try bench.newest().learnerDigest == wanted)
    }

    @Test("An undo while stopped does not take the learner ahead of a rollback")
    func undoStaysBehind() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 1200, 1800)
        let purge = try bench.effect(.leaveOut(ExampleSelection(300..<350))).purge
        let purged = try bench.newest()
        try bench.grow(to: 2400)
        try bench.effect(.rollback(to: .checkpoint(purged.id), keepsCursor: false))
        let cursor = try bench.newest().cursor
        try bench.effect(.purge(.undo(try #require(purge))))
        #expect(try bench.newest().cursor <= cursor)
        try bench.effect(.resume)
        do {
            let state = try bench.open()
            try state.models[0].finishPurge()
            _ = try state.models[0].checkpoint()
        }
        #expect(try bench.newest().learnerDigest == bench.digest(2400, isFinal: false))
    }
}
