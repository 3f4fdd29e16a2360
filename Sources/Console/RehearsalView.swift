import Operation
import Vocabulary

/// A rehearsal that was asked for: how far it is, and then what each response would lead to, or
/// which examples turned the model bad.
package struct RehearsalView: Equatable, Sendable {
    package var model: ModelName
    package var bisects: Bool
    /// Under which it was asked for.
    package var token: Int
    /// On the console's clock.
    package var askedAt: Span
    package var progress: RehearsalProgress?
    /// Lines that are scrolled past.
    package var scroll = 0

    package init(model: ModelName, bisects: Bool, token: Int, askedAt: Span) {
        (self.model, self.bisects) = (model, bisects)
        (self.token, self.askedAt) = (token, askedAt)
    }

    package var isOver: Bool { progress?.isOver ?? false }

    /// The window that was purged in it, or found by it.
    package var window: ExampleSelection? {
        bisects ? progress?.report?.bisection?.window : progress?.report?.incident?.window
    }

    /// What a rollback goes back to.
    package var checkpoint: CheckpointID? {
        let report = progress?.report
        return bisects ? report?.bisection?.lastGood : report?.incident?[.rollBack]?.checkpoint
    }

    /// What goes on from here; nothing from one that was refused.
    package var offers: [Command] {
        guard progress?.report != nil else { return [] }
        return (window == nil ? [] : [.purge]) + (checkpoint == nil ? [] : [.rollback])
            + [bisects ? .rehearse : .bisect]
    }

    /// The most that can be scrolled: what is written of it is never longer.
    static let scrollMax = 60
}

extension ViewState {
    /// Asks for a rehearsal of the selected model's incident, or for a bisection.
    mutating func openRehearsal(
        at moment: ConsoleMoment, bisects: Bool = false
    ) -> [ConsoleAction] {
        guard let report = selectedReport("to rehearse for", moment) else { return [] }
        return openRehearsal(of: report.name, at: moment, bisects: bisects)
    }

    private mutating func openRehearsal(
        of model: ModelName, at moment: ConsoleMoment, bisects: Bool
    ) -> [ConsoleAction] {
        let token = takeToken()
        dialog = .rehearsal(
            RehearsalView(model: model, bisects: bisects, token: token, askedAt: moment.now))
        var query = RehearsalQuery()
        if bisects { query.bisects = true }
        return [.rehearse(token: token, model, query)]
    }

    mutating func takeInRehearsal(
        _ event: KeyEvent, _ view: RehearsalView, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let command = keyMap.command(for: event)
        let page = max(1, moment.size.height / 3)
        if let scroll = command?.scrolled(view.scroll, page: page, to: RehearsalView.scrollMax) {
            var view = view
            view.scroll = scroll
            dialog = .rehearsal(view)
            return []
        }
        switch command {
        case .back?:
            dialog = nil
            guard !view.isOver else { return [] }
            note = Note(text: "cancelled: the rehearsal for \(view.model)", role: .plain)
            return Self.cancel(view.progress, view.model)
        case let command? where view.offers.contains(command):
            return goOn(from: view, command, by: event, at: moment)
        case .purge?, .rollback?, .bisect?, .rehearse?:
            let text =
                view.isOver
                ? "nothing came of it that \(event.name) could go on from; Esc closes it"
                : "the rehearsal is not done yet; Esc cancels it"
            note = Note(text: text, role: .plain)
        default:
            note = Note(text: "Esc closes the rehearsal; then the key works", role: .plain)
        }
        return []
    }

    private mutating func goOn(
        from view: RehearsalView, _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch command {
        case .purge: openPurge(by: event, of: view.model, view.window, at: moment)
        case .rollback: openRollback(by: event, of: view.model, to: view.checkpoint, at: moment)
        default: return openRehearsal(of: view.model, at: moment, bisects: command == .bisect)
        }
        return []
    }

    /// What ends a rehearsal that is under way.
    static func cancel(_ progress: RehearsalProgress?, _ model: ModelName) -> [ConsoleAction] {
        guard let progress, !progress.isOver else { return [] }
        var query = RehearsalQuery()
        (query.job, query.cancels) = (progress.job, true)
        return [.rehearse(token: 0, model, query)]
    }

    /// Takes what was heard of a rehearsal.
    mutating func takeProgress(_ token: Int, _ progress: RehearsalProgress) -> [ConsoleAction] {
        switch dialog {
        case .rehearsal(var view) where view.token == token:
            view.progress = progress
            dialog = .rehearsal(view)
        case .purge(var form) where form.finding?.token == token:
            form.take(progress)
            dialog = .purge(form)
        default:
            // Nobody looks at it any more.
            guard token != 0 else { return [] }
            return Self.cancel(progress, progress.model)
        }
        return []
    }
}
