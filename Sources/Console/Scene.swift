import Operation
import Vocabulary

/// The screen as a function of what is known, what was chosen, the time and the size.
package struct Scene {
    /// A snapshot older than this is shown as stale.
    package static let staleAfter = Span.seconds(3)

    let link: LinkView
    let state: ViewState
    let now: Span
    var canvas: Canvas

    private init(_ state: ViewState, _ moment: ConsoleMoment, _ charset: Charset) {
        link = moment.link
        self.state = state
        now = moment.now
        canvas = Canvas(size: moment.size, charset: charset)
    }

    /// Draws the whole screen.
    package static func canvas(
        of state: ViewState, at moment: ConsoleMoment, charset: Charset
    ) -> Canvas {
        var scene = Scene(state, moment, charset)
        scene.draw()
        return scene.canvas
    }

    var size: ScreenSize { canvas.size }

    private mutating func draw() {
        guard !size.isTooSmall else {
            drawTooSmall()
            return
        }
        drawBar()
        drawSituation()
        var top = 2
        for banner in banners {
            canvas.fill(Area(row: top, column: 0, width: size.width, height: 1), banner.role)
            canvas.put(" " + banner.text, row: top, column: 0, width: size.width, banner.role)
            top += 1
        }
        var body = Area(row: top, column: 0, width: size.width, height: size.height - top - 2)
        let page = playbookArea(body)
        if state.playbook != nil, let width = size.playbookWidth { body.width -= width }
        if state.shown(link) == nil, link.fleet.isEmpty || state.screen != .fleet {
            canvas.put("Waiting for the first news from the engine.", row: top + 1, column: 2)
        } else {
            drawScreen(in: body)
            if let view = state.playbook { drawPlaybook(view, in: page) }
        }
        // Nothing is known to be well while nothing new is known.
        if !link.isConnected || link.age > Self.staleAfter { canvas.replace(.good, by: .plain) }
        if let dialog = state.dialog { drawDialog(dialog) }
        drawNote(row: size.height - 2)
        drawFooter(row: size.height - 1)
    }

    private mutating func drawScreen(in body: Area) {
        switch state.screen {
        case .fleet: drawFleet(in: body)
        case .model: drawModel(in: body)
        case .checkpoints: drawCheckpoints(in: body)
        case .journal: drawJournal(in: body)
        case .alarms: drawAlarmsScreen(in: body)
        case .launch: drawLaunch(in: body)
        case .drift: drawDrift(in: body)
        case .data: drawData(in: body)
        case .drills: drawDrills(in: body)
        }
    }

    private mutating func drawTooSmall() {
        let target = state.selectedReport(link)?.name.text ?? "all models"
        let stop = state.keyMap.key(for: .stop)
        let least = "\(ScreenSize.Limits.widthMin)x\(ScreenSize.Limits.heightMin)"
        var lines = ["too small: needs \(least)", "\(stop) stops \(target)"]
        if let (text, _) = stopNote { lines.insert(text, at: 0) }
        for (row, line) in lines.prefix(size.height).enumerated() {
            canvas.put(line, row: row, column: 0, width: size.width, .strong)
        }
    }

    // MARK: - What is always there

    private mutating func drawBar() {
        canvas.fill(Area(row: 0, column: 0, width: size.width, height: 1), .bar)
        let name = link.engine.map { " SPINDLE at " + $0 } ?? " SPINDLE"
        var column = canvas.put(name, row: 0, column: 0, width: 30, .barStrong) + 1
        let clock = link.snapshot.map { Figure.clock($0.takenAt) } ?? ""
        let badge = state.mayOnlyLook(link) ? "READ-ONLY " : ""
        let health = "\(badge)\(freshness) \(clock)\(size.width < 90 ? "" : " UTC") "
        let full = Screen.allCases.reduce(column) { $0 + $1.title.count + 4 }
        for screen in Screen.allCases {
            let isHere = screen == state.screen
            let isShort = full + health.count > size.width && !isHere
            let key = state.keyMap.key(for: screen.command)
            let name = key + (isShort ? "" : " \(screen.title)")
            let text = isHere ? "[\(name)]" : " \(name) "
            let start = column
            column = canvas.put(text, row: 0, column: column, isHere ? .barStrong : .bar)
            canvas.aim(
                Area(row: 0, column: start, width: column - start, height: 1),
                at: .screen(screen))
        }
        canvas.put(health, row: 0, before: size.width, .bar)
    }

    private var freshness: String {
        if !link.isConnected { return "DISCONNECTED" }
        if link.snapshot == nil { return "no news" }
        return link.age > Self.staleAfter ? "STALE" : "live"
    }

    private var banners: [(text: String, role: Role)] {
        var lines: [(text: String, role: Role)] = []
        if let drill = link.snapshot?.engine.drill { lines.append((words(drill), .warning)) }
        let age = Figure.span(seconds: link.age.seconds)
        let taken = link.snapshot.map { "figures are of \(Figure.clock($0.takenAt)) UTC" }
        if !link.isConnected {
            let text = "▲ DISCONNECTED: the engine has not answered for \(age); "
            lines.append((text + (taken ?? "nothing is known"), .critical))
        } else if link.age > Self.staleAfter {
            let text = "▲ STALE: no news from the engine for \(age); "
            lines.append((text + (taken ?? "nothing is known"), .critical))
        }
        if let clock = incidentClock { lines.append(clock) }
        if let ride = rideBanner { lines.append(ride) }
        if let frozen = state.frozen {
            let text = "FROZEN by you at \(Figure.clock(frozen.takenAt)) UTC; Space goes on"
            lines.append((text, .warning))
        }
        return lines
    }

    private func words(_ drill: DrillReport) -> String {
        let now = state.selectedReport(link)?.eventTime ?? drill.from
        let place =
            now < drill.from
            ? "begins in \((drill.from - now).text)"
            : now < drill.to ? "since \((now - drill.from).text)" : "is over"
        let done = "\(state.keyMap.key(for: .leave)) ends it and shows the score"
        return "DRILL \(drill.scenario), \(place) of event time: nothing here is real; \(done)"
    }

    /// Is it on fire, since when, how much of it.
    private mutating func drawSituation() {
        let rows = state.allRows(link)
        guard !rows.isEmpty || state.shown(link) != nil else { return }
        var column = 1
        for part in situation(of: rows) where column + part.text.count < size.width {
            column = canvas.put(part.text, row: 1, column: column, part.role) + 1
        }
    }

    private func situation(of rows: [FleetRow]) -> [(text: String, role: Role)] {
        var parts: [(text: String, role: Role)] = []
        let models = rows.compactMap(\.model)
        let lost = link.fleet.count { Self.lost($0) != nil }
        if lost > 0 { parts.append(("▲ \(Words.plural(lost, "engine")) LOST", .critical)) }
        let alarms = state.fleetAlarms(link)
        for severity in AlarmSeverity.allCases {
            let count = alarms.count { $0.alarm.severity == severity }
            guard count > 0 else { continue }
            let words = Words.severity(severity)
            parts.append(("\(words.sign) \(count) \(words.text)", words.role))
        }
        if alarms.isEmpty { parts.append(("✓ no alarms", lost > 0 ? .plain : .good)) }
        let count = models.count
        let stopped = rows.filter { $0.model?.training.state == .stopped }
        if !stopped.isEmpty {
            let text =
                stopped.count == 1 && count > 1
                ? "\(stopped[0].name) STOPPED" : "\(stopped.count) of \(count) STOPPED"
            parts.append(("■ \(text)", .warning))
        }
        let failed = models.count { $0.training.state == .failed }
        if failed > 0 { parts.append(("▲ \(failed) of \(count) FAILED", .critical)) }
        for row in rows {
            guard let outside = row.model?.monitor?.outsideDomain, let first = outside.first else {
                continue
            }
            let more = outside.count > 1 ? " +\(outside.count - 1)" : ""
            let what = count > 1 ? row.name : first + more
            parts.append(("▲ OUT OF DOMAIN: \(what)", .warning))
        }
        if let worst = alarms.first {
            let age = Figure.span(seconds: Self.age(of: worst.alarm, worst.model).seconds)
            parts.append(("worst: \(worst.row.name) for \(age)", .plain))
        }
        let running = models.count { $0.training.state == .running }
        parts.append(("\(running) of \(Words.plural(count, "model")) running", .plain))
        let others = othersWatching
        if !others.isEmpty {
            let names = Set(others.map(\.user)).sorted().joined(separator: ", ")
            parts.append(("also watching: \(names)", .plain))
        }
        return parts
    }

    /// Alarms begin in event time; so their age is counted there, too.
    static func age(of alarm: AlarmReport, _ model: ModelReport) -> Span {
        max(.zero, (model.eventTime ?? alarm.since) - alarm.since)
    }

    // MARK: - What was asked, what came of it

    /// A red button that was pressed, and whether the engine is seen to have followed.
    private var stopNote: (text: String, role: Role)? {
        guard let asked = state.stopAsked else { return nil }
        let name: String
        let place = link.fleet.isEmpty ? "" : asked.engine ?? ""
        switch asked.scope {
        case .all: name = "ALL models" + (place.isEmpty ? "" : " of \(place)")
        case .model(let model): name = model.text + (place.isEmpty ? "" : " of \(place)")
        }
        let isDone = state.isFollowed(asked, link)
        // It had stopped, and somebody resumed it since.
        if asked.isConfirmed, !isDone { return nil }
        let age = Span(microseconds: now.microseconds - asked.at.microseconds)
        let seconds = age.microseconds / 1_000_000
        var text: String
        let role: Role
        if isDone {
            text = "■ \(name): stopped, pushes frozen."
            role = .warning
        } else if seconds < 2 {
            text = "Asked to stop \(name)."
            role = .warning
        } else {
            text = "▲ Asked to stop \(name) \(seconds)s ago, NOT CONFIRMED yet."
            role = .critical
        }
        let engine = link.fleet.first { $0.name == asked.engine }
        let count = (engine?.snapshot ?? link.snapshot)?.models.count
        if state.isRedWindowOpen(at: now), count ?? 2 > 1 {
            let left = max(1, 5 - seconds)
            let number = count.map { "\($0) " } ?? ""
            text +=
                " \(state.keyMap.key(for: .stopAll)) stops ALL \(number)models"
                + (place.isEmpty ? "" : " of \(place)") + " (\(left)s left)"
        } else if isDone {
            text += " \(state.keyMap.key(for: .resume)) resumes"
        }
        return (text, role)
    }

    private mutating func drawNote(row: Int) {
        var lines: [(text: String, role: Role)] = []
        if let stop = stopNote { lines.append(stop) }
        for asked in state.actsAsked.suffix(1) {
            lines.append((asking(asked), .warning))
        }
        let (news, shown) = (othersAct, state.shownNote(at: now))
        // What somebody did since may be what the note denies.
        if let shown, news.map({ $0.age > shown.age }) ?? true {
            lines.append((shown.note.text, shown.note.role))
        }
        if lines.isEmpty, let news { lines.append((news.text, .strong)) }
        var column = 1
        for line in lines {
            guard column < size.width - 4 else { return }
            column = canvas.put(
                line.text, row: row, column: column, width: size.width - column - 1, line.role)
            column += 2
        }
    }

    /// An act that was asked for, and where models learn again because of it, how far they are.
    private func asking(_ asked: ViewState.ActAsked) -> String {
        let age = Span(microseconds: now.microseconds - asked.at.microseconds)
        let text = "Asked: \(asked.title), \(age.microseconds / 1_000_000)s ago, "
        let model = link.snapshot?.models.first { model in
            asked.scope.covers(model.name) && model.training.state == .catchingUp
        }
        guard let training = model?.training else { return text + "no answer yet" }
        return text + "learns again, \(Self.behind(training))"
    }

    private mutating func drawFooter(row: Int) {
        var column = 1
        var shown: Set<String> = []
        for (keys, text) in hints where shown.insert(text).inserted {
            guard column + keys.count + text.count + 1 <= size.width else { break }
            // A key that this user may not press is neither bold nor bare.
            let role: Role = keys.hasPrefix("(") ? .line : .key
            column = canvas.put(keys, row: row, column: column, role)
            column = canvas.put(" " + text, row: row, column: column) + 2
        }
    }

    private var hints: [(String, String)] {
        let target = state.selectedReport(link)?.name.text ?? "all"
        let stop = (key(for: .stop), "STOP \(target)")
        switch state.dialog {
        case .help: return [stop, ("Up Down", "move"), ("Esc", "close")]
        case .watchers: return [stop, ("Esc", "close")]
        case .palette:
            return [
                stop, ("Tab", "complete"), ("Up Down", "choose"), ("Enter", "do it"),
                ("Esc", "close"),
            ]
        case .leave: return [stop, ("k", "keep"), ("e", "end"), ("Esc", "stay")]
        case .reason(let form):
            guard form.typed == nil else { return [stop, ("Enter Esc", "cancel")] }
            let choose = form.choices.count > 1 ? [("Up Down", "choose")] : []
            guard form.preview.refusal == nil else { return [stop] + choose + [("Esc", "close")] }
            return [stop, ("Enter", form.verb)] + choose + [("Esc", "cancel")]
        case .incident:
            return [
                stop, (key(for: .note), "note"), (key(for: .resolveIncident), "close it"),
                ("Up Down", "move"), ("Esc", "back"),
            ]
        case .rehearsal(let view): return rehearsalHints(view, stop)
        case .purge(let form):
            switch form.step {
            case .describing:
                return [
                    stop, ("Tab", "next line"), ("Ctrl-F", "find the window"),
                    ("Enter", "go on"), ("Esc", "cancel"),
                ]
            case .reasoning: return reasonHints(form.preview, stop)
            case .confirming: return [stop, ("Enter Esc", "cancel")]
            }
        case .rollback(let form):
            switch form.step {
            case .choosing:
                return [stop, ("Up Down", "choose"), ("Enter", "go on"), ("Esc", "cancel")]
            case .reasoning: return reasonHints(form.preview, stop)
            case .confirming: return [stop, ("Enter Esc", "cancel")]
            }
        case nil: break
        }
        if state.playbook != nil {
            return [
                stop, ("Space", "done"), ("Enter", "the step's key"), ("Up Down", "move"),
                ("Esc", "close"), ("Left Right", "pages"),
            ]
        }
        if state.isFiltering { return [stop, ("Enter", "keep filter"), ("Esc", "clear")] }
        if state.screen == .alarms { return alarmsHints(stop) }
        var list = [
            stop, (key(for: .resume), "resume"), (key(for: .rollback), "roll back"),
            (key(for: .purge), "purge"),
        ]
        if let model = state.selectedReport(link), state.screen == .model, !model.alarms.isEmpty {
            list += [
                (key(for: .rehearse), "rehearse"), (key(for: .playbook), "playbook"),
                (key(for: .help), "help"),
            ]
        }
        let filter = (key(for: .filter), "filter")
        switch state.screen {
        case .fleet: list += [(key(for: .open), "open"), filter]
        case .model:
            list += [
                (pair(.left, .right), "model"), (pair(.down, .up), "charts"),
                (pair(.zoomIn, .zoomOut), "zoom"), (key(for: .cursor), "cursor"),
            ]
        case .launch: list = launchHints(stop)
        case .drift where size.width < 120:
            list += [(key(for: .open), "other side"), filter]
        case .drift, .data, .drills: list += [filter]
        case .checkpoints: list += [(key(for: .compare), "compare"), filter]
        case .journal, .alarms: list += [filter]
        }
        return list + [
            (key(for: .help), "help"), (key(for: .leave), "leave"),
            (key(for: .palette), "command"), (key(for: .freeze), "freeze"),
            (key(for: .nextScreen), "next screen"),
        ]
    }

    private func reasonHints(
        _ preview: Preview, _ stop: (String, String)
    ) -> [(String, String)] {
        preview.refusal == nil
            ? [stop, ("Enter", "go on"), ("Esc", "cancel")] : [stop, ("Esc", "close")]
    }

    func pair(_ one: Command, _ other: Command) -> String {
        "\(state.keyMap.key(for: one)) \(state.keyMap.key(for: other))"
    }
}
