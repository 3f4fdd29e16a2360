import Operation
import Vocabulary

extension ViewState {
    /// Takes a message; what comes back is for the program to do, in this order.
    package mutating func update(
        _ message: ConsoleMessage, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let before = note
        let actions = take(message, at: moment)
        if case .key = message {
            noteSince = moment.now
        } else if note != before {
            noteSince = moment.now
        }
        return actions + lookElsewhere(moment.link) + lookBack(at: moment) + askOfDrills()
    }

    private mutating func take(
        _ message: ConsoleMessage, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        pinSelection(moment.link)
        if let asked = stopAsked, isFollowed(asked, moment.link) { stopAsked?.isConfirmed = true }
        switch message {
        case .key(let event):
            let isOver = stopAsked?.isConfirmed == true && !isRedWindowOpen(at: moment.now)
            if isOver { stopAsked = nil }
            return take(event, at: moment)
        case .answer(let token, let outcome):
            takeAnswer(token, outcome)
            return []
        case .rehearsed(let token, let progress): return takeProgress(token, progress)
        case .journalRead(let token, let page):
            takePage(token, page)
            return []
        case .readinessRead(let token, let answer):
            takeReadiness(token, answer)
            return []
        case .looked: return []
        case .suspendRefused:
            note = Note(text: "not suspended: the engine in this process would stop", role: .plain)
            return []
        case .themeSaved(let fault):
            note =
                fault.map { Note(text: $0, role: .warning) }
                ?? Note(text: "the theme is as its file has it now", role: .plain)
            return []
        }
    }

    /// The first model there is becomes the selected one, so that later ones don't move it.
    private mutating func pinSelection(_ link: LinkView) {
        if selectedModel == nil {
            selectedModel = Self.worst(of: link.snapshot?.models ?? [])?.name
        }
        if stopAsked != nil, dialog != nil || isFiltering { stopAsked?.isWindowOpen = false }
    }

    private mutating func take(_ event: KeyEvent, at moment: ConsoleMoment) -> [ConsoleAction] {
        if case .paste(let text) = event {
            takePaste(text, at: moment)
            return []
        }
        let first = { Self.worst(of: moment.link.snapshot?.models ?? [])?.name }
        if let scope = redButtonScope(for: event, at: moment.now, firstModel: first) {
            return [pressRedButton(scope, at: moment)]
        }
        if moment.size.isTooSmall, keyMap.command(for: event) != .leave || dialog != nil {
            return []
        }
        note = nil
        if dialog != nil { return takeInDialog(event, at: moment) }
        if isFiltering {
            takeInFilter(event)
            return []
        }
        if case .click(let row, let column) = event {
            return click(row: row, column: column, by: event, at: moment)
        }
        guard let command = keyMap.command(for: event) else {
            note = Note(text: whyNothing(event), role: .plain)
            return []
        }
        return take(command, by: event, at: moment)
    }

    /// Does what was asked for by a key, or by its name.
    mutating func take(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        if let playbook { return takeInPlaybook(command, playbook, by: event, at: moment) }
        return perform(command, by: event, at: moment)
    }

    mutating func pressRedButton(
        _ scope: ActScope, at moment: ConsoleMoment
    ) -> ConsoleAction {
        stopAsked = StopAsked(scope: scope, engine: moment.link.engine, at: moment.now)
        // Asked for all the same: what the engine says is what counts.
        let objection = objection(to: .stop, moment.link)
        note =
            objection.map { Note(text: "▲ \($0)", role: .critical) }
            ?? dialog.map { Note(text: "\($0.title) was closed", role: .plain) }
        dialog = nil
        isFiltering = false
        // The operator must see whether it worked.
        thaw()
        return .pressRedButton(scope)
    }

    private mutating func takePaste(_ text: String, at moment: ConsoleMoment) {
        let refusal = Note(text: "pasted text does nothing here", role: .plain)
        note = nil
        if moment.size.isTooSmall { return }
        switch dialog {
        case .reason(var form):
            guard form.keys.admits(.paste(text), at: moment.now) else { return }
            if form.typed == nil {
                form.reason.insert(text)
                dialog = .reason(form)
            } else {
                note = Note(text: "pasted text is not taken here: type the name", role: .warning)
            }
        case .rollback(var form):
            guard form.keys.admits(.paste(text), at: moment.now) else { return }
            if form.step == .reasoning {
                form.reason.insert(text)
                dialog = .rollback(form)
            } else {
                note = Note(text: "pasted text is not taken here: type the name", role: .warning)
            }
        case .purge(var form):
            guard form.keys.admits(.paste(text), at: moment.now) else { return }
            switch form.step {
            case .describing: form.insert(text)
            case .reasoning: form.reason.insert(text)
            case .confirming:
                note = Note(text: "pasted text is not taken here: type the name", role: .warning)
            }
            dialog = .purge(form)
        case .help, .palette, .watchers, .leave, .rehearsal, .incident: note = refusal
        case nil:
            if isFiltering { filters[screen.rawValue].insert(text) } else { note = refusal }
        }
    }

    private mutating func takeInFilter(_ event: KeyEvent) {
        switch event {
        case .enter: isFiltering = false
        case .escape:
            filters[screen.rawValue] = LineEditor()
            isFiltering = false
        case .letter, .control, .function, .tab, .backTab, .backspace, .delete, .arrow, .home, .end,
            .pageUp,
            .pageDown, .click, .paste, .unknown:
            if !filters[screen.rawValue].take(event) {
                note = Note(text: "Enter keeps the filter, Esc clears it", role: .plain)
            }
        }
    }

    private mutating func takeAnswer(_ token: Int, _ outcome: ActOutcome) {
        if case .reason(var form) = dialog, form.preview == .asked(token: token) {
            form.preview = Self.preview(of: outcome)
            dialog = .reason(form)
            return
        }
        if case .rollback(var form) = dialog, form.preview == .asked(token: token) {
            form.preview = Self.preview(of: outcome)
            dialog = .rollback(form)
            return
        }
        if case .purge(var form) = dialog, form.preview == .asked(token: token) {
            form.preview = Self.preview(of: outcome)
            dialog = .purge(form)
            return
        }
        guard let asked = actsAsked.first(where: { $0.token == token }) else { return }
        actsAsked.removeAll { $0.token == token }
        note = Self.note(on: asked.title, outcome)
    }

    private static func preview(of outcome: ActOutcome) -> Preview {
        switch outcome {
        case .refused(let why): .refused(why)
        case .done(let effects), .wouldDo(let effects):
            effects.first.map { .effect($0) } ?? .refused("the engine named no effect")
        }
    }

    private static func note(on title: String, _ outcome: ActOutcome) -> Note {
        switch outcome {
        case .refused(let why): return Note(text: "▲ REFUSED: \(title): \(why)", role: .critical)
        case .done(let effects), .wouldDo(let effects):
            if effects.contains(where: { $0.isProposed == true }) {
                let texts = effects.map(\.text).joined(separator: "; ")
                return Note(text: "▲ \(texts)", role: .warning)
            }
            let texts = effects.map { effect in
                // The title has named the model.
                let name = "\(effect.model): "
                let isNamed = title.hasSuffix(effect.model.text) && effect.text.hasPrefix(name)
                return (effect.changed ? "" : "nothing changed: ")
                    + String(effect.text.dropFirst(isNamed ? name.count : 0))
            }
            return Note(text: "✓ done: \(title): \(texts.joined(separator: "; "))", role: .good)
        }
    }

    private func whyNothing(_ event: KeyEvent) -> String {
        switch event {
        case .control("C"), .control("Z"), .control("\\"):
            "\(event.name) would stop the engine elsewhere; here it does nothing. "
                + "\(keyMap.key(for: .leave)) leaves"
        case .letter, .control, .function, .enter, .tab, .backTab, .escape, .backspace, .delete,
            .arrow,
            .home, .end, .pageUp, .pageDown, .click, .paste, .unknown:
            "\(event.name) does nothing here; \(keyMap.key(for: .help)) lists the keys"
        }
    }
}
