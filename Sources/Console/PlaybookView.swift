import Operation
import Vocabulary

/// A page of the playbook that lies open, beside the screen or over it.
package struct PlaybookView: Equatable, Sendable {
    package var model: ModelName
    /// The page's id.
    package var page: String
    /// The alarm that it was opened beside, by its id; nil for none.
    package var alarm: String?
    /// Event time at which what the alarm is about likely began.
    package var onset: Instant?
    /// The chosen part of the page, counted from 0.
    package var item = 0

    package init(model: ModelName, page: String, alarm: String?) {
        (self.model, self.page, self.alarm) = (model, page, alarm)
    }
}

extension ScreenSize {
    /// The width of a page beside the screen; nil where it lies over it.
    var playbookWidth: Int? { width >= 132 ? min(78, width - 82) : nil }
}

extension ViewState {
    /// Pages in the order in which they are turned: of the model's alarms, the worst first, then
    /// the others.
    func pages(
        of model: ModelName, _ link: LinkView
    ) -> [(page: PlaybookPage, alarm: AlarmReport?)] {
        guard let snapshot = shown(link), let book = snapshot.playbook else { return [] }
        var found: [(page: PlaybookPage, alarm: AlarmReport?)] = []
        let report = snapshot.models.first { $0.name == model }
        let alarms = (report?.alarms ?? []).flatMap { alarm in report.map { [($0, alarm)] } ?? [] }
        for (_, alarm) in Words.sorted(alarms) {
            guard let page = book.page(for: alarm.name),
                !found.contains(where: { $0.page.id == page.id })
            else { continue }
            found.append((page: page, alarm: alarm))
        }
        let known = Set(found.map(\.page.id))
        return found
            + book.pages.filter { !known.contains($0.id) }.map { (page: $0, alarm: nil) }
    }

    /// The alarm that keys are for: of the open page, or chosen on the screen of alarms.
    func chosenAlarm(_ link: LinkView) -> (model: ModelName, id: String)? {
        if let playbook { return playbook.alarm.map { (model: playbook.model, id: $0) } }
        guard screen == .alarms, case .alarm(let model, let id)? = currentItem(link) else {
            return nil
        }
        return (model: model, id: id)
    }

    /// From the hour of the chosen alarm's onset until now: what a purge begins with. Nil where no
    /// alarm is chosen.
    func suspectWindow(of report: ModelReport, _ link: LinkView) -> ExampleSelection? {
        let chosen = chosenAlarm(link)
        let alarm = report.alarms.first { $0.id == chosen?.id && report.name == chosen?.model }
        // An alarm that is over by now began all the same.
        let begun = alarm.map { $0.onset ?? $0.since }
        guard let onset = playbook?.onset ?? begun, let now = report.eventTime, onset < now else {
            return nil
        }
        return ExampleSelection(
            from: onset.floored(to: .hours(1)), to: now.floored(to: .minutes(1)) + .minutes(1))
    }

    /// Opens the page of the chosen alarm, else of the selected model's worst.
    mutating func openPlaybook(at moment: ConsoleMoment) {
        if screen != .alarms, let left = leftPlaybook, left.model == selectedModel {
            playbook = left
            leftPlaybook = nil
            return
        }
        leftPlaybook = nil
        guard let book = shown(moment.link)?.playbook, !book.pages.isEmpty else {
            note = Note(text: "this engine has no playbook", role: .plain)
            return
        }
        let chosen = chosenAlarm(moment.link)
        let models = shown(moment.link)?.models ?? []
        let model = chosen?.model ?? selectedReport(moment.link)?.name
        guard let report = models.first(where: { $0.name == model }) else {
            note = Note(text: "no model whose playbook to open yet", role: .plain)
            return
        }
        if let alarm = report.alarms.first(where: { $0.id == chosen?.id }) {
            openPlaybook(of: alarm, report.name, at: moment)
        } else if let first = pages(of: report.name, moment.link).first {
            if first.alarm == nil {
                let text = "\(report.name) has no alarm with a page; Left and Right turn pages"
                note = Note(text: text, role: .plain)
            }
            show(first.page, first.alarm?.id, of: report.name, at: moment)
        }
    }

    /// Opens the page for an alarm of a model.
    mutating func openPlaybook(
        of alarm: AlarmReport, _ model: ModelName, at moment: ConsoleMoment
    ) {
        guard let page = shown(moment.link)?.playbook?.page(for: alarm.name) else {
            note = Note(
                text: "no page is for \(alarm.name); write playbooks/\(alarm.name).md",
                role: .warning)
            return
        }
        show(page, alarm.id, of: model, at: moment)
    }

    private mutating func show(
        _ page: PlaybookPage, _ alarm: String?, of model: ModelName, at moment: ConsoleMoment
    ) {
        // Keys are for the model that the page is followed for.
        selectedModel = model
        var view = PlaybookView(model: model, page: page.id, alarm: alarm)
        let report = shown(moment.link)?.models.first { $0.name == model }
        view.onset = report?.alarms.first { $0.id == alarm }.map { $0.onset ?? $0.since }
        let ticks = shown(moment.link)?.playbook?.ticks(page, model) ?? [:]
        view.item = Self.nextStep(of: page, ticks)?.item ?? 0
        playbook = view
    }

    /// The first step that is not done, and which part of the page it is.
    static func nextStep(
        of page: PlaybookPage, _ ticks: [Int: PlaybookTick]
    ) -> (item: Int, task: PlaybookTask)? {
        for (index, item) in page.items.enumerated() {
            if case .step(let task) = item, ticks[task.number] == nil { return (index, task) }
        }
        return nil
    }

    /// Does a command while a page is open and no dialog is: acts are as they are without it.
    mutating func takeInPlaybook(
        _ command: Command, _ view: PlaybookView, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let page = shown(moment.link)?.playbook?.page(view.page)
        switch command {
        case .up: move(by: -1, page)
        case .down: move(by: 1, page)
        case .pageUp: move(by: -5, page)
        case .pageDown: move(by: 5, page)
        case .top: move(by: -10_000, page)
        case .bottom: move(by: 10_000, page)
        case .left: turn(by: -1, view, at: moment)
        case .right: turn(by: 1, view, at: moment)
        case .back, .playbook: playbook = nil
        case .freeze: return tick(view, page, at: moment)
        case .open: return doStep(view, page, by: event, at: moment)
        case .leave, .filter:
            note = Note(text: "Esc closes the playbook; then the key works", role: .plain)
        case .fleetScreen, .modelScreen, .checkpointsScreen, .journalScreen, .alarmsScreen,
            .launchScreen, .driftScreen, .dataScreen, .drillsScreen, .nextScreen, .previousScreen:
            return look(command, by: event, at: moment)
        case .stop, .stopAll, .resume, .rollback, .fallback, .hold, .approve, .purge, .rehearse,
            .bisect, .rideThrough, .evidence, .zoomIn, .zoomOut, .cursor, .compare, .copy, .mouse,
            .watchers, .worstFirst,
            .help, .acknowledge, .note, .writeNote, .palette, .openIncident, .resolveIncident,
            .countersign,
            .review, .launchStart, .launchUp, .launchDown, .launchPromote, .launchEnd:
            return perform(command, by: event, at: moment)
        }
        return []
    }

    /// Another screen: a page beside it stays, one that lies over it is left.
    private mutating func look(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let actions = perform(command, by: event, at: moment)
        if moment.size.playbookWidth == nil {
            (leftPlaybook, playbook) = (playbook, nil)
            note = Note(
                text: "\(keyMap.key(for: .playbook)) goes back to the playbook", role: .plain)
        }
        return actions
    }

    private mutating func move(by step: Int, _ page: PlaybookPage?) {
        let count = page?.items.count ?? 0
        guard let item = playbook?.item else { return }
        playbook?.item = min(max(0, item + step), max(0, count - 1))
    }

    private mutating func turn(by step: Int, _ view: PlaybookView, at moment: ConsoleMoment) {
        let all = pages(of: view.model, moment.link)
        let index = all.firstIndex { $0.page.id == view.page } ?? -1
        guard all.indices.contains(index + step) else {
            note = Note(text: "there is no page beyond", role: .plain)
            return
        }
        let (page, alarm) = all[index + step]
        show(page, alarm?.id, of: view.model, at: moment)
    }

    /// Pages name keys as they are unless the operator changed them: the operator's own.
    package func own(_ key: String) -> String {
        KeyMap.standard.command(named: key).map(keyMap.key(for:)) ?? key
    }

    private static func task(_ view: PlaybookView, _ page: PlaybookPage?) -> PlaybookTask? {
        guard let page, page.items.indices.contains(view.item),
            case .step(let task) = page.items[view.item]
        else { return nil }
        return task
    }

    /// Says that a step is done, or is not after all; the engine tells everybody.
    private mutating func tick(
        _ view: PlaybookView, _ page: PlaybookPage?, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let page, let task = Self.task(view, page) else {
            note = Note(text: "this is no step; Up and Down choose one", role: .plain)
            return []
        }
        if let objection = objection(to: .openIncident, moment.link) {
            note = Note(text: "Space: \(objection)", role: .warning)
            return []
        }
        // What is shown may be frozen: what is done is known to the engine.
        let ticks = moment.link.snapshot?.playbook?.ticks(page, view.model) ?? [:]
        let isDone = ticks[task.number] == nil
        let step = PlaybookStep(
            page: page.id, step: task.number, text: task.text, isDone: isDone, alarm: view.alarm)
        let sent = request(.incident(.step(step)), view.model, "", isDryRun: false)
        let title = isDone ? "step \(task.number)" : "step \(task.number) taken back"
        return [submit(sent, title, at: moment.now)]
    }

    /// Opens what the step's key opens. Nothing is done by this alone.
    private mutating func doStep(
        _ view: PlaybookView, _ page: PlaybookPage?, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let task = Self.task(view, page) else {
            note = Note(text: "this is no step; Up and Down choose one", role: .plain)
            return []
        }
        guard let key = task.key else {
            note = Note(text: "a step without a key: do it, then Space ticks it off", role: .plain)
            return []
        }
        guard key.count == 1 else {
            note = Note(text: "in a shell: \(key)", role: .plain)
            return []
        }
        switch KeyMap.standard.command(named: key) {
        case nil: note = Note(text: "\(key) is no key of this console", role: .warning)
        case .stop?, .stopAll?:
            let text = "press \(own(key)) itself: it stops at once, and nothing presses it for you"
            note = Note(text: text, role: .warning)
        case let command? where command.card.group == .screens:
            return look(command, by: event, at: moment)
        case let command?: return perform(command, by: event, at: moment)
        }
        return []
    }
}
