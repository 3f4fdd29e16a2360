import Operation
import Vocabulary

/// Who is told of an alarm, in which order, and how long each has to answer.
package struct EscalationPolicy: Sendable, Equatable {
    /// Rotas, people or receivers by name, first who is told first; none where nobody is paged.
    package var steps: [String] = []
    /// Wall time in which an alarm is to be acknowledged before the next step is told; a severity
    /// that is not here is told once.
    package var deadlines: [AlarmSeverity: Span] = [.critical: .minutes(15), .warning: .hours(4)]
    /// How long an acknowledgement holds; then the alarm is told again from the first step.
    package var acknowledgementLasts = Span.hours(4)
    /// How often what can't be silenced is told again, acknowledged or not, while it lasts.
    package var remindsEvery = Span.hours(4)
    /// An alarm that isn't seen for as long is over: a restart, or one that flaps, tells nobody.
    package var resolvesAfter = Span.minutes(2)
    /// By name.
    package var receivers: [String: Receiver] = [:]
    package var people: [String: Person] = [:]
    package var rotas: [String: Rota] = [:]

    package init() {}

    /// True where anybody is told of anything.
    package var tellsAnybody: Bool { !receivers.isEmpty }

    /// The receivers of a step; beyond the last one, those of the last.
    func receivers(atStep step: Int, at now: Instant, clock: LocalClockReading) -> [String] {
        guard let name = steps.isEmpty ? nil : steps[min(step, steps.count - 1)] else { return [] }
        var found: [String] = []
        for receiver in receivers(of: name, at: now, clock: clock) where !found.contains(receiver) {
            found.append(receiver)
        }
        return found
    }

    /// The receivers of a rota, a person, or a receiver itself.
    func receivers(
        of name: String, at now: Instant, clock: LocalClockReading
    ) -> [String] {
        if receivers[name] != nil { return [name] }
        if let person = people[name] { return person.receivers }
        guard let rota = rotas[name] else { return [] }
        // Where nobody is on call everybody is told: a gap must not swallow an alarm.
        let onCall = rota.onCall(at: now, among: people, clock: clock)
        let told = onCall.map { [$0] } ?? rota.people
        return told.flatMap { people[$0]?.receivers ?? [] }
    }

    /// Who is told at a step, in words: "primary (dana)".
    func words(ofStep step: Int, at now: Instant, clock: LocalClockReading) -> String {
        guard !steps.isEmpty else { return "nobody" }
        let name = steps[min(step, steps.count - 1)]
        guard let rota = rotas[name] else { return name }
        let person = rota.onCall(at: now, among: people, clock: clock)
        return "\(name) (\(person ?? "everybody, nobody is on call"))"
    }
}

/// Where notifications go.
package struct Receiver: Sendable, Equatable {
    /// How a receiver is told.
    package enum Kind: Sendable, Equatable {
        /// An Alertmanager by its base address, told of every alarm while it lasts, API v2.
        case alertmanager(url: String)
        /// Takes a POST of one JSON object for each notification.
        case webhook(url: String, headers: [String: String])
        /// A program of this machine, with the notification in its environment.
        case program(path: String)
    }

    /// What a receiver is told of besides the steps that name it.
    package enum Audience: String, Sendable, Equatable, CaseIterable {
        /// Nothing: its steps only. An Alertmanager is told of everything.
        case onCall = "on-call"
        /// Who makes what comes in: alarms on examples, features and labels, once each.
        case upstream
        /// Who lives on what goes out: alarms on the answers and on what they come from.
        case downstream
    }

    package var kind: Kind
    package var audience = Audience.onCall
    /// Only alarms of these models; all where empty.
    package var models: [ModelName] = []

    package init(kind: Kind) {
        self.kind = kind
    }

    package var isAlertmanager: Bool {
        if case .alertmanager = kind { true } else { false }
    }

    func hears(_ alarm: AlarmReport, of model: ModelName) -> Bool {
        guard models.isEmpty || models.contains(model) else { return false }
        switch audience {
        case .onCall: return false
        case .upstream: return AlarmCatalogue.upstream.contains(alarm.name)
        case .downstream: return AlarmCatalogue.downstream.contains(alarm.name)
        }
    }
}

/// What is known of alarms by their names: whose they are, and what they follow from.
package enum AlarmCatalogue {
    static let upstream: Set<String> = [
        "volume_low", "volume_high", "duplicates_high", "feature_missing", "feature_constant",
        "feature_unit", "feature_shifted", "category_new", "labels_low", "label_delay_changed",
        "labels_stalled", "quarantine_share", "value_not_finite",
    ]

    static let downstream: Set<String> = [
        "training_stopped", "training_failed", "model_stale", "fallback_serves",
        "fallback_too_long", "answers_unlogged", "calibration_off", "log_loss_above_base_rate",
        "predictions_shifted", "golden_set_worse", "engine_silent", "training_silent",
    ]

    /// What an alarm follows from, by its name: while one of those is open, the model's alarm
    /// isn't told. The monitors' own causes hide what follows from them before it is raised.
    static let causes: [String: Set<String>] = {
        let halted: Set<String> = [
            "training_stopped", "training_failed", "disk_trouble", "training_silent",
            "engine_silent",
        ]
        let unlabelled: Set<String> = ["labels_stalled"]
        let outages = halted.union(unlabelled)
        return [
            "model_stale": outages, "training_silent": outages.subtracting(["training_silent"]),
            "checkpoint_failed": ["disk_trouble"], "copy_failed": ["disk_trouble"],
            "answers_unlogged": ["disk_trouble"], "labels_low": unlabelled,
            "label_delay_changed": unlabelled, "label_rate_changed": unlabelled,
            "calibration_off": unlabelled, "log_loss_above_base_rate": unlabelled,
            "fallback_serves": ["fallback_too_long"],
        ]
    }()

    /// Every name that is spoken of here.
    package static var names: Set<String> {
        causes.values.reduce(upstream.union(downstream).union(unsilenceable)) { $0.union($1) }
            .union(causes.keys)
    }

    /// Raised by the pager, the watchdog and the policy, not by an engine.
    package static let ofPagers: Set<String> = [
        "training_silent", "engine_silent", "policy_rule", "policy_pending", "glass_broken",
        "incident_overdue", "schedule_missed", "not_looked_at",
    ]

    /// The red button's and the dead man's: no silence hides them, and they are told again and
    /// again.
    package static let unsilenceable: Set<String> = [
        "training_stopped", "training_failed", "engine_silent", "training_silent",
        "glass_broken",
    ]
}
