import Operation
import Vocabulary

extension Scene {
    /// Where a page lies: beside the screen where there is room, else over it.
    func playbookArea(_ body: Area) -> Area {
        guard let width = size.playbookWidth else { return body }
        return Area(
            row: body.row, column: body.endColumn - width, width: width, height: body.height)
    }

    mutating func drawPlaybook(_ view: PlaybookView, in area: Area) {
        canvas.fill(area, .plain)
        let isBeside = size.playbookWidth != nil
        if isBeside {
            for row in area.row..<area.endRow {
                canvas.put("│", row: row, column: area.column, .line)
            }
        }
        let inside = Area(
            row: area.row, column: area.column + (isBeside ? 1 : 0),
            width: area.width - (isBeside ? 1 : 0), height: area.height)
        let snapshot = state.shown(link)
        guard let book = snapshot?.playbook, let page = book.page(view.page) else {
            drawRule("playbook", row: inside.row, in: inside)
            canvas.put(
                "The page is gone: Left and Right turn to another.", row: inside.row + 1,
                column: inside.column + 1, width: inside.width - 1)
            return
        }
        let pages = state.pages(of: view.model, link)
        let number = pages.firstIndex { $0.page.id == page.id }.map { $0 + 1 } ?? 0
        drawRule(
            "playbook: \(page.title) (page \(number) of \(pages.count))", row: inside.row,
            in: inside)
        let ticks = book.ticks(page, view.model)
        let head = headLines(view, page, ticks, book, width: inside.width - 2)
        let text = Area(
            row: inside.row + 1, column: inside.column + 1, width: inside.width - 2,
            height: inside.height - 1)
        drawLines(head, in: text)
        drawItems(of: page, ticks, view, in: text.dropping(head.count + 1))
    }

    /// The alarm, how far the page is followed, and what comes next.
    private func headLines(
        _ view: PlaybookView, _ page: PlaybookPage, _ ticks: [Int: PlaybookTick],
        _ book: PlaybookReport, width: Int
    ) -> [Line] {
        var lines: [Line] = []
        let model = state.shown(link)?.models.first { $0.name == view.model }
        if let model, let alarm = model.alarms.first(where: { $0.id == view.alarm }) {
            let words = Words.severity(alarm.severity)
            let age = Figure.span(seconds: Self.age(of: alarm, model).seconds)
            let text = "\(words.sign) \(words.text) \(alarm.name) for \(age): \(alarm.text)"
            let quiet = Words.quiet(alarm, at: model.eventTime)
            lines += text.wrapped(width).prefix(quiet == nil ? 2 : 1).map { ($0, words.role) }
            if let quiet { lines.append((quiet, .good)) }
        } else if view.alarm != nil {
            lines.append(("✓ the alarm that this was opened for is over", .good))
        } else {
            lines.append(("opened by hand: no alarm of \(view.model) names this page", .plain))
        }
        let steps = page.steps
        var course = "\(ticks.count) of \(Words.plural(steps.count, "step")) done"
        if let next = ViewState.nextStep(of: page, ticks)?.task {
            course += ", next is \(next.number)"
        }
        let run = book.runs.first { $0.model == view.model && $0.page == page.id }
        if let incident = run?.incident { course += "; kept in incident \(incident)" }
        lines.append((course, .strong))
        let own = book.faults.filter { fault in
            page.alarms.contains { fault.contains("/\($0).md:") }
        }
        for fault in own.prefix(1) {
            lines += "▲ your page is not used: \(fault)".wrapped(width).map { ($0, .warning) }
        }
        return lines
    }

    /// A line of the page, and which part of it that is.
    private struct PageLine {
        var item: Int
        /// Before the text: the mark, the box, the number and the key.
        var lead = ""
        var text: String
        var role = Role.plain
    }

    /// Where the text of a step begins.
    private static let stepIndent = 13

    private mutating func drawItems(
        of page: PlaybookPage, _ ticks: [Int: PlaybookTick], _ view: PlaybookView, in area: Area
    ) {
        guard area.height > 0 else { return }
        let next = ViewState.nextStep(of: page, ticks)?.item
        var lines: [PageLine] = []
        for (index, item) in page.items.enumerated() {
            lines += self.lines(
                item, index, ticks, isNext: index == next, width: area.width)
        }
        let chosen = lines.firstIndex { $0.item == view.item } ?? 0
        let chosenEnd = lines.lastIndex { $0.item == view.item } ?? chosen
        var first = max(0, min(chosen - area.height / 3, lines.count - area.height))
        // A long step is seen to its end.
        if chosenEnd >= first + area.height { first = min(chosen, chosenEnd - area.height + 1) }
        for (offset, line) in lines.dropFirst(first).prefix(area.height).enumerated() {
            let row = area.row + offset
            let isChosen = line.item == view.item
            if isChosen, first + offset == chosen {
                canvas.put("▶", row: row, column: area.column, .strong)
            }
            if !line.lead.isEmpty {
                canvas.put(line.lead, row: row, column: area.column + 2, .key)
            }
            let start = area.column + Self.indent(of: page.items[line.item])
            let role: Role = isChosen && line.role == .plain ? .strong : line.role
            canvas.put(line.text, row: row, column: start, width: area.endColumn - start, role)
        }
        if first > 0 { canvas.put("↑", row: area.row, column: area.endColumn, .strong) }
        if first + area.height < lines.count {
            canvas.put("↓", row: area.endRow - 1, column: area.endColumn, .strong)
        }
    }

    private static func indent(of item: PlaybookItem) -> Int {
        if case .step = item { stepIndent } else { 2 }
    }

    private func lines(
        _ item: PlaybookItem, _ index: Int, _ ticks: [Int: PlaybookTick], isNext: Bool, width: Int
    ) -> [PageLine] {
        let room = width - Self.indent(of: item)
        switch item {
        case .prose(let text):
            return text.wrapped(room).map { PageLine(item: index, text: $0) }
        case .point(let text):
            let (first, rest) = (text.wrapped(room), text.wrapped(room - 2))
            guard first.count > 1 else { return [PageLine(item: index, text: text)] }
            return rest.enumerated().map { line, words in
                PageLine(item: index, text: (line == 0 ? "" : "  ") + words)
            }
        case .code(let code): return code.map { PageLine(item: index, text: "  " + $0) }
        case .step(let task):
            let tick = ticks[task.number]
            let key = task.key.map(state.own) ?? ""
            // A command has no room in the column of keys.
            let (short, long) = key.count > 3 ? ("", key + " ") : (key, "")
            let number = String(task.number).padded(2, isRight: true)
            var lead = "[\(tick == nil ? " " : "x")] \(number)"
            if !short.isEmpty { lead += "  " + short }
            var lines = (long + task.text).wrapped(room).map {
                PageLine(item: index, text: $0, role: isNext ? .strong : .plain)
            }
            if lines.isEmpty { lines = [PageLine(item: index, text: "")] }
            lines[0].lead = lead
            if let tick {
                let text = "✓ by \(tick.by) at \(Figure.clock(tick.at)) UTC"
                lines.append(PageLine(item: index, text: text, role: .good))
            }
            return lines
        }
    }
}
