import Operation
import Vocabulary

extension ViewState {
    mutating func openPurge(by event: KeyEvent, at moment: ConsoleMoment) {
        guard let report = selectedReport("to purge", moment) else { return }
        let window = suspectWindow(of: report, moment.link)
        openPurge(by: event, of: report.name, window, at: moment)
    }

    /// Begins with a window that is known, or that the chosen alarm suggests; without one with
    /// the last hour.
    mutating func openPurge(
        by event: KeyEvent, of model: ModelName, _ window: ExampleSelection?,
        at moment: ConsoleMoment
    ) {
        let models = shown(moment.link)?.models ?? []
        var form = PurgeForm(
            model: model, eventTime: models.first { $0.name == model }?.eventTime,
            keys: KeyGuard(openedAt: moment.now, by: event))
        if let window { form.fill(window) }
        dialog = .purge(form)
    }

    mutating func takeInPurge(
        _ event: KeyEvent, _ form: PurgeForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var form = form
        var actions: [ConsoleAction] = []
        if event == .escape {
            cancelPurge(form)
            return Self.cancel(form.finding?.progress, form.model)
        }
        if form.keys.admits(event, at: moment.now) {
            switch form.step {
            case .describing: actions = describe(event, &form, at: moment)
            case .reasoning: reason(event, &form, at: moment)
            case .confirming: actions = confirm(event, &form, at: moment)
            }
        } else {
            noteTooSoon()
        }
        if dialog != nil { dialog = .purge(form) }
        return actions
    }

    private mutating func cancelPurge(_ form: PurgeForm) {
        dialog = nil
        note = Note(text: "cancelled: nothing of \(form.model) was purged", role: .plain)
    }

    private mutating func describe(
        _ event: KeyEvent, _ form: inout PurgeForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let fields = PurgeForm.Field.allCases
        switch event {
        case .tab, .arrow(.down):
            form.field = fields[(form.field.rawValue + 1) % fields.count]
        case .backTab, .arrow(.up):
            form.field = fields[(form.field.rawValue + fields.count - 1) % fields.count]
        case .enter: return preview(event, &form, at: moment)
        case .control("F"): return find(&form)
        case .letter, .control, .function, .escape, .backspace, .delete, .arrow, .home, .end,
            .pageUp,
            .pageDown, .click, .paste, .unknown:
            if !form.take(event) {
                note = Note(
                    text: "Tab goes to the next line, Enter goes on, Esc cancels", role: .plain)
            }
        }
        return []
    }

    /// Has the engine look for the window that stands out.
    private mutating func find(_ form: inout PurgeForm) -> [ConsoleAction] {
        if let progress = form.finding?.progress, !progress.isOver {
            note = Note(text: "the engine is looking already", role: .plain)
            return []
        }
        let token = takeToken()
        form.finding = PurgeForm.Finding(token: token)
        var query = RehearsalQuery()
        query.proposes = true
        return [.rehearse(token: token, form.model, query)]
    }

    private mutating func preview(
        _ event: KeyEvent, _ form: inout PurgeForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch form.reading {
        case .fault(let field, let text):
            form.field = field
            note = Note(text: text, role: .warning)
            return []
        case .selection(let selection):
            let token = takeToken()
            form.step = .reasoning
            form.preview = .asked(token: token)
            form.keys = KeyGuard(openedAt: moment.now, by: event, isDeaf: false)
            let act = Act.purge(.leaveOut(selection))
            return [.submit(token: token, request(act, form.model, "", isDryRun: true))]
        }
    }

    private mutating func reason(
        _ event: KeyEvent, _ form: inout PurgeForm, at moment: ConsoleMoment
    ) {
        guard event == .enter else {
            if !form.reason.take(event) { note = Note(text: Self.editing, role: .plain) }
            return
        }
        if let refusal = Self.refusal(form.preview, form.reason) {
            note = refusal
        } else {
            form.step = .confirming
            form.keys = KeyGuard(openedAt: moment.now, by: event)
        }
    }

    /// The last letter of the model's name does it; Enter never does.
    private mutating func confirm(
        _ event: KeyEvent, _ form: inout PurgeForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard event != .enter, case .selection(let selection) = form.reading else {
            cancelPurge(form)
            return []
        }
        let isDone = confirm(event, &form.typed, form.model.text)
        guard isDone else { return [] }
        dialog = nil
        let act = Act.purge(.leaveOut(selection))
        let sent = request(act, form.model, form.reason.trimmed, isDryRun: false)
        return [submit(sent, "purge \(form.model)", at: moment.now)]
    }
}
