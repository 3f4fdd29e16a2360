import Console
import Operation
import Testing
import Vocabulary

/// The rehearsal from the console: asked for, watched, cancelled, acted on.
@Suite struct RehearsalKeyTests {
    private func asked(_ actions: [ConsoleAction]) -> (Int, RehearsalQuery)? {
        for case .rehearse(let token, _, let query) in actions { return (token, query) }
        return nil
    }

    @Test("W asks for a rehearsal of the selected model, and shows how far it is")
    func asks() throws {
        var desk = Desk()
        let (token, query) = try #require(asked(desk.type("W")))
        #expect(query == RehearsalQuery())
        desk.hear(token, Sample.rehearsing(token, share: 0.43))
        desk.now = desk.now + .seconds(3)
        let text = desk.canvas.text
        #expect(text.contains("43 %") && text.contains("7s left"), "\(text)")
        desk.hear(token, Sample.rehearsed)
        #expect(desk.canvas.text.contains("▶ purge"))
    }

    @Test("Esc cancels a rehearsal that is under way, and closes one that is over")
    func cancels() throws {
        var desk = Desk()
        let (token, _) = try #require(asked(desk.type("W")))
        desk.hear(token, Sample.rehearsing(token, share: 0.1))
        let (_, query) = try #require(asked(desk.press(.escape)))
        #expect(query.job == 3 && query.cancels == true && desk.state.dialog == nil)
        let (again, _) = try #require(asked(desk.type("W")))
        desk.hear(again, Sample.rehearsed)
        #expect(desk.press(.escape).isEmpty && desk.state.dialog == nil)
    }

    @Test("One that nobody looks at any more is cancelled when it is heard of")
    func forgotten() throws {
        var desk = Desk()
        let (token, _) = try #require(asked(desk.type("W")))
        desk.press(.letter("!"))
        let heard = desk.state.update(
            .rehearsed(token: token, Sample.rehearsing(token, share: 0.2)), at: desk.moment)
        #expect(asked(heard)?.1.cancels == true)
    }

    @Test("P and R go on from the rehearsal with its window and its checkpoint")
    func goesOn() throws {
        var desk = Desk()
        var (token, _) = try #require(asked(desk.type("W")))
        #expect(desk.type("P").isEmpty)
        guard case .rehearsal? = desk.state.dialog else {
            Issue.record("it was left before it was done")
            return
        }
        desk.hear(token, Sample.rehearsed)
        desk.type("P")
        guard case .purge(let form)? = desk.state.dialog else {
            Issue.record("no purge was begun")
            return
        }
        #expect(form[.source].text == "partner-7")
        #expect(form[.from].text == (Sample.start + .hours(1)).rfc3339)
        desk.press(.escape)
        (token, _) = try #require(asked(desk.type("W")))
        desk.hear(token, Sample.rehearsed)
        desk.type("R")
        guard case .rollback(let rollback)? = desk.state.dialog else {
            Issue.record("no rollback was begun")
            return
        }
        #expect(rollback.checkpoint == CheckpointID("search-000031"))
    }

    @Test("B bisects, also from a rehearsal; P and R go on with what was found")
    func bisects() throws {
        var desk = Desk()
        var (token, query) = try #require(asked(desk.type("W")))
        #expect(desk.type("B").isEmpty)
        desk.hear(token, Sample.rehearsed)
        (token, query) = try #require(asked(desk.type("B")))
        #expect(query.bisects == true)
        #expect(desk.type("P").isEmpty)
        desk.hear(token, Sample.bisected)
        let text = desk.canvas.text
        #expect(text.contains("Bisection: which examples turned search bad"))
        #expect(text.contains("4,310 examples did it"), "\(text)")
        desk.type("P")
        guard case .purge(let form)? = desk.state.dialog else {
            Issue.record("no purge was begun")
            return
        }
        #expect(form[.source].text == "partner-7")
        desk.press(.escape)
        (token, query) = try #require(asked(desk.type("B")))
        desk.hear(token, Sample.bisected)
        desk.type("R")
        guard case .rollback(let rollback)? = desk.state.dialog else {
            Issue.record("no rollback was begun")
            return
        }
        #expect(rollback.checkpoint == CheckpointID("search-000031"))
    }

    @Test("Ctrl-F in a purge has the engine look for the window, and fills it in while described")
    func finds() throws {
        var desk = Desk()
        desk.type("P")
        desk.now = desk.now + .seconds(1)
        let (token, query) = try #require(asked(desk.press(.control("F"))))
        #expect(query.proposes == true)
        desk.hear(token, Sample.rehearsed)
        guard case .purge(let form)? = desk.state.dialog else {
            Issue.record("the form is gone")
            return
        }
        #expect(form[.source].text == "partner-7" && form.step == .describing)
    }

    @Test("A refusal is shown with its reason")
    func refused() throws {
        var desk = Desk()
        let (token, _) = try #require(asked(desk.type("W")))
        var progress = Sample.rehearsing(token, share: 0)
        progress.fault = "cannot tell when it began"
        desk.hear(token, progress)
        #expect(desk.canvas.text.contains("cannot tell when it began"))
        let last = desk.canvas.text.split(separator: "\n").last ?? ""
        #expect(last.drop { $0 == " " } == "! STOP search  Esc close")
        for key in ["P", "R", "B"] {
            #expect(desk.type(key).isEmpty)
            #expect(desk.canvas.text.contains("nothing came of it that \(key) could go on from"))
        }
    }

    @Test("A bisection that found no window offers no purge")
    func foundNothing() throws {
        var desk = Desk()
        let (token, _) = try #require(asked(desk.type("B")))
        var progress = Sample.bisected
        progress.report?.bisection?.window = nil
        progress.report?.bisection?.lastGood = nil
        desk.hear(token, progress)
        let text = desk.canvas.text
        #expect(text.contains("W rehearse") && !text.contains("purge the window"), "\(text)")
        #expect(!text.contains("R roll back"))
    }
}
