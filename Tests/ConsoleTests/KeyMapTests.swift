import Console
import Foundation
import Operation
import Testing
import Vocabulary

/// One table of keys, which may be changed as long as no key is lost or does two things.
@Suite struct KeyMapTests {
    @Test("Every command has one row in the table, and no key does two things")
    func table() throws {
        #expect(
            Command.table.map(\.command.rawValue).sorted()
                == Command.allCases.map(\.rawValue).sorted())
        // The standard map as a change of nothing: conflicts would be found.
        let map = try KeyMap(changing: [:])
        // The palette has those that have no key.
        #expect(Command.allCases.count { map.events(for: $0).isEmpty } < 4)
    }

    @Test("The name of every key is read as that key")
    func names() {
        var events: [KeyEvent] = [
            .enter, .tab, .backTab, .escape, .backspace, .delete, .home, .end, .pageUp, .pageDown,
            .control("X"), .control("\\"), .function(1), .function(12),
        ]
        events += KeyEvent.Direction.allCases.map { .arrow($0) }
        events += (0x20...0x7E).compactMap { Unicode.Scalar($0).map { .letter($0) } }
        for event in events { #expect(KeyEvent(named: event.name) == event, "\(event.name)") }
        for text in ["", "F0", "F13", "Ctrl-", "Ctrl-H", "Ctrl-M", "Ctrl-x", "ab", "\u{1B}"] {
            #expect(KeyEvent(named: text) == nil, "\(text)")
        }
    }

    @Test("A key that was changed does what it was given, and the old one nothing")
    func change() throws {
        let map = try KeyMap(changing: [.stop: [.function(12)], .resume: [.letter("u")]])
        #expect(map.command(for: .function(12)) == .stop)
        #expect(map.command(for: .letter("!")) == nil)
        #expect(map.key(for: .resume) == "u")
        var desk = Desk()
        desk.state = ViewState(actor: Actor(user: "ada", from: "test"), keyMap: map)
        #expect(desk.canvas.text.contains("F12 STOP search"))
        let scope = desk.state.redButtonScope(for: .function(12), at: desk.now) { nil }
        #expect(scope == .all)
        desk.type("u")
        #expect(desk.state.dialog?.title == "resume")
    }

    @Test("Two commands of one key are a conflict, told of the one that was changed")
    func conflicts() {
        let cases: [([Command: [KeyEvent]], Command, String)] = [
            ([.resume: [.letter("R")]], .resume, "R is a key of rollback already"),
            ([.rollback: [.letter("U")]], .rollback, "U is a key of resume already"),
            ([.help: [.letter("%")], .leave: [.letter("%")]], .leave, "% is a key of help"),
            ([.help: [.letter("%"), .letter("%")]], .help, "% is named twice"),
        ]
        for (changes, command, text) in cases {
            let fault = #expect(throws: KeyFault.self) { _ = try KeyMap(changing: changes) }
            #expect(fault?.command == command)
            #expect(fault?.text.hasPrefix(text) == true, "\(fault?.text ?? "")")
        }
        #expect(throws: Never.self) {
            _ = try KeyMap(changing: [.resume: [.letter("R")], .rollback: [.letter("U")]])
        }
    }

    @Test("The stop key stays one that no text takes; Enter, Esc, help and leave stay in reach")
    func needs() {
        let refused: [[Command: [KeyEvent]]] = [
            [.stop: []], [.stop: [.letter("s")]], [.stop: [.letter(" ")]], [.stop: [.enter]],
            [.stop: [.control("U")]], [.open: [.letter("o")]], [.back: []], [.leave: []],
            [.help: []],
        ]
        for changes in refused {
            #expect(throws: KeyFault.self) { _ = try KeyMap(changing: changes) }
        }
        #expect(throws: Never.self) {
            _ = try KeyMap(changing: [.stop: [.control("X"), .letter("!")], .approve: []])
        }
    }

    @Test("docs/keys.md holds the table as it is")
    func docs() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/keys.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let (begin, end) = ("<!-- the table: RECORD=1 writes it -->\n", "<!-- the end -->")
        let from = try #require(text.range(of: begin)).upperBound
        let to = try #require(text.range(of: end)).lowerBound
        let table = "\n" + KeyMap.standard.markdown + "\n"
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            let new = text[..<from] + table + text[to...]
            try String(new).write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text[from..<to] == table)
        }
    }

    // MARK: - The palette

    private func open(_ typed: String, _ desk: inout Desk) {
        desk.press(.letter(":"))
        desk.type(typed)
    }

    private func names(_ desk: Desk) -> [String] {
        guard case .palette(let view) = desk.state.dialog else { return [] }
        return desk.state.paletteItems(view, desk.link).map(\.name)
    }

    @Test("The palette has every command and every model, and completes")
    func palette() {
        var desk = Desk()
        open("", &desk)
        #expect(names(desk).count == Command.allCases.count + 4)
        desk.type("che")
        #expect(names(desk).first == "checkpoints")
        desk.press(.tab)
        desk.press(.enter)
        #expect(desk.state.screen == .checkpoints && desk.state.dialog == nil)
        open("model sho", &desk)
        desk.press(.enter)
        #expect(desk.state.screen == .model)
        #expect(desk.state.selectedModel?.text == "shop")
        open("no such thing", &desk)
        desk.press(.enter)
        #expect(desk.state.note?.text == "nothing is called no such thing")
    }

    @Test("An act from the palette asks as its key does; its Enter confirms nothing")
    func paletteActs() {
        var desk = Desk()
        open("rollb", &desk)
        let actions = desk.press(.enter)
        #expect(actions.isEmpty && desk.state.dialog?.title == "rollback")
        // Held down, the key that chose it goes no further.
        desk.press(.enter, after: Span(microseconds: 400_000))
        guard case .rollback(let form) = desk.state.dialog else {
            Issue.record("the rollback was left")
            return
        }
        #expect(form.step == .choosing)
    }

    @Test("Stop by its name presses the red button; the stop key itself works in the palette")
    func paletteStop() {
        var desk = Desk(snapshot: Sample.snapshot(stopped: []))
        open("stop", &desk)
        #expect(desk.press(.enter) == [.pressRedButton(.model(Sample.name("search")))])
        desk = Desk(snapshot: Sample.snapshot(stopped: []))
        open("che", &desk)
        #expect(desk.type("!") == [.pressRedButton(.model(Sample.name("search")))])
        #expect(desk.state.dialog == nil)
    }

    @Test("Steps of the playbook do what they mean with keys that were changed, too")
    func playbook() throws {
        let map = try KeyMap(changing: [.purge: [.letter("p")], .rollback: [.letter("P")]])
        var desk = Desk(160, 50, snapshot: Sample.crisis())
        desk.state = ViewState(actor: Actor(user: "ada", from: "test"), keyMap: map)
        #expect(desk.state.own("P") == "p" && desk.state.own("R") == "P")
        #expect(desk.state.own("spindle verify") == "spindle verify")
    }
}
