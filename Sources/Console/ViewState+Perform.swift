import Operation
import Vocabulary

extension ViewState {
    /// Does what a key stands for outside of dialogs.
    mutating func perform(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        if let objection = objection(to: command, moment.link) {
            note = Note(text: "\(event.name): \(objection)", role: .warning)
            return []
        }
        switch command.card.group {
        case .acts: return act(command, by: event, at: moment)
        case .crisis: return attend(command, by: event, at: moment)
        case .screens: look(at: command, moment.link)
        case .moving: return moveAbout(command, by: event, at: moment)
        case .display: return display(command, by: event, at: moment)
        }
        return []
    }

    // Each takes the commands of its group in the table, and none of the others.

    private mutating func act(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch command {
        case .stopAll:
            let (all, one) = (keyMap.key(for: .stopAll), keyMap.key(for: .stop))
            let text = "\(all) stops all models of an engine, within 5 s after \(one) stopped one"
            note = Note(text: text, role: .plain)
        case .resume: return openResume(by: event, at: moment)
        case .rollback: openRollback(by: event, at: moment)
        case .purge: openPurge(by: event, at: moment)
        case .rideThrough: return openRide(by: event, at: moment)
        case .rehearse: return openRehearsal(at: moment)
        case .bisect: return openRehearsal(at: moment, bisects: true)
        case .fallback: return openFallback(by: event, at: moment)
        case .hold: return openHold(by: event, at: moment)
        case .approve: return openApproval(by: event, at: moment)
        case .launchStart: return openLaunch(.start, by: event, at: moment)
        case .launchUp: return openLaunch(.up, by: event, at: moment)
        case .launchDown: return takeDown(by: event, at: moment)
        case .launchPromote: return openLaunch(.promote, by: event, at: moment)
        case .launchEnd: return openLaunch(.end, by: event, at: moment)
        default: break
        }
        return []
    }

    private mutating func attend(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch command {
        case .playbook: openPlaybook(at: moment)
        case .evidence: openEvidence(at: moment)
        case .acknowledge: return openAcknowledgement(by: event, at: moment)
        case .openIncident: return openNewIncident(by: event, at: moment)
        case .note, .resolveIncident: return openOfIncident(command, by: event, at: moment)
        case .writeNote: return openNote(by: event, at: moment)
        case .countersign: return openCountersignature(by: event, at: moment)
        case .review: return openReview(by: event, at: moment)
        default: break
        }
        return []
    }

    private mutating func look(at command: Command, _ link: LinkView) {
        switch command {
        case .nextScreen: show(Self.screen(after: screen, by: 1))
        case .previousScreen: show(Self.screen(after: screen, by: -1))
        default:
            guard let screen = Screen.allCases.first(where: { $0.command == command }) else {
                return
            }
            show(screen)
            if screen == .alarms { openAlarms(link) }
        }
    }

    private mutating func moveAbout(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        let page = max(1, moment.size.height / 2)
        switch command {
        case .open: return open(by: event, at: moment)
        case .back: goBack()
        case .up: move(by: -1, moment)
        case .down: move(by: 1, moment)
        case .left: if !moveCursor(by: -1, moment.link) { changeModel(by: -1, moment) }
        case .right: if !moveCursor(by: 1, moment.link) { changeModel(by: 1, moment) }
        case .top: move(by: -100_000, moment)
        case .bottom: move(by: 100_000, moment)
        case .pageUp: move(by: -page, moment)
        case .pageDown: move(by: page, moment)
        case .zoomIn: return zoom(by: 1)
        case .zoomOut: return zoom(by: -1)
        case .cursor: toggleCursor(moment.link)
        case .compare: markForComparison(moment.link)
        default: break
        }
        return []
    }

    private mutating func display(
        _ command: Command, by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        switch command {
        case .worstFirst: sortFleet(moment.link)
        case .filter: startFilter()
        case .palette: dialog = .palette(PaletteView())
        case .copy: return copy(at: moment)
        case .mouse:
            isMouseOn.toggle()
            let text = isMouseOn ? "the mouse is on; \(event.name) puts it off" : "the mouse is off"
            note = Note(text: text, role: .plain)
            return [.useMouse(isMouseOn)]
        case .watchers: dialog = .watchers
        case .freeze: freeze(moment.link)
        case .help: dialog = .help(scroll: 0)
        case .leave:
            if moment.link.isAttached { return [.leave(keepEngine: true)] }
            dialog = .leave(KeyGuard(openedAt: moment.now, by: event))
        default: break
        }
        return []
    }
}
