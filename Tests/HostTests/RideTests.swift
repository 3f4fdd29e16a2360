import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("Riding through an event")
struct RideTests {
    /// Until the example of an index, by its label's arrival.
    private func begin(until index: Int, share: Double = 0.1) -> Act {
        .rideThrough(
            .begin(
                RideTerms(
                    event: "cup final", deadline: .at(PurgeBench.instant(index)),
                    stepShare: share)))
    }

    private func ride(_ bench: PurgeBench) throws -> RideReport? {
        try snapshot(bench).models[0].ride
    }

    private func snapshot(_ bench: PurgeBench) throws -> Snapshot {
        Acts.snapshotAtRest(try bench.open())
    }

    private func faults(_ bench: PurgeBench) throws -> [String] {
        let settings = try bench.open().models[0].engine.settings
        let report = try StateReading(bench.path, world: .local).verify(
            nil, deep: { _ in settings })
        #expect((report.learners ?? 0) > 0)
        return report.faults
    }

    /// A model of 600 examples that rides, and has met so many.
    private func ridden(to count: Int, until end: Int = 5000) throws -> PurgeBench {
        let bench = try PurgeBench()
        try bench.grow(to: 600)
        #expect(try bench.effect(begin(until: end)).changed)
        try bench.grow(to: count)
        return bench
    }

    @Test("What is ridden through is learned with smaller steps, just so again after a crash")
    func exact() throws {
        let plain = try PurgeBench()
        try plain.grow(to: 600, 1200)
        let calm = try ridden(to: 1200)
        #expect(try calm.newest().learnerDigest != plain.newest().learnerDigest)
        let crashed = try PurgeBench()
        try crashed.grow(to: 600)
        try crashed.effect(begin(until: 5000))
        try crashed.write(900)
        try crashed.readAndVanish()
        try crashed.write(1200)
        try crashed.replay(isFinal: false)
        #expect(try crashed.newest().learnerDigest == calm.newest().learnerDigest)
        #expect(try faults(calm).isEmpty)
        #expect(try faults(crashed).isEmpty)
        let report = try #require(try ride(calm))
        #expect(report.state == .riding && report.examples > 400 && report.event == "cup final")
    }

    @Test("A ride is over at its deadline by itself, and the journal says so")
    func deadline() throws {
        let bench = try ridden(to: 1800, until: 900)
        let long = try ridden(to: 1800, until: 5000)
        #expect(try ride(bench) == nil)
        #expect(try bench.newest().learnerDigest != long.newest().learnerDigest)
        let entries = try bench.open().journal.tail(100).filter { $0.act == "ride_through" }
        #expect(entries.map(\.by) == ["spindle", Owner.actor.user])
        #expect(entries[0].effect.contains("m-r0001 through cup final is over"))
        // Where it was over does not hang on how often somebody looked.
        let parts = try PurgeBench()
        try parts.grow(to: 600)
        try parts.effect(begin(until: 900))
        try parts.grow(to: 800, 905, 1000, 1800)
        #expect(try parts.newest().learnerDigest == bench.newest().learnerDigest)
        #expect(try faults(bench).isEmpty)
    }

    @Test("A purge goes back through a ride, and its undoing ends at the same learner")
    func purge() throws {
        let bench = try ridden(to: 1500)
        let before = try bench.newest().learnerDigest
        let purge = try bench.effect(.leaveOut(ExampleSelection(300..<700))).purge
        #expect(try bench.newest().learnerDigest != before)
        #expect(try faults(bench).isEmpty)
        try bench.effect(.purge(.undo(try #require(purge))))
        #expect(try bench.newest().learnerDigest == before)
        #expect(try faults(bench).isEmpty)
    }

    @Test("Behind a rollback the same examples are met again with smaller steps")
    func rollback() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 1200)
        let ahead = try bench.newest()
        let back = try #require(try bench.checkpoints().last { $0.verdict == .passed })
        try bench.effect(.rollback(to: .checkpoint(back.id), keepsCursor: false))
        let begun = try bench.effect(begin(until: 5000))
        #expect(begun.text.contains("TRAINING IS STOPPED"))
        // What was made without the ride is no place to go to any more.
        let refusal = try bench.refusal(.rollback(to: .checkpoint(ahead.id), keepsCursor: false))
        #expect(refusal?.contains("with whole steps") == true)
        try bench.effect(.resume)
        try bench.replay(isFinal: false)
        let newest = try bench.newest()
        #expect(newest.cursor == ahead.cursor && newest.learnerDigest != ahead.learnerDigest)
        let purge = try bench.effect(.leaveOut(ExampleSelection(1100..<1150))).purge
        try bench.effect(.purge(.undo(try #require(purge))))
        #expect(try bench.newest().learnerDigest == newest.learnerDigest)
        #expect(try faults(bench).isEmpty)
    }

    @Test("A guard that trips stops training with its reason, and raises an alarm")
    func guards() throws {
        let bench = try PurgeBench()
        // What a feature says turns into its opposite.
        let label = { (index: Int) in (index % 7 < 3) != (index >= 1500) ? 1 : 0 }
        try bench.write(1500, label: label)
        try bench.replay(isFinal: false)
        let terms = RideTerms(event: "sale", deadline: .after(.days(3)))
        try bench.effect(.rideThrough(.begin(terms)))
        try bench.write(5000, label: label)
        try bench.replay(isFinal: false)
        let model = try snapshot(bench).models[0]
        #expect(model.training.state == .stopped && model.training.by == "spindle")
        #expect(model.training.reason.contains("m-r0001 through sale: log loss"))
        let ride = try #require(model.ride)
        #expect(ride.state == .tripped && ride.text?.contains("limit") == true)
        #expect(model.checkpoints.contains { $0.id == ride.wayBack })
        let table = try StateReading(bench.path, world: .local).journal.alarms(of: nil, since: nil)
        #expect(table.contains { $0.name == "ride_tripped" && $0.severity == .critical })
        // Once it is resumed the ride is over.
        try bench.effect(.resume)
        #expect(try self.ride(bench) == nil)
        #expect(try bench.effect(.rideThrough(.end)).changed == false)
    }

    @Test("A guard trips before the same entry, however many a turn of the engine takes in")
    func tripsAlike() throws {
        // What a feature says turns into its opposite.
        let label = { (index: Int) in (index % 7 < 3) != (index >= 1500) ? 1 : 0 }
        let often = Array(stride(from: 1800, to: 5000, by: 97)) + [5000]
        let cursors = try [[5000], often].map { ends in
            let bench = try PurgeBench()
            try bench.write(1500, label: label)
            try bench.replay(isFinal: false)
            try bench.effect(
                .rideThrough(.begin(RideTerms(event: "sale", deadline: .after(.days(3))))))
            for end in ends {
                try bench.write(end, label: label)
                try bench.replay(isFinal: false)
            }
            let model = try snapshot(bench).models[0]
            #expect(model.ride?.state == .tripped)
            return model.training.cursor
        }
        #expect(cursors[0] == cursors[1] && cursors[0] < 3700, "\(cursors)")
    }

    @Test("In the last tenth of a ride an alarm wakes people, and it ends with the ride")
    func ending() throws {
        let bench = try ridden(to: 1200, until: 1600)
        let alarms = {
            try StateReading(bench.path, world: .local).journal.alarms(of: nil, since: nil)
                .filter { $0.name == "ride_ending" }
        }
        #expect(try alarms().isEmpty)
        try bench.grow(to: 1550)
        let open = try alarms()
        #expect(open.count == 1 && open.first?.resolved == nil, "\(open)")
        #expect(open.first?.severity == .warning)
        #expect(open.first?.text.contains("is the event over?") == true)
        try bench.grow(to: 1700)
        #expect(try alarms().map { $0.resolved != nil } == [true])
        #expect(try ride(bench) == nil)
    }

    @Test("Before 500 ridden examples the screen says that two of the guards are blind")
    func blind() throws {
        let guards = try #require(try ride(try ridden(to: 900))).guards
        #expect(guards.first?.contains("say nothing before 500 ridden examples") == true)
        let seeing = try #require(try ride(try ridden(to: 1500))).guards
        #expect(seeing.allSatisfy { !$0.contains("BLIND") }, "\(seeing)")
    }

    @Test("Retention keeps the way back as long as no other ride begins")
    func keepsTheWayBack() throws {
        let bench = try PurgeBench(
            settings: """
                checkpoint_examples = 100
                [models.m.retention]
                checkpoints_recent = 2
                checkpoints_hourly = 0
                checkpoints_daily = 0
                """)
        try bench.grow(to: 600)
        try bench.effect(begin(until: 5000))
        let wayBack = try #require(try ride(bench)).wayBack
        try bench.grow(to: 900, 1200, 1500)
        let kept = try bench.checkpoints().map(\.id)
        #expect(kept.contains(wayBack) && kept.count <= 4)
    }

    @Test("A second one changes nothing, another one is refused, a dry run does nothing")
    func idempotent() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600)
        let plan = try bench.effect(begin(until: 5000), isDryRun: true)
        #expect(plan.changed && plan.text.contains("10 % of each step"))
        #expect(try ride(bench) == nil)
        #expect(try bench.effect(begin(until: 5000)).text == plan.text)
        #expect(try !bench.effect(begin(until: 5000)).changed)
        let other = RideTerms(event: "another", deadline: .after(.hours(1)))
        #expect(try bench.refusal(.rideThrough(.begin(other)))?.contains("end that first") == true)
        #expect(try bench.effect(.rideThrough(.end)).changed)
        #expect(try !bench.effect(.rideThrough(.end)).changed)
        #expect(try bench.refusal(begin(until: 10))?.contains("after the newest event") == true)
        #expect(try bench.refusal(begin(until: 5000, share: 1))?.contains("step_share") == true)
        let acts = try bench.open().journal.tail(100).filter { $0.act == "ride_through" }
        #expect(acts.count == 2)
    }

    @Test("A book of rides that was changed is no book: nothing is trained")
    func sealed() throws {
        let bench = try ridden(to: 700)
        let path = bench.modelFolder + "/rides"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "cup", with: "cap").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: RideFault.self) { _ = try bench.open() }
    }
}

@Suite("The last healthy checkpoint")
struct LastHealthyTests {
    private let act = Act.rollback(to: .lastHealthy, keepsCursor: false)

    @Test("It is the newest passed one from before an open incident, and whole")
    func beforeTheIncident() throws {
        let bench = try PurgeBench()
        try bench.grow(to: 600, 900)
        let all = try bench.checkpoints()
        #expect(try bench.effect(act, isDryRun: true).checkpoint == all[0].id)
        try bench.effect(.incident(.open))
        try bench.grow(to: 1200)
        let newest = try bench.newest()
        #expect(newest.id > all[0].id)
        #expect(try bench.effect(act, isDryRun: true).checkpoint == all[0].id)
        #expect(Acts.snapshotAtRest(try bench.open()).models[0].lastHealthy == all[0].id)
        // A broken one is passed over.
        let file = "\(bench.modelFolder)/checkpoints/\(all[0].id).spindle"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
        #expect(try bench.effect(act).checkpoint == all[1].id)
    }

    @Test("Where there is none it is refused with the reason")
    func none() throws {
        let bench = try PurgeBench()
        try bench.effect(.incident(.open))
        try bench.grow(to: 600)
        let text = try bench.refusal(act)
        #expect(text?.contains("when the open incident was detected") == true)
    }
}
