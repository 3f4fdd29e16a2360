import Console
import Operation
import Testing
import Vocabulary

@Suite("What a policy leaves an operator to do")
struct AuthorityTests {
    /// Ada may stop and resume; there is an incident of ten minutes, to be mitigated in an hour.
    private func snapshot(may: [String] = ["stop", "resume"]) -> Snapshot {
        var snapshot = Sample.snapshot()
        var authority = AuthorityReport(owner: "spindle")
        var limits = IncidentLimits()
        limits.mitigatedWithin = .hours(1)
        authority.policy = PolicyReport(
            file: "policy.toml", digest: "", since: Sample.start,
            roles: [
                RoleReport(name: "responder", users: ["ada"], groups: [], may: may),
                RoleReport(name: "leader", users: ["kim"], groups: [], may: ["*"]),
            ], twoPeople: [], limits: limits)
        var incident = Incident(
            id: "i1", title: "brown wool", models: [Sample.name("search")],
            detected: IncidentStamp(at: snapshot.takenAt - .minutes(10), by: "spindle"))
        incident.acknowledged = IncidentStamp(at: snapshot.takenAt, by: "ada")
        authority.incidents = [incident]
        snapshot.authority = authority
        return snapshot
    }

    @Test("A key that one may not press stands in parentheses, and says why when pressed")
    func greysKeys() {
        var desk = Desk(120, 40, snapshot: snapshot())
        #expect(desk.canvas.text.contains("(R) roll back"))
        #expect(desk.canvas.text.contains(" U resume"))
        #expect(desk.type("R").isEmpty)
        #expect(desk.state.dialog == nil)
        #expect(desk.canvas.text.contains("ada is responder and may not rollback; leader may"))
        #expect(!desk.type("U").isEmpty)
    }

    @Test("The red button is asked for all the same, and the screen says that it may be refused")
    func pressesTheRedButton() {
        var desk = Desk(120, 40, snapshot: snapshot(may: ["resume"]))
        #expect(desk.type("!").count == 1)
        #expect(desk.canvas.text.contains("may not stop"))
    }

    @Test("The clock of an open incident is in the banner, and late is said so")
    func showsTheClock() {
        var desk = Desk(100, 30, snapshot: snapshot())
        #expect(
            desk.canvas.text.contains(
                "INCIDENT i1 for 10m 00s, not mitigated yet, 50m 00s left: brown wool"))
        var late = snapshot()
        late.authority?.policy?.limits.mitigatedWithin = .minutes(5)
        desk.link.snapshot = late
        #expect(desk.canvas.text.contains("not mitigated: LATE by 5m 00s: brown wool"))
    }

    @Test("The dialog of a resume lists what to look at, and an act that waits is not called done")
    func listsChecks() {
        var desk = Desk(100, 40, snapshot: snapshot())
        guard case .submit(let token, _)? = desk.type("U").first else {
            Issue.record("nothing was asked")
            return
        }
        var effect = ActEffect(
            model: Sample.name("search"), act: "resume", changed: true, text: "trains again")
        effect.checks = [
            PreflightCheck(name: "data", state: .open, text: "a purge is due", blocks: true),
            PreflightCheck(name: "detectors", state: .good, text: "no alarm is open"),
        ]
        desk.answer(token, .wouldDo([effect]))
        #expect(desk.canvas.text.contains("▲ data: a purge is due (BLOCKS)"))
        #expect(desk.canvas.text.contains("✓ detectors: no alarm is open"))
        desk.type("x")
        #expect(desk.press(.enter).isEmpty)
        #expect(desk.canvas.text.contains("the engine refuses: a purge is due"))
        desk.press(.escape)
        guard case .submit(let again, _)? = desk.type("U").first else {
            Issue.record("nothing was asked again")
            return
        }
        effect.checks?[0].blocks = false
        desk.answer(again, .wouldDo([effect]))
        desk.type("x")
        guard case .submit(let sent, _)? = desk.press(.enter).first else {
            Issue.record("nothing was sent")
            return
        }
        effect.isProposed = true
        effect.text = "PROPOSED as p1"
        desk.answer(sent, .done([effect]))
        #expect(desk.canvas.text.contains("PROPOSED as p1") && !desk.canvas.text.contains("done:"))
    }
}
