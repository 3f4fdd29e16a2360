import Console
import Operation
import Testing

/// What became of the records, and what is kept from the learner.
@Suite struct DataScreenTests {
    @Test("Every row is shown in full below: rule with its newest record, purge, ride, source")
    func rows() {
        var desk = Desk(160, 50, snapshot: Sample.troubled())
        desk.type("8")
        let wanted = [
            "features.price: expected 0 to 1000, found -4", "no record of it is at hand",
            "--undo search-p0002", "learned in its old place", "its time was over",
            "shows which features it sends otherwise",
        ]
        for text in wanted {
            #expect(desk.canvas.text.contains(text), "\(text)")
            desk.press(.arrow(.down))
        }
        #expect(desk.canvas.text.contains("212 ex in the hour, usually 2,110"))
    }

    @Test("The row that most records broke comes first, and rows are filtered")
    func order() {
        var desk = Desk(80, 24, snapshot: Sample.troubled())
        desk.type("8")
        #expect(desk.canvas.text.contains("▶ number_range"))
        desk.type("/wrong")
        #expect(desk.canvas.text.contains("▶ search-p0002"))
    }

    @Test("With nothing held back the screen says so")
    func quiet() {
        var snapshot = Sample.snapshot(stopped: [])
        for index in snapshot.models.indices { snapshot.models[index].monitor = nil }
        var desk = Desk(snapshot: snapshot)
        desk.type("8")
        #expect(desk.canvas.text.contains("✓ nothing is held back"))
    }
}
