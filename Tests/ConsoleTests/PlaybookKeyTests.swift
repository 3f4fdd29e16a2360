import Console
import Foundation
import Operation
import Testing
import Vocabulary

@Suite("The playbook beside an alarm")
struct PlaybookKeyTests {
    private func desk(_ width: Int = 80, _ height: Int = 24) -> Desk {
        Desk(width, height, snapshot: Sample.crisis())
    }

    private func orders(_ actions: [ConsoleAction]) -> [ActRequest] {
        actions.compactMap { action in
            if case .submit(_, let request) = action { request } else { nil }
        }
    }

    @Test("One key opens the page of the worst alarm, at the first step that is not done")
    func opens() {
        var desk = desk()
        #expect(desk.type("b").isEmpty)
        #expect(desk.state.playbook?.alarm == "a1")
        let text = desk.canvas.text
        #expect(text.contains("2 of 6 steps done, next is 3"))
        #expect(text.contains("✓ by ben at 01:56:39 UTC"))
        #expect(text.contains("▶ [ ]  3  R"))
        desk.press(.escape)
        #expect(desk.state.playbook == nil)
    }

    @Test("Space tells the engine who did a step, without a reason; again takes it back")
    func ticks() throws {
        var desk = desk()
        desk.type("b")
        let done = try #require(orders(desk.type(" ")).first)
        guard case .incident(.step(let step)) = done.act else {
            Issue.record("it is no step")
            return
        }
        #expect(step.step == 3 && step.isDone && step.alarm == "a1" && !done.isDryRun)
        #expect(done.scope == .model(Sample.name("search")) && done.reason.isEmpty)
        // The screen changes when the engine says so.
        #expect(desk.canvas.text.contains("2 of 6 steps done"))
        let back = try #require(orders(desk.press(.arrow(.up), .letter(" "))).first)
        guard case .incident(.step(let first)) = back.act else {
            Issue.record("it is no step")
            return
        }
        #expect(first.step == 2 && !first.isDone)
    }

    @Test("Enter opens what the step's key opens; nothing is done by it, and Enter twice is one")
    func actsByKeys() {
        var desk = desk()
        desk.type("b")
        #expect(desk.press(.enter).isEmpty)
        guard case .rollback(let form)? = desk.state.dialog else {
            Issue.record("no rollback was opened")
            return
        }
        #expect(form.step == .choosing && form.model == Sample.name("search"))
        // Auto-repeat of the key that opened it goes no further.
        #expect(desk.press(.enter, after: Span(microseconds: 30_000)).isEmpty)
        desk.press(.escape)
        #expect(desk.state.dialog == nil && desk.state.playbook != nil)
    }

    @Test("The red button is never pressed by Enter; its own key works from the page")
    func redButton() {
        var desk = desk()
        desk.type("b")
        desk.press(.arrow(.up))
        #expect(desk.press(.enter).isEmpty)
        #expect(desk.canvas.text.contains("press ! itself"))
        #expect(
            desk.press(.letter("!"), after: .zero)
                == [.pressRedButton(.model(Sample.name("search")))])
        #expect(desk.state.playbook != nil)
        #expect(desk.press(.letter("A")) == [.pressRedButton(.all)])
    }

    @Test("Keys of acts work from the page, for the model that it is followed for")
    func keepsKeys() {
        var desk = desk()
        desk.type("b")
        let asked = orders(desk.type("U"))
        #expect(asked.first?.act == .resume && asked.first?.isDryRun == true)
        #expect(asked.first?.scope == .model(Sample.name("search")))
    }

    @Test("A purge from the page begins with the hour of the alarm's onset, and ends now")
    func suggestsWindow() {
        var desk = desk()
        desk.link.snapshot?.models[2].alarms[0].onset = Sample.start + .minutes(70)
        desk.type("bP")
        // The line for the source is empty, as it stands for all.
        for line in ["From   : 2025-11-24T01:00:00Z", "To     : 2025-11-24T02:00:00Z"] {
            #expect(desk.canvas.text.contains(line), "\(line)")
        }
    }

    @Test("Where there is room the screen stays beside the page, else it is left for the screen")
    func besideAndOver() {
        var wide = desk(160, 50)
        wide.type("b2")
        #expect(wide.state.playbook != nil)
        #expect(wide.canvas.text.contains("charts 1-") && wide.canvas.text.contains("playbook: "))
        var narrow = desk()
        narrow.type("b3")
        #expect(narrow.state.playbook == nil && narrow.state.screen == .checkpoints)
        let item = narrow.state.leftPlaybook
        narrow.type("b")
        #expect(narrow.state.playbook == item)
    }

    @Test("Left and Right turn pages; a step that was edited is not done")
    func turns() {
        var desk = desk()
        desk.type("bl")
        #expect(desk.canvas.text.contains("playbook: The served model is stale (page 2 of 2)"))
        #expect(desk.canvas.text.contains("0 of 1 step done, next is 1"))
        desk.type("h")
        desk.link.snapshot?.playbook?.runs[0].ticks[0].text = "Something else"
        #expect(desk.canvas.text.contains("1 of 6 steps done, next is 1"))
    }

    @Test("Who may not write in incidents may not tick, and is told why; pasted text does nothing")
    func refuses() {
        var desk = Desk(snapshot: Sample.crisis(["stop", "resume"]))
        desk.type("b")
        #expect(desk.type(" ").isEmpty)
        #expect(desk.canvas.text.contains("ada is responder and may not incident"))
        #expect(desk.press(.paste(" \r!U")).isEmpty)
        #expect(desk.state.dialog == nil && desk.state.stopAsked == nil)
    }

    @Test("Tab leads from the acknowledgement of an alarm to its page")
    func fromAcknowledgement() {
        var desk = desk()
        desk.type("a")
        desk.press(.arrow(.down), .tab)
        #expect(desk.state.dialog == nil && desk.state.playbook?.alarm == "a2")
    }

    @Test("Every key that the shipped playbook names is a key of the console")
    func shippedKeys() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/playbook.md")
        let pages = PlaybookPage.pages(of: try String(contentsOf: file, encoding: .utf8))
        let keys = pages.flatMap(\.steps).compactMap(\.key).filter { $0.count == 1 }
        #expect(keys.count > 60)
        for key in keys { #expect(KeyMap.standard.command(named: key) != nil, "\(key)") }
    }
}
