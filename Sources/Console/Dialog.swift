import Operation
import Vocabulary

/// A question, or a text, that lies over the screen and takes the keys.
package enum Dialog: Equatable, Sendable {
    case help(scroll: Int)
    case palette(PaletteView)
    case watchers
    case leave(KeyGuard)
    case reason(ReasonForm)
    case rollback(RollbackForm)
    case purge(PurgeForm)
    case rehearsal(RehearsalView)
    case incident(IncidentView)

    /// What is open, for the message that says that the red button closed it.
    package var title: String {
        switch self {
        case .help: "help"
        case .palette: "palette"
        case .watchers: "watchers"
        case .leave: "leave"
        case .reason(let form): form.verb
        case .rollback: "rollback"
        case .purge: "purge"
        case .rehearsal: "rehearsal"
        case .incident: "incident"
        }
    }
}

/// Keeps keys that were meant for what was there before from reaching a question that has just
/// appeared: nothing for 300 ms, and the key that opened it not until it has been let go.
package struct KeyGuard: Equatable, Sendable {
    package static let deaf = Span(microseconds: 300_000)
    /// Longer than any keyboard waits between, or before, repeats.
    package static let repeatGap = Span(microseconds: 700_000)

    private var openedAt: Span
    private var isDeaf: Bool
    private var openingKey: KeyEvent?
    private var openingKeySeen: Span

    /// `isDeaf` is for questions whose answer cannot be taken back.
    package init(openedAt: Span, by key: KeyEvent?, isDeaf: Bool = true) {
        self.openedAt = openedAt
        self.isDeaf = isDeaf
        openingKey = key
        openingKeySeen = openedAt
    }

    package mutating func admits(_ event: KeyEvent, at now: Span) -> Bool {
        if isDeaf, now.microseconds - openedAt.microseconds < Self.deaf.microseconds {
            if event == openingKey { openingKeySeen = now }
            return false
        }
        guard let key = openingKey else { return true }
        if event == key,
            now.microseconds - openingKeySeen.microseconds < Self.repeatGap.microseconds
        {
            openingKeySeen = now
            return false
        }
        openingKey = nil
        return true
    }
}

/// What an engine said an act would do.
package enum Preview: Equatable, Sendable {
    case asked(token: Int)
    case effect(ActEffect)
    case refused(String)

    /// Why the engine would not do it; nil while it would, or nobody knows.
    var refusal: String? {
        switch self {
        case .asked: nil
        case .refused(let why): why
        case .effect(let effect): effect.checks?.first { $0.blocks }?.text
        }
    }
}

/// An act that can be taken back is to be done to a model: looked at, reasoned, done.
package struct ReasonForm: Equatable, Sendable {
    package var model: ModelName
    package var act = Act.resume
    /// What it may be besides, where there is a choice: `act` is the chosen one.
    package var choices: [Act] = []
    package var preview: Preview
    package var reason = LineEditor()
    /// Has to be typed though acts of this kind need no name.
    package var nameBesides: String?
    /// The name that is typed to confirm it; nil while the reason is asked.
    package var typed: LineEditor?
    package var keys: KeyGuard
}

extension ReasonForm {
    /// What has to be typed before it is done; nil where a reason is enough.
    package var nameToType: String? {
        // What a second person lets go on may discard work.
        if case .countersign(_, isGranted: true) = act { return model.text }
        if case .launch(.promote) = act { return model.text }
        return nameBesides
    }

    /// What it is, for messages: "resume", "fall back".
    package var verb: String {
        switch act {
        case .resume: "resume"
        case .fallback(let isOn, _): isOn ? "fall back" : "leave the fallback"
        case .hold(let isOn): isOn ? "hold pushes" : "release pushes"
        case .approve: "approve the launch"
        case .countersign(let id, let isGranted): "\(isGranted ? "countersign" : "decline") \(id)"
        case .review(let id): "review \(id)"
        case .incident(.open): "open an incident"
        case .incident(.note(let id, _)): "note in \(id)"
        case .incident(.close(let id)): "close \(id)"
        case .note: "write a note"
        case .launch(.start): "start the launch"
        case .launch(.up): "let the candidate go up"
        case .launch(.down): "take the candidate down"
        case .launch(.promote): "promote the candidate"
        case .launch(.end): "end the launch"
        case .rideThrough(.begin): "ride through"
        case .rideThrough(.end): "end the ride"
        case .stop, .rollback, .purge, .release, .pin, .inject, .makeGolden, .push, .build,
            .acknowledge,
            .silence, .event, .incident(.step), .reloadPolicy:
            act.name
        }
    }

    /// The act and its model: "resume shop", "hold pushes, shop".
    var title: String { verb + (verb.contains(" ") ? ", " : " ") + model.text }

    /// The next choice, or the one before.
    mutating func turn(by step: Int) {
        guard !choices.isEmpty else { return }
        let index = choices.firstIndex { $0 == act } ?? choices.count - 1
        act = choices[(index + step + choices.count) % choices.count]
    }
}

/// A model is to go back to a checkpoint: chosen, looked at, reasoned, confirmed by its name.
package struct RollbackForm: Equatable, Sendable {
    /// How far the form has come.
    package enum Step: Equatable, Sendable {
        case choosing
        case reasoning
        case confirming
    }

    package var model: ModelName
    package var step = Step.choosing
    /// The checkpoint itself, not its row: rows move when new checkpoints come.
    package var checkpoint: CheckpointID?
    package var preview = Preview.asked(token: -1)
    package var reason = LineEditor()
    package var typed = LineEditor()
    package var keys: KeyGuard
}
