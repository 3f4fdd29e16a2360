import Engine
import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("A declared schedule")
struct ScheduleTests {
    private func state(_ folder: ScratchFolder, _ schedule: String) throws -> StateFolder {
        try StateFolder(folder.path + "/state", world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(
                toml: "[models.m]\nschedule = \"\(schedule)\"\n", file: "test")
        }
    }

    private func learn(_ folder: ScratchFolder, _ schedule: String) throws {
        let lines = (0..<50).map { index in
            "{\"id\":\"e\(index)\",\"ts\":\(index),\"features\":{\"a\":1},\"label\":1}\n"
        }
        _ = try folder.write("examples", lines.joined())
        let state = try state(folder, schedule)
        let feed = try FileFeed(
            state.models[0], examples: folder.path + "/examples", labels: nil, isFollowing: false,
            completesForGood: true, passes: 1)
        try EngineHost(state).run(state, feeds: [feed])
    }

    private func report(_ folder: ScratchFolder, _ schedule: String) throws -> ModelReport {
        Acts.snapshotAtRest(try state(folder, schedule)).models[0]
    }

    private func missed(_ report: ModelReport) -> AlarmReport? {
        report.alarms.first { $0.name == "schedule_missed" }
    }

    @Test("A checkpoint that is missed is an alarm, by the clock on the wall; one in time is none")
    func missed() throws {
        let folder = try ScratchFolder()
        try learn(folder, "1d")
        let report = try report(folder, "1d")
        #expect(missed(report) == nil)
        let schedule = try #require(report.schedule)
        #expect(schedule.seconds == 86_400)
        #expect(schedule.due == (try #require(schedule.newest)) + .days(1))
        let deadline = Date.now.addingTimeInterval(20)
        var late = missed(try self.report(folder, "1s"))
        while late == nil, Date.now < deadline {
            late = missed(try self.report(folder, "1s"))
        }
        let alarm = try #require(late)
        #expect(alarm.text.hasPrefix("a checkpoint is to pass every 1s: the newest passed "))
        #expect(alarm.severity == .warning)
    }

    @Test("A model of which none has passed is due a schedule after the engine's start")
    func never() {
        let start = Instant(microseconds: 5_000_000)
        let schedule = ScheduleReport(every: .days(7), newest: nil, runningSince: start)
        #expect(schedule.due == start + .days(7))
    }
}
