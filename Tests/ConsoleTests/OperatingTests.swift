import Console
import Operation
import Testing
import Vocabulary

/// What keys do, and what they must never do.
@Suite struct OperatingTests {
    private let search = ActScope.model(Sample.name("search"))
    private let stop = KeyEvent.letter("!")

    /// A desk with each dialog, screen and mode open.
    private var everywhere: [Desk] {
        var desks: [Desk] = []
        for key in ["1", "2", "3", "4", "5", "?", "U", "R", "/", " "] {
            var desk = Desk()
            desk.type(key)
            desks.append(desk)
        }
        var leaving = Desk(isAttached: false)
        leaving.type("q")
        var confirming = Desk()
        confirming.openConfirmation()
        var small = Desk(20, 3)
        small.type("x")
        var signing = Desk(snapshot: Sample.crisis())
        signing.type("bS")
        return desks + [leaving, confirming, small, signing]
    }

    private func acts(_ actions: [ConsoleAction]) -> [ConsoleAction] {
        actions.filter { action in
            guard case .submit(_, let request) = action else { return true }
            return !request.isDryRun
        }
    }

    @Test("The red button stops at once from every screen, dialog and size")
    func redButton() {
        for var desk in everywhere {
            #expect(desk.press(stop, after: .zero) == [.pressRedButton(search)])
            #expect(desk.state.dialog == nil)
            #expect(desk.press(.letter("A")) == [.pressRedButton(.all)])
        }
    }

    @Test("The key for all models is heard for five seconds after the red button, and no longer")
    func allModels() {
        var desk = Desk()
        #expect(desk.type("A").isEmpty)
        desk.press(stop)
        #expect(desk.press(.letter("A"), after: .seconds(6)).isEmpty)
        desk.press(stop)
        desk.type("U")
        #expect(desk.type("A").isEmpty, "it is a letter of a reason")
    }

    @Test("Pasted text never acts")
    func paste() {
        for var desk in everywhere {
            let text = "!A\rUq\u{1B}search-000031\r\n!"
            #expect(desk.press(.paste(text)).isEmpty)
            #expect(desk.state.stopAsked == nil)
        }
        var desk = Desk()
        desk.openConfirmation()
        desk.press(.paste("search-000031"))
        #expect(desk.type("1").isEmpty)
    }

    @Test("A rollback is confirmed by typing the checkpoint's name, with its last letter")
    func confirmation() {
        var desk = Desk()
        desk.openConfirmation()
        #expect(desk.type("search-00003").isEmpty)
        let actions = desk.type("1")
        guard case .submit(_, let request)? = actions.first else {
            Issue.record("nothing was submitted")
            return
        }
        let id = CheckpointID(model: Sample.name("search"), number: 31)
        #expect(request.act == .rollback(to: .checkpoint(id), keepsCursor: false))
        #expect(request.reason == "worse")
        #expect(!request.isDryRun)
    }

    @Test("Enter and Esc cancel a rollback, whatever was typed")
    func cancelled() {
        for event in [KeyEvent.enter, .escape] {
            var desk = Desk()
            desk.openConfirmation()
            desk.type("search-00003")
            #expect(desk.press(event).isEmpty)
            #expect(desk.state.dialog == nil)
            #expect(desk.type("1").isEmpty)
        }
    }

    @Test("A wrong name, or another checkpoint's, rolls nothing back")
    func wrongName() {
        for name in ["search", "search-000032", "ads-000031", "search-0000311", "y"] {
            var desk = Desk()
            desk.openConfirmation()
            #expect(acts(desk.type(name)).isEmpty || name == "search-0000311")
        }
    }

    @Test("A question is deaf for 300 ms, and to the repeats of the key that opened it")
    func deaf() {
        var desk = Desk(isAttached: false)
        desk.type("q")
        #expect(desk.press(.letter("e"), after: Span(microseconds: 200_000)).isEmpty)
        #expect(desk.state.dialog != nil)
        #expect(desk.press(.letter("e")) == [.leave(keepEngine: false)])

        desk = Desk()
        desk.press(.letter("R"))
        for _ in 0..<40 { desk.press(.enter, after: Span(microseconds: 33_000)) }
        guard case .rollback(let form)? = desk.state.dialog else {
            Issue.record("the rollback is gone")
            return
        }
        #expect(form.step != .confirming)
    }

    @Test("Enter held down in the list of checkpoints does not go through the form")
    func heldEnter() {
        var desk = Desk()
        desk.press(.letter("R"))
        desk.press(.enter)
        var actions: [ConsoleAction] = []
        for _ in 0..<60 { actions += desk.press(.enter, after: Span(microseconds: 33_000)) }
        #expect(actions.isEmpty)
        #expect(desk.state.dialog != nil)
    }

    @Test("The rollback stays with its checkpoint when the rows move")
    func boundToId() {
        var desk = Desk()
        desk.press(.letter("R"), .arrow(.down))
        var snapshot = Sample.snapshot()
        for index in snapshot.models.indices {
            snapshot.models[index].checkpoints.removeFirst()
        }
        desk.link.snapshot = snapshot
        for action in desk.press(.enter) {
            guard case .submit(_, let request) = action else { continue }
            let id = CheckpointID(model: Sample.name("search"), number: 32)
            #expect(request.act == .rollback(to: .checkpoint(id), keepsCursor: false))
            #expect(request.isDryRun)
        }
    }

    @Test("A resume needs a reason")
    func resume() {
        var desk = Desk()
        desk.press(.letter("U"))
        #expect(acts(desk.press(.enter)).isEmpty)
        desk.type("sale over")
        let actions = desk.press(.enter)
        guard case .submit(let token, let request)? = actions.first else {
            Issue.record("nothing was submitted")
            return
        }
        #expect(request.act == .resume)
        #expect(request.reason == "sale over")
        #expect(desk.canvas.text.contains("Asked: resume search"))
        #expect(desk.canvas.text.contains("■ STOPPED"), "it is shown as it is, not as asked")
        desk.answer(token, .refused("disk full"))
        #expect(desk.canvas.text.contains("REFUSED: resume search: disk full"))
    }

    @Test("An attached console leaves at once; another asks what becomes of the engine")
    func leave() {
        var desk = Desk()
        #expect(desk.type("q") == [.leave(keepEngine: true)])
        desk = Desk(isAttached: false)
        #expect(desk.type("q").isEmpty)
        desk.now = desk.now + .seconds(1)
        #expect(desk.type("k") == [.leave(keepEngine: true)])
    }

    @Test("A key that does nothing says why")
    func why() {
        var desk = Desk()
        desk.type("%")
        #expect(desk.canvas.text.contains("% does nothing here"))
        desk.press(.control("C"))
        #expect(desk.canvas.text.contains("Ctrl-C"))
    }

    @Test("A note goes after a while; what came of an act stays longer")
    func noteExpires() {
        var desk = Desk()
        desk.type("%")
        desk.now = desk.now + .seconds(14)
        #expect(desk.canvas.text.contains("% does nothing here"))
        desk.now = desk.now + .seconds(2)
        #expect(!desk.canvas.text.contains("% does nothing here"))
        desk.type("U")
        desk.type("over")
        guard case .submit(let token, _)? = desk.press(.enter).first else {
            Issue.record("nothing was sent")
            return
        }
        desk.now = desk.now + .seconds(40)
        desk.answer(token, .done([Desk.effect]))
        desk.now = desk.now + .seconds(50)
        #expect(desk.canvas.text.contains("✓ done: resume search"))
        desk.now = desk.now + .seconds(11)
        #expect(!desk.canvas.text.contains("✓ done"))
    }

    @Test("What somebody else does takes the place of an older note, which it may deny")
    func noteGivesWay() {
        var desk = Desk()
        desk.type("U")
        desk.type("over")
        guard case .submit(let token, _)? = desk.press(.enter).first else {
            Issue.record("nothing was sent")
            return
        }
        desk.answer(token, .done([Desk.effect]))
        desk.now = desk.now + .seconds(5)
        let now = Sample.snapshot().takenAt
        desk.link.snapshot?.journal[0].by = "ben"
        desk.link.snapshot?.journal[0].ts = now - .seconds(8)
        #expect(desk.canvas.text.contains("✓ done: resume search"))
        desk.link.snapshot?.journal[0].ts = now - .seconds(2)
        #expect(desk.canvas.text.contains("ben, just now: search: stop by ben"))
        #expect(!desk.canvas.text.contains("✓ done"))
    }

    @Test("What came of an act names its model once")
    func namedOnce() {
        var desk = Desk()
        desk.type("H")
        desk.type("wait")
        guard case .submit(let token, _)? = desk.press(.enter).first else {
            Issue.record("nothing was sent")
            return
        }
        #expect(desk.canvas.text.contains("Asked: hold pushes, search"))
        var effect = Desk.effect
        effect.text = "search: no candidate begins"
        desk.answer(token, .done([effect]))
        #expect(desk.canvas.text.contains("✓ done: hold pushes, search: no candidate begins"))
    }

    @Test("An act that the engine would refuse offers no key but Esc, and Enter says why")
    func refusedForms() {
        for (keys, isLong) in [("U", false), ("T", false), ("R", true), ("P", true)] {
            var desk = Desk()
            var actions = desk.type(keys)
            if isLong { actions = desk.press(.enter) }
            guard case .submit(let token, _)? = actions.first else {
                Issue.record("nothing was asked by \(keys)")
                continue
            }
            desk.answer(token, .refused("the log no longer has it"))
            let text = desk.canvas.text
            #expect(text.contains("▲ The engine refuses: the log no longer has it"), "\(keys)")
            #expect(text.contains("Esc closes.") && text.contains("Esc close"), "\(keys)")
            #expect(!text.contains("Enter ") && !text.contains("Reason:"), "\(keys): \(text)")
            desk.type("so")
            #expect(acts(desk.press(.enter)).isEmpty)
            #expect(desk.canvas.text.contains("the engine refuses: the log no"), "\(keys)")
        }
    }

    @Test("A stop is shown as asked until the engine is seen to have stopped")
    func stopFollowed() {
        var desk = Desk(snapshot: Sample.snapshot(stopped: []))
        desk.press(stop)
        #expect(desk.canvas.text.contains("Asked to stop search."))
        desk.now = desk.now + .seconds(7)
        #expect(desk.canvas.text.contains("NOT CONFIRMED"))
        desk.link.snapshot = Sample.snapshot()
        #expect(desk.canvas.text.contains("search: stopped, pushes frozen."))
        desk.press(.letter("1"))
        desk.link.snapshot = Sample.snapshot(stopped: [])
        #expect(!desk.canvas.text.contains("CONFIRMED"), "somebody resumed it: no alarm")
    }

    @Test("A frozen display goes on when the red button is pressed")
    func frozen() {
        var desk = Desk()
        desk.type(" ")
        #expect(desk.state.frozen != nil)
        desk.press(stop)
        #expect(desk.state.frozen == nil)
    }

    @Test("A filter keeps only the rows that contain its text")
    func filter() {
        var desk = Desk()
        desk.type("/SHO")
        desk.press(.enter)
        #expect(desk.state.fleetRows(desk.link).map(\.model?.name.text) == ["shop"])
        desk.press(.escape)
        #expect(desk.state.fleetRows(desk.link).count == 4)
    }

    @Test("Whatever keys come, every screen can be drawn, and no act is handed over unconfirmed")
    func randomKeys() {
        let keys: [KeyEvent] =
            "!AURFPT1234hjklgG/? qanx:0-sear".unicodeScalars.map { .letter($0) } + [
                .enter, .escape, .tab, .backTab, .backspace, .delete, .home, .end, .pageUp,
                .pageDown, .arrow(.up), .arrow(.down), .arrow(.left), .arrow(.right),
                .paste("search-000031"), .control("U"), .unknown,
            ]
        var seed: UInt64 = 11
        var desk = Desk(isAttached: false)
        for step in 0..<6000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = keys[Int(seed >> 33) % keys.count]
            for action in desk.press(key, after: Span(microseconds: Int64(seed >> 44))) {
                guard case .submit(let token, let request) = action else { continue }
                #expect(request.isDryRun || Self.canBeTakenBack(request.act))
                desk.answer(token, .wouldDo([Desk.effect]))
            }
            if step % 10 == 0 {
                desk.size = ScreenSize(
                    width: Int(seed >> 40) % 170 + 1, height: Int(seed >> 50) % 60 + 1)
                #expect(desk.canvas.cells.count == desk.size.width * desk.size.height)
            }
        }
    }

    /// What needs a reason, but no name typed out.
    private static func canBeTakenBack(_ act: Act) -> Bool {
        switch act {
        case .resume, .fallback, .hold, .approve, .acknowledge, .rideThrough, .incident, .review,
            .launch, .note:
            true
        case .stop, .rollback, .purge, .release, .pin, .inject, .makeGolden, .push, .build,
            .silence, .event, .countersign, .reloadPolicy:
            false
        }
    }

    @Test("a takes on the worst alarm that nobody has, another or all, and needs a reason")
    func acknowledges() throws {
        var desk = Desk()
        let model = try #require(desk.state.selectedReport(desk.link))
        let ids = model.alarms.map(\.id)
        let asked = desk.type("a")
        guard case .submit(let token, let request)? = asked.first,
            case .acknowledge(let id?) = request.act
        else {
            Issue.record("\(asked)")
            return
        }
        #expect(request.isDryRun && ids.contains(id))
        let effect = ActEffect(
            model: model.name, act: "acknowledge", changed: true, text: "you would have it")
        desk.answer(token, .wouldDo([effect]))
        #expect(desk.press(.enter).isEmpty)
        #expect(desk.canvas.text.contains("a reason is needed"))
        desk.press(.arrow(.up))
        desk.type("mine")
        guard case .submit(_, let sent)? = desk.press(.enter).first else {
            Issue.record("nothing was sent")
            return
        }
        // Up from the first comes to all of them.
        #expect(sent.act == .acknowledge(alarm: nil) && sent.reason == "mine" && !sent.isDryRun)
    }

    @Test("F shows what would answer, turns between the tiers, and needs a reason")
    func fallback() throws {
        var desk = Desk(snapshot: Sample.serving(.plain))
        var actions = desk.type("F")
        guard case .submit(let token, let asked)? = actions.first else {
            Issue.record("F asked nothing")
            return
        }
        #expect(asked.isDryRun)
        #expect(asked.act == .fallback(isOn: true, tier: .table))
        desk.answer(token, .wouldDo([Desk.effect]))
        actions = desk.press(.arrow(.down))
        guard case .submit(_, let turned)? = actions.first else {
            Issue.record("Down asked nothing")
            return
        }
        #expect(turned.act == .fallback(isOn: true, tier: .constant))
        #expect(desk.press(.enter).isEmpty)
        desk.type("bad scores")
        guard case .submit(_, let sent)? = desk.press(.enter).first else {
            Issue.record("Enter sent nothing")
            return
        }
        #expect(!sent.isDryRun)
        #expect(sent.act == .fallback(isOn: true, tier: .constant))
        #expect(sent.reason == "bad scores")
        desk = Desk(snapshot: Sample.serving(.fallback))
        guard case .submit(_, let back)? = desk.type("F").first else {
            Issue.record("F asked nothing")
            return
        }
        #expect(back.act == .fallback(isOn: false, tier: nil))
    }

    @Test("The selection stays with its model when others come and go")
    func selection() {
        var desk = Desk()
        desk.press(.letter("g"), .letter("j"))
        #expect(desk.state.selectedModel == Sample.name("recommend"))
        var snapshot = Sample.snapshot()
        snapshot.models.removeFirst()
        desk.link.snapshot = snapshot
        #expect(desk.press(stop) == [.pressRedButton(.model(Sample.name("recommend")))])
    }
}
