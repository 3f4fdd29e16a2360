/// What an operator can ask the console for with one key.
package enum Command: Sendable, CaseIterable {
    case stop
    case stopAll
    case resume
    case rollback
    case fallback
    case hold
    case approve
    case purge
    case rehearse
    case bisect
    case rideThrough
    case fleetScreen
    case modelScreen
    case checkpointsScreen
    case journalScreen
    case nextScreen
    case previousScreen
    case open
    case back
    case up
    case down
    case left
    case right
    case top
    case bottom
    case pageUp
    case pageDown
    case filter
    case freeze
    case help
    case leave
    case acknowledge
    case note
    case palette
    case playbook
    case alarmsScreen
    case openIncident
    case resolveIncident
    case countersign
    case review

    /// For the help screen; what it does, from the operator's side.
    package var title: String {
        switch self {
        case .stop: "STOP training and pushing of the selected model, at once"
        case .stopAll: "within 5 s after the stop key: stop ALL models"
        case .resume: "resume the selected model (asks for a reason)"
        case .rollback: "roll the selected model back to a checkpoint"
        case .fallback: "fallback on or off: what is simpler answers (asks for a reason)"
        case .hold: "hold pushes: no candidate goes on; or release them"
        case .approve: "approve a launch that waits"
        case .purge: "purge examples: as if they had never been learned"
        case .rehearse: "rehearse: what each response to an incident would lead to"
        case .bisect: "bisect: which examples turned the model bad"
        case .rideThrough: "ride through an event with smaller steps, or end it (asks for a reason)"
        case .fleetScreen: "fleet: all models"
        case .modelScreen: "model: figures and charts"
        case .checkpointsScreen: "checkpoints of the model"
        case .journalScreen: "journal: who did what, when, why"
        case .nextScreen: "next screen"
        case .previousScreen: "previous screen"
        case .open: "open the selected row"
        case .back: "back, cancel, or clear the filter"
        case .up: "up; on the model screen: charts above"
        case .down: "down; on the model screen: charts below"
        case .left: "previous model"
        case .right: "next model"
        case .top: "first row"
        case .bottom: "last row"
        case .pageUp: "a page up"
        case .pageDown: "a page down"
        case .filter: "show only rows that contain a text"
        case .freeze: "freeze the display, and go on"
        case .help: "this help"
        case .leave: "leave the console"
        case .acknowledge: "acknowledge an alarm: you have it (asks for a reason)"
        case .note: "note in the open incident; it may mark it as mitigated and more"
        case .palette: "command palette (not in this version)"
        case .playbook: "playbook: the steps for the chosen alarm, or for the worst"
        case .alarmsScreen: "alarms, incidents, and what waits for a second person"
        case .openIncident: "open an incident (its title is the reason)"
        case .resolveIncident: "close the incident: it is resolved (asks for a reason)"
        case .countersign: "countersign, or decline, an act that waits for a second person"
        case .review: "review what one person did alone by breaking the glass"
        }
    }

    /// The act that it leads to, as the policy names it; nil for what is only looked at.
    package var power: String? {
        switch self {
        case .stop, .stopAll: "stop"
        case .resume: "resume"
        case .rollback: "rollback"
        case .fallback: "fallback"
        case .hold: "hold"
        case .approve: "approve"
        case .purge: "purge"
        case .acknowledge: "acknowledge"
        case .openIncident, .resolveIncident, .note: "incident"
        case .countersign: "countersign"
        case .review: "review"
        case .rideThrough: "ride_through"
        case .rehearse, .bisect, .fleetScreen, .modelScreen, .checkpointsScreen, .journalScreen,
            .nextScreen, .previousScreen, .open, .back, .up, .down, .left, .right, .top, .bottom,
            .pageUp, .pageDown, .filter, .freeze, .help, .leave, .palette, .playbook,
            .alarmsScreen:
            nil
        }
    }

    /// Where lines that are scrolled so far stand after it, from 0 to `last`; nil where it doesn't
    /// scroll.
    func scrolled(_ lines: Int, page: Int, to last: Int) -> Int? {
        let wanted: Int
        switch self {
        case .down: wanted = lines + 1
        case .up: wanted = lines - 1
        case .pageDown: wanted = lines + page
        case .pageUp: wanted = lines - page
        case .top: wanted = 0
        default: return nil
        }
        return min(max(wanted, 0), last)
    }

    /// What an engine of this version has no answer to.
    package var isAvailable: Bool {
        switch self {
        case .palette: false
        case .stop, .stopAll, .resume, .rollback, .fallback, .hold, .approve, .purge, .rehearse,
            .bisect, .rideThrough, .fleetScreen, .modelScreen, .checkpointsScreen, .journalScreen,
            .nextScreen, .previousScreen, .open, .back, .up,
            .down, .left, .right, .top, .bottom, .pageUp, .pageDown, .filter, .freeze, .help,
            .leave, .acknowledge, .note, .playbook, .alarmsScreen, .openIncident,
            .resolveIncident, .countersign, .review:
            true
        }
    }
}

/// The one table of keys: what a key does, and what the help says of it, both come from here.
package struct KeyMap: Sendable {
    private let bindings: [(event: KeyEvent, command: Command)]

    private init(_ bindings: [(KeyEvent, Command)]) {
        self.bindings = bindings.map { (event: $0.0, command: $0.1) }
    }

    package static let standard = KeyMap([
        (.letter("!"), .stop), (.letter("A"), .stopAll), (.letter("U"), .resume),
        (.letter("R"), .rollback), (.letter("F"), .fallback), (.letter("H"), .hold),
        (.letter("Y"), .approve), (.letter("P"), .purge),
        (.letter("W"), .rehearse), (.letter("B"), .bisect),
        (.letter("T"), .rideThrough), (.letter("1"), .fleetScreen), (.letter("2"), .modelScreen),
        (.letter("3"), .checkpointsScreen), (.letter("4"), .journalScreen), (.tab, .nextScreen),
        (.backTab, .previousScreen), (.enter, .open), (.escape, .back), (.arrow(.up), .up),
        (.letter("k"), .up), (.arrow(.down), .down), (.letter("j"), .down),
        (.arrow(.left), .left), (.letter("h"), .left), (.arrow(.right), .right),
        (.letter("l"), .right), (.letter("g"), .top), (.home, .top), (.letter("G"), .bottom),
        (.end, .bottom), (.pageUp, .pageUp), (.pageDown, .pageDown), (.letter("/"), .filter),
        (.letter(" "), .freeze), (.letter("?"), .help), (.letter("q"), .leave),
        (.letter("a"), .acknowledge), (.letter("n"), .note), (.letter(":"), .palette),
        (.letter("b"), .playbook), (.letter("5"), .alarmsScreen), (.letter("i"), .openIncident),
        (.letter("C"), .resolveIncident), (.letter("S"), .countersign), (.letter("V"), .review),
    ])

    package func command(for event: KeyEvent) -> Command? {
        bindings.first { $0.event == event }?.command
    }

    /// What a key does by its name as written on the screen; nil if nothing.
    package func command(named name: String) -> Command? {
        bindings.first { Self.name(of: $0.event) == name }?.command
    }

    /// The keys of a command as written on the screen: `PgUp`, `k ↑`.
    package func keys(for command: Command) -> String {
        bindings.filter { $0.command == command }.map { Self.name(of: $0.event) }
            .joined(separator: " ")
    }

    package static func name(of event: KeyEvent) -> String {
        switch event {
        case .letter(" "): "Space"
        case .letter(let scalar): String(Character(scalar))
        case .control(let scalar): "Ctrl-" + String(Character(scalar))
        case .enter: "Enter"
        case .tab: "Tab"
        case .backTab: "Shift-Tab"
        case .escape: "Esc"
        case .backspace: "Backspace"
        case .delete: "Del"
        case .arrow(.up): "Up"
        case .arrow(.down): "Down"
        case .arrow(.left): "Left"
        case .arrow(.right): "Right"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .paste: "Paste"
        case .unknown: "This key"
        }
    }
}
