import Operation
import Vocabulary

/// A row of the fleet's table: a model, or an engine of which no model is known.
package struct FleetRow: Sendable {
    /// Nil where the console has one engine.
    package var engine: FleetEngine?
    package var model: ModelReport?

    var place: FleetPlace { FleetPlace(engine: engine?.name, model: model?.name) }

    /// With the engine's name, where there are several.
    var name: String {
        [engine?.name, model?.name.text].compactMap { $0 }.joined(separator: "/")
    }
}

/// What a row is of.
struct FleetPlace: Equatable {
    var engine: String?
    var model: ModelName?
}

/// The models of one engine, or of all of a fleet.
extension ViewState {
    /// All rows, in the order of the engines and of their models, or in the one that was asked
    /// for: none ever moves by itself.
    package func fleetRows(_ link: LinkView) -> [FleetRow] {
        let text = filters[Screen.fleet.rawValue].text
        return allRows(link).filter { row in
            let words = [
                row.engine?.name, row.model?.name.text, row.model?.training.state.rawValue,
            ]
            return Self.matches(words.compactMap { $0 }, text)
        }
    }

    /// The same whatever the filter.
    func allRows(_ link: LinkView) -> [FleetRow] {
        let rows = listedRows(link)
        guard !fleetOrder.isEmpty else { return rows }
        // What has come since stands behind.
        let places = rows.map { fleetOrder.firstIndex(of: $0.place) ?? fleetOrder.count }
        return rows.indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { rows[$0] }
    }

    /// Puts the worst rows first, as they are now, where they stay; or all back as they are listed.
    mutating func sortFleet(_ link: LinkView) {
        guard screen == .fleet else {
            note = Note(text: "sorts the rows of the fleet's screen", role: .plain)
            return
        }
        if !fleetOrder.isEmpty {
            fleetOrder = []
            note = Note(text: "rows as they are listed", role: .plain)
            return
        }
        let rows = listedRows(link)
        let ranks = rows.map(Self.rank)
        let order = rows.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
        fleetOrder = order.map { rows[$0].place }
        note = Note(
            text: "the worst first, as of now: rows stay so until this key is pressed again",
            role: .plain)
    }

    /// How much a row wants to be looked at; less is more.
    private static func rank(_ row: FleetRow) -> Int {
        guard row.engine?.isConnected ?? true, let model = row.model else { return 0 }
        let severities = AlarmSeverity.allCases
        let worst = severities.firstIndex { severity in
            model.alarms.contains { $0.severity == severity }
        }
        if let worst { return worst }
        switch model.training.state {
        case .failed: return 0
        case .stopped, .waiting: return severities.count
        case .running, .catchingUp: return severities.count + 1
        }
    }

    private func listedRows(_ link: LinkView) -> [FleetRow] {
        let fleet = frozenFleet.isEmpty ? link.fleet : frozenFleet
        guard !fleet.isEmpty else { return (shown(link)?.models ?? []).map { FleetRow(model: $0) } }
        return fleet.flatMap { engine -> [FleetRow] in
            let models = engine.snapshot?.models ?? []
            if models.isEmpty { return [FleetRow(engine: engine)] }
            return models.map { FleetRow(engine: engine, model: $0) }
        }
    }

    /// Of all of them, the worst first, the oldest first among equals.
    package func fleetAlarms(
        _ link: LinkView
    ) -> [(row: FleetRow, model: ModelReport, alarm: AlarmReport)] {
        var alarms: [(row: FleetRow, model: ModelReport, alarm: AlarmReport)] = []
        for row in allRows(link) {
            guard let model = row.model else { continue }
            alarms += model.alarms.map { (row: row, model: model, alarm: $0) }
        }
        return Words.sorted(alarms, by: \.alarm)
    }

    /// The row that acts are for, among some.
    func chosenRow(_ rows: [FleetRow], _ link: LinkView) -> Int? {
        let selected = selectedReport(link)?.name
        return rows.firstIndex { $0.place == FleetPlace(engine: link.engine, model: selected) }
            ?? rows.firstIndex { $0.engine != nil && $0.engine?.name == link.engine }
    }

    /// Chooses a row's model; its engine is the one that is looked at from then on.
    mutating func choose(_ row: FleetRow, _ link: LinkView) {
        selectedModel = row.model?.name
        (selectedCheckpoint, comparedCheckpoint) = (nil, nil)
        guard let engine = row.engine?.name, engine != selectedEngine ?? link.engine else { return }
        selectedEngine = engine
        // The key for all models stops those of the engine whose model was stopped, or none.
        stopAsked?.isWindowOpen = false
        // What was chosen of another engine is nothing of this one.
        (selectedEntry, selectedFeature, selectedDatum, selectedItem) = (nil, nil, nil, nil)
        (journal, drills) = (JournalView(), DrillsView())
        (playbook, leftPlaybook) = (nil, nil)
        thaw()
    }

    /// Goes so many rows on; false where there is none.
    mutating func goOn(by step: Int, in rows: [FleetRow], _ link: LinkView) -> Bool {
        guard let current = chosenRow(rows, link) else {
            rows.first.map { choose($0, link) }
            return true
        }
        guard step != 0 else { return true }
        guard rows.indices.contains(current + step) else { return false }
        choose(rows[current + step], link)
        return true
    }

    mutating func thaw() { (frozen, frozenFleet) = (nil, []) }

    /// Asks for the engine that was chosen, until it is the one that is looked at.
    func lookElsewhere(_ link: LinkView) -> [ConsoleAction] {
        guard let engine = selectedEngine, engine != link.engine,
            link.fleet.contains(where: { $0.name == engine })
        else { return [] }
        return [.look(engine: engine)]
    }
}
