import Operation
import Vocabulary

/// Rows and tabs by the mouse, and the chosen row as text.
extension ViewState {
    /// The first click on a row chooses it, another one opens it.
    mutating func click(
        row: Int, column: Int, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let canvas = Scene.canvas(of: self, at: moment, charset: .unicode)
        switch canvas.target(row: row, column: column) {
        case .screen(let screen)?: return take(screen.command, by: event, at: moment)
        case .row(let index)?:
            // A page that lies over the list hides it.
            guard playbook == nil || moment.size.playbookWidth != nil else { return [] }
            guard choose(row: index, moment.link) else { return [] }
            return perform(.open, by: event, at: moment)
        case nil: return []
        }
    }

    /// Chooses a row of the screen's list; true if it was chosen already.
    private mutating func choose(row: Int, _ link: LinkView) -> Bool {
        func isNew<Item: Equatable>(_ chosen: inout Item?, _ items: [Item]) -> Bool {
            guard items.indices.contains(row), chosen != items[row] else { return false }
            chosen = items[row]
            return true
        }
        switch screen {
        case .fleet:
            let rows = fleetRows(link)
            guard rows.indices.contains(row), row != chosenRow(rows, link) else { return true }
            choose(rows[row], link)
            return false
        case .model, .launch: return false
        case .checkpoints: return !isNew(&selectedCheckpoint, shownCheckpoints(link).map(\.id))
        case .journal: return !isNew(&selectedEntry, shownEntries(link).map(\.seq))
        case .alarms:
            let isSame = !isNew(&selectedItem, shownItems(link))
            followItem(link)
            return isSame
        case .drift:
            return !isNew(&selectedFeature, shownFeatures(link).map(\.feature.feature))
        case .drills: return !isNew(&drills.chosen, shownDrills(link).map(\.fault))
        case .data: return !isNew(&selectedDatum, shownData(link))
        }
    }

    /// The chosen row for the clipboard; of the model its line of figures.
    mutating func copy(at moment: ConsoleMoment) -> [ConsoleAction] {
        guard let text = chosenText(moment.link) else {
            note = Note(text: "nothing is chosen that could be copied", role: .plain)
            return []
        }
        note = Note(text: "copied, if your terminal takes it: \(text)", role: .plain)
        return [.copy(text)]
    }

    private func chosenText(_ link: LinkView) -> String? {
        switch screen {
        case .fleet, .model, .launch:
            guard let model = selectedReport(link) else { return nil }
            return StatusLine.line(of: model, shown(link)?.takenAt ?? model.training.since)
        case .checkpoints:
            let items = shownCheckpoints(link)
            return (items.first { $0.id == selectedCheckpoint } ?? items.first).map {
                "\($0.id) \($0.verdict.rawValue) \($0.learnerDigest)"
            }
        case .journal:
            let entries = shownEntries(link)
            return (entries.first { $0.seq == selectedEntry } ?? entries.first).map {
                "\($0.ts.rfc3339) \($0.model?.text ?? "all"): \(Scene.sentence($0))"
            }
        case .alarms: return currentItem(link).flatMap { text(of: $0, link) }
        case .drift:
            return currentFeature(link).map { row in
                "\(row.feature.feature): PSI \(Figure.fixed(row.feature.stabilityIndex, 2))"
                    + (row.alarm.map { "; \($0.name): \($0.text)" } ?? "")
            }
        case .drills:
            return currentDrill(link).map { mode in
                mode.scenario.map { "spindle drill \($0)" } ?? "\(mode.fault): \(mode.title)"
            }
        case .data:
            let sample = selectedReport(link)?.data?.quarantined
            switch currentDatum(link) {
            case .rule(let rule)?: return sample?.first { $0.rule == rule }?.record ?? rule
            case .purge(let id, _)?: return id.description
            case .ride(let id)?: return id.description
            case .source(let name)?: return name
            case nil: return nil
            }
        }
    }

    private func text(of item: AlarmsItem, _ link: LinkView) -> String? {
        let snapshot = shown(link)
        switch item {
        case .alarm(let model, let id):
            let report = snapshot?.models.first { $0.name == model }
            return report?.alarms.first { $0.id == id }.map { "\(model) \($0.name): \($0.text)" }
        case .incident(let id):
            let incident = snapshot?.authority?.incidents.first { $0.id == id }
            return incident.map { "\(id): \($0.title)" }
        case .proposal(let id), .glass(let id): return id
        }
    }
}
