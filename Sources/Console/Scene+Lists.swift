import Operation
import Vocabulary

extension Scene {
    /// The checkpoints of the selected model, and the selected one in full.
    mutating func drawCheckpoints(in body: Area) {
        guard let model = state.selectedReport(link) else { return }
        let items = state.shownCheckpoints(link)
        var area = body.dropping(
            drawFilter(in: body, what: "checkpoint", count: items.count))
        let serving = Words.serving(model.serving)
        var column = canvas.put(
            "\(Words.plural(items.count, "checkpoint")) of \(model.name), newest first; serves ",
            row: area.row, column: 1)
        column = canvas.put(serving.text, row: area.row, column: column, serving.role)
        area = area.dropping(1)
        guard !items.isEmpty else { return }
        let selected = items.firstIndex { $0.id == state.selectedCheckpoint } ?? 0
        let compared = state.comparedCheckpoint
        let detailHeight =
            area.height >= 30
            ? 16
            : area.height >= 16
                ? (compared == nil ? 6 : 9)
                : area.height >= 10 ? (compared == nil ? 4 : 5) : 0
        let taken = state.shown(link)?.takenAt ?? items[0].created
        let table = Table(columns: Self.checkpointColumns(model), selected: selected)
        table.draw(
            on: &canvas, in: area.prefix(area.height - detailHeight), count: items.count
        ) { index in
            Self.checkpointRow(
                items[index], model, taken, isMarked: items[index].id == compared)
        }
        drawDetail(
            of: items[selected], among: model.checkpoints,
            in: area.dropping(area.height - detailHeight))
    }

    private static func checkpointColumns(_ model: ModelReport) -> [TableColumn] {
        let idWidth = model.checkpoints.map(\.id.description.count).max() ?? 6
        return [
            TableColumn(title: "CHECKPOINT", width: max(10, idWidth + 1)),
            TableColumn(title: "VERDICT", width: 14),
            TableColumn(title: "USE", width: 8),
            TableColumn(title: "PUSH", width: 10, rank: 5),
            TableColumn(title: "AGE", width: 7, isRight: true, rank: 2),
            TableColumn(title: "LOG LOSS nats", width: 13, isRight: true, rank: 3),
            TableColumn(title: "TRAINED ex", width: 12, isRight: true, rank: 4),
            TableColumn(title: "CALIB x", width: 7, isRight: true, rank: 6),
            TableColumn(title: "NEWEST EXAMPLE", width: 14, rank: 7),
            TableColumn(title: "MADE (UTC)", width: 11, rank: 8),
            TableColumn(title: "SIZE kB", width: 9, isRight: true, rank: 9),
            TableColumn(title: "LEARNER", width: 12, rank: 10),
        ]
    }

    private static func checkpointRow(
        _ item: CheckpointReport, _ model: ModelReport, _ taken: Instant, isMarked: Bool
    ) -> [TableField] {
        let verdict = Words.verdict(item.verdict)
        let isServing = model.serving.checkpoint == item.id
        let use = Words.use(of: item, model)
        return [
            TableField((isMarked ? "◆" : "") + item.id.description, .strong),
            TableField(verdict.text, verdict.role),
            TableField(use, isServing ? .strong : .plain),
            TableField(
                Words.push(item.push), item.push?.outcome == .returned ? .warning : .plain),
            TableField(max(.zero, taken - item.created).text),
            TableField(item.metrics.logLoss.map { Figure.fixed($0, 4) } ?? "-"),
            TableField(Figure.grouped(item.cursor)),
            TableField(item.metrics.calibration.map { Figure.fixed($0, 2) } ?? "-"),
            TableField(item.eventTime.map(Figure.daySecond) ?? "-"),
            TableField(Figure.dayMinute(item.created)),
            TableField(Figure.fixed(Double(item.bytes) / 1000, 1)),
            TableField(String(item.learnerDigest.prefix(12))),
        ]
    }

    /// What happened, newest first, and the selected entry in full.
    mutating func drawJournal(in body: Area) {
        let entries = state.shownEntries(link)
        let area = body.dropping(
            drawFilter(
                in: body, what: "entry", many: "entries", count: entries.count,
                more: state.searchText))
        guard !entries.isEmpty else {
            canvas.put("No entries.", row: area.row + 1, column: 2)
            return
        }
        let selected = entries.firstIndex { $0.seq == state.selectedEntry } ?? 0
        let detailHeight = area.height >= 16 ? 6 : (area.height >= 10 ? 4 : 0)
        let longest = entries.compactMap { $0.model?.text.count }.max() ?? 0
        let columns = [
            TableColumn(title: "WHEN (UTC)", width: 14),
            TableColumn(title: "WHAT", width: 10),
            TableColumn(title: "MODEL", width: min(max(5, longest), 20), rank: 2),
            TableColumn(title: "BY", width: 8, rank: 3),
            TableColumn(title: "EFFECT AND REASON", width: 18, isFlexible: true),
        ]
        let table = Table(columns: columns, selected: selected)
        table.draw(
            on: &canvas, in: area.prefix(area.height - detailHeight), count: entries.count
        ) { index in
            let entry = entries[index]
            let reason = entry.reason.isEmpty ? "" : " (\(entry.reason))"
            return [
                TableField(Figure.daySecond(entry.ts)),
                TableField(entry.act ?? entry.kind.rawValue, .strong),
                TableField(entry.model?.text ?? "all"),
                TableField(entry.by),
                TableField(entry.effect + reason),
            ]
        }
        drawDetail(of: entries[selected], in: area.dropping(area.height - detailHeight))
    }

    private mutating func drawDetail(of entry: JournalEntry, in area: Area) {
        guard area.height >= 2 else { return }
        drawRule("entry \(Figure.grouped(entry.seq))", row: area.row, in: area)
        let model = entry.model.map { " of \($0)" } ?? ""
        var lines = [
            "\(entry.act ?? entry.kind.rawValue)\(model) by \(entry.by) from \(entry.from), "
                + "\(Figure.daySecond(entry.ts)) UTC"
        ]
        if !entry.effect.isEmpty { lines += "effect: \(entry.effect)".wrapped(area.width - 2) }
        if !entry.reason.isEmpty { lines += "reason: \(entry.reason)".wrapped(area.width - 2) }
        for (index, line) in lines.prefix(area.height - 1).enumerated() {
            canvas.put(line, row: area.row + 1 + index, column: 1, width: area.width - 2)
        }
    }
}
