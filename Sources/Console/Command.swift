/// What an operator can ask the console for with one key. The raw value names it in the file of
/// keys and in the palette.
package enum Command: String, Sendable, CaseIterable {
    case stop
    case stopAll = "stop_all"
    case resume
    case rollback
    case purge
    case rideThrough = "ride_through"
    case rehearse
    case bisect
    case fallback
    case hold
    case approve
    case launchStart = "launch_start"
    case launchUp = "launch_up"
    case launchDown = "launch_down"
    case launchPromote = "launch_promote"
    case launchEnd = "launch_end"
    case playbook
    case evidence
    case acknowledge
    case openIncident = "open_incident"
    case note
    case writeNote = "write_note"
    case resolveIncident = "close_incident"
    case countersign
    case review
    case fleetScreen = "fleet"
    case modelScreen = "model"
    case checkpointsScreen = "checkpoints"
    case journalScreen = "journal"
    case alarmsScreen = "alarms"
    case launchScreen = "launch"
    case driftScreen = "drift"
    case dataScreen = "data"
    case drillsScreen = "drills"
    case nextScreen = "next_screen"
    case previousScreen = "previous_screen"
    case open
    case back
    case up
    case down
    case left
    case right
    case top
    case bottom
    case pageUp = "page_up"
    case pageDown = "page_down"
    case zoomIn = "zoom_in"
    case zoomOut = "zoom_out"
    case cursor
    case compare
    case worstFirst = "worst_first"
    case filter
    case palette
    case copy
    case mouse
    case watchers
    case freeze
    case help
    case leave

    /// Under what the help lists a command.
    package enum Group: String, Sendable, CaseIterable {
        case acts = "Acts on the selected model"
        case crisis = "Alarms, incidents, two people"
        case screens = "Screens"
        case moving = "Moving about"
        case display = "The display"
    }

    /// What is to be said of a command, in one place.
    package struct Card: Sendable {
        package let command: Command
        /// Its keys unless the user's file gives others, as they are written on the screen.
        let keys: String
        package let group: Group
        /// The act that it leads to, as the policy names it; nil for what is only looked at.
        package let power: String?
        /// For the help: what it does, from the operator's side.
        package let title: String
    }

    package var card: Card { Self.cards[self] ?? Self.table[0] }

    package var title: String { card.title }

    package var power: String? { card.power }

    private static let cards = Dictionary(
        table.map { ($0.command, $0) }, uniquingKeysWith: { first, _ in first })

    /// The one table of keys: what a key does, what the help, `spindle keys` and docs/keys.md say
    /// of it, all come from here.
    package static let table: [Card] = acts + crisis + screens + moving + display

    private static let acts = rows(
        .acts,
        [
            (.stop, "!", "stop", "STOP training and pushing of the selected model, at once"),
            (
                .stopAll, "A", "stop",
                "within 5 s after a stop: stop ALL models of that engine"
            ),
            (.resume, "U", "resume", "resume the selected model (asks for a reason)"),
            (.rollback, "R", "rollback", "roll the selected model back to a checkpoint"),
            (.purge, "P", "purge", "purge examples: as if they had never been learned"),
            (
                .rideThrough, "T", "ride_through",
                "ride through an event with smaller steps, or end it (asks for a reason)"
            ),
            (
                .rehearse, "W", nil,
                "rehearse: what each response to an incident would lead to"
            ),
            (.bisect, "B", nil, "bisect: which examples turned the model bad"),
            (
                .fallback, "F", "fallback",
                "fallback on or off: what is simpler answers (asks for a reason)"
            ),
            (
                .hold, "H", "hold", "hold pushes: no candidate goes on; or release them"
            ),
            (.approve, "Y", "approve", "approve a launch that waits"),
            (.launchStart, "", "approve", "start the launch that is declared (asks for a reason)"),
            (
                .launchUp, "+", "approve",
                "let the candidate go up a stage (asks for a reason)"
            ),
            (
                .launchDown, "-", "hold",
                "on the launch screen: take the candidate down a stage, at once"
            ),
            (
                .launchPromote, "", "approve",
                "the candidate becomes production (asks for a reason, then the model's name)"
            ),
            (.launchEnd, "", "hold", "end the launch (asks for a reason)"),
        ])

    private static let crisis = rows(
        .crisis,
        [
            (
                .playbook, "b", nil,
                "playbook: the steps for the chosen alarm, or for the worst"
            ),
            (
                .evidence, "e", nil,
                "evidence: the figures behind the chosen alarm, or the worst"
            ),
            (
                .acknowledge, "a", "acknowledge",
                "acknowledge an alarm: you have it (asks for a reason)"
            ),
            (.openIncident, "i", "incident", "open an incident (its title is the reason)"),
            (
                .note, "n", "incident",
                "note in the open incident; it may mark it as mitigated and more"
            ),
            (
                .writeNote, "N", "incident",
                "write a note with this screen beside it; words with # are tags"
            ),
            (
                .resolveIncident, "C", "incident",
                "close the incident: it is resolved (asks for a reason)"
            ),
            (
                .countersign, "S", "countersign",
                "countersign, or decline, an act that waits for a second person"
            ),
            (
                .review, "V", "review", "review what one person did alone by breaking the glass"
            ),
        ])

    private static let screens = rows(
        .screens,
        [
            (.fleetScreen, "1", nil, "fleet: all models"),
            (.modelScreen, "2", nil, "model: figures and charts"),
            (.checkpointsScreen, "3", nil, "checkpoints of the model"),
            (.journalScreen, "4", nil, "journal: who did what, when, why"),
            (
                .alarmsScreen, "5", nil,
                "alarms, incidents, and what waits for a second person"
            ),
            (.launchScreen, "6", nil, "launch: A, B and C, what differs, and whose doing it is"),
            (.driftScreen, "7", nil, "drift: which features moved, and how"),
            (.dataScreen, "8", nil, "data: join, quarantine, purges, rides, sources"),
            (.drillsScreen, "9", nil, "drills: what was practised, and what finds which failure"),
            (.nextScreen, "Tab", nil, "next screen"),
            (.previousScreen, "Shift-Tab", nil, "previous screen"),
        ])

    private static let moving = rows(
        .moving,
        [
            (.open, "Enter", nil, "open the selected row"),
            (.back, "Esc", nil, "back, cancel, or clear the filter"),
            (.up, "Up k", nil, "up; on the model screen: charts above"),
            (.down, "Down j", nil, "down; on the model screen: charts below"),
            (.left, "Left h", nil, "previous model; with the cursor: earlier"),
            (.right, "Right l", nil, "next model; with the cursor: later"),
            (.top, "g Home", nil, "first row"),
            (.bottom, "G End", nil, "last row"),
            (.pageUp, "PgUp", nil, "a page up"),
            (.pageDown, "PgDn", nil, "a page down"),
            (.zoomIn, "z", nil, "charts: a shorter time, down to 15 minutes"),
            (.zoomOut, "Z", nil, "charts: a longer time, up to 30 days"),
            (
                .cursor, "x", nil,
                "charts: a cursor that reads values; Left and Right move it, or put it away"
            ),
            (
                .compare, "d", nil,
                "checkpoints: mark the row, and show how others differ from it; or unmark it"
            ),
        ])

    private static let display = rows(
        .display,
        [
            (
                .worstFirst, "o", nil,
                "the fleet's rows: the worst first, as they are now; once more: as listed"
            ),
            (.filter, "/", nil, "show only rows that contain a text"),
            (.palette, ":", nil, "every command by its name, and every model"),
            (.copy, "y", nil, "copy the chosen row to your clipboard, over SSH and tmux, too"),
            (.mouse, "m", nil, "the mouse on or off: tabs, rows and the wheel"),
            (.watchers, "w", nil, "who else is watching, from where, since when"),
            (.freeze, "Space", nil, "freeze the display, and go on"),
            (.help, "?", nil, "this help"),
            (.leave, "q", nil, "leave the console"),
        ])

    private static func rows(
        _ group: Group, _ rows: [(Command, keys: String, power: String?, title: String)]
    ) -> [Card] {
        rows.map {
            Card(command: $0.0, keys: $0.keys, group: group, power: $0.power, title: $0.title)
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
        case .bottom: wanted = last
        default: return nil
        }
        return min(max(wanted, 0), last)
    }
}
