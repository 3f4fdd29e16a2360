import Console
import Operation
import Testing
import Vocabulary

/// Which features moved, by how much, since when.
@Suite struct DriftScreenTests {
    @Test("A feature with an alarm comes first, with its onset and its words")
    func order() {
        var desk = Desk(160, 50, snapshot: Sample.drifting())
        desk.type("7")
        let lines = desk.canvas.text.split(separator: "\n").map(String.init)
        let rows = lines.filter { $0.contains("query ") || $0.contains("price ") }
        #expect(rows.first?.contains("▲ feature_missing") == true, "\(rows)")
        #expect(rows.first?.contains("4h 19m") == true, "\(rows)")
        #expect(desk.canvas.text.contains("query is missing in +7.1 % more examples"))
    }

    @Test("On a small screen Enter turns to segments and hours of the week, and back")
    func sides() {
        var desk = Desk(80, 24)
        desk.type("7")
        #expect(desk.canvas.text.contains("usually 10.0 %"))
        desk.press(.enter)
        #expect(!desk.canvas.text.contains("from 31.0"))
        #expect(desk.canvas.text.contains("in il"))
        #expect(desk.canvas.text.contains("Mon"))
        desk.press(.enter)
        #expect(desk.canvas.text.contains("from 31.0"))
    }

    @Test("Rows are chosen and filtered; the chosen one stays though others go before it")
    func choosing() {
        var desk = Desk(80, 24)
        desk.type("7j")
        #expect(desk.state.selectedFeature == "query")
        desk.link.snapshot = Sample.drifting()
        #expect(desk.canvas.text.contains("▶ query"))
        desk.type("/pri")
        #expect(desk.canvas.text.contains("1 feature matches"))
        #expect(desk.canvas.text.contains("▶ price"))
    }

    @Test(
        "From an alarm one key leads to its figures: of a feature, a source, a checkpoint, a model")
    func evidence() {
        var desk = Desk(80, 24, snapshot: Sample.drifting())
        desk.type("5")
        desk.press(.arrow(.down))
        desk.type("e")
        #expect(desk.state.screen == .drift && desk.state.selectedFeature == "query")
        desk.type("2e")
        // The worst one: log loss above that of the base rate.
        #expect(desk.state.screen == .model)
        var snapshot = Sample.troubled()
        for index in snapshot.models.indices where snapshot.models[index].name.text == "search" {
            snapshot.models[index].alarms[0].name = "volume_low"
            snapshot.models[index].alarms[0].source = "partner"
            snapshot.models[index].alarms[1].name = "checkpoint_refused"
        }
        desk = Desk(80, 24, snapshot: snapshot)
        desk.type("e")
        #expect(desk.state.screen == .data)
        #expect(desk.canvas.text.contains("▶ partner"))
        desk.type("5j")
        desk.type("e")
        #expect(desk.state.screen == .checkpoints)
        desk = Desk(80, 24, snapshot: Sample.snapshot(stopped: []))
        desk.press(.arrow(.down))
        desk.type("2le")
        #expect(desk.canvas.text.contains("has no alarm to look into"))
    }

    @Test("A model that nothing watches says so; one whose scales are young, too")
    func unknown() {
        var snapshot = Sample.snapshot(stopped: [])
        for index in snapshot.models.indices { snapshot.models[index].monitor?.features = [] }
        var desk = Desk(snapshot: snapshot)
        desk.type("7")
        #expect(desk.canvas.text.contains("Not enough is known yet"))
        for index in snapshot.models.indices { snapshot.models[index].monitor = nil }
        desk.link.snapshot = snapshot
        #expect(desk.canvas.text.contains("is not watched"))
    }
}
