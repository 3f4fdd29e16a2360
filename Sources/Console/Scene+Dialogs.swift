import Operation
import Vocabulary

extension Scene {
    /// A line of a dialog.
    typealias Line = (text: String, role: Role)

    mutating func drawDialog(_ dialog: Dialog) {
        switch dialog {
        case .help(let scroll): drawHelp(scroll)
        case .palette(let view): drawPalette(view)
        case .watchers: drawWatchers()
        case .leave: drawLeave()
        case .reason(let form): drawReason(form)
        case .rollback(let form): drawRollback(form)
        case .purge(let form): drawPurge(form)
        case .rehearsal(let view): drawRehearsal(view)
        case .incident(let view): drawIncident(view)
        }
    }

    /// An empty box in the middle of the screen; returns its inside.
    mutating func drawBox(_ title: String, height: Int, widthMax: Int = 76) -> Area {
        let width = min(widthMax, size.width - 4)
        let height = min(height + 2, size.height - 4)
        let area = Area(
            row: max(1, (size.height - height) / 2), column: (size.width - width) / 2,
            width: width, height: height)
        let isNarrow = size.width < 100
        canvas.fill(
            Area(
                row: area.row, column: isNarrow ? 0 : area.column,
                width: isNarrow ? size.width : width, height: height), .plain)
        for row in [area.row, area.endRow - 1] {
            canvas.fill(
                Area(row: row, column: area.column, width: width, height: 1), .line, with: "─")
        }
        for row in area.row..<area.endRow {
            canvas.put("│", row: row, column: area.column, .line)
            canvas.put("│", row: row, column: area.endColumn - 1, .line)
        }
        for (scalar, row, column) in [
            ("┌" as Unicode.Scalar, area.row, area.column), ("┐", area.row, area.endColumn - 1),
            ("└", area.endRow - 1, area.column), ("┘", area.endRow - 1, area.endColumn - 1),
        ] {
            canvas.put(scalar, row: row, column: column, .line)
        }
        canvas.put(" \(title) ", row: area.row, column: area.column + 2, width: width - 4, .strong)
        return Area(
            row: area.row + 1, column: area.column + 2, width: width - 4, height: height - 2)
    }

    mutating func drawLines(_ lines: [Line], in area: Area) {
        for (index, line) in lines.prefix(area.height).enumerated() {
            canvas.put(
                line.text, row: area.row + index, column: area.column, width: area.width,
                line.role)
        }
    }

    private mutating func drawHelp(_ scroll: Int) {
        var lines: [Line] = []
        for group in Command.Group.allCases {
            lines.append((group.rawValue, .heading))
            lines += Command.table.filter { $0.group == group }.map { card in
                (state.keyMap.keys(for: card.command).padded(12) + " " + card.title, .plain)
            }
            lines.append(("", .plain))
        }
        lines.append(("log loss is progressive: scored before it is learned, in nats;", .plain))
        lines.append(("base rate: the log loss of knowing only how often it is 1;", .plain))
        lines.append(("calibration: predicted over real positives, 1.00 x is right;", .plain))
        lines.append(("staleness: how far the served learner is behind, in event time.", .plain))
        let area = drawBox("Keys and words", height: lines.count, widthMax: 100)
        let first = min(scroll, max(0, lines.count - area.height))
        drawLines(Array(lines.dropFirst(first)), in: area)
        let last = min(lines.count, first + area.height)
        if last - first < lines.count {
            let text = " \(first + 1)-\(last) of \(lines.count), Up Down move "
            canvas.put(text, row: area.endRow, before: area.endColumn, .line)
        }
    }

    private mutating func drawLeave() {
        let lines: [Line] = [
            ("The engine runs in this process.", .plain),
            ("", .plain),
            ("k    leave the console, keep the engine running", .strong),
            ("e    end the engine too: no training, no serving", .strong),
            ("Esc  stay", .strong),
        ]
        drawLines(lines, in: drawBox("Leave?", height: lines.count))
    }

    private mutating func drawReason(_ form: ReasonForm) {
        let verb = form.verb.prefix(1).uppercased() + form.verb.dropFirst()
        var lines = previewLines(form.preview, title: verb, width: boxTextWidth)
        // Once it is chosen there is room for the name that has to be typed.
        if form.choices.count > 1, form.typed == nil {
            lines += [("", .plain)] + choiceLines(form)
        }
        let title = "\(verb): \(form.model)"
        let area = drawBox(title, height: lines.count + 5)
        drawLines(lines, in: area)
        let rest = area.dropping(lines.count + 1)
        guard form.preview.refusal == nil else { return drawRefused(in: rest) }
        if let name = form.nameToType {
            return drawReasonAndName(form.reason, form.typed, name: name, in: rest)
        }
        let what =
            switch form.act {
            case .incident(.open): "Title"
            case .note: "Note"
            default: "Reason"
            }
        drawInput(what, form.reason, in: rest)
        var hint = "For the journal. Enter does it, Esc cancels."
        if case .acknowledge(_?) = form.act { hint += " Tab: its playbook." }
        drawLines([("", .plain), (hint, .plain)], in: rest.dropping(1))
    }

    /// What the act may be, the chosen one marked.
    private func choiceLines(_ form: ReasonForm) -> [Line] {
        let model = state.shown(link)?.models.first { $0.name == form.model }
        let authority = state.shown(link)?.authority
        return form.choices.map { choice in
            let isChosen = choice == form.act
            let words = Self.words(choice, authority) ?? Self.words(choice, of: model)
            let text = "\(isChosen ? "▶" : " ") \(words)"
            return (text, isChosen ? .strong : .plain)
        } + [("Up and Down choose", .plain)]
    }

    /// Of what is about no alarm and no tier; nil for those.
    private static func words(_ choice: Act, _ authority: AuthorityReport?) -> String? {
        switch choice {
        case .countersign(let id, let isGranted):
            guard let proposal = authority?.proposals.first(where: { $0.id == id }) else {
                return "\(id): it is decided"
            }
            guard isGranted else { return "decline \(id)" }
            let models = proposal.models.map(\.text).joined(separator: ", ")
            return "let \(id) go on: \(proposal.act) of \(models), by \(proposal.by): "
                + proposal.reason
        case .review(let id):
            guard let glass = authority?.glass.first(where: { $0.id == id }) else {
                return "\(id): it is reviewed"
            }
            return "\(id): \(glass.act) of \(glass.model) by \(glass.by): \(glass.reason)"
        case .incident(.note(_, let mark)):
            switch mark {
            case nil: return "a note, no more"
            case .acknowledged?: return "and somebody is at it"
            case .mitigated?: return "and it is mitigated: it does no more harm"
            case .causeClosed?: return "and the cause is found and ended"
            case .purgeNeeded?: return "and a purge is needed before training goes on"
            case .purgeUnneeded?: return "and no data has to be purged"
            }
        default: return nil
        }
    }

    private static func words(_ choice: Act, of model: ModelReport?) -> String {
        switch choice {
        case .fallback(_, let tier?):
            let text = model?.serving.tiers.first { $0.tier == tier }?.text ?? ""
            return "\(Words.tier(tier)): \(text)"
        case .acknowledge(let id?):
            guard let alarm = model?.alarms.first(where: { $0.id == id }) else {
                return "\(id): it is over"
            }
            let mark = Words.attention(alarm, at: nil).map { " (\($0))" } ?? ""
            return "\(Words.severity(alarm.severity).sign) \(alarm.name)\(mark): \(alarm.text)"
        case .acknowledge: return "all of them"
        case .rideThrough(.begin(let terms)): return words(terms)
        default: return choice.name
        }
    }

    var boxTextWidth: Int { min(76, size.width - 4) - 4 }

    /// What an engine answered to "what would this do?".
    func previewLines(_ preview: Preview, title: String, width: Int) -> [Line] {
        switch preview {
        case .asked: return [("Asking the engine what this would do…", .plain)]
        case .refused(let why):
            return "▲ The engine refuses: \(why)".wrapped(width).map { ($0, .critical) }
        case .effect(let effect):
            var lines: [Line] = "\(title): \(effect.text)".wrapped(width).map { ($0, .strong) }
            var lost: [String] = []
            if let examples = effect.examples, examples > 0 {
                lost.append(Words.plural(examples, "example"))
            }
            if let seconds = effect.seconds {
                lost.append(Figure.span(seconds: seconds) + " of event time")
            }
            if !lost.isEmpty, effect.changed, !["resume", "ride_through"].contains(effect.act) {
                lines.append(("▲ Unlearned: " + lost.joined(separator: ", "), .warning))
            }
            if !effect.changed { lines.append(("Nothing would change.", .plain)) }
            lines += preflightLines(effect.checks ?? [], width: width)
            return lines
        }
    }

    mutating func drawInput(_ title: String, _ editor: LineEditor, in area: Area) {
        guard area.height > 0 else { return }
        let start = canvas.put("\(title): ", row: area.row, column: area.column, .strong)
        let width = max(1, area.endColumn - start)
        canvas.fill(Area(row: area.row, column: start, width: width, height: 1), .input)
        let scrolled = max(0, editor.cursor - width + 1)
        let text = String(editor.text.dropFirst(scrolled).prefix(width))
        canvas.put(text, row: area.row, column: start, .input)
        let column = start + editor.cursor - scrolled
        canvas.mark(row: area.row, from: column, to: column + 1, .selected)
    }

    private mutating func drawRollback(_ form: RollbackForm) {
        switch form.step {
        case .choosing: drawChoice(form)
        case .reasoning, .confirming: drawConfirmation(form)
        }
    }

    private mutating func drawChoice(_ form: RollbackForm) {
        let models = state.shown(link)?.models ?? []
        guard let model = models.first(where: { $0.name == form.model }) else { return }
        let items = model.checkpoints
        let area = drawBox(
            "Roll \(form.model) back: choose a checkpoint", height: min(items.count, 12) + 3)
        let table = Table(
            columns: [
                TableColumn(
                    title: "CHECKPOINT",
                    width: max(10, items.map(\.id.description.count).max() ?? 0)),
                TableColumn(title: "VERDICT", width: 14),
                TableColumn(title: "USE", width: 8, rank: 3),
                TableColumn(title: "AGE", width: 7, isRight: true),
                TableColumn(title: "LOG LOSS nats", width: 13, isRight: true, rank: 2),
            ], selected: items.firstIndex { $0.id == form.checkpoint })
        let taken = state.shown(link)?.takenAt ?? Instant(microseconds: 0)
        table.draw(on: &canvas, in: area.prefix(area.height - 2), count: items.count) { index in
            let item = items[index]
            let verdict = Words.verdict(item.verdict)
            let use = Words.use(of: item, model)
            return [
                TableField(item.id.description), TableField(verdict.text, verdict.role),
                TableField(use), TableField(max(.zero, taken - item.created).text),
                TableField(item.metrics.logLoss.map { Figure.fixed($0, 4) } ?? "-"),
            ]
        }
        let hint = "Enter shows what it would do; nothing happens yet."
        drawLines([("", .plain), (hint, .plain)], in: area.dropping(area.height - 2))
    }

    private mutating func drawConfirmation(_ form: RollbackForm) {
        let name = form.checkpoint?.description ?? "?"
        var lines = previewLines(
            form.preview, title: "Rolling back to \(name)", width: boxTextWidth)
        lines.append(("Training stays stopped until somebody resumes it.", .plain))
        let area = drawBox("Roll \(form.model) back to \(name)", height: lines.count + 6)
        drawLines(lines, in: area)
        let rest = area.dropping(lines.count + (area.height >= lines.count + 6 ? 1 : 0))
        guard form.preview.refusal == nil else { return drawRefused(in: rest) }
        drawReasonAndName(
            form.reason, form.step == .confirming ? form.typed : nil, name: name, in: rest)
    }

    /// Nothing is asked of an operator to whom the engine would say no.
    mutating func drawRefused(in area: Area) {
        drawLines([("Esc closes.", .plain)], in: area)
    }

    /// Why, and then the name that has to be typed; `typed` is nil while the reason is asked.
    mutating func drawReasonAndName(
        _ reason: LineEditor, _ typed: LineEditor?, name: String, in area: Area
    ) {
        guard let typed else {
            drawInput("Reason", reason, in: area)
            let hint = "For the journal. Enter goes on, Esc cancels."
            drawLines([("", .plain), (hint, .plain)], in: area.dropping(1))
            return
        }
        drawLines([("Reason: \(reason.trimmed)", .plain)], in: area)
        drawInput("Type \(name)", typed, in: area.dropping(2))
        let hint = "Its last letter does it. Enter or Esc: cancel."
        drawLines([(hint, .strong)], in: area.dropping(3))
    }
}
