import Operation
import Vocabulary

/// The console's screens, in the order of their keys.
package enum Screen: Int, Sendable, CaseIterable {
    case fleet
    case model
    case checkpoints
    case journal
    case alarms
    case launch
    case drift
    case data
    case drills

    /// What shows it.
    package var command: Command {
        switch self {
        case .fleet: .fleetScreen
        case .model: .modelScreen
        case .checkpoints: .checkpointsScreen
        case .journal: .journalScreen
        case .alarms: .alarmsScreen
        case .launch: .launchScreen
        case .drift: .driftScreen
        case .data: .dataScreen
        case .drills: .drillsScreen
        }
    }

    package var title: String {
        switch self {
        case .fleet: "Fleet"
        case .model: "Model"
        case .checkpoints: "Checkpoints"
        case .journal: "Journal"
        case .alarms: "Alarms"
        case .launch: "Launch"
        case .drift: "Drift"
        case .data: "Data"
        case .drills: "Drills"
        }
    }
}

/// Which side of a feature the screen of drift shows, where there is room for one only.
package enum DriftPane: Sendable {
    case distribution
    case places
}

/// What reaches the view state.
package enum ConsoleMessage: Sendable {
    case key(KeyEvent)
    /// An engine's answer to what was submitted under this token.
    case answer(token: Int, ActOutcome)
    /// How a rehearsal stands that was asked for under this token.
    case rehearsed(token: Int, RehearsalProgress)
    /// What was practised, as it was asked for under this token.
    case readinessRead(token: Int, ReadinessAnswer)
    /// A page of the journal that was asked for under this token.
    case journalRead(token: Int, JournalPage)
    /// The screen was there for the first time, or new models may have come.
    case looked
    /// The system asked to suspend, and the engine in this process would stop with it.
    case suspendRefused
    /// The theme's file was saved; why it cannot be used as it is, nil if it is in use.
    case themeSaved(fault: String?)
}

/// What the console asks of the program around it.
package enum ConsoleAction: Equatable, Sendable {
    case pressRedButton(ActScope)
    case submit(token: Int, ActRequest)
    /// A rehearsal is to begin, or to end.
    case rehearse(token: Int, ModelName, RehearsalQuery)
    /// It is to be said what was practised.
    case readReadiness(token: Int)
    /// A page of the journal is wanted.
    case readJournal(token: Int, JournalQuery)
    /// Charts are to come over so long a time, in steps that suit it.
    case showCharts(Span)
    /// Another engine of the fleet is looked at and acted on from now on.
    case look(engine: String)
    case leave(keepEngine: Bool)
    /// A text for the clipboard of whoever sits at the terminal.
    case copy(String)
    /// The terminal is to tell of the mouse, or not.
    case useMouse(Bool)
}

/// What is known from outside at the moment of a message.
package struct ConsoleMoment: Sendable {
    package var link: LinkView
    /// On this host's monotonic clock.
    package var now: Span
    package var size: ScreenSize

    package init(link: LinkView, now: Span, size: ScreenSize) {
        self.link = link
        self.now = now
        self.size = size
    }
}

/// All that the operator has chosen, typed and asked; the engine's state is never in it.
package struct ViewState: Sendable {
    /// How long after the stop key the key for all models is heard.
    package static let redWindow = Span.seconds(5)

    /// A line for the operator, until the next key, and not for long: it tells of a moment.
    package struct Note: Equatable, Sendable {
        package var text: String
        package var role: Role

        /// What came of an act, and what went wrong, is to be found by who looked away.
        var lasts: Span { role == .plain ? .seconds(15) : .seconds(60) }

        package init(text: String, role: Role) {
            (self.text, self.role) = (text, role)
        }
    }

    /// A red button that was pressed, until the engine is seen to have followed.
    package struct StopAsked: Equatable, Sendable {
        package var scope: ActScope
        /// The engine of the fleet that was asked; nil where there is one.
        package var engine: String?
        package var at: Span
        /// False once something else was begun: the key for all models is a letter again.
        package var isWindowOpen = true
        /// The engine was seen to have followed.
        package var isConfirmed = false
    }

    /// An act whose answer is not there yet.
    package struct ActAsked: Equatable, Sendable {
        package var token: Int
        package var title: String
        package var scope: ActScope
        package var at: Span
    }

    package let actor: Actor
    package let keyMap: KeyMap
    /// Nothing may be done from here, only looked at.
    package let isReadOnly: Bool
    package var screen = Screen.fleet
    /// The engine of the fleet that is looked at; nil where there is one.
    package var selectedEngine: String?
    /// Of the fleet's rows, where they were sorted once; else they are as listed.
    var fleetOrder: [FleetPlace] = []
    package var selectedModel: ModelName?
    package var selectedCheckpoint: CheckpointID?
    package var selectedEntry: Int?
    /// Of the journal, what is older than a snapshot tells.
    package var journal = JournalView()
    /// On the screen of drift.
    package var selectedFeature: String?
    package var driftPane = DriftPane.distribution
    /// On the screen of data.
    package var selectedDatum: DataItem?
    /// On the screen of drills.
    package var drills = DrillsView()
    /// On the screen of launches: which metric is drawn, counted from 0.
    package var launchMetric = 0
    /// On the screen of alarms.
    package var selectedItem: AlarmsItem?
    /// The page of the playbook that lies open; dialogs lie over it.
    package var playbook: PlaybookView?
    /// The page that was left for a screen that it lay over.
    package var leftPlaybook: PlaybookView?
    /// One for each screen.
    package var filters = Screen.allCases.map { _ in LineEditor() }
    package var isFiltering = false
    package var chartsScrolled = 0
    package var charts = ChartView()
    /// The checkpoint that others are compared with.
    package var comparedCheckpoint: CheckpointID?
    package var isMouseOn = false
    package var dialog: Dialog?
    package var stopAsked: StopAsked?
    package var actsAsked: [ActAsked] = []
    package var note: Note?
    /// When the note came; nil for one that was there before any key.
    var noteSince: Span?
    /// What the frozen display shows, and of all engines of a fleet.
    package var frozen: Snapshot?
    var frozenFleet: [FleetEngine] = []
    package var nextToken = 1

    /// Why the operator may not do what a command is for; nil if they may, or nobody knows.
    package func objection(to command: Command, _ link: LinkView) -> String? {
        guard let power = command.power else { return nil }
        if isReadOnly { return "this console only looks: it was opened with --read-only" }
        guard let authority = link.snapshot?.authority else { return nil }
        return authority.objection(to: power, by: actor.user) { [actor] in actor.groups ?? [] }
    }

    package init(actor: Actor, keyMap: KeyMap = .standard, isReadOnly: Bool = false) {
        self.actor = actor
        self.keyMap = keyMap
        self.isReadOnly = isReadOnly
    }

    /// True where nothing may be done from here: so opened, or by the policy's roles.
    package func mayOnlyLook(_ link: LinkView) -> Bool {
        isReadOnly
            || Command.allCases.allSatisfy { $0.power == nil || objection(to: $0, link) != nil }
    }

    package var filter: String { filters[screen.rawValue].text }

    /// The note while it is to be seen, and for how long it has been.
    package func shownNote(at now: Span) -> (note: Note, age: Span)? {
        guard let note else { return nil }
        guard let noteSince else { return (note, .zero) }
        let age = now - noteSince
        return age < note.lasts ? (note, age) : nil
    }

    /// What the screen shows: the frozen snapshot, or the newest.
    package func shown(_ link: LinkView) -> Snapshot? { frozen ?? link.snapshot }

    /// The model that acts are for; the one that the screen marks.
    package func selectedReport(_ link: LinkView) -> ModelReport? {
        let models = shown(link)?.models ?? []
        if let chosen = models.first(where: { $0.name == selectedModel }) { return chosen }
        let shown = fleetRows(link).filter { $0.engine?.name == link.engine }
        return Self.worst(of: shown.compactMap(\.model)) ?? Self.worst(of: models)
    }

    /// The model with the worst alarm, or the first: the one selected before anyone chose.
    package static func worst(of models: [ModelReport]) -> ModelReport? {
        let alarms = models.flatMap { model in model.alarms.map { (model: model, alarm: $0) } }
        return Words.sorted(alarms).first?.model ?? models.first
    }

    package func shownCheckpoints(_ link: LinkView) -> [CheckpointReport] {
        let text = filters[Screen.checkpoints.rawValue].text
        return (selectedReport(link)?.checkpoints ?? []).filter {
            Self.matches([$0.id.description, $0.verdict.rawValue] + $0.reasons, text)
        }
    }

    /// Whether one of the texts contains the filter's, whatever its case.
    static func matches(_ texts: [String], _ filter: String) -> Bool {
        guard !filter.isEmpty else { return true }
        let wanted = Array(filter.lowercased())
        return texts.contains { text in
            let letters = Array(text.lowercased())
            guard letters.count >= wanted.count else { return false }
            return (0...letters.count - wanted.count).contains { start in
                letters[start..<start + wanted.count].elementsEqual(wanted)
            }
        }
    }

    /// The red button comes before everything else: what this key stops, or nil if it is none.
    ///
    /// `firstModel` is asked only while no model has been selected yet.
    package func redButtonScope(
        for event: KeyEvent, at now: Span, firstModel: () -> ModelName?
    ) -> ActScope? {
        guard !isReadOnly else { return nil }
        let command = keyMap.command(for: event)
        if command == .stop {
            guard let model = selectedModel ?? firstModel() else { return .all }
            return .model(model)
        }
        // While a text is being typed its letters are letters.
        let isTyping = dialog != nil || isFiltering
        return command == .stopAll && !isTyping && isRedWindowOpen(at: now) ? .all : nil
    }

    /// Whether a red button is still waiting to be seen followed.
    package var awaitsStop: Bool { stopAsked.map { !$0.isConfirmed } ?? false }

    /// Whether what was asked to stop is seen to have stopped: nothing learns, nothing is pushed.
    func isFollowed(_ asked: StopAsked, _ link: LinkView) -> Bool {
        let other = link.fleet.first { $0.name == asked.engine }
        guard other?.isConnected ?? link.isConnected,
            let snapshot = other?.snapshot ?? link.snapshot
        else { return false }
        let models = snapshot.models.filter { asked.scope.covers($0.name) }
        return !models.isEmpty
            && models.allSatisfy { model in
                switch model.training.state {
                case .running, .catchingUp: false
                case .stopped, .waiting, .failed: model.pushing == .frozen
                }
            }
    }

    /// Whether the key for all models is heard now.
    package func isRedWindowOpen(at now: Span) -> Bool {
        guard let asked = stopAsked, asked.isWindowOpen, asked.scope != .all else { return false }
        return now.microseconds - asked.at.microseconds <= Self.redWindow.microseconds
    }
}
