import Console
import Operation
import Testing
import Vocabulary

/// What a console asks the engine for while somebody looks: charts, older entries, drills.
@Suite struct AskingTests {
    /// A journal of 5,000 entries, of which each 1,000th is a rollback by eve; the snapshot has
    /// the newest hundred.
    private static let all: [JournalEntry] = (1...5000).map { seq in
        JournalEntry(
            seq: seq, ts: Sample.start + .seconds(seq), kind: .act,
            act: seq % 1000 == 0 ? "rollback" : "stop", model: Sample.name("search"),
            by: seq % 1000 == 0 ? "eve" : "ada", from: "test", reason: "r\(seq)",
            effect: "e\(seq)", digest: "")
    }

    private static func desk(_ text: String) -> (desk: Desk, actions: [ConsoleAction]) {
        var snapshot = Sample.snapshot()
        snapshot.journal = Array(all.suffix(100).reversed())
        var desk = Desk(120, 30, snapshot: snapshot)
        let actions = desk.type(text)
        return (desk, actions)
    }

    /// Answers as an engine does that looks at so many entries for a page; gives the pages.
    private static func serve(
        _ desk: inout Desk, _ actions: [ConsoleAction], scan: Int = 1500
    ) -> Int {
        var (waiting, pages) = (actions, 0)
        while let action = waiting.last, pages < 100 {
            waiting.removeLast()
            guard case .readJournal(let token, let query) = action else { continue }
            pages += 1
            let low = max(1, query.before - scan)
            let found = all[(low - 1)..<(query.before - 1)].reversed().filter { entry in
                query.text.isEmpty || [entry.by, entry.effect, entry.reason].contains(query.text)
            }
            let page = JournalPage(
                entries: Array(found.prefix(100)),
                reached: found.count > 99 ? found[found.startIndex + 99].seq : low)
            waiting += desk.state.update(.journalRead(token: token, page), at: desk.moment)
        }
        return pages
    }

    @Test("A search goes on behind the newest hundred, to the first entry of all")
    func search() {
        var (desk, actions) = Self.desk("4/eve")
        let pages = Self.serve(&desk, actions)
        #expect(pages >= 4)
        #expect(desk.state.shownEntries(desk.link).map(\.seq) == [5000, 4000, 3000, 2000, 1000])
        #expect(desk.canvas.text.contains("5 entries match in all"))
        (desk, actions) = Self.desk("3/000031")
        #expect(desk.canvas.text.contains("1 checkpoint matches"))
    }

    @Test("Nothing is asked for while what is shown suffices; scrolling down brings more")
    func scrolling() {
        var (desk, actions) = Self.desk("4")
        #expect(actions.isEmpty)
        #expect(desk.state.shownEntries(desk.link).count == 100)
        for _ in 0..<3 { _ = Self.serve(&desk, desk.press(.end)) }
        let seqs = desk.state.shownEntries(desk.link).map(\.seq)
        #expect(seqs == Array((4601...5000).reversed()), "each once, none left out")
        #expect(desk.state.selectedEntry == 4701)
    }

    @Test("What is newer pushes nothing out of a list that was scrolled")
    func newer() {
        var (desk, _) = Self.desk("4")
        _ = Self.serve(&desk, desk.press(.end))
        let later = (5001...5060).map { seq in
            var entry = Self.all[0]
            entry.seq = seq
            return entry
        }
        desk.link.snapshot?.journal = Array((Self.all.suffix(40) + later).reversed())
        desk.press(.arrow(.up))
        let seqs = desk.state.shownEntries(desk.link).map(\.seq)
        #expect(seqs == Array((4801...5060).reversed()))
    }

    @Test("An engine that cannot search is asked once, and the screen says why")
    func fault() {
        var (desk, actions) = Self.desk("4/zzz")
        guard case .readJournal(let token, _)? = actions.last else {
            Issue.record("nothing was asked")
            return
        }
        let page = JournalPage(entries: [], reached: 1, fault: "the engine answered 404")
        let more = desk.state.update(.journalRead(token: token, page), at: desk.moment)
        #expect(more.isEmpty)
        #expect(desk.canvas.text.contains("older ones cannot be read: the engine answered 404"))
        #expect(desk.press(.arrow(.down)).isEmpty)
    }

    @Test("Each zoom asks for steps that suit it")
    func charts() {
        var desk = Desk(160, 50)
        #expect(desk.type("2Z") == [.showCharts(.days(3))])
        #expect(desk.type("ZZZ").last == .showCharts(.days(30)))
        #expect(desk.type("Z").isEmpty)
        #expect(desk.canvas.text.contains("newest 30d"))
        #expect(desk.type("zzzzzzzzz").last == .showCharts(.minutes(15)))
    }

    @Test("Steps of the span asked for take the place of the day's; what has none stays")
    func steps() {
        var snapshot = Sample.snapshot()
        let day = snapshot.models[0].series
        func series(_ step: Span, _ count: Int) -> [Series] {
            day.filter { $0.name != .coverage }.map { one in
                Series(
                    name: one.name, unit: one.unit, start: Sample.start, step: step,
                    points: Array(repeating: 1, count: count))
            }
        }
        snapshot.models[0].newestSeries = series(.minutes(1), 120)
        snapshot.models[0].monthSeries = series(.hours(1), 720)
        let near = snapshot.showing(.minutes(15)).models[0]
        #expect(near.series.first { $0.name == .logLoss }?.step == .minutes(1))
        #expect(near.series.first { $0.name == .coverage }?.step == day[0].step)
        #expect(near.newestSeries == nil && near.monthSeries == nil)
        let week = snapshot.showing(.days(7)).models[0].series.first { $0.name == .logLoss }
        #expect(week?.points.count == 168 && week?.start == Sample.start + .hours(720 - 168))
        #expect(snapshot.showing(.hours(12)).models[0].series == day)
        #expect(snapshot.summary.models[0].monthSeries == nil)
    }

    @Test("The screen of drills asks each time that it is opened, and copies the command")
    func drills() {
        var desk = Desk(120, 30)
        guard case .readReadiness(let token)? = desk.type("9").last else {
            Issue.record("nothing was asked")
            return
        }
        #expect(desk.canvas.text.contains("Asking the engine"))
        let answer = ConsoleMessage.readinessRead(token: token, Sample.readiness())
        #expect(desk.state.update(answer, at: desk.moment).isEmpty)
        #expect(desk.canvas.text.contains("search: readiness 60 %; 2 of 3 drills practised"))
        #expect(desk.canvas.text.contains("1 failure found by NOTHING"))
        #expect(desk.canvas.text.contains("in a shell: spindle drill price-in-pennies"))
        desk.press(.arrow(.down))
        #expect(desk.type("y") == [.copy("spindle drill bots")])
        #expect(desk.canvas.text.contains("found by nothing, never mitigated"))
        #expect(desk.type("1").isEmpty)
        #expect(desk.type("9").count == 1)
    }

    @Test("A purge that is waited for says on every screen how much time is left, and q leaves")
    func purging() throws {
        var desk = Desk(80, 24)
        desk.state.selectedModel = Sample.name("search")
        desk.press(.letter("P"))
        guard case .submit(let token, _)? = desk.press(.enter).last else {
            Issue.record("nothing was asked")
            return
        }
        desk.answer(token, .wouldDo([Desk.effect]))
        desk.type("bots", after: .seconds(1))
        desk.press(.enter)
        guard case .submit(_, let request)? = desk.type("search", after: .seconds(1)).last else {
            Issue.record("nothing was sent")
            return
        }
        #expect(request.act.name == "purge")
        #expect(desk.canvas.text.contains("Asked: purge search, 0s ago, no answer yet"))
        let index = try #require(
            desk.link.snapshot?.models.firstIndex { $0.name == Sample.name("search") })
        desk.link.snapshot?.models[index].training.state = .catchingUp
        desk.link.snapshot?.models[index].training.behind = 120_000
        desk.link.snapshot?.models[index].training.secondsLeft = 41
        for key in ["1", "2", "3", "4", "5", "6", "7", "8"] {
            desk.type(key, after: .seconds(1))
            let text = desk.canvas.text
            #expect(text.contains("Asked: purge search") && text.contains(" 41s left"), "\(text)")
        }
        #expect(desk.press(.letter("q")) == [.leave(keepEngine: true)])
    }
}
