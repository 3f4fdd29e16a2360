import Operation
import Vocabulary

extension ViewState {
    /// Takes a key while a dialog is open.
    mutating func takeInDialog(
        _ event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch dialog {
        case .help(let scroll): takeInHelp(event, scroll, at: moment)
        case .watchers:
            if event == .escape || event == .enter || event == .letter("q") { dialog = nil }
        case .palette(let view): return takeInPalette(event, view, at: moment)
        case .leave(let keys): return takeInLeave(event, keys, at: moment)
        case .reason(let form): return takeInReason(event, form, at: moment)
        case .rollback(let form): return takeInRollback(event, form, at: moment)
        case .purge(let form): return takeInPurge(event, form, at: moment)
        case .rehearsal(let view): return takeInRehearsal(event, view, at: moment)
        case .incident(let view): return takeInIncident(event, view, at: moment)
        case nil: break
        }
        return []
    }

    private mutating func takeInHelp(
        _ event: KeyEvent, _ scroll: Int, at moment: ConsoleMoment
    ) {
        let command = keyMap.command(for: event)
        let page = max(1, moment.size.height / 2)
        if let next = command?.scrolled(scroll, page: page, to: Self.helpScrollMax) {
            dialog = .help(scroll: next)
        } else if command == .help || command == .back || command == .leave || command == .open {
            dialog = nil
        } else {
            note = Note(text: "Esc closes the help; then the key works", role: .plain)
        }
    }

    private static let helpScrollMax = 200

    private mutating func takeInLeave(
        _ event: KeyEvent, _ keys: KeyGuard, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var keys = keys
        guard event == .escape || keys.admits(event, at: moment.now) else {
            dialog = .leave(keys)
            noteTooSoon()
            return []
        }
        dialog = nil
        switch event {
        case .letter("k"), .letter("K"): return [.leave(keepEngine: true)]
        case .letter("e"), .letter("E"): return [.leave(keepEngine: false)]
        case .escape, .enter, .letter("q"): return []
        case .letter, .control, .function, .tab, .backTab, .backspace, .delete, .arrow, .home, .end,
            .pageUp,
            .pageDown, .click, .paste, .unknown:
            dialog = .leave(keys)
            note = Note(text: "k keeps the engine running, e ends it, Esc stays", role: .plain)
            return []
        }
    }

    private mutating func takeInReason(
        _ event: KeyEvent, _ form: ReasonForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var form = form
        defer { if dialog != nil { dialog = .reason(form) } }
        guard event == .escape || form.keys.admits(event, at: moment.now) else {
            if form.typed != nil { noteTooSoon() }
            return []
        }
        if form.typed != nil { return confirm(event, &form, at: moment) }
        switch event {
        case .escape:
            dialog = nil
            note = Note(text: "cancelled: \(form.verb) \(form.model)", role: .plain)
        case .enter:
            if let refusal = Self.refusal(
                form.preview, form.reason, needsFigures: form.nameToType != nil)
            {
                note = refusal
            } else if form.nameToType != nil {
                form.typed = LineEditor()
                form.keys = KeyGuard(openedAt: moment.now, by: event)
            } else {
                dialog = nil
                let sent = request(form.act, form.model, form.reason.trimmed, isDryRun: false)
                return [submit(sent, form.title, at: moment.now)]
            }
        case .arrow(.up), .arrow(.down):
            guard form.choices.count > 1 else { break }
            form.turn(by: event == .arrow(.down) ? 1 : -1)
            form.model = model(of: form.act, moment.link) ?? form.model
            let token = takeToken()
            form.preview = .asked(token: token)
            return [.submit(token: token, request(form.act, form.model, "", isDryRun: true))]
        case .tab:
            guard case .acknowledge(let id) = form.act else { break }
            openPlaybook(ofAlarm: id, form.model, at: moment)
        case .letter, .control, .function, .backTab, .backspace, .delete, .arrow, .home, .end,
            .pageUp,
            .pageDown, .click, .paste, .unknown:
            if !form.reason.take(event) { note = Note(text: Self.editing, role: .plain) }
        }
        return []
    }

    /// The way from an alarm that is to be acknowledged to its page.
    private mutating func openPlaybook(
        ofAlarm id: String?, _ model: ModelName, at moment: ConsoleMoment
    ) {
        let report = shown(moment.link)?.models.first { $0.name == model }
        guard let alarm = report?.alarms.first(where: { $0.id == id }) else {
            note = Note(text: "choose one alarm: each has its own page", role: .plain)
            return
        }
        dialog = nil
        openPlaybook(of: alarm, model, at: moment)
    }

    /// The last letter of the name does it; Enter never does.
    private mutating func confirm(
        _ event: KeyEvent, _ form: inout ReasonForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard event != .enter, event != .escape, let name = form.nameToType, let before = form.typed
        else {
            dialog = nil
            note = Note(text: "cancelled: \(form.verb) \(form.model)", role: .plain)
            return []
        }
        var typed = before
        let isThere = confirm(event, &typed, name)
        form.typed = typed
        guard isThere else { return [] }
        dialog = nil
        let sent = request(form.act, form.model, form.reason.trimmed, isDryRun: false)
        return [submit(sent, form.title, at: moment.now)]
    }

    static let editing = "type a reason; Enter goes on, Esc cancels"

    private mutating func takeInRollback(
        _ event: KeyEvent, _ form: RollbackForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        var form = form
        var actions: [ConsoleAction] = []
        if event == .escape {
            cancelRollback(form)
            return []
        }
        if form.keys.admits(event, at: moment.now) {
            switch form.step {
            case .choosing: actions = choose(event, &form, at: moment)
            case .reasoning: reason(event, &form, at: moment)
            case .confirming: actions = confirm(event, &form, at: moment)
            }
        } else {
            noteTooSoon()
        }
        if dialog != nil { dialog = .rollback(form) }
        return actions
    }

    /// A key that came before anybody could have read the question.
    mutating func noteTooSoon() {
        note = Note(text: "too soon after the question came; press it again", role: .plain)
    }

    private mutating func cancelRollback(_ form: RollbackForm) {
        dialog = nil
        note = Note(text: "cancelled: \(form.model) was not rolled back", role: .plain)
    }

    private mutating func choose(
        _ event: KeyEvent, _ form: inout RollbackForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let models = shown(moment.link)?.models ?? []
        let ids = models.first { $0.name == form.model }?.checkpoints.map(\.id) ?? []
        let page = max(1, moment.size.height / 2)
        func move(by step: Int) { form.checkpoint = Self.moved(form.checkpoint, in: ids, by: step) }
        switch keyMap.command(for: event) {
        case .up?: move(by: -1)
        case .down?: move(by: 1)
        case .pageUp?: move(by: -page)
        case .pageDown?: move(by: page)
        case .top?: move(by: -ids.count)
        case .bottom?: move(by: ids.count)
        case .open?:
            guard let id = form.checkpoint, ids.contains(id) else {
                note = Note(text: "this checkpoint is gone; choose another", role: .warning)
                return []
            }
            let token = takeToken()
            form.step = .reasoning
            form.preview = .asked(token: token)
            form.keys = KeyGuard(openedAt: moment.now, by: event, isDeaf: false)
            let act = Act.rollback(to: .checkpoint(id), keepsCursor: false)
            return [.submit(token: token, request(act, form.model, "", isDryRun: true))]
        default:
            note = Note(text: "up and down choose, Enter goes on, Esc cancels", role: .plain)
        }
        return []
    }

    private mutating func reason(
        _ event: KeyEvent, _ form: inout RollbackForm, at moment: ConsoleMoment
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

    /// Why an act cannot be confirmed yet; nil if it can.
    static func refusal(
        _ preview: Preview, _ reason: LineEditor, needsFigures: Bool = true
    ) -> Note? {
        if let why = preview.refusal {
            return Note(text: "the engine refuses: \(why)", role: .warning)
        }
        if case .asked = preview, needsFigures {
            return Note(text: "wait for the engine's figures", role: .warning)
        }
        guard reason.trimmed.isEmpty else { return nil }
        return Note(text: "a reason is needed: the journal keeps it", role: .warning)
    }

    /// Takes a key of a name that is typed to confirm; true once it is there, to its last letter.
    mutating func confirm(_ event: KeyEvent, _ typed: inout LineEditor, _ name: String) -> Bool {
        if !typed.take(event) { note = Note(text: "type \(name), or Esc to cancel", role: .plain) }
        if typed.text == name { return true }
        if !name.hasPrefix(typed.text) {
            note = Note(text: "that is not how \(name) begins", role: .warning)
        }
        return false
    }

    /// The last letter of the name does it; Enter never does.
    private mutating func confirm(
        _ event: KeyEvent, _ form: inout RollbackForm, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let id = form.checkpoint else { return [] }
        if event == .enter {
            cancelRollback(form)
            return []
        }
        guard confirm(event, &form.typed, id.description) else { return [] }
        dialog = nil
        let act = Act.rollback(to: .checkpoint(id), keepsCursor: false)
        let sent = request(act, form.model, form.reason.trimmed, isDryRun: false)
        return [submit(sent, "roll \(form.model) back to \(id)", at: moment.now)]
    }

    mutating func submit(
        _ request: ActRequest, _ title: String, at now: Span
    ) -> ConsoleAction {
        let token = takeToken()
        actsAsked.append(ActAsked(token: token, title: title, scope: request.scope, at: now))
        return .submit(token: token, request)
    }
}
