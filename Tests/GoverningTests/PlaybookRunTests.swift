import Governing
import Operation
import Testing
import Vocabulary

@Suite("How far the playbook is followed")
struct PlaybookRunTests {
    private static let start = Instant(microseconds: 1_790_000_000_000_000)
    private static let shop = ["shop"].compactMap { ModelName($0) }[0]

    private static func alarm(_ severity: AlarmSeverity = .warning) -> (ModelName, AlarmReport) {
        (
            shop,
            AlarmReport(
                id: "shop-1", name: "model_stale", text: "old", since: start, severity: severity,
                owner: "")
        )
    }

    private static func tick(
        _ desk: inout IncidentDesk, _ step: Int, isDone: Bool = true, beside alarm: String? = nil,
        at now: Instant = start
    ) -> IncidentDesk.Answer {
        desk.change(
            .step(
                PlaybookStep(
                    page: "p", step: step, text: "Step \(step).", isDone: isDone, alarm: alarm)),
            "", [shop], by: "ana", at: now)
    }

    private static func steps(_ desk: IncidentDesk) -> [Int] {
        (desk.runs ?? []).flatMap { $0.ticks.map(\.step) }
    }

    @Test("A step is done once, by whoever was first, and can be taken back")
    func once() {
        var desk = IncidentDesk()
        #expect(Self.tick(&desk, 2) == .done("step 2 of p is done: Step 2."))
        #expect(Self.tick(&desk, 2) == .refused("step 2 of p is done already, by ana"))
        #expect(Self.tick(&desk, 1) == .done("step 1 of p is done: Step 1."))
        #expect(Self.steps(desk) == [1, 2])
        _ = Self.tick(&desk, 2, isDone: false)
        #expect(Self.tick(&desk, 2, isDone: false) == .refused("step 2 of p is not done"))
        #expect(Self.steps(desk) == [1])
        _ = Self.tick(&desk, 1, isDone: false)
        #expect(desk.runs?.isEmpty == true)
    }

    @Test("With its incident it ends; steps from before the incident are written into it")
    func endsWithIncident() {
        var desk = IncidentDesk()
        _ = Self.tick(&desk, 1, beside: "shop-1")
        _ = desk.see([Self.alarm(.critical)], at: Self.start + .minutes(1))
        _ = Self.tick(&desk, 2, at: Self.start + .minutes(2))
        #expect(desk.runs?.first?.incident == "i1")
        desk.settleRuns([Self.alarm(.critical)], at: Self.start + .minutes(2))
        let notes = desk.open[0].entries.filter { $0.kind == .note }.map(\.text)
        #expect(notes == ["step 1 of p is done: Step 1.", "step 2 of p is done: Step 2."])
        // Somebody is at it.
        #expect(desk.open[0].acknowledged?.by == "ana")
        // The alarm is over, and the incident is not.
        desk.settleRuns([], at: Self.start + .hours(20))
        #expect(Self.steps(desk) == [1, 2])
        _ = desk.change(
            .close("i1"), "over", [Self.shop], by: "ana", at: Self.start + .hours(20))
        #expect(Self.steps(desk).isEmpty)
    }

    @Test("Without an incident it ends with its alarm; without an alarm after twelve hours")
    func endsWithAlarm() {
        var desk = IncidentDesk()
        _ = Self.tick(&desk, 1, beside: "shop-1")
        desk.settleRuns([Self.alarm()], at: Self.start + .hours(13))
        #expect(Self.steps(desk) == [1])
        desk.settleRuns([], at: Self.start + .hours(13) + .minutes(1))
        #expect(Self.steps(desk) == [1])
        desk.settleRuns([], at: Self.start + .hours(13) + .minutes(3))
        #expect(Self.steps(desk).isEmpty)
        _ = Self.tick(&desk, 1)
        desk.settleRuns([], at: Self.start + .hours(11))
        #expect(Self.steps(desk) == [1])
        desk.settleRuns([], at: Self.start + .hours(13))
        #expect(Self.steps(desk).isEmpty)
    }
}
