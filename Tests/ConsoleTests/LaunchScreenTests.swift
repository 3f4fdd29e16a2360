import Console
import Foundation
import Operation
import Testing
import Vocabulary

/// A launch in one look, and its keys.
@Suite struct LaunchScreenTests {
    private func desk(_ width: Int, _ height: Int) -> Desk {
        var desk = Desk(width, height)
        desk.state.selectedModel = Sample.name("search")
        desk.type("6")
        return desk
    }

    private func request(_ actions: [ConsoleAction]) -> ActRequest? {
        guard case .submit(_, let request)? = actions.first else { return nil }
        return request
    }

    @Test("The verdict stands in words; what is missing for the next stage comes first")
    func look() throws {
        for (width, height) in [(80, 24), (160, 50)] {
            let text = desk(width, height).canvas.text
            #expect(text.contains("B learned from A: both gained"))
            #expect(text.contains("stage 2 of 4, A answers 5 %, for 3h 10m"))
            #expect(text.contains("✗ quiet: NOT MET an incident is open"))
            #expect(text.contains("0/0/100/0"))
            #expect(text.contains("▲ CONFLICT offline up, business down: revenue fell"))
            let time = try #require(text.range(of: "○ time: 3h 10m of 6h"))
            let met = text.range(of: "✓ cursors")
            #expect(met.map { time.lowerBound < $0.lowerBound } ?? true)
        }
    }

    @Test("Up and down choose the metric, and its bands are drawn")
    func metrics() {
        var desk = desk(160, 50)
        #expect(desk.canvas.text.contains("A - C +0.0040, not 0"))
        #expect(desk.canvas.text.contains("without C2's decay +0.0021 (-0.0024 to 0.0066)"))
        desk.type("j")
        #expect(desk.canvas.text.contains("▶ revenue: · cannot tell yet"))
        #expect(desk.canvas.text.contains("A - C +0.240"))
    }

    @Test("- takes the candidate down at once, on the launch screen and nowhere else")
    func down() throws {
        var desk = desk(80, 24)
        desk.type("2")
        #expect(desk.type("-").isEmpty)
        #expect(desk.canvas.text.contains("takes a candidate down on screen 6"))
        desk.type("6")
        let sent = try #require(request(desk.type("-")))
        #expect(sent.act == .launch(.down) && !sent.isDryRun && !sent.reason.isEmpty)
    }

    @Test("+ asks the engine what would change, then for a reason")
    func up() throws {
        var desk = desk(80, 24)
        let asked = desk.type("+")
        #expect(request(asked)?.act == .launch(.up) && request(asked)?.isDryRun == true)
        guard case .submit(let token, _)? = asked.first else { return }
        desk.answer(
            token, .refused("quiet is failed: an incident is open"))
        #expect(desk.canvas.text.contains("an incident is open"))
    }

    @Test("At the last stage, with all criteria met, the screen names the command that promotes")
    func last() {
        func text(isMet: Bool) -> String {
            var snapshot = Sample.snapshot()
            for index in snapshot.models.indices where snapshot.models[index].launch != nil {
                snapshot.models[index].launch?.stage = 4
                guard isMet else { continue }
                snapshot.models[index].launch?.criteria = [LaunchCriterion("quiet", .met, "quiet")]
            }
            var desk = Desk(160, 50, snapshot: snapshot)
            desk.state.selectedModel = Sample.name("search")
            desk.type("6")
            return desk.canvas.text
        }
        #expect(text(isMet: true).contains("it may be promoted: launch_promote"))
        #expect(!text(isMet: false).contains("launch_promote"))
    }

    @Test("A launch that is over offers no way up or down, and + says that none is under way")
    func over() {
        var desk = desk(80, 24)
        #expect(desk.canvas.text.contains("+ up a stage  - DOWN, at once"))
        for index in desk.link.snapshot?.models.indices ?? 0..<0 {
            desk.link.snapshot?.models[index].launch?.ended = "decided"
        }
        let text = desk.canvas.text
        #expect(text.contains("■ OVER: decided") && text.contains("─ when it ended ─"))
        #expect(!text.contains("up a stage") && !text.contains("DOWN"))
        #expect(desk.type("+").isEmpty && desk.type("-").isEmpty)
        desk.type("+")
        #expect(desk.canvas.text.contains("no launch of search is under way"))
    }

    @Test("A promotion takes a reason, and then the model's name, to its last letter")
    func promote() throws {
        var desk = desk(80, 24)
        desk.press(.letter(":"))
        desk.type("launch_promote")
        let asked = desk.press(.enter)
        guard case .submit(let token, _)? = asked.first else {
            Issue.record("nothing was asked")
            return
        }
        #expect(request(asked)?.act == .launch(.promote) && request(asked)?.isDryRun == true)
        desk.answer(token, .wouldDo([Desk.effect]))
        desk.now = desk.now + .seconds(1)
        desk.type("better")
        #expect(desk.press(.enter).isEmpty)
        desk.now = desk.now + .seconds(1)
        #expect(desk.type("searc").isEmpty)
        let sent = try #require(request(desk.type("h")))
        #expect(sent.act == .launch(.promote) && !sent.isDryRun && sent.reason == "better")
    }
}
