import Operation
import Vocabulary

extension ViewState {
    mutating func show(_ next: Screen) {
        screen = next
        chartsScrolled = 0
    }

    static func screen(after screen: Screen, by step: Int) -> Screen {
        let count = Screen.allCases.count
        return Screen(rawValue: (screen.rawValue + step + count) % count) ?? .fleet
    }

    mutating func open(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch screen {
        case .fleet: show(.model)
        case .model: show(.checkpoints)
        case .checkpoints:
            let key = keyMap.key(for: .rollback)
            note = Note(text: "\(key) rolls back to the selected checkpoint", role: .plain)
        case .journal: note = Note(text: "the entry is shown in full below", role: .plain)
        case .alarms: return openItem(by: event, at: moment)
        case .data: note = Note(text: "the row is shown in full below", role: .plain)
        case .launch: note = Note(text: "up and down choose the metric", role: .plain)
        case .drills:
            let text = "the marked drill's command is below; \(keyMap.key(for: .copy)) copies it"
            note = Note(text: text, role: .plain)
        case .drift: driftPane = driftPane == .distribution ? .places : .distribution
        }
        return []
    }

    mutating func goBack() {
        if !filter.isEmpty {
            filters[screen.rawValue] = LineEditor()
        } else if charts.cursor != nil, screen == .model {
            charts.cursor = nil
        } else if frozen != nil {
            thaw()
        } else if screen != .fleet {
            show(screen == .model ? .fleet : .model)
        } else {
            let key = keyMap.key(for: .leave)
            note = Note(text: "this is the first screen; \(key) leaves", role: .plain)
        }
    }

    mutating func startFilter() {
        if screen == .model || screen == .launch {
            note = Note(text: "nothing to filter here; the other screens can", role: .plain)
        } else {
            isFiltering = true
        }
    }

    mutating func freeze(_ link: LinkView) {
        if frozen != nil {
            thaw()
        } else if let snapshot = link.snapshot {
            (frozen, frozenFleet) = (snapshot, link.fleet)
        } else {
            note = Note(text: "nothing to freeze: no news from the engine yet", role: .plain)
        }
    }

    mutating func changeModel(by step: Int, _ moment: ConsoleMoment) {
        let rows = fleetRows(moment.link)
        guard goOn(by: step, in: rows, moment.link) else {
            let name = chosenRow(rows, moment.link).map { rows[$0].name } ?? ""
            note = Note(text: "no model beyond \(name)", role: .plain)
            return
        }
        chartsScrolled = 0
    }

    mutating func move(by step: Int, _ moment: ConsoleMoment) {
        switch screen {
        case .fleet:
            let rows = fleetRows(moment.link)
            let current = chosenRow(rows, moment.link) ?? 0
            _ = goOn(
                by: min(max(0, current + step), rows.count - 1) - current, in: rows, moment.link)
        case .model:
            // In rows of charts, which only the view can count: it stops at the last.
            chartsScrolled = min(max(0, chartsScrolled + min(max(step, -9), 9)), 9)
        case .checkpoints:
            let ids = shownCheckpoints(moment.link).map(\.id)
            selectedCheckpoint = Self.moved(selectedCheckpoint, in: ids, by: step)
        case .journal:
            let numbers = shownEntries(moment.link).map(\.seq)
            selectedEntry = Self.moved(selectedEntry, in: numbers, by: step)
        case .alarms: moveInAlarms(by: step, moment.link)
        case .launch:
            guard let status = shownLaunch(moment.link) else { return }
            launchMetric = min(
                max(0, currentMetric(status) + step), max(0, status.metrics.count - 1))
        case .drift:
            let names = shownFeatures(moment.link).map(\.feature.feature)
            let current = currentFeature(moment.link)?.feature.feature
            selectedFeature = Self.moved(current, in: names, by: step)
        case .drills:
            let faults = shownDrills(moment.link).map(\.fault)
            drills.chosen = Self.moved(currentDrill(moment.link)?.fault, in: faults, by: step)
        case .data:
            let items = shownData(moment.link)
            selectedDatum = Self.moved(currentDatum(moment.link), in: items, by: step)
        }
    }

    /// The item some rows further; the first counts as selected while none is.
    static func moved<Item: Equatable>(
        _ current: Item?, in items: [Item], by step: Int
    ) -> Item? {
        guard !items.isEmpty else { return current }
        let index = items.firstIndex { $0 == current } ?? 0
        return items[min(max(0, index + step), items.count - 1)]
    }

    /// The selected model; without one a note says what for there is none.
    mutating func selectedReport(
        _ what: String, _ moment: ConsoleMoment
    ) -> ModelReport? {
        if let report = selectedReport(moment.link) { return report }
        note = Note(text: "no model \(what) yet", role: .plain)
        return nil
    }

    mutating func openResume(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let report = selectedReport("to resume", moment) else { return [] }
        if report.training.state == .running, report.pushing == .open, stopAsked == nil {
            note = Note(
                text: "\(report.name) is running and pushing; nothing to resume", role: .plain)
            return []
        }
        stopAsked = nil
        return openReason(.resume, report.name, by: event, at: moment)
    }

    mutating func openFallback(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let report = selectedReport("to fall back", moment) else { return [] }
        let serving = report.serving
        if let fallback = serving.fallback, fallback.by != "spindle" {
            return openReason(
                .fallback(isOn: false, tier: nil), report.name, by: event, at: moment)
        }
        let tiers = serving.tiers.filter { $0.tier != .model && $0.isReady }.map(\.tier)
        let simplest = tiers.contains(.table) ? ServingTier.table : .constant
        return openReason(
            .fallback(isOn: true, tier: simplest), report.name,
            choices: tiers.map { .fallback(isOn: true, tier: $0) }, by: event, at: moment)
    }

    mutating func openHold(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let report = selectedReport("whose pushes could be held", moment) else { return [] }
        return openReason(
            .hold(isOn: report.serving.hold == nil), report.name, by: event, at: moment)
    }

    mutating func openApproval(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let report = selectedReport(moment.link),
            !report.serving.launch.isEmpty
        else {
            note = Note(text: "no launch waits for an approval", role: .plain)
            return []
        }
        return openReason(.approve, report.name, by: event, at: moment)
    }

    /// The worst alarm that nobody has taken on comes first.
    mutating func openAcknowledgement(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let chosen = chosenAlarm(moment.link)
        let models = shown(moment.link)?.models ?? []
        guard
            let report = models.first(where: { $0.name == chosen?.model })
                ?? selectedReport("whose alarms to acknowledge", moment)
        else { return [] }
        let alarms = Words.sorted(report.alarms.map { (model: report, alarm: $0) }).map(\.alarm)
        let isFree = { (alarm: AlarmReport) in alarm.state?.acknowledgement == nil }
        let ordered = alarms.filter(isFree) + alarms.filter { !isFree($0) }
        guard let first = ordered.first(where: { $0.id == chosen?.id }) ?? ordered.first else {
            note = Note(text: "\(report.name) has no alarm to acknowledge", role: .plain)
            return []
        }
        let all = ordered.count > 1 ? [Act.acknowledge(alarm: nil)] : []
        return openReason(
            .acknowledge(alarm: first.id), report.name,
            choices: ordered.prefix(8).map { .acknowledge(alarm: $0.id) } + all, by: event,
            at: moment)
    }

    /// Asks the engine what an act would do, and the operator why.
    mutating func openReason(
        _ act: Act, _ model: ModelName, choices: [Act] = [], reason: LineEditor = LineEditor(),
        nameToType: String? = nil, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let token = takeToken()
        dialog = .reason(
            ReasonForm(
                model: model, act: act, choices: choices, preview: .asked(token: token),
                reason: reason, nameBesides: nameToType,
                keys: KeyGuard(openedAt: moment.now, by: event, isDeaf: false)))
        return [.submit(token: token, request(act, model, "", isDryRun: true))]
    }

    mutating func openRollback(by event: KeyEvent, at moment: ConsoleMoment) {
        guard let report = selectedReport("to roll back", moment) else { return }
        openRollback(
            by: event, of: report.name, to: screen == .checkpoints ? selectedCheckpoint : nil,
            at: moment)
    }

    /// `chosen` is marked first; without one the last healthy, or, if there is none, the newest.
    mutating func openRollback(
        by event: KeyEvent, of model: ModelName, to chosen: CheckpointID?, at moment: ConsoleMoment
    ) {
        let models = shown(moment.link)?.models ?? []
        guard let report = models.first(where: { $0.name == model }) else { return }
        guard !report.checkpoints.isEmpty else {
            note = Note(text: "\(report.name) has no checkpoint to go back to", role: .plain)
            return
        }
        dialog = .rollback(
            RollbackForm(
                model: report.name,
                checkpoint: chosen ?? report.lastHealthy ?? report.checkpoints.first?.id,
                keys: KeyGuard(openedAt: moment.now, by: event)))
    }

    mutating func takeToken() -> Int {
        nextToken += 1
        return nextToken - 1
    }

    func request(
        _ act: Act, _ model: ModelName, _ reason: String, isDryRun: Bool
    ) -> ActRequest {
        ActRequest(
            act: act, scope: .model(model), reason: reason, isDryRun: isDryRun, actor: actor)
    }
}
