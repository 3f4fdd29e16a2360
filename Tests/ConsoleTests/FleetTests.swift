import Console
import Operation
import Testing
import Vocabulary

/// A console over three engines: one in a crisis, one that is well, and one that is gone.
@Suite struct FleetTests {
    private static func fleet(_ lost: Span = .seconds(190)) -> [FleetEngine] {
        var calm = Sample.snapshot()
        calm.models = calm.models.filter { $0.alarms.isEmpty }
        return [
            FleetEngine(
                name: "eu-1", snapshot: Sample.crisis(), age: .zero, isConnected: true),
            FleetEngine(name: "us-2", snapshot: calm, age: .seconds(1), isConnected: true),
            FleetEngine(
                name: "db-3", snapshot: nil, age: lost, isConnected: false,
                fault: "/run/spindle/control.sock: no engine answers"),
        ]
    }

    /// Does what a console does with what comes back.
    private static func follow(_ actions: [ConsoleAction], _ desk: inout Desk) {
        for case .look(let name) in actions {
            let engine = desk.link.fleet.first { $0.name == name }
            desk.link.engine = name
            (desk.link.snapshot, desk.link.age) = (engine?.snapshot, engine?.age ?? .zero)
            desk.link.isConnected = engine?.isConnected ?? false
        }
    }

    static func desk(_ width: Int, _ height: Int) -> Desk {
        var desk = Desk(width, height, snapshot: Sample.crisis())
        (desk.link.engine, desk.link.fleet) = ("eu-1", fleet())
        return desk
    }

    private static func models(_ engine: Int) -> [ModelReport] {
        fleet()[engine].snapshot?.models ?? []
    }

    @Test("All models of all engines are rows, and an engine that is gone is one")
    func rows() {
        let desk = Self.desk(160, 50)
        let rows = desk.state.fleetRows(desk.link)
        #expect(rows.count == Self.models(0).count + Self.models(1).count + 1)
        #expect(rows.last?.engine?.name == "db-3" && rows.last?.model == nil)
        let text = desk.canvas.text
        #expect(text.contains("▲ LOST 3m 10s") && text.contains("1 engine LOST"))
        #expect(text.contains("db-3: /run/spindle/control.sock: no engine answers"))
    }

    @Test("The cursor goes from engine to engine, and every act goes to the one it stands on")
    func acts() throws {
        var desk = Self.desk(80, 24)
        desk.press(.home)
        for _ in Self.models(0) { Self.follow(desk.press(.arrow(.down)), &desk) }
        let first = try #require(Self.models(1).first)
        #expect(desk.link.engine == "us-2" && desk.state.selectedReport(desk.link) == first)
        #expect(desk.press(.letter("!")) == [.pressRedButton(.model(first.name))])
        #expect(desk.canvas.text.contains("Asked to stop \(first.name) of us-2."))
        let count = Self.models(1).count
        #expect(desk.canvas.text.contains("stops ALL \(count) models of us-2"))
        // Back on the first engine, what was asked of the second is still told of that.
        Self.follow(desk.press(.arrow(.up)), &desk)
        #expect(desk.link.engine == "eu-1")
        #expect(desk.canvas.text.contains("Asked to stop \(first.name) of us-2"))
    }

    @Test("The key for all models stops those of the engine that it names, or none")
    func allOfOne() throws {
        var desk = Self.desk(120, 24)
        desk.press(.home)
        for _ in Self.models(0) { Self.follow(desk.press(.arrow(.down)), &desk) }
        desk.press(.letter("!"))
        #expect(desk.press(.letter("A")) == [.pressRedButton(.all)])
        #expect(desk.canvas.text.contains("Asked to stop ALL models of us-2."))
        desk.press(.letter("!"))
        Self.follow(desk.press(.arrow(.up)), &desk)
        #expect(desk.link.engine == "eu-1" && !desk.canvas.text.contains("stops ALL"))
        #expect(desk.press(.letter("A")).isEmpty)
    }

    @Test("o puts the worst rows first, where they stay whatever comes, until it is pressed again")
    func worstFirst() throws {
        var desk = Self.desk(160, 50)
        func names(_ desk: Desk) -> [String] {
            desk.state.fleetRows(desk.link).map {
                "\($0.engine?.name ?? "")/\($0.model?.name.text ?? "")"
            }
        }
        let listed = names(desk)
        let chosen = desk.state.selectedReport(desk.link)?.name
        desk.press(.letter("o"))
        let sorted = names(desk)
        #expect(Set(sorted) == Set(listed) && sorted != listed)
        let rows = desk.state.fleetRows(desk.link)
        let isBad = rows.map { $0.model?.alarms.contains { $0.severity == .critical } ?? true }
        let firstGood = try #require(isBad.firstIndex(of: false))
        #expect(isBad.contains(true) && !isBad[firstGood...].contains(true), "\(sorted)")
        #expect(desk.state.selectedReport(desk.link)?.name == chosen)
        // All is well now: nothing moves.
        for engine in desk.link.fleet.indices {
            let count = desk.link.fleet[engine].snapshot?.models.count ?? 0
            for index in 0..<count { desk.link.fleet[engine].snapshot?.models[index].alarms = [] }
        }
        #expect(names(desk) == sorted)
        desk.press(.letter("o"))
        #expect(names(desk) == listed)
    }

    @Test("A stop counts as followed once its own engine says so, not one with a like model")
    func follows() {
        var desk = Self.desk(80, 24)
        desk.press(.home)
        for _ in Self.models(0) { Self.follow(desk.press(.arrow(.down)), &desk) }
        desk.press(.letter("!"))
        let name = Self.models(1)[0].name
        func stop(_ engine: Int) {
            guard var snapshot = desk.link.fleet[engine].snapshot else { return }
            for index in snapshot.models.indices {
                snapshot.models[index].training.state = .stopped
                snapshot.models[index].pushing = .frozen
            }
            desk.link.fleet[engine].snapshot = snapshot
        }
        stop(0)
        #expect(desk.canvas.text.contains("Asked to stop \(name) of us-2."))
        stop(1)
        #expect(desk.canvas.text.contains("\(name) of us-2: stopped, pushes frozen."))
    }

    @Test("Beyond an engine that is gone there is nothing, and its screens say since when")
    func gone() {
        var desk = Self.desk(80, 24)
        Self.follow(desk.press(.end), &desk)
        #expect(desk.link.engine == "db-3" && desk.state.selectedReport(desk.link) == nil)
        #expect(desk.canvas.text.contains("DISCONNECTED: the engine has not answered for 3m 10s"))
        #expect(desk.press(.letter("!")) == [.pressRedButton(.all)])
        desk.press(.enter)
        #expect(desk.canvas.text.contains("Waiting for the first news"))
        Self.follow(desk.press(.letter("1"), .home), &desk)
        #expect(desk.link.engine == "eu-1")
    }

    @Test("A filter finds an engine by its name; left and right go on over its end")
    func filters() {
        var desk = Self.desk(80, 24)
        desk.press(.letter("/"))
        desk.type("us-2")
        desk.press(.enter)
        #expect(desk.state.fleetRows(desk.link).allSatisfy { $0.engine?.name == "us-2" })
        desk.press(.escape)
        desk.press(.home)
        desk.press(.enter)
        for _ in Self.models(0) { Self.follow(desk.press(.letter("l")), &desk) }
        #expect(desk.state.screen == .model && desk.link.engine == "us-2")
    }

    @Test("A frozen fleet stands still, whatever comes of any engine")
    func freezes() {
        var desk = Self.desk(160, 50)
        desk.press(.letter(" "))
        let before = desk.state.fleetRows(desk.link).map(\.model)
        for index in desk.link.fleet.indices { desk.link.fleet[index].snapshot?.models = [] }
        #expect(desk.state.fleetRows(desk.link).map(\.model) == before)
        desk.press(.letter(" "))
        #expect(desk.state.fleetRows(desk.link).map(\.model) != before)
    }

    @Test("Lines begin with the engine's name where there is no screen")
    func lines() {
        let desk = Self.desk(80, 24)
        let lines = StatusLine.lines(of: desk.link)
        #expect(lines.first?.hasPrefix("eu-1: ") == true)
        #expect(lines.last == "db-3: no engine answers")
        #expect(lines.count == Self.models(0).count + Self.models(1).count + 1)
    }
}
