import Governing
import Operation
import Testing
import Vocabulary

@Suite("Incidents")
struct IncidentDeskTests {
    private static let start = Instant(microseconds: 1_790_000_000_000_000)
    private static let shop = ["shop"].compactMap { ModelName($0) }[0]

    private static func alarm(
        _ name: String, _ severity: AlarmSeverity = .critical
    ) -> (ModelName, AlarmReport) {
        (
            shop,
            AlarmReport(
                id: "shop-1", name: name, text: "it is | so", since: start, severity: severity,
                owner: "")
        )
    }

    private static func entry(
        _ seq: Int, _ act: String, _ effect: String = "done", by: String = "ana", minute: Int
    ) -> JournalEntry {
        JournalEntry(
            seq: seq, ts: start + .minutes(minute), kind: .act, act: act, model: shop, by: by,
            from: "tty", reason: "why", effect: effect, digest: "")
    }

    @Test("A critical alarm opens one by itself; a warning, or what an operator did, none")
    func opens() {
        var desk = IncidentDesk()
        #expect(desk.see([Self.alarm("labels_stalled", .warning)], at: Self.start).isEmpty)
        #expect(desk.see([Self.alarm("training_stopped")], at: Self.start).isEmpty)
        #expect(desk.see([Self.alarm("labels_stalled")], at: Self.start).count == 1)
        #expect(desk.see([Self.alarm("labels_stalled")], at: Self.start).isEmpty)
        #expect(desk.open.map(\.id) == ["i1"])
        // Later ones belong to it, once each.
        _ = desk.see([Self.alarm("model_stale", .warning)], at: Self.start + .seconds(1))
        _ = desk.see([Self.alarm("model_stale", .warning)], at: Self.start + .seconds(2))
        #expect(desk.open[0].alarms.map(\.name) == ["labels_stalled", "model_stale"])
        #expect(desk.open[0].entries.count == 2)
    }

    @Test("One that is closed is not opened again by an alarm that has lasted since")
    func closes() {
        var desk = IncidentDesk()
        let alarm = [Self.alarm("labels_stalled")]
        _ = desk.see(alarm, at: Self.start)
        let answer = desk.change(
            .close("i1"), "over", [Self.shop], by: "ana", at: Self.start + .minutes(1))
        let text = "incident i1 is closed, though nobody has said that it was mitigated"
        #expect(answer == .done(text))
        #expect(desk.see(alarm, at: Self.start + .minutes(2)).isEmpty)
        #expect(desk.open.isEmpty)
        // It was over for a while: the next is another one.
        #expect(desk.see([], at: Self.start + .minutes(10)).isEmpty)
        #expect(desk.see(alarm, at: Self.start + .minutes(11)).count == 1)
        #expect(desk.open.map(\.id) == ["i2"])
    }

    @Test("Acts of the journal are attached once, and move the clock")
    func attaches() throws {
        var desk = IncidentDesk()
        _ = desk.see([Self.alarm("feature_unit", .critical)], at: Self.start)
        #expect(desk.open[0].data == .purgeNeeded)
        let acts = [
            Self.entry(1, "acknowledge", minute: 2), Self.entry(2, "stop", minute: 5),
            Self.entry(3, "rollback", "goes back 5 examples", minute: 6),
        ]
        desk.read(acts.reversed())
        desk.read(acts)
        let incident = try #require(desk.open.first)
        #expect(incident.entries.filter { $0.kind == .act }.count == 3)
        #expect(incident.acknowledged?.at == Self.start + .minutes(2))
        #expect(incident.mitigated?.at == Self.start + .minutes(5))
        #expect(desk.unpurged["shop"] != nil)
        desk.read([Self.entry(4, "purge", "leaves out", minute: 9)])
        #expect(desk.open[0].data == .purged && desk.unpurged.isEmpty)
        var limits = IncidentLimits()
        limits.mitigatedWithin = .minutes(4)
        limits.resolvedWithin = .hours(1)
        #expect(desk.open[0].nextStep(limits)?.due == Self.start + .hours(1))
        let page = IncidentText.markdown(desk.open[0], limits: limits)
        #expect(page.contains("| mitigated | ") && page.contains("MISSED"))
        #expect(page.contains("it is \\| so"))
    }

    @Test("A rollback that passes over what was learned needs no purge")
    func knowsKeptCursors() {
        var desk = IncidentDesk()
        _ = desk.see([Self.alarm("labels_stalled")], at: Self.start)
        desk.read([
            Self.entry(
                1, "rollback", "goes back 5 examples; these are passed over", minute: 1)
        ])
        #expect(desk.open[0].data == .unknown && desk.unpurged.isEmpty)
    }

    @Test("Notes mark it, and what is written into it is bounded")
    func notes() {
        var desk = IncidentDesk()
        let opened = desk.change(.open, "smoke", [Self.shop], by: "ana", at: Self.start)
        #expect(opened == .done("incident i1 is open: smoke"))
        for index in 0..<2100 {
            _ = desk.change(
                .note("i1", nil), "note \(index)", [Self.shop], by: "ana", at: Self.start)
        }
        #expect(desk.open[0].entries.count == 2000)
        #expect(desk.open[0].droppedCount == 101)
        _ = desk.change(
            .note("i1", .causeClosed), "the feed", [Self.shop], by: "ben", at: Self.start)
        _ = desk.change(
            .note("i1", .purgeUnneeded), "code", [Self.shop], by: "ben", at: Self.start)
        #expect(desk.open[0].cause?.by == "ben")
        #expect(desk.open[0].data == .purgeUnneeded)
        let none = desk.change(.close("i7"), "over", [Self.shop], by: "ana", at: Self.start)
        #expect(none == .refused("there is no incident i7"))
        for _ in 0..<40 {
            _ = desk.change(.open, "more", [Self.shop], by: "ana", at: Self.start)
        }
        #expect(desk.open.count == 32)
    }
}

@Suite("Two people")
struct ProposalDeskTests {
    private static let start = Instant(microseconds: 1_790_000_000_000_000)

    private func request(_ user: String) -> ActRequest {
        ActRequest(
            act: .resume, scope: .all, reason: "go", isDryRun: false,
            actor: Actor(user: user, from: "tty"))
    }

    @Test("The same person twice is refused, and so is who comes too late")
    func needsAnother() throws {
        var desk = ProposalDesk()
        let proposal = desk.propose(
            request("ana"), [], [], at: Self.start, lasts: .minutes(30))
        let id = try #require(proposal).id
        guard case .refused(let same) = desk.find(id, by: "ana", isGranted: true, at: Self.start)
        else {
            Issue.record("the same person was taken twice")
            return
        }
        #expect(same.contains("not the same one twice"))
        guard case .found = desk.find(id, by: "ben", isGranted: true, at: Self.start) else {
            Issue.record("a second person was refused")
            return
        }
        let late = Self.start + .minutes(30)
        guard case .refused(let text) = desk.find(id, by: "ben", isGranted: true, at: late) else {
            Issue.record("an expired one was found")
            return
        }
        #expect(text.contains("has expired"))
        #expect(desk.expire(at: late).map(\.id) == [id])
        #expect(desk.proposals.isEmpty)
    }

    @Test("Who broke the glass does not review it; no more than 32 acts wait")
    func reviews() throws {
        var desk = ProposalDesk()
        let model = try #require(ModelName("shop"))
        let glass = desk.breakGlass(request("ana"), on: model, at: Self.start)
        #expect(desk.review(glass.id, by: "ana").0 == nil)
        #expect(desk.glass.count == 1)
        #expect(desk.review(glass.id, by: "ben").0 == glass)
        #expect(desk.glass.isEmpty)
        for _ in 0..<32 {
            #expect(
                desk.propose(request("ana"), [], [], at: Self.start, lasts: .hours(1)) != nil)
        }
        #expect(desk.propose(request("ana"), [], [], at: Self.start, lasts: .hours(1)) == nil)
    }
}
