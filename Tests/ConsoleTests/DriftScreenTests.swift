import Console
import Operation
import Testing

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
        #expect(desk.canvas.text.contains("1 features match"))
        #expect(desk.canvas.text.contains("▶ price"))
    }

    @Test("From an alarm of a feature its key leads to that feature")
    func evidence() {
        var desk = Desk(80, 24, snapshot: Sample.drifting())
        desk.type("5")
        desk.press(.arrow(.down))
        desk.type("7")
        #expect(desk.state.screen == .drift && desk.state.selectedFeature == "query")
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
