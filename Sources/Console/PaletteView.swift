import Operation
import Vocabulary

/// The palette: a name is typed, what fits is listed, Enter does the chosen one.
package struct PaletteView: Equatable, Sendable {
    package var typed = LineEditor()
    /// Of what fits, counted from 0.
    package var chosen = 0

    package init() {}
}

/// Something that can be chosen by its name.
package enum PaletteItem: Equatable, Sendable {
    case command(Command)
    case model(ModelName)

    package var name: String {
        switch self {
        case .command(let command): command.rawValue
        case .model(let model): "model \(model)"
        }
    }
}

extension ViewState {
    /// What fits the typed text: names that begin with it, then such that contain it, then what
    /// is told of them; each in the order of the table, models at the end.
    package func paletteItems(_ view: PaletteView, _ link: LinkView) -> [PaletteItem] {
        let wanted = view.typed.trimmed.lowercased()
        let all =
            Command.table.map { PaletteItem.command($0.command) }
            + (shown(link)?.models ?? []).map { .model($0.name) }
        let ranked = all.compactMap { item in
            Self.rank(item, wanted).map { (item: item, rank: $0) }
        }
        return (0...2).flatMap { rank in ranked.filter { $0.rank == rank }.map(\.item) }
    }

    private static func rank(_ item: PaletteItem, _ wanted: String) -> Int? {
        if item.name.lowercased().hasPrefix(wanted) { return 0 }
        if matches([item.name], wanted) { return 1 }
        guard case .command(let command) = item else { return nil }
        return matches([command.title], wanted) ? 2 : nil
    }

    mutating func takeInPalette(
        _ event: KeyEvent, _ view: PaletteView, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var view = view
        let items = paletteItems(view, moment.link)
        let chosen = items.isEmpty ? nil : items[min(view.chosen, items.count - 1)]
        switch event {
        case .escape:
            dialog = nil
            return []
        case .enter:
            guard let chosen else {
                note = Note(text: "nothing is called \(view.typed.trimmed)", role: .warning)
                return []
            }
            dialog = nil
            return choose(chosen, by: event, at: moment)
        case .tab:
            if let chosen { view.typed = LineEditor(chosen.name) }
            view.chosen = 0
        case .arrow(.up): view.chosen = max(0, min(view.chosen, items.count - 1) - 1)
        case .arrow(.down): view.chosen = min(view.chosen + 1, max(0, items.count - 1))
        case .letter, .control, .function, .backTab, .backspace, .delete, .arrow, .home, .end,
            .pageUp, .pageDown, .click, .paste, .unknown:
            if view.typed.take(event) {
                view.chosen = 0
            } else {
                note = Note(text: "Tab completes, Enter does it, Esc closes", role: .plain)
            }
        }
        dialog = .palette(view)
        return []
    }

    private mutating func choose(
        _ item: PaletteItem, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch item {
        case .model(let model):
            playbook = nil
            selectedModel = model
            selectedCheckpoint = nil
            show(.model)
            return []
        case .command(.stop) where !isReadOnly:
            guard let model = selectedModel else { return [] }
            return [pressRedButton(.model(model), at: moment)]
        case .command(let command): return take(command, by: event, at: moment)
        }
    }
}
