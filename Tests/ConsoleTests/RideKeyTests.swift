import Console
import Operation
import Testing
import Vocabulary

@Suite("Riding through, by keys")
struct RideKeyTests {
    private func snapshot(_ state: RideReport.State? = nil, event: Bool = false) -> Snapshot {
        var snapshot = Sample.snapshot(stopped: state == .tripped ? ["search"] : [])
        guard let index = snapshot.models.firstIndex(where: { $0.name.text == "search" }) else {
            return snapshot
        }
        let now = snapshot.takenAt
        if event {
            snapshot.models[index].events = [
                CalendarEvent(
                    id: "search-e1", text: "Cup final", from: now - .hours(1), to: now + .hours(3),
                    by: "ada")
            ]
        }
        guard let state else { return snapshot }
        var ride = RideReport(
            id: RideID(model: Sample.name("search"), number: 1), state: state, event: "Cup final",
            by: "ada", reason: "fans", since: now - .hours(1), from: now - .hours(1),
            until: now + .hours(3), stepShare: 0.1, examples: 4310,
            wayBack: CheckpointID(model: Sample.name("search"), number: 31),
            guards: ["log loss, 1h 00m: 0.14, limit 0.17"])
        ride.secondsLeft = 3 * 3600
        if state == .tripped { ride.text = "log loss 0.21 over 1h 00m, limit 0.17" }
        snapshot.models[index].ride = ride
        return snapshot
    }

    private func desk(_ snapshot: Snapshot) -> Desk {
        var desk = Desk(120, 40, snapshot: snapshot)
        desk.state.selectedModel = Sample.name("search")
        return desk
    }

    private func request(_ actions: [ConsoleAction]) -> ActRequest? {
        guard case .submit(_, let request)? = actions.first else { return nil }
        return request
    }

    @Test("T asks the engine first, with the calendar's event chosen; a reason and Enter begin it")
    func begins() throws {
        var desk = desk(snapshot(event: true))
        let asked = desk.type("T")
        let event = RideTerms(
            event: "Cup final", deadline: .at(Sample.snapshot().takenAt + .hours(3)))
        #expect(request(asked)?.act == .rideThrough(.begin(event)))
        #expect(request(asked)?.isDryRun == true)
        #expect(desk.canvas.text.contains("▶ Cup final, until it is over"))
        let other = desk.press(.arrow(.down))
        let hour = RideTerms(event: "Cup final", deadline: .after(.hours(1)))
        #expect(request(other)?.act == .rideThrough(.begin(hour)))
        guard case .submit(let token, _)? = other.first else { return }
        desk.answer(
            token,
            .wouldDo([
                ActEffect(
                    model: Sample.name("search"), act: "ride_through", changed: true,
                    text: "search-r0001 rides through Cup final, 12 examples wait")
            ]))
        #expect(desk.canvas.text.contains("12 examples wait"))
        #expect(desk.press(.enter).isEmpty)
        desk.type("fans")
        let sent = try #require(request(desk.press(.enter)))
        #expect(sent.act == .rideThrough(.begin(hour)) && !sent.isDryRun && sent.reason == "fans")
    }

    @Test("While it lasts, what ends it and the time left stand over every screen, and T ends it")
    func shows() {
        for key in ["1", "2", "3", "4"] {
            var desk = desk(snapshot(.riding))
            desk.type(key)
            #expect(
                desk.canvas.text.contains(
                    "◆ RIDING: search, Cup final, 3h 00m left of event time; 10.0 % steps; a guard "
                        + "or T ends it"))
        }
        var desk = desk(snapshot(.riding))
        #expect(desk.canvas.text.contains("◆ RIDING"))
        desk.type("2")
        #expect(desk.canvas.text.contains("way back search-000031; log loss, 1h 00m: 0.14"))
        #expect(request(desk.type("T"))?.act == .rideThrough(.end))
    }

    @Test("A guard that tripped is told first, with its reason and the way back")
    func trips() {
        let text = desk(snapshot(.tripped)).canvas.text
        #expect(text.contains("▲ RIDE TRIPPED: search STOPPED: log loss 0.21 over 1h 00m"))
        #expect(text.contains("the way back is search-000031"))
    }

    @Test("A rollback begins at the last healthy checkpoint")
    func rollsBackToTheLastHealthy() {
        var healthy = snapshot()
        let id = CheckpointID(model: Sample.name("search"), number: 29)
        for index in healthy.models.indices { healthy.models[index].lastHealthy = id }
        var desk = desk(healthy)
        desk.type("R")
        #expect(desk.canvas.text.contains("healthy"))
        let asked = request(desk.press(.enter, after: .seconds(1)))
        #expect(asked?.act == .rollback(to: .checkpoint(id), keepsCursor: false))
    }
}
