import Bench
import Foundation
import Host
import Testing

@Suite("Reports of the bench")
struct ReportTests {
    private func object(_ report: some Encodable) throws -> [String: Any] {
        let parsed = try JSONSerialization.jsonObject(with: try JSON.encode(report))
        return try #require(parsed as? [String: Any])
    }

    @Test("Stages have their names once, and every goal a figure")
    func names() {
        let names = StageList.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(PeerRun.stageNames.allSatisfy { StageList.named($0) != nil })
        for stage in StageList.all {
            for goal in stage.goals where goal.figure == "ratio" { #expect(!stage.floor.isEmpty) }
        }
    }

    @Test("Every stage of the data's way runs, and its JSON has the promised fields")
    func fields() throws {
        let stages = StageList.all.filter { stage in
            !stage.isOnlyByName && !["save", "restore", "red-button"].contains(stage.name)
        }
        let forms = stages.reduce(into: Set<WorkloadForm>()) { $0.formUnion($1.forms) }
        let scratch = try Scratch(seed: 1, rows: 1500, forms: forms, name: "bench-fields")
        var run = try BenchRun(stages, scratch: scratch)
        try run.round()
        try run.round()
        let report = try object(BenchReport(workload: scratch.workload, stages: run.results))
        try scratch.remove()
        let workload = try #require(report["workload"] as? [String: Any])
        #expect(
            Set(workload.keys) == ["seed", "rows", "click_rate", "oracle_log_loss", "digest"])
        let results = try #require(report["stages"] as? [[String: Any]])
        #expect(results.count == stages.count)
        for (result, stage) in zip(results, stages) {
            #expect(result["name"] as? String == stage.name)
            #expect(result["rounds"] as? Int == 2)
            for key in ["text", "rows", "figures", "goals", "nanoseconds_per_row"] {
                #expect(result[key] != nil, "\(stage.name): \(key)")
            }
            #expect((result["ratio"] != nil) == !stage.floor.isEmpty)
            let goals = try #require(result["goals"] as? [[String: Any]])
            #expect(goals.allSatisfy { $0["holds"] is Bool && $0["limit"] is Double })
        }
    }

    @Test("A goal that was not measured does not hold")
    func goals() {
        let goal = Goal("ratio", atMost: 2)
        #expect(GoalResult(goal, measured: 2).holds)
        #expect(!GoalResult(goal, measured: 2.01).holds)
        #expect(!GoalResult(goal, measured: nil).holds)
    }

    @Test("Peers that are not installed are named, and their goals not judged")
    func missingPeers() throws {
        let scratch = try Scratch(
            seed: 1, rows: 200, forms: PeerRun.forms, name: "bench-missing")
        var run = try PeerRun(python: "/bin/false", scratch: scratch, stageNames: ["straight"])
        try run.round()
        let report = run.report
        try scratch.remove()
        #expect(report.notInstalled.count > 5)
        #expect(report.theirs.isEmpty)
        let beside = report.goals.filter { $0.theirs.contains("VW") }
        #expect(beside.count > 3)
        #expect(beside.allSatisfy { $0.holds == nil && $0.measured == nil })
    }

    @Test("A Python that cannot be started is an error that names it")
    func noPython() throws {
        let scratch = try Scratch(seed: 1, rows: 10, forms: PeerRun.forms, name: "bench-none")
        let fault = #expect(throws: (any Error).self) {
            _ = try PeerRun(python: "no-such-python", scratch: scratch, stageNames: ["straight"])
        }
        try scratch.remove()
        #expect("\(try #require(fault))".contains("no-such-python"))
    }
}
