import Operation
import Vocabulary

extension Scene {
    mutating func drawPurge(_ form: PurgeForm) {
        switch form.step {
        case .describing: drawDescription(form)
        case .reasoning, .confirming: drawConfirmation(form)
        }
    }

    private mutating func drawDescription(_ form: PurgeForm) {
        let fields = PurgeForm.Field.allCases
        let found = findingLines(form)
        let area = drawBox(
            "Purge \(form.model): which examples?", height: fields.count + 4 + found.count)
        for (index, field) in fields.enumerated() {
            let row = area.dropping(index).prefix(1)
            let title = field.title.padded(7)
            if field == form.field {
                drawInput(title, form[field], in: row)
            } else {
                let text = form[field].text.isEmpty ? "-" : form[field].text
                drawLines([("\(title): \(text)", .plain)], in: row)
            }
        }
        let hints: [Line] = [
            ("", .plain), ("\(form.field.title): \(form.field.hint).", .plain),
            ("Enter shows what it would do; nothing happens yet.", .plain),
        ]
        drawLines(hints + found, in: area.dropping(fields.count))
    }

    /// What stands out, or the key that has the engine look for it.
    private func findingLines(_ form: PurgeForm) -> [Line] {
        guard let finding = form.finding else {
            return [("Ctrl-F looks for the window that stands out, and fills it in.", .plain)]
        }
        if let fault = finding.progress?.fault { return [("▲ \(fault)", .warning)] }
        guard let proposal = finding.progress?.report?.proposal else {
            let share = Int((finding.progress?.share ?? 0) * 100)
            return [("Looking for the window that stands out: \(share) %", .strong)]
        }
        var lines: [Line] = proposal.text.wrapped(boxTextWidth).prefix(2).map { ($0, .strong) }
        for line in proposal.evidence.prefix(3) {
            lines += line.wrapped(boxTextWidth).prefix(2).map { ($0, .plain) }
        }
        return lines
    }

    private mutating func drawConfirmation(_ form: PurgeForm) {
        let name = form.model.text
        var lines = previewLines(form.preview, title: "The purge", width: boxTextWidth)
        lines.append(("It can be undone; serving goes on meanwhile.", .plain))
        let area = drawBox("Purge \(name)", height: lines.count + 6)
        drawLines(lines, in: area)
        let rest = area.dropping(lines.count + (area.height >= lines.count + 6 ? 1 : 0))
        guard form.preview.refusal == nil else { return drawRefused(in: rest) }
        drawReasonAndName(
            form.reason, form.step == .confirming ? form.typed : nil, name: name, in: rest)
    }
}
