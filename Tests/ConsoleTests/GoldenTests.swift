import Console
import Foundation
import Operation
import Testing
import Vocabulary

/// Screens as text; recorded anew with `RECORD=1`.
@Suite struct GoldenTests {
    static let sizes = [(60, 15), (80, 24), (160, 50)]

    private func check(_ desk: Desk, _ name: String) throws {
        try check(desk.canvas.text, name, desk.size)
    }

    private func check(_ text: String, _ name: String, _ cells: ScreenSize) throws {
        let size = "\(cells.width)x\(cells.height)"
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/\(name)-\(size).txt")
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let recorded = try String(contentsOf: file, encoding: .utf8)
        #expect(text == recorded, "\(name) at \(size) is not as recorded")
    }

    /// Every role of a colour of its own, and what is bold, underlined or reversed without any.
    private static let theme = Theme(name: "test", text: "") { role in
        var look = Theme.Look()
        look.foreground = role == .plain ? .own : .indexed(role.rawValue)
        look.background = role == .bar || role == .barStrong ? .indexed(15) : .own
        look.isBold = [.strong, .barStrong, .critical, .key].contains(role)
        look.isUnderlined = [.heading, .input].contains(role)
        look.isReversed = role == .selected
        return look
    }

    @Test(
        "Every screen looks as recorded in colour, without colours, and in ASCII",
        arguments: [(80, 24), (160, 50)])
    func looks(width: Int, height: Int) throws {
        for screen in Screen.allCases {
            var desk = Desk(width, height, snapshot: Sample.crisis())
            desk.state.screen = screen
            if screen == .drills { desk.state.show(Sample.readiness()) }
            let name = screen.title.lowercased()
            try check(desk.canvas.ansi(in: Self.theme), "\(name).colour", desk.size)
            try check(desk.canvas.ansi(in: Self.theme.colourless), "\(name).mono", desk.size)
            desk.charset = .ascii
            #expect(desk.canvas.text.utf8.allSatisfy { $0 < 0x80 })
            try check(desk, "\(name).ascii")
        }
    }

    @Test("A fleet of engines, one of them lost, looks as recorded", arguments: sizes)
    func engines(width: Int, height: Int) throws {
        var desk = FleetTests.desk(width, height)
        try check(desk, "engines")
        try check(desk.canvas.ansi(in: Self.theme), "engines.colour", desk.size)
        try check(desk.canvas.ansi(in: Self.theme.colourless), "engines.mono", desk.size)
        desk.charset = .ascii
        try check(desk, "engines.ascii")
    }

    @Test("The fleet, the model, checkpoints and the journal look as recorded", arguments: sizes)
    func screens(width: Int, height: Int) throws {
        for (key, name) in [("1", "fleet"), ("2", "model"), ("3", "checkpoints"), ("4", "journal")]
        {
            var desk = Desk(width, height)
            desk.type(key)
            try check(desk, name)
        }
    }

    @Test("Drills, practised and not, look as recorded", arguments: sizes)
    func drills(width: Int, height: Int) throws {
        var desk = Desk(width, height)
        desk.type("9")
        desk.state.show(Sample.readiness())
        try check(desk, "drills")
    }

    @Test("An event is marked on every chart, and its evidence listed", arguments: sizes)
    func events(width: Int, height: Int) throws {
        var snapshot = Sample.snapshot()
        let start = Sample.start + .hours(1)
        for index in snapshot.models.indices {
            snapshot.models[index].events = [
                CalendarEvent(
                    id: "search-e1", text: "Cup final", from: start, to: start + .hours(3),
                    by: "ada")
            ]
        }
        var desk = Desk(width, height, snapshot: snapshot)
        desk.type("2")
        try check(desk, "event")
        desk.charset = .ascii
        try check(desk, "event-ascii")
    }

    @Test("A stale, a lost and a frozen engine look as recorded", arguments: sizes)
    func links(width: Int, height: Int) throws {
        var desk = Desk(width, height)
        desk.link.age = .seconds(14)
        try check(desk, "stale")
        desk.link.isConnected = false
        try check(desk, "disconnected")
        desk = Desk(width, height)
        desk.type(" ")
        try check(desk, "frozen")
        try check(Desk(width, height, snapshot: nil), "nothing")
    }

    @Test("Dialogs look as recorded", arguments: sizes)
    func dialogs(width: Int, height: Int) throws {
        var desk = Desk(width, height)
        desk.type("R")
        try check(desk, "rollback-choice")
        desk = Desk(width, height)
        desk.openConfirmation()
        desk.type("search-0")
        try check(desk, "rollback-confirmation")
        desk = Desk(width, height)
        desk.type("U")
        try check(desk, "resume")
        desk = Desk(width, height, isAttached: false)
        desk.type("q")
        try check(desk, "leave")
        desk = Desk(width, height)
        desk.type("?")
        try check(desk, "help")
        desk = Desk(width, height)
        desk.type("!")
        try check(desk, "stopped")
    }

    @Test("What is on its way to traffic looks as recorded", arguments: sizes)
    func serving(width: Int, height: Int) throws {
        let courses: [(Sample.Course, String)] = [
            (.canary, "canary"), (.fallback, "fallback"), (.launch, "launch"),
        ]
        for (course, name) in courses {
            var desk = Desk(width, height, snapshot: Sample.serving(course))
            desk.type("2")
            try check(desk, name)
        }
        var desk = Desk(width, height, snapshot: Sample.serving(.plain))
        desk.type("F")
        try check(desk, "fallback-form")
    }

    @Test(
        "A rehearsal under way, one that is done, and a window found look as recorded",
        arguments: sizes)
    func rehearsals(width: Int, height: Int) throws {
        for (key, name) in [("W", "rehearsal"), ("P", "purge-found")] {
            var desk = Desk(width, height)
            desk.type(key)
            var actions: [ConsoleAction] = []
            if key == "P" {
                desk.now = desk.now + .seconds(1)
                actions = desk.press(.control("F"))
            }
            for case .rehearse(let token, _, _) in actions { desk.hear(token, Sample.rehearsed) }
            let token = desk.state.nextToken - 1
            if key == "W" {
                desk.hear(token, Sample.rehearsing(token, share: 0.43))
                desk.now = desk.now + .seconds(3)
                try check(desk, "rehearsal-running")
            }
            desk.hear(token, Sample.rehearsed)
            try check(desk, name)
        }
        var desk = Desk(width, height)
        for case .rehearse(let token, _, _) in desk.type("B") { desk.hear(token, Sample.bisected) }
        try check(desk, "bisection")
    }

    @Test(
        "The playbook, alarms, an incident and a countersignature look as recorded",
        arguments: sizes)
    func crisis(width: Int, height: Int) throws {
        let screens = [
            ("5", "alarms"), ("2b", "playbook"), ("5b", "playbook-alarms"), ("a", "ack"),
        ]
        for (keys, name) in screens {
            var desk = Desk(width, height, snapshot: Sample.crisis())
            desk.type(keys)
            try check(desk, name)
        }
        var desk = Desk(width, height, snapshot: Sample.crisis())
        desk.type("5jjj")
        desk.press(.enter)
        try check(desk, "incident")
        desk.press(.escape)
        for case .submit(let token, _) in desk.type("S") {
            var effect = Desk.effect
            effect.text = "search-p0001 leaves out 2,077 trained examples, learns 34,246 anew"
            desk.answer(token, .wouldDo([effect]))
        }
        desk.type("seen the chart")
        desk.press(.enter)
        try check(desk, "countersign")
    }

    @Test("Drift looks as recorded, both sides", arguments: sizes)
    func drift(width: Int, height: Int) throws {
        var desk = Desk(width, height, snapshot: Sample.drifting())
        desk.type("7j")
        try check(desk, "drift")
        desk.press(.enter)
        try check(desk, "drift-places")
    }

    @Test("The data of a model looks as recorded", arguments: sizes)
    func data(width: Int, height: Int) throws {
        var desk = Desk(width, height, snapshot: Sample.troubled())
        desk.type("8")
        try check(desk, "data")
    }

    @Test("A launch looks as recorded", arguments: sizes)
    func launch(width: Int, height: Int) throws {
        var desk = Desk(width, height)
        desk.type("6")
        try check(desk, "launch-screen")
    }

    @Test("The palette looks as recorded", arguments: sizes)
    func palette(width: Int, height: Int) throws {
        var desk = Desk(width, height)
        desk.type(":s")
        try check(desk, "palette")
    }
}
