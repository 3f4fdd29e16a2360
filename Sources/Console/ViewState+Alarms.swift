import Operation
import Vocabulary

/// A row of the screen of alarms, bound to what it is about and not to where it stands.
package enum AlarmsItem: Equatable, Sendable {
    case alarm(ModelName, id: String)
    case incident(String)
    case proposal(String)
    case glass(String)
}

/// An incident in full, over the screen.
package struct IncidentView: Equatable, Sendable {
    package var id: String
    /// Lines that are scrolled past.
    package var scroll = 0

    static let scrollMax = 4000
}

extension ViewState {
    /// What wants somebody: alarms, the worst first, open incidents, acts that wait for a second
    /// person, and what one person did alone.
    func shownItems(_ link: LinkView) -> [AlarmsItem] {
        guard let snapshot = shown(link) else { return [] }
        let text = filters[Screen.alarms.rawValue].text
        let alarms = Words.sorted(
            snapshot.models.flatMap { model in model.alarms.map { (model: model, alarm: $0) } }
        ).filter {
            Self.matches([$0.model.name.text, $0.alarm.name, $0.alarm.text], text)
        }
        let authority = snapshot.authority
        let incidents = (authority?.incidents ?? []).filter {
            Self.matches([$0.id, $0.title] + $0.models.map(\.text), text)
        }
        let proposals = (authority?.proposals ?? []).filter {
            Self.matches([$0.id, $0.act, $0.by, $0.reason], text)
        }
        let glass = (authority?.glass ?? []).filter {
            Self.matches([$0.id, $0.act, $0.by, $0.reason], text)
        }
        return alarms.map { .alarm($0.model.name, id: $0.alarm.id) }
            + incidents.map { .incident($0.id) } + proposals.map { .proposal($0.id) }
            + glass.map { .glass($0.id) }
    }

    /// The marked row: the chosen one, or the first.
    func currentItem(_ link: LinkView) -> AlarmsItem? {
        let items = shownItems(link)
        return items.first { $0 == selectedItem } ?? items.first
    }

    /// Shows the screen of alarms, on a row of the selected model if there is one.
    mutating func openAlarms(_ link: LinkView) {
        let items = shownItems(link)
        guard selectedItem.map({ items.contains($0) }) != true else { return }
        let model = selectedReport(link)?.name
        selectedItem = items.first { self.model(of: $0, link) == model } ?? items.first
    }

    mutating func moveInAlarms(by step: Int, _ link: LinkView) {
        let items = shownItems(link)
        selectedItem = Self.moved(currentItem(link), in: items, by: step)
        followItem(link)
    }

    /// Keys are for the model that the marked row is about.
    mutating func followItem(_ link: LinkView) {
        if let item = selectedItem, let model = model(of: item, link) { selectedModel = model }
    }

    private func model(of item: AlarmsItem, _ link: LinkView) -> ModelName? {
        let authority = shown(link)?.authority
        switch item {
        case .alarm(let model, _): return model
        case .incident(let id):
            return authority?.incidents.first { $0.id == id }?.models.first
        case .proposal(let id):
            return authority?.proposals.first { $0.id == id }?.models.first
        case .glass(let id): return authority?.glass.first { $0.id == id }?.model
        }
    }

    /// What Enter opens on the screen of alarms.
    mutating func openItem(by event: KeyEvent, at moment: ConsoleMoment) -> [ConsoleAction] {
        switch currentItem(moment.link) {
        case .alarm?: openPlaybook(at: moment)
        case .incident(let id)?: dialog = .incident(IncidentView(id: id))
        case .proposal?: return perform(.countersign, by: event, at: moment)
        case .glass?: return perform(.review, by: event, at: moment)
        case nil: note = Note(text: "nothing to open: all is quiet", role: .plain)
        }
        return []
    }

    mutating func takeInIncident(
        _ event: KeyEvent, _ view: IncidentView, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let command = keyMap.command(for: event)
        let page = max(1, moment.size.height / 2)
        if let scroll = command?.scrolled(view.scroll, page: page, to: IncidentView.scrollMax) {
            var view = view
            view.scroll = scroll
            dialog = .incident(view)
            return []
        }
        switch command {
        case .back?, .open?:
            dialog = nil
            return []
        case .note?, .resolveIncident?:
            dialog = nil
            selectedItem = .incident(view.id)
            return perform(command ?? .note, of: view.id, by: event, at: moment)
        default:
            note = Note(text: "Esc closes the incident; then the key works", role: .plain)
            return []
        }
    }

    // MARK: - Incidents

    /// Does a command on an incident that is named.
    private mutating func perform(
        _ command: Command, of id: String, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        if let objection = objection(to: command, moment.link) {
            note = Note(text: "\(event.name): \(objection)", role: .warning)
            return []
        }
        let incidents = moment.link.snapshot?.authority?.incidents ?? []
        guard let incident = incidents.first(where: { $0.id == id }),
            let model = incident.models.first
        else {
            note = Note(text: "incident \(id) is closed by now", role: .plain)
            return []
        }
        if command == .resolveIncident {
            let isMitigated = incident.mitigated != nil
            return openReason(
                .incident(.close(id)), model, nameToType: isMitigated ? nil : id, by: event,
                at: moment)
        }
        let marks: [IncidentMark?] = [nil] + IncidentMark.allCases
        return openReason(
            .incident(.note(id, nil)), model,
            choices: marks.map { .incident(.note(id, $0)) }, by: event, at: moment)
    }

    /// A note in, or the end of, the marked incident, else the newest of the selected model.
    mutating func openOfIncident(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let incident = incident(moment.link) else {
            let model = selectedReport(moment.link)?.name
            let keys = keyMap.key(for: .openIncident)
            let what = model.map { "no incident of \($0) is open" } ?? "no incident is open"
            note = Note(text: "\(what); \(keys) opens one", role: .plain)
            return []
        }
        return perform(command, of: incident, by: event, at: moment)
    }

    /// The marked incident, else the newest of the selected model, by its name.
    func incident(_ link: LinkView) -> String? {
        if screen == .alarms, playbook == nil, case .incident(let id)? = currentItem(link) {
            return id
        }
        let model = selectedReport(link)?.name
        let incidents = link.snapshot?.authority?.incidents ?? []
        return incidents.last { incident in incident.models.contains { $0 == model } }?.id
    }

    /// Opens an incident by hand; of the chosen alarm its words are the title, to be edited.
    mutating func openNewIncident(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let chosen = chosenAlarm(moment.link)
        let models = shown(moment.link)?.models ?? []
        guard
            let report = models.first(where: { $0.name == chosen?.model })
                ?? selectedReport("that an incident could be about", moment)
        else { return [] }
        let title = incidentTitle(of: report, chosen?.id, moment.link)
        return openReason(
            .incident(.open), report.name, reason: LineEditor(String(title.prefix(160))),
            by: event, at: moment)
    }

    /// The words of an alarm; of a page whose alarm is over by now those of the worst that is not,
    /// else the page's own.
    private func incidentTitle(
        of report: ModelReport, _ chosen: String?, _ link: LinkView
    ) -> String {
        guard let chosen else { return "" }
        let worst = Words.sorted(report.alarms.map { (report, $0) }).first?.1
        if let alarm = report.alarms.first(where: { $0.id == chosen }) ?? worst {
            return "\(alarm.name): \(alarm.text)"
        }
        let pages = shown(link)?.playbook?.pages ?? []
        return pages.first { $0.id == playbook?.page }?.title ?? ""
    }

    // MARK: - Two people

    /// The second person's word: each act that waits may be let go on, or declined.
    mutating func openCountersignature(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var proposals = moment.link.snapshot?.authority?.proposals ?? []
        if screen == .alarms, case .proposal(let id)? = currentItem(moment.link),
            let index = proposals.firstIndex(where: { $0.id == id })
        {
            proposals.insert(proposals.remove(at: index), at: 0)
        }
        guard let first = proposals.first, let model = first.models.first else {
            note = Note(text: "no act waits for a second person", role: .plain)
            return []
        }
        let choices = proposals.prefix(4).flatMap { proposal -> [Act] in
            [
                .countersign(proposal.id, isGranted: true),
                .countersign(proposal.id, isGranted: false),
            ]
        }
        return openReason(choices[0], model, choices: choices, by: event, at: moment)
    }

    /// Somebody else looks at what one person did alone.
    mutating func openReview(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var glass = moment.link.snapshot?.authority?.glass ?? []
        if screen == .alarms, case .glass(let id)? = currentItem(moment.link),
            let index = glass.firstIndex(where: { $0.id == id })
        {
            glass.insert(glass.remove(at: index), at: 0)
        }
        guard let first = glass.first else {
            note = Note(text: "nothing was done by breaking the glass", role: .plain)
            return []
        }
        return openReason(
            .review(first.id), first.model, choices: glass.prefix(8).map { .review($0.id) },
            by: event, at: moment)
    }

    /// The model that a choice of a form is about; nil where it is the form's own.
    func model(of act: Act, _ link: LinkView) -> ModelName? {
        let authority = link.snapshot?.authority
        switch act {
        case .countersign(let id, _):
            return authority?.proposals.first { $0.id == id }?.models.first
        case .review(let id): return authority?.glass.first { $0.id == id }?.model
        default: return nil
        }
    }
}
