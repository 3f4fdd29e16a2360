import Operation
import Vocabulary

/// The incidents, open and closed, and what belongs to each. It is told of alarms, acts and the
/// time, and says what is to be journalled; all its times are the wall's.
package struct IncidentDesk: Codable, Sendable, Equatable {
    /// Counts.
    package enum Limits {
        static let openCountMax = 32
        /// The oldest that are closed go first.
        static let keptCountMax = 500
        static let entryCountMax = 2000
        static let textLengthMax = 4000
        /// An alarm that is not seen for as long is over.
        static let overAfter = Span.minutes(2)
    }

    /// Oldest first.
    package internal(set) var incidents: [Incident] = []
    private var incidentCount = 0
    /// The newest entry of the journal that was looked at.
    private var journalSeq = 0
    /// Alarms that were open when their incident was closed, and when each was seen last: they
    /// open no other one until they have been over.
    private var spent: [String: Instant] = [:]
    /// Rollbacks after which nothing was purged and nothing resumed, by the model's name: training
    /// would meet the same examples again.
    package private(set) var unpurged: [String: IncidentStamp] = [:]
    /// Pages of the playbook that are being followed; nil in a file of before there were any.
    package internal(set) var runs: [PlaybookRun]?

    package init() {}

    /// One thing for the journal.
    package struct Note: Sendable, Equatable {
        package var model: ModelName?
        package var text: String
    }

    /// What a request of an operator came to.
    package enum Answer: Sendable, Equatable {
        case done(String)
        case refused(String)
    }

    package var open: [Incident] { incidents.filter(\.isOpen) }

    package func open(of model: ModelName) -> [Incident] {
        incidents.filter { $0.isOpen && $0.models.contains(model) }
    }

    // MARK: what happens

    /// Takes the alarms that are open now; a critical one opens an incident, unless it only says
    /// what an operator has done.
    package mutating func see(_ alarms: [(ModelName, AlarmReport)], at now: Instant) -> [Note] {
        var notes: [Note] = []
        for (model, alarm) in alarms where !IncidentFacts.ofIncidents.contains(alarm.name) {
            let key = IncidentFacts.key(alarm, of: model)
            let places = incidents.indices.filter {
                incidents[$0].isOpen && incidents[$0].models.contains(model)
            }
            for place in places { attach(alarm, key, of: model, to: place, at: now) }
            if spent[key] != nil { spent[key] = now }
            guard places.isEmpty, alarm.severity == .critical, spent[key] == nil,
                !IncidentFacts.ofOperators.contains(alarm.name), open.count < Limits.openCountMax
            else { continue }
            let id = add("\(alarm.name): \(alarm.text)", [model], by: "spindle", at: now)
            attach(alarm, key, of: model, to: incidents.count - 1, at: now)
            notes.append(
                Note(model: model, text: "incident \(id) is open, by the alarm \(alarm.name)"))
        }
        endAlarms(at: now)
        spent = spent.filter { $0.value + Limits.overAfter > now }
        return notes
    }

    private mutating func attach(
        _ alarm: AlarmReport, _ key: String, of model: ModelName, to place: Int, at now: Instant
    ) {
        if let index = incidents[place].alarms.firstIndex(where: { $0.key == key }) {
            // Written down to ten seconds, so that an alarm that lasts is not kept anew each time.
            let seen = now.floored(to: .seconds(10))
            incidents[place].alarms[index].lastSeen = seen
            if incidents[place].alarms[index].isOver {
                incidents[place].alarms[index].isOver = false
                write(
                    IncidentEntry(
                        at: now, kind: .alarm, model: model, by: "spindle",
                        text: "\(alarm.name) is back: \(alarm.text)"), in: place)
            }
        } else {
            incidents[place].alarms.append(
                IncidentAlarm(
                    key: key, name: alarm.name, severity: alarm.severity,
                    lastSeen: now.floored(to: .seconds(10))))
            write(
                IncidentEntry(
                    at: now, kind: .alarm, model: model, by: "spindle",
                    text: "\(alarm.severity.rawValue) \(alarm.name): \(alarm.text)"), in: place)
            if alarm.severity == .critical, IncidentFacts.ofData.contains(alarm.name),
                incidents[place].data == .unknown
            {
                settleData(.purgeNeeded, place, at: now, by: "spindle", alarm.name)
            }
        }
        if let taken = alarm.state?.acknowledgement, incidents[place].acknowledged == nil {
            reach(\.acknowledged, "acknowledged", place, at: taken.at, by: taken.by)
        }
    }

    private mutating func endAlarms(at now: Instant) {
        for place in incidents.indices where incidents[place].isOpen {
            for index in incidents[place].alarms.indices {
                let alarm = incidents[place].alarms[index]
                guard !alarm.isOver, alarm.lastSeen + Limits.overAfter <= now else { continue }
                incidents[place].alarms[index].isOver = true
                write(
                    IncidentEntry(
                        at: now, kind: .alarm, model: nil, by: "spindle",
                        text: "\(alarm.key) is over"), in: place)
            }
        }
    }

    /// Takes what the journal says of acts since the last time.
    package mutating func read(_ journal: [JournalEntry]) {
        let fresh = journal.filter { $0.seq > journalSeq }.sorted { $0.seq < $1.seq }
        for entry in fresh {
            journalSeq = entry.seq
            guard let act = entry.act, entry.kind == .act || entry.kind == .push,
                act != "incident"
            else { continue }
            if entry.kind == .act, let model = entry.model { noteOrder(act, entry, model) }
            for place in incidents.indices
            where incidents[place].isOpen && entry.ts >= incidents[place].detected.at - .seconds(1)
                && (entry.model.map { incidents[place].models.contains($0) } ?? true)
            {
                take(entry, act, place)
            }
        }
    }

    private mutating func noteOrder(_ act: String, _ entry: JournalEntry, _ model: ModelName) {
        switch act {
        case "rollback":
            unpurged[model.text] =
                IncidentFacts.meetsAgain(entry.effect)
                ? IncidentStamp(at: entry.ts, by: entry.by, text: entry.effect) : nil
        case "purge", "resume": unpurged[model.text] = nil
        default: break
        }
    }

    private mutating func take(_ entry: JournalEntry, _ act: String, _ place: Int) {
        let reason = entry.reason.isEmpty ? "" : " (\(entry.reason))"
        write(
            IncidentEntry(
                at: entry.ts, kind: .act, model: entry.model, by: entry.by,
                text: "\(act): \(entry.effect)\(reason)"), in: place)
        guard entry.kind == .act, act != "refuse", act != "propose" else { return }
        if entry.by != "spindle", incidents[place].acknowledged == nil {
            reach(\.acknowledged, "acknowledged", place, at: entry.ts, by: entry.by)
        }
        if IncidentFacts.mitigating.contains(act), incidents[place].mitigated == nil {
            reach(\.mitigated, "mitigated by \(act)", place, at: entry.ts, by: entry.by)
        }
        switch act {
        case "purge":
            settleData(.purged, place, at: entry.ts, by: entry.by, entry.effect)
        case "rollback" where IncidentFacts.meetsAgain(entry.effect):
            // The same examples come again, unless they are purged.
            settleData(.purgeNeeded, place, at: entry.ts, by: entry.by, entry.effect)
        default: break
        }
    }

    private mutating func settleData(
        _ data: IncidentData, _ place: Int, at now: Instant, by user: String, _ text: String
    ) {
        incidents[place].data = data
        incidents[place].dataSince = IncidentStamp(at: now, by: user, text: text)
    }

    mutating func reach(
        _ step: WritableKeyPath<Incident, IncidentStamp?>, _ name: String, _ place: Int,
        at now: Instant, by user: String
    ) {
        incidents[place][keyPath: step] = IncidentStamp(at: now, by: user, text: name)
        let after = max(.zero, now - incidents[place].detected.at)
        write(
            IncidentEntry(
                at: now, kind: .clock, model: nil, by: user, text: "\(name) after \(after.text)"),
            in: place)
    }

    mutating func write(_ entry: IncidentEntry, in place: Int) {
        guard incidents[place].entries.count < Limits.entryCountMax else {
            incidents[place].droppedCount += 1
            return
        }
        var entry = entry
        entry.text = String(entry.text.prefix(Limits.textLengthMax))
        incidents[place].entries.append(entry)
    }

    // MARK: operators

    /// Does what somebody orders; `models` are those of the act's scope.
    package mutating func change(
        _ order: IncidentOrder, _ text: String, _ models: [ModelName], by user: String,
        at now: Instant
    ) -> Answer {
        switch order {
        case .open:
            guard open.count < Limits.openCountMax else {
                return .refused("\(Limits.openCountMax) incidents are open, which is the most")
            }
            let id = add(text, models, by: user, at: now)
            reach(\.acknowledged, "acknowledged", incidents.count - 1, at: now, by: user)
            return .done("incident \(id) is open: \(text)")
        case .note(let id, let mark):
            guard let place = incidents.firstIndex(where: { $0.id == id }) else {
                return .refused("there is no incident \(id)")
            }
            write(
                IncidentEntry(at: now, kind: .note, model: nil, by: user, text: text), in: place)
            if let mark { set(mark, place, text, by: user, at: now) }
            return .done("incident \(id): noted" + (mark.map { ", \(Self.words($0))" } ?? ""))
        case .close(let id):
            guard let place = incidents.firstIndex(where: { $0.id == id }) else {
                return .refused("there is no incident \(id)")
            }
            guard incidents[place].isOpen else { return .refused("incident \(id) is closed") }
            write(
                IncidentEntry(at: now, kind: .note, model: nil, by: user, text: text), in: place)
            reach(\.resolved, "resolved", place, at: now, by: user)
            for alarm in incidents[place].alarms where !alarm.isOver { spent[alarm.key] = now }
            runs?.removeAll { $0.incident == id }
            let isMitigated = incidents[place].mitigated != nil
            return .done(
                "incident \(id) is closed"
                    + (isMitigated ? "" : ", though nobody has said that it was mitigated"))
        case .step(let step):
            guard let model = models.first else { return .refused("a step is done for a model") }
            return tick(step, model, by: user, at: now)
        }
    }

    private static func words(_ mark: IncidentMark) -> String {
        switch mark {
        case .acknowledged: "acknowledged"
        case .mitigated: "mitigated"
        case .causeClosed: "the cause is closed"
        case .purgeNeeded: "a purge is needed"
        case .purgeUnneeded: "no purge is needed"
        }
    }

    private mutating func set(
        _ mark: IncidentMark, _ place: Int, _ text: String, by user: String, at now: Instant
    ) {
        switch mark {
        case .acknowledged: reach(\.acknowledged, "acknowledged", place, at: now, by: user)
        case .mitigated: reach(\.mitigated, "mitigated", place, at: now, by: user)
        case .causeClosed:
            incidents[place].cause = IncidentStamp(at: now, by: user, text: text)
        case .purgeNeeded: settleData(.purgeNeeded, place, at: now, by: user, text)
        case .purgeUnneeded:
            settleData(.purgeUnneeded, place, at: now, by: user, text)
            for model in incidents[place].models { unpurged[model.text] = nil }
        }
    }

    private mutating func add(
        _ title: String, _ models: [ModelName], by user: String, at now: Instant
    ) -> String {
        incidentCount += 1
        let id = "i\(incidentCount)"
        let short = String(title.prefix(200))
        incidents.append(
            Incident(
                id: id, title: short, models: models,
                detected: IncidentStamp(at: now, by: user, text: "detected")))
        let surplus = incidents.count - Limits.keptCountMax
        if surplus > 0, let old = incidents.firstIndex(where: { !$0.isOpen }) {
            incidents.remove(at: old)
        }
        return id
    }
}

/// What is known of alarms and acts by their names.
package enum IncidentFacts {
    /// What only says what an operator did: no incident of its own.
    static let ofOperators: Set<String> = [
        "training_stopped", "fallback_serves", "fallback_too_long", "push_held", "launch_required",
        "policy_pending", "riding_through", "ride_ending",
    ]

    /// What follows from an incident itself.
    static let ofIncidents: Set<String> = ["incident_overdue", "glass_broken"]

    /// What comes in is not what it was, or no number at all.
    static let ofData: Set<String> = [
        "feature_missing", "feature_constant", "feature_unit", "feature_shifted",
        "duplicates_high", "label_rate_changed", "value_not_finite", "quarantine_share",
    ]

    /// What ends the harm, or keeps it from growing.
    static let mitigating: Set<String> = [
        "stop", "fallback", "rollback", "purge", "hold", "ride_through",
    ]

    /// Whether the effect of a rollback says that training meets again what was learned.
    static func meetsAgain(_ effect: String) -> Bool {
        effect.contains("goes back") && !effect.contains("passed over")
    }

    /// What makes two alarms the same one, whenever they are raised.
    static func key(_ alarm: AlarmReport, of model: ModelName) -> String {
        [model.text, alarm.name, alarm.feature, alarm.segment].filter { !$0.isEmpty }
            .joined(separator: "/")
    }
}
