import Console
import Operation
import Testing
import Vocabulary

@Suite("Alarms, incidents, and what waits for a second person")
struct AlarmsScreenTests {
    private func desk(_ may: [String] = ["*"]) -> Desk {
        var desk = Desk(100, 40, snapshot: Sample.crisis(may))
        desk.type("5")
        return desk
    }

    private func asked(_ actions: [ConsoleAction]) -> ActRequest? {
        for case .submit(_, let request) in actions { return request }
        return nil
    }

    @Test("All that wants somebody is in one list, and a row is bound to what it is about")
    func lists() {
        var desk = desk()
        let text = desk.canvas.text
        for part in [
            "log_loss_above_base_rate", "i1   for 16m 00s not mitigated, 44m 00s left",
            "p1   purge of search by ben, 26m 00s left", "g1   resume of ads by lou, 5h 00m ago",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        desk.press(.arrow(.down))
        #expect(desk.state.selectedItem == .alarm(Sample.name("search"), id: "a2"))
        // The first alarm goes; the mark stays on what it was on.
        desk.link.snapshot?.models[2].alarms.removeFirst()
        #expect(desk.canvas.text.contains("─ staleness of search ─"))
        desk.press(.end)
        #expect(desk.state.selectedModel == Sample.name("ads"))
    }

    @Test("The marked alarm is acknowledged, has its page opened, and makes an incident's title")
    func actsOnAlarms() {
        var desk = desk()
        desk.press(.arrow(.down))
        #expect(asked(desk.type("a"))?.act == .acknowledge(alarm: "a2"))
        desk.press(.escape, .enter)
        #expect(desk.state.playbook?.alarm == "a2")
        desk.press(.escape)
        desk.type("i")
        guard case .reason(let form)? = desk.state.dialog else {
            Issue.record("no form was opened")
            return
        }
        #expect(form.reason.text == "staleness: served learner 35m 05s old, limit 30m 00s")
        #expect(asked(desk.press(.enter))?.act == .incident(.open))
    }

    @Test("An incident opened from a page whose alarm is over has the words of the worst one left")
    func titleOfEnded() {
        var desk = desk()
        desk.press(.arrow(.down), .enter)
        #expect(desk.state.playbook?.alarm == "a2")
        desk.link.snapshot?.models[2].alarms.removeAll { $0.id == "a2" }
        desk.type("i")
        guard case .reason(let form)? = desk.state.dialog else {
            Issue.record("no form was opened")
            return
        }
        #expect(form.reason.text.hasPrefix("log_loss_above_base_rate: "))
    }

    @Test("An incident is shown in full, noted in with a mark, and closed")
    func incidents() throws {
        var desk = desk()
        desk.press(.arrow(.down), .arrow(.down), .arrow(.down))
        #expect(desk.state.selectedItem == .incident("i1"))
        desk.press(.enter)
        let text = desk.canvas.text
        #expect(text.contains("acknowledged  after 11m 50s by ada, limit 5m 00s, MISSED"))
        #expect(text.contains("mitigated     not yet, 44m 00s left, limit 1h 00m"))
        #expect(text.contains("data: a purge is needed before a resume"))
        let first = try #require(asked(desk.type("n")))
        #expect(first.act == .incident(.note("i1", nil)) && first.isDryRun)
        let second = try #require(asked(desk.press(.arrow(.down), .arrow(.down))))
        #expect(second.act == .incident(.note("i1", .acknowledged)))
        desk.press(.escape)
        #expect(asked(desk.type("C"))?.act == .incident(.close("i1")))
    }

    @Test("While an incident of the row's model is open its keys are named; else what opens one")
    func hints() {
        var desk = Desk(80, 24, snapshot: Sample.crisis())
        desk.type("5")
        for _ in 0..<2 {
            #expect(desk.canvas.text.contains("n note  C close incident"), "\(desk.canvas.text)")
            desk.press(.arrow(.down))
        }
        #expect(desk.canvas.text.contains("e evidence  i incident  W rehearse"), "it is of ads")
    }

    @Test("An incident that nobody mitigated is closed by its name, one that is by Enter")
    func closesUnmitigated() throws {
        for isMitigated in [false, true] {
            var desk = desk()
            if isMitigated {
                desk.link.snapshot?.authority?.incidents[0].mitigated = IncidentStamp(
                    at: Sample.start, by: "ada")
            }
            guard case .submit(let token, _)? = desk.type("C").first else {
                Issue.record("nothing was asked")
                return
            }
            let text = "incident i1 is closed, though nobody has said that it was mitigated"
            desk.answer(
                token,
                .wouldDo([
                    ActEffect(
                        model: Sample.name("search"), act: "incident", changed: true, text: text)
                ]))
            #expect(desk.canvas.text.contains("though nobody has said"))
            desk.type("over")
            let first = asked(desk.press(.enter))
            guard !isMitigated else {
                #expect(first?.act == .incident(.close("i1")))
                continue
            }
            #expect(first == nil && desk.canvas.text.contains("Type i1:"))
            desk.now = desk.now + .seconds(1)
            #expect(desk.type("i").isEmpty)
            let sent = try #require(asked(desk.type("1")))
            #expect(sent.act == .incident(.close("i1")) && !sent.isDryRun && sent.reason == "over")
        }
    }

    @Test("A countersignature is previewed, reasoned, and confirmed by the model's name, not Enter")
    func countersigns() throws {
        var desk = desk()
        guard case .submit(let token, let request)? = desk.type("S").first else {
            Issue.record("nothing was asked")
            return
        }
        #expect(request.act == .countersign("p1", isGranted: true) && request.isDryRun)
        let effect = ActEffect(
            model: Sample.name("search"), act: "purge", changed: true,
            text: "search-p0001 leaves out 2,077 examples", examples: 2077)
        desk.answer(token, .wouldDo([effect]))
        #expect(desk.canvas.text.contains("▲ Unlearned: 2,077 examples"))
        #expect(desk.canvas.text.contains("purge of search, by ben: bots since midnight"))
        desk.type("seen")
        #expect(desk.press(.enter).isEmpty)
        var cancelled = desk
        #expect(cancelled.press(.enter, after: .seconds(2)).isEmpty)
        #expect(cancelled.state.dialog == nil)
        desk.now = desk.now + .seconds(1)
        #expect(desk.press(.paste("search")).isEmpty)
        #expect(desk.type("searc").isEmpty)
        let sent = try #require(asked(desk.type("h")))
        #expect(sent.act == .countersign("p1", isGranted: true) && !sent.isDryRun)
        #expect(sent.reason == "seen")
    }

    @Test("To decline needs a reason and no name; broken glass is reviewed the same way")
    func declinesAndReviews() throws {
        for (keys, act) in [
            ("S", Act.countersign("p1", isGranted: false)), ("V", Act.review("g1")),
        ] {
            var desk = desk()
            var actions = desk.type(keys)
            if keys == "S" { actions = desk.press(.arrow(.down)) }
            guard case .submit(let token, let request)? = actions.first else {
                Issue.record("nothing was asked")
                continue
            }
            #expect(request.act == act)
            desk.answer(
                token,
                .wouldDo([
                    ActEffect(
                        model: Sample.name("search"), act: act.name, changed: true, text: "so")
                ]))
            desk.type("no")
            let sent = try #require(asked(desk.press(.enter)))
            #expect(sent.act == act && !sent.isDryRun && sent.reason == "no")
        }
    }

    @Test("Keys that one may not press say why, and what is not there is said")
    func refuses() {
        var desk = desk(["stop"])
        for (key, power) in [
            ("i", "incident"), ("n", "incident"), ("C", "incident"), ("V", "review"),
        ] {
            #expect(desk.type(key).isEmpty)
            #expect(desk.canvas.text.contains("may not \(power)"), "\(key)")
        }
        var quiet = Desk(100, 40)
        for (key, text) in [
            ("S", "no act waits for a second person"), ("n", "i opens one"),
            ("V", "nothing was done by breaking the glass"), ("b", "has no playbook"),
        ] {
            #expect(quiet.type(key).isEmpty)
            #expect(quiet.canvas.text.contains(text), "\(key)")
        }
    }
}
