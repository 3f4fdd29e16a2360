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
        let area = drawBox("Purge \(form.model): which examples?", height: fields.count + 4)
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
        drawLines(hints, in: area.dropping(fields.count))
    }

    private mutating func drawConfirmation(_ form: PurgeForm) {
        let name = form.model.text
        var lines = previewLines(form.preview, title: "The purge", width: boxTextWidth)
        lines.append(("It can be undone; serving goes on meanwhile.", .plain))
        let area = drawBox("Purge \(name)", height: lines.count + 6)
        drawLines(lines, in: area)
        let rest = area.dropping(lines.count + (area.height >= lines.count + 6 ? 1 : 0))
        drawReasonAndName(
            form.reason, form.step == .confirming ? form.typed : nil, name: name, in: rest)
    }
}
