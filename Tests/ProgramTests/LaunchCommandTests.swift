import Foundation
import Testing

@Suite("spindle launch")
struct LaunchCommandTests {
    /// Records of a launch with arms that somebody else assigned, so many of each.
    private func records(_ candidate: Int, _ production: Int) -> Foundation.Data {
        var lines = ""
        for index in 0..<candidate + production {
            let arm = index < candidate ? "new" : "old"
            lines +=
                "{\"id\":\"e\(index)\",\"ts\":\(1000 + index),\"policy\":\"\(arm)\","
                + "\"label\":\(index % 10 == 0 ? 1 : 0),\"features\":{}}\n"
        }
        return Foundation.Data(lines.utf8)
    }

    private func judge(_ program: Program, _ share: String) throws -> Program.Outcome {
        try program.run(
            "launch", "judge", "--examples", "records", "--candidate", share, "--arm-field",
            "policy", "--arm", "A=new", "--arm", "B=old", "--final", "--report", "launch.md")
    }

    @Test("A wrong sample ratio exits with 1 and says so, in the report as well")
    func judges() throws {
        let program = try Program()
        defer { program.remove() }
        try program.write("records", records(5300, 4700))
        let wrong = try judge(program, "0.5")
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("ALARM: sample ratio: A 53 % of units, configured 50 %"))
        let page = try String(contentsOfFile: program.folder + "/launch.md", encoding: .utf8)
        #expect(page.contains("**label: withheld: sample ratio"))
        try program.write("records", records(500, 9500))
        let right = try judge(program, "0.05")
        #expect(right.status == 0, "\(right.errors)")
        #expect(!right.output.contains("ALARM"))
    }

    @Test("Estimates from propensities are the textbook's, and a thin log exits with 1")
    func estimates() throws {
        let program = try Program()
        defer { program.remove() }
        var lines = ""
        for index in 0..<4 {
            lines +=
                "{\"id\":\"e\(index)\",\"ts\":1,\"features\":{},\"propensity\":0.5,"
                + "\"target\":\(index < 2 ? 0.25 : 0.75),\"label\":\(index % 2)}\n"
        }
        try program.write("rows", Foundation.Data(lines.utf8))
        let outcome = try program.run("launch", "estimate", "--examples", "rows", "--json")
        #expect(outcome.status == 1)
        let object = try JSONSerialization.jsonObject(with: Foundation.Data(outcome.output.utf8))
        let found = try #require(object as? [String: Any])
        #expect((found["ips"] as? [String: Any])?["estimate"] as? Double == 0.5)
        #expect((found["snips"] as? [String: Any])?["estimate"] as? Double == 0.5)
        #expect(found["effective_size"] as? Double == 3.2)
        #expect((found["objections"] as? [String])?.first?.hasPrefix("estimate withheld") == true)
    }

    @Test("Shares that leave production nothing are wrong use")
    func wrongUse() throws {
        let program = try Program()
        defer { program.remove() }
        try program.write("records", records(10, 10))
        #expect(try judge(program, "1").status == 2)
    }
}
