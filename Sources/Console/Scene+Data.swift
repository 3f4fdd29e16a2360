import Operation
import Vocabulary

/// What became of the records: the join, how long labels take, and what is kept from the learner.
extension Scene {
    mutating func drawData(in body: Area) {
        guard let model = state.selectedReport(link) else { return }
        let items = state.shownData(link)
        var area = body.dropping(drawFilter(in: body, what: "row", count: items.count))
        drawRule("join of \(model.name)", row: area.row, in: area)
        area = area.dropping(1)
        area = area.dropping(
            drawFacts(Self.joinFacts(of: model), in: area.prefix(max(3, area.height / 3))))
        if area.height >= 12, let delays = model.data?.delays, !delays.isEmpty {
            let height = min(10, area.height / 2 - 1)
            drawDelays(delays, model, in: area.prefix(height))
            area = area.dropping(height)
        }
        drawDataList(items, model, in: area)
    }

    // MARK: - The join

    private static func joinFacts(of model: ModelReport) -> [Fact] {
        let counts = model.counts
        func share(_ count: Int, of all: Int) -> String {
            guard all > 0 else { return Figure.grouped(count) }
            let part = Figure.percent(Double(count) / Double(all), 2)
            return "\(Figure.grouped(count)), \(part)"
        }
        let (examples, labels) = (counts.examples, counts.labels)
        let lag = model.labelWatermark.flatMap { mark in
            model.eventTime.map { max(.zero, $0 - mark).text + " behind" }
        }
        return [
            ("examples", "\(Figure.grouped(examples)) came"),
            ("labels", "\(Figure.grouped(labels)) came"),
            ("joined", share(counts.joined, of: examples)),
            (
                "of them",
                "\(Figure.grouped(counts.positives)) pos, \(Figure.grouped(counts.negatives)) neg"
            ),
            ("pending", share(counts.pending, of: examples)),
            ("watermark", lag ?? "not known: no label yet"),
            ("unlabelled", share(counts.unlabelled, of: examples)),
            ("late", share(counts.late, of: labels) + " of labels"),
            ("duplicates", share(counts.duplicates, of: examples)),
            ("twice", share(counts.labelDuplicates, of: labels) + " of labels"),
            (
                "quarantine",
                "\(Figure.grouped(counts.quarantinedExamples)) ex, "
                    + "\(Figure.grouped(counts.quarantinedLabels)) labels"
            ),
            ("orphans", share(counts.orphans, of: labels) + " of labels"),
        ].map { Fact(title: $0.0, text: $0.1) }
    }

    // MARK: - Label delays

    /// A column for each bound, as high as its share.
    private mutating func drawDelays(
        _ delays: [DelayShare], _ model: ModelReport, in area: Area
    ) {
        let metrics = model.metrics
        func span(_ seconds: Double?) -> String {
            seconds.map { Figure.span(seconds: $0) } ?? "-"
        }
        drawRule(
            "labels take \(span(metrics.labelDelayMedianSeconds)) p50, "
                + "\(span(metrics.labelDelayP90Seconds)) p90; share by delay", row: area.row,
            in: area)
        let width = min(12, (area.width - 2) / delays.count)
        let bars = Area(
            row: area.row + 2, column: area.column + 1, width: area.width - 2,
            height: area.height - 3)
        let most = max(delays.map(\.share).max() ?? 0, 0.01)
        for (index, delay) in delays.enumerated() {
            let column = bars.column + index * width
            let eighths = Int((delay.share / most * Double(bars.height * 8)).rounded())
            drawBar(
                eighths,
                in: Area(
                    row: bars.row, column: column, width: max(1, width - 2), height: bars.height))
            let top = bars.endRow - 1 - (eighths + 7) / 8
            if delay.share >= 0.0005 {
                canvas.put(
                    Figure.fixed(delay.share * 100, 1), row: max(area.row + 1, top),
                    column: column)
            }
            let label = delay.seconds.map { "≤" + Self.bound($0) } ?? "more"
            canvas.put(label, row: bars.endRow, column: column, width: width, .line)
        }
    }

    private static func bound(_ seconds: Double) -> String {
        switch seconds {
        case ..<3600: "\(Int(seconds / 60))m"
        case ..<86_400: "\(Int(seconds / 3600))h"
        default: "\(Int(seconds / 86_400))d"
        }
    }

    /// From the bottom up, in eighths of a row; in ASCII in whole rows.
    private mutating func drawBar(_ eighths: Int, in area: Area) {
        let part = eighths % 8
        let isFine = canvas.charset == .unicode
        let whole = isFine ? eighths / 8 : (eighths + 4) / 8
        for row in 0..<min(whole, area.height) {
            let line = Area(
                row: area.endRow - 1 - row, column: area.column, width: area.width, height: 1)
            canvas.fill(line, .chartMain, with: "█")
        }
        guard isFine, part > 0, whole < area.height,
            let scalar = Unicode.Scalar(0x2580 + UInt32(part))
        else { return }
        let line = Area(
            row: area.endRow - 1 - whole, column: area.column, width: area.width, height: 1)
        canvas.fill(line, .chartMain, with: scalar)
    }

    // MARK: - What is kept from the learner

    private enum DataRow {
        case rule(String)
        case item(DataItem)
    }

    private mutating func drawDataList(
        _ items: [DataItem], _ model: ModelReport, in area: Area
    ) {
        guard !items.isEmpty else {
            drawRule("quarantine, purges, rides", row: area.row, in: area)
            canvas.put(
                "✓ nothing is held back, left out or ridden through", row: area.row + 1,
                column: 1, .good)
            return
        }
        let rows = Self.dataRows(items)
        let current = state.currentDatum(link)
        let detailHeight = area.height >= 8 ? max(4, min(7, area.height / 3)) : 0
        let list = area.prefix(min(rows.count, area.height - detailHeight))
        let marked = rows.firstIndex { row in
            if case .item(let item) = row { item == current } else { false }
        }
        let first = Table.firstRow(count: rows.count, height: list.height, selected: marked)
        for (offset, row) in rows.dropFirst(first).prefix(list.height).enumerated() {
            let line = list.row + offset
            switch row {
            case .rule(let title): drawRule(title, row: line, in: list)
            case .item(let item):
                if let index = items.firstIndex(of: item) {
                    canvas.aim(list.dropping(offset).prefix(1), at: .row(index))
                }
                drawDatum(item, model, item == current, row: line, in: list)
            }
        }
        if first > 0 { canvas.put("↑", row: list.row, column: list.endColumn - 1, .strong) }
        if first + list.height < rows.count {
            canvas.put("↓", row: list.endRow - 1, column: list.endColumn - 1, .strong)
        }
        guard let current, detailHeight > 0 else { return }
        let rest = area.dropping(list.height)
        let (title, lines) = detail(of: current, model)
        drawRule(title, row: rest.row, in: rest)
        let wrapped = lines.flatMap { $0.wrapped(rest.width - 2) }
        for (index, line) in wrapped.prefix(rest.height - 1).enumerated() {
            canvas.put(line, row: rest.row + 1 + index, column: 1, width: rest.width - 2)
        }
    }

    private static func dataRows(_ items: [DataItem]) -> [DataRow] {
        var rows: [DataRow] = []
        var title = ""
        for item in items {
            let next =
                switch item {
                case .rule: "quarantine, by rule"
                case .purge: "purges"
                case .ride: "rides"
                case .source: "sources, in the newest whole hour"
                }
            if next != title { rows.append(.rule(next)) }
            title = next
            rows.append(.item(item))
        }
        return rows
    }

    private mutating func drawDatum(
        _ item: DataItem, _ model: ModelReport, _ isMarked: Bool, row: Int, in area: Area
    ) {
        let plain: Role = isMarked ? .selected : .plain
        if isMarked {
            canvas.fill(
                Area(row: row, column: area.column, width: area.width, height: 1), .selected)
            canvas.put("▶", row: row, column: area.column, .selected)
        }
        let (name, text) = words(of: item, model)
        let width = max(16, name.count)
        canvas.put(
            name, row: row, column: area.column + 2, width: width, isMarked ? plain : .strong)
        let start = area.column + 3 + width
        canvas.put(text, row: row, column: start, width: area.endColumn - start - 1, plain)
    }

    private func words(of item: DataItem, _ model: ModelReport) -> (name: String, text: String) {
        switch item {
        case .rule(let rule):
            let count = model.counts.quarantinedRules[rule] ?? 0
            let sample = model.data?.quarantined.first { $0.rule == rule }
            let words = sample.map { "; newest: \($0.field): \($0.text)" } ?? ""
            let counted = filterRule(rule, model).map { "; " + $0.words } ?? ""
            return (rule, Words.plural(count, "record") + (count > 0 ? words : counted))
        case .purge(let id, let isUndone):
            guard let purge = purge(id, model) else { return (id.description, "gone") }
            let isMet = model.training.behind > 0 ? "; learning anew" : ""
            return (
                id.description, (isUndone ? "undone: " : "in force\(isMet): ") + purge.text
            )
        case .ride(let id):
            if let ride = model.ride, ride.id == id {
                return (id.description, "\(ride.state.rawValue.uppercased()): \(ride.event)")
            }
            let past = model.data?.rides.first { $0.id == id }
            let mark = past?.isTripped == true ? "TRIPPED: " : "over: "
            return (id.description, past.map { mark + $0.event } ?? "gone")
        case .source(let name):
            guard let source = model.monitor?.sources?.first(where: { $0.name == name }) else {
                return (name, "gone")
            }
            let usual = source.usual.map { ", usually \(Figure.short($0))" } ?? ""
            return (name, "\(Figure.short(source.recent)) ex in the hour" + usual)
        }
    }

    private func filterRule(_ rule: String, _ model: ModelReport) -> FilterRuleReport? {
        model.data?.filter?.first { $0.rule == rule }
    }

    private func purge(_ id: ExclusionID, _ model: ModelReport) -> ExclusionReport? {
        (model.exclusions + (model.data?.undone ?? [])).first { $0.id == id }
    }

    private func detail(
        of item: DataItem, _ model: ModelReport
    ) -> (title: String, lines: [String]) {
        switch item {
        case .rule(let rule):
            guard let sample = model.data?.quarantined.first(where: { $0.rule == rule }) else {
                let known = filterRule(rule, model)?.words
                return (
                    rule,
                    [known ?? "no record of it is at hand; spindle quarantine list shows them"]
                )
            }
            return (
                "\(rule), the newest of \(model.counts.quarantinedRules[rule] ?? 0)",
                [
                    "\(sample.field): \(sample.text)",
                    "\(sample.file):\(sample.line), record \(Figure.grouped(sample.sequence))",
                    sample.record,
                ] + [filterRule(rule, model)?.words].compactMap(\.self)
            )
        case .purge(let id, let isUndone):
            guard let purge = purge(id, model) else { return (id.description, []) }
            let undo = "spindle purge \(model.name) --undo \(id) --reason …"
            return (
                "\(id), \(isUndone ? "undone" : "in force")",
                [
                    purge.text,
                    "by \(purge.by), \(Figure.daySecond(purge.since)) UTC: \(purge.reason)",
                    isUndone ? "what it left out is learned in its old place" : undo,
                ]
            )
        case .ride(let id): return (id.description, rideLines(id, model))
        case .source(let name):
            let drift = state.keyMap.key(for: .driftScreen)
            return (name, ["\(drift) shows which features it sends otherwise"])
        }
    }

    private func rideLines(_ id: RideID, _ model: ModelReport) -> [String] {
        if let ride = model.ride, ride.id == id {
            let left = ride.secondsLeft.map { Figure.span(seconds: $0) + " left" } ?? ""
            return [
                "\(ride.event), by \(ride.by): \(ride.reason)",
                "\(Figure.percent(ride.stepShare, 0)) of each step, \(left); way back "
                    + ride.wayBack.description,
                ride.text ?? ride.guards.joined(separator: "; "),
            ]
        }
        guard let ride = model.data?.rides.first(where: { $0.id == id }) else { return [] }
        return [
            "\(ride.event), by \(ride.by): \(ride.reason)",
            "from \(Figure.daySecond(ride.from)) UTC of event time, ended "
                + "\(Figure.daySecond(ride.ended)) UTC",
            ride.text,
        ]
    }
}
