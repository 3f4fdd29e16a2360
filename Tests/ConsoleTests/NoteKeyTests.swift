import Console
import Operation
import Testing
import Vocabulary

@Suite("Notes by key")
struct NoteKeyTests {
    @Test("N writes about the selected model, with the screen as it was when the key was pressed")
    func writes() throws {
        var desk = Desk()
        desk.type("2")
        let before = desk.canvas.text
        guard case .submit(let token, let asked)? = desk.type("N").first,
            case .note(let tried) = asked.act
        else {
            Issue.record("N asked nothing")
            return
        }
        #expect(asked.isDryRun && tried.tags.isEmpty)
        // But for the clock of the display, the picture is what stood there.
        #expect(tried.picture?.hasPrefix(" SPINDLE") == true)
        let body = { (text: String) in text.split(separator: "\n").dropFirst().dropLast() }
        #expect(tried.picture.map(body)?.first == body(before).first)
        desk.answer(token, .wouldDo([Desk.effect]))
        #expect(desk.canvas.text.contains("Note"))
        #expect(desk.press(.enter).isEmpty)
        desk.type("clicks fall #wool")
        guard case .submit(_, let sent)? = desk.press(.enter).first else {
            Issue.record("nothing was sent")
            return
        }
        #expect(sent.act == asked.act && sent.reason == "clicks fall #wool" && !sent.isDryRun)
    }

    @Test("Who may not write in an incident may not write a note, and is told why")
    func isRefused() {
        var desk = Desk()
        desk.state = ViewState(actor: Actor(user: "ada", from: "test"), isReadOnly: true)
        #expect(desk.type("N").isEmpty)
        #expect(desk.canvas.text.contains("this console only looks"))
    }
}
