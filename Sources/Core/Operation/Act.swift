import Vocabulary

/// What an operator may do.
package enum Act: Codable, Sendable, Equatable {
    /// Training stops and pushes freeze, at once, until a resume.
    case stop
    case resume
    /// Learner and cursor of an earlier checkpoint; training stays stopped until a resume. Where
    /// the cursor is kept, what was learned since is passed over instead of met again.
    case rollback(to: RollbackTarget, keepsCursor: Bool)
    /// Some examples are left out, and the learner becomes what it were if it had never met them;
    /// or an earlier purge is undone.
    case purge(PurgeOrder)
    /// Training goes on through an event with smaller steps, under guards, until a deadline; or no
    /// longer.
    case rideThrough(RideOrder)
    /// A candidate gets traffic beside production, more of it, less, or none.
    case launch(LaunchAct)
    /// Records that the schema's rules held back are taken in all the same, by their sequences in
    /// the raw log.
    case release([UInt64])
    /// A checkpoint is kept whatever retention says, or no longer.
    case pin(CheckpointID, isPinned: Bool)
    /// The engine hands over to another build of the program.
    case build(BuildID)
    /// Requests are answered by a fallback from the next one on, or by the model again. Without
    /// a tier by the first below the checkpoints that can answer.
    case fallback(isOn: Bool, tier: ServingTier?)
    /// No candidate gets more traffic, and none begins; or they may again.
    case hold(isOn: Bool)
    /// The launch that waits may begin.
    case approve
    /// A fault for the next candidate, or none any more.
    case inject(FaultName, isOn: Bool)
    /// The golden set, and what the fallbacks answer from, are made anew.
    case makeGolden
    /// A checkpoint that passed serves at once, without a ramp.
    case push(CheckpointID)
    /// An open alarm by its id is taken on, or all that are open: nobody else is told for a while.
    case acknowledge(alarm: String?)
    /// The calendar gets an event, or loses one.
    case event(CalendarOrder)
    /// Nobody is told of some alarms for a while, or again.
    case silence(SilenceOrder)
    /// An incident is opened, written in, or closed.
    case incident(IncidentOrder)
    /// A few paragraphs, the reason, are kept to be found later.
    case note(NoteOrder)
    /// A second person lets an act go on that was proposed, or declines it; by its id.
    case countersign(String, isGranted: Bool)
    /// Somebody else has looked at an act that one person did alone, by breaking the glass.
    case review(String)
    /// The policy file as it is now is taken over.
    case reloadPolicy

    /// Every act by its name, as commands, requests, the journal and the policy have it.
    package static let names = [
        "stop", "resume", "rollback", "purge", "ride_through", "pin", "fallback", "hold", "approve",
        "inject",
        "golden", "push", "build", "acknowledge", "silence", "event", "incident", "countersign",
        "review", "policy", "launch", "release", "note", "erase",
    ]

    /// What the policy has to give to somebody: every act but those that go by another's name.
    package static let powerNames = names.filter {
        !["launch", "release", "note", "erase"].contains($0)
    }

    /// What the policy calls who may: a launch goes up like what is approved, and down like what is
    /// held; who may leave examples out may erase them, and take in what a rule left out; and who
    /// may write in an incident may write a note.
    package var power: String {
        switch self {
        case .launch(let act): act.power
        case .release, .purge(.erase): "purge"
        case .note: "incident"
        default: name
        }
    }

    package var name: String {
        switch self {
        case .stop: "stop"
        case .resume: "resume"
        case .rollback: "rollback"
        case .purge(.erase): "erase"
        case .purge: "purge"
        case .rideThrough: "ride_through"
        case .launch: "launch"
        case .release: "release"
        case .pin: "pin"
        case .build: "build"
        case .fallback: "fallback"
        case .hold: "hold"
        case .approve: "approve"
        case .inject: "inject"
        case .makeGolden: "golden"
        case .push: "push"
        case .acknowledge: "acknowledge"
        case .silence: "silence"
        case .event: "event"
        case .incident: "incident"
        case .note: "note"
        case .countersign: "countersign"
        case .review: "review"
        case .reloadPolicy: "policy"
        }
    }
}

/// What a purge is to change.
package enum PurgeOrder: Codable, Sendable, Equatable {
    case leaveOut(ExampleSelection)
    case undo(ExclusionID)
    /// Besides, their records are taken from the logs: only where no engine runs.
    case erase(ErasureOrder)
}

/// Whose records are to go: examples by their ids, and those that a selection finds, each with its
/// labels.
package struct ErasureOrder: Codable, Sendable, Equatable {
    package var ids: [String]
    package var selection: ExampleSelection?

    package init(ids: [String] = [], selection: ExampleSelection? = nil) {
        (self.ids, self.selection) = (ids, selection)
    }

    /// Why an engine that runs refuses it.
    package static let needsRest = "an erasure needs the logs for itself: end the engine first"
}

/// What a silence is to change.
package enum SilenceOrder: Codable, Sendable, Equatable {
    /// Alarms that match are told to nobody until a moment of wall time, within a day.
    case begin(AlarmMatch, owner: String, until: Instant)
    /// By the silence's id.
    case end(String)
}

/// How an operator names the checkpoint to go back to.
package enum RollbackTarget: Codable, Sendable, Equatable {
    case checkpoint(CheckpointID)
    /// The newest passed checkpoint whose learner has met nothing at or after this event time.
    case before(Instant)
    /// The newest passed checkpoint from before the onset of every alarm that is open, and of every
    /// incident.
    case lastHealthy
}

/// Which models an act is for.
package enum ActScope: Codable, Sendable, Equatable {
    case model(ModelName)
    case all

    package func covers(_ name: ModelName) -> Bool {
        switch self {
        case .all: true
        case .model(let model): model == name
        }
    }
}

/// Who acts, and from where.
package struct Actor: Codable, Sendable, Equatable {
    /// The login name that belongs to the user id.
    package var user: String
    /// The SSH connection, terminal, or door that the act came through.
    package var from: String
    /// The Unix groups of the user, where this process knows them of itself; nil where they are to
    /// be looked up. Never taken from a request.
    package var groups: [String]?

    package init(user: String, from: String, groups: [String]? = nil) {
        self.user = user
        self.from = from
        self.groups = groups
    }
}

/// An act on its way to an engine.
package struct ActRequest: Codable, Sendable, Equatable {
    package var act: Act
    package var scope: ActScope
    package var reason: String
    /// Only say what would change.
    package var isDryRun: Bool
    /// The answer comes once the act has taken its full effect: after a purge, once a checkpoint
    /// holds the purged learner. Otherwise it comes when that is under way.
    package var waits: Bool
    package var actor: Actor
    /// An act of two people is done by one, who answers for it.
    package var breaksGlass = false
    /// Done though what it needs is missing; for who has that authority.
    package var overrides = false

    package init(
        act: Act, scope: ActScope, reason: String, isDryRun: Bool, waits: Bool = true, actor: Actor
    ) {
        self.act = act
        self.scope = scope
        self.reason = reason
        self.isDryRun = isDryRun
        self.waits = waits
        self.actor = actor
    }
}

/// What an act did, or would do, to one model.
package struct ActEffect: Codable, Sendable, Equatable {
    package var model: ModelName
    package var act: String
    /// False when there was nothing to do: stopped already, running already.
    package var changed: Bool
    /// In words, with numbers: "goes back 12,400 examples, 3h 10m, to shop-000031".
    package var text: String
    package var checkpoint: CheckpointID?
    /// Trained examples that the learner no longer contains; to catch up, for a resume; taken in
    /// again, for a purge that is undone.
    package var examples: UInt64?
    /// Of a purge: examples that match and were joined but not trained yet, or wait for a label.
    package var awaited: UInt64?
    /// Of a purge: entries of the training log that are met again.
    package var relearned: UInt64?
    /// The purge that was made or undone.
    package var purge: ExclusionID?
    /// Event time between the newest example now and the one it goes back to.
    package var seconds: Double?
    /// Of a resume: what is to be looked at before it.
    package var checks: [PreflightCheck]?
    /// True if it has not happened: it waits for a second person.
    package var isProposed: Bool?

    package init(
        model: ModelName, act: String, changed: Bool, text: String,
        checkpoint: CheckpointID? = nil, examples: UInt64? = nil, awaited: UInt64? = nil,
        relearned: UInt64? = nil, purge: ExclusionID? = nil, seconds: Double? = nil
    ) {
        self.model = model
        self.act = act
        self.changed = changed
        self.text = text
        self.checkpoint = checkpoint
        self.examples = examples
        self.awaited = awaited
        self.relearned = relearned
        self.purge = purge
        self.seconds = seconds
    }
}

/// An engine's answer to an act.
package enum ActOutcome: Codable, Sendable, Equatable {
    case done([ActEffect])
    case wouldDo([ActEffect])
    case refused(String)

    package var effects: [ActEffect] {
        switch self {
        case .done(let effects), .wouldDo(let effects): effects
        case .refused: []
        }
    }
}
