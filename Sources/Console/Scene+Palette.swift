extension Scene {
    mutating func drawPalette(_ view: PaletteView) {
        let items = state.paletteItems(view, link)
        let area = drawBox("Command", height: min(items.count, 12) + 3, widthMax: 100)
        drawInput("", view.typed, in: area)
        let list = area.dropping(2)
        guard !items.isEmpty else {
            drawLines([("nothing is called so", .plain)], in: list)
            return
        }
        let chosen = min(view.chosen, items.count - 1)
        let first = Table.firstRow(count: items.count, height: list.height, selected: chosen)
        for (offset, item) in items.dropFirst(first).prefix(list.height).enumerated() {
            let row = list.row + offset
            let isChosen = first + offset == chosen
            if isChosen { canvas.fill(list.dropping(offset).prefix(1), .selected) }
            let (keys, text, isBarred) = words(of: item)
            let role: Role = isChosen ? .selected : isBarred ? .line : .plain
            canvas.put(
                item.name, row: row, column: list.column, width: 18, isChosen ? role : .strong)
            canvas.put(keys, row: row, column: list.column + 19, width: 9, isChosen ? role : .key)
            canvas.put(
                text, row: row, column: list.column + 29, width: max(0, list.width - 29), role)
        }
        if first + list.height < items.count {
            canvas.put(
                " \(items.count - first - list.height) more below ", row: area.endRow,
                before: area.endColumn, .line)
        }
    }

    /// Its keys, what it does or why not, and whether it is not to be had.
    private func words(of item: PaletteItem) -> (keys: String, text: String, isBarred: Bool) {
        guard case .command(let command) = item else { return ("", "open this model", false) }
        let objection = state.objection(to: command, link)
        return (
            state.keyMap.keys(for: command), objection ?? command.title, objection != nil
        )
    }
}
