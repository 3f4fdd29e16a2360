import Foundation
import Host
import Operation
import Testing
import Vocabulary

@Suite("Notes")
struct NoteTests {
    private func open(_ scratch: ScratchFolder) throws -> StateFolder {
        try StateFolder(scratch.path, world: .local, mayCreate: true) { _ in
            try SpindleConfiguration(toml: "[models.clicks]\n[models.pins]\n", file: "test")
        }
    }

    private func request(
        _ text: String, _ order: NoteOrder = NoteOrder(), about scope: ActScope = .all,
        isDryRun: Bool = false
    ) -> ActRequest {
        ActRequest(
            act: .note(order), scope: scope, reason: text, isDryRun: isDryRun,
            actor: Actor(user: "ana", from: "test"))
    }

    @Test("A note outlives the process, with its screen, its tags and its place in the journal")
    func isKept() throws {
        let scratch = try ScratchFolder()
        let model = try #require(ModelName("clicks"))
        let state = try open(scratch)
        let order = NoteOrder(tags: ["wool"], picture: "┌─┐\n")
        let tried = Acts.perform(request("try", order, isDryRun: true), on: state)
        guard case .wouldDo = tried else { throw Failure("\(tried)") }
        for text in ["clicks fall\n\nSince noon, see #drift.", "all is well"] {
            let done = Acts.perform(
                request(
                    text, text.count > 20 ? order : NoteOrder(), about: .model(model)), on: state)
            guard case .done = done else { throw Failure("\(done)") }
        }
        let reading = try StateReading(scratch.path, world: .local)
        let notes = try reading.notes()
        #expect(notes.map(\.id) == ["n1", "n2"])
        #expect(notes[0].tags == ["wool", "drift"] && notes[0].picture == "┌─┐\n")
        #expect(notes[0].models == [model] && notes[0].by == "ana")
        #expect(notes[0].title == "clicks fall")
        #expect(notes[0].contains("NOON wool ana") && !notes[1].contains("noon"))
        let entries = try reading.journal.tail(2)
        #expect(entries.map(\.act) == ["note", "note"])
        let first = try #require(entries.first { $0.effect.hasPrefix("n1") })
        #expect(first.reason.hasPrefix("clicks fall"))
    }

    @Test("What cannot be a note is refused with what was expected, and leaves nothing behind")
    func isRefused() throws {
        let scratch = try ScratchFolder()
        let state = try open(scratch)
        let wrong: [(NoteOrder, String)] = [
            (NoteOrder(tags: ["two words"]), "tags: expected"),
            (NoteOrder(tags: (0..<17).map { "t\($0)" }), "tags: expected at most 16"),
            (NoteOrder(picture: String(repeating: "x", count: 2 << 20)), "picture: expected"),
        ]
        for (order, text) in wrong {
            let answer = Acts.perform(request("why", order), on: state)
            guard case .refused(let objection) = answer else { throw Failure("\(answer)") }
            #expect(objection.hasPrefix(text))
        }
        #expect(try StateReading(scratch.path, world: .local).notes().isEmpty)
    }

    @Test("A file that is no note is named")
    func isNamed() throws {
        let scratch = try ScratchFolder()
        let state = try open(scratch)
        _ = Acts.perform(request("why"), on: state)
        try Data("{".utf8).write(to: URL(fileURLWithPath: scratch.path + "/notes/n2.json"))
        let error = #expect(throws: ActRefusal.self) {
            try StateReading(scratch.path, world: .local).notes()
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("notes/n2.json: expected a note"))
    }

    private struct Failure: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }
}
