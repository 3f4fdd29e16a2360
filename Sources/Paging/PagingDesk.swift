import Operation
import Vocabulary

/// Every alarm's way to the people who are to answer it: told, escalated, acknowledged, silenced,
/// over. A value: alarms and wall times in, notifications out, so that it can be kept with them
/// in one transaction and goes on after a restart where it was. All its times are absolute.
package struct PagingDesk: Codable, Sendable, Equatable {
    /// For receivers that are told of what is over, as long as they may have missed it.
    private static let keepsResolved = Span.hours(1)

    /// By key, in the order of first sight.
    package private(set) var lives: [AlarmLife] = []
    package private(set) var silences: [Silence] = []
    /// Silences that there have been; numbers them.
    private var silenceCount = 0

    package init() {}

    /// What a look at the clock came to.
    package struct Outcome: Sendable, Equatable {
        package var notifications: [AlarmNotification] = []
        /// For the journal: what happened, and to which model.
        package var entries: [Entry] = []

        /// One thing that happened.
        package struct Entry: Sendable, Equatable {
            package var model: ModelName?
            package var act: String
            package var effect: String
        }
    }

    /// What a request of an operator came to.
    package enum Answer: Sendable, Equatable {
        case done(String, changed: Bool)
        case refused(String)
    }

    // MARK: the alarms as they are

    /// Takes the alarms that are open now, of every model.
    package mutating func see(_ open: [(ModelName, AlarmReport)], at now: Instant) {
        var seen: Set<String> = []
        for (model, alarm) in open {
            let key = AlarmLife.key(alarm, of: model)
            seen.insert(key)
            if let index = lives.firstIndex(where: { $0.key == key && $0.resolved == nil }) {
                lives[index].gone = nil
                // Its figures change all the time; who looks sees the newest in the status.
                if lives[index].alarm.id != alarm.id { lives[index].alarm = alarm }
            } else {
                lives.removeAll { $0.key == key }
                lives.append(AlarmLife(alarm, of: model, at: now))
            }
        }
        for index in lives.indices where !seen.contains(lives[index].key) {
            lives[index].gone = lives[index].gone ?? now
        }
    }

    /// How far each open alarm has come.
    package func state(of alarm: AlarmReport, in model: ModelName) -> AlarmState? {
        let key = AlarmLife.key(alarm, of: model)
        return lives.first { $0.key == key && $0.resolved == nil }?.state
    }

    // MARK: the clock

    /// Tells whom it is time to tell.
    package mutating func look(
        at now: Instant, policy: EscalationPolicy, clock: @escaping LocalClockReading
    ) -> Outcome {
        var outcome = Outcome()
        endSilences(at: now, &outcome)
        for index in lives.indices {
            if lives[index].resolved == nil {
                look(index, at: now, Teller(policy: policy, clock: clock), &outcome)
            }
        }
        lives.removeAll { life in
            life.resolved.map { $0 + Self.keepsResolved <= now } ?? false
        }
        warnOfSilences(at: now, Teller(policy: policy, clock: clock), &outcome)
        return outcome
    }

    private struct Teller {
        let policy: EscalationPolicy
        let clock: LocalClockReading
    }

    private mutating func look(
        _ index: Int, at now: Instant, _ teller: Teller, _ outcome: inout Outcome
    ) {
        let policy = teller.policy
        if let gone = lives[index].gone {
            guard gone + policy.resolvesAfter <= now else { return }
            lives[index].resolved = now
            lives[index].deadline = nil
            if lives[index].isTold { tell(.resolved, index, at: now, teller, &outcome) }
            return
        }
        if let cover = cover(of: lives[index]) {
            lives[index].hiddenBy = cover
            lives[index].deadline = nil
            return
        }
        remind(index, at: now, teller, &outcome)
        if let past = lives[index].hiddenBy {
            lives[index].hiddenBy = nil
            guard lives[index].acknowledgement == nil else { return }
            lives[index].step = 0
            page(
                lives[index].isTold ? .returned : .raised, index, at: now, teller, &outcome,
                note: "it was hidden by \(past)")
            return
        }
        if let acknowledgement = lives[index].acknowledgement {
            guard acknowledgement.until <= now else { return }
            lives[index].acknowledgement = nil
            lives[index].step = 0
            let note = "the acknowledgement by \(acknowledgement.by) has run out"
            page(
                lives[index].isTold ? .returned : .raised, index, at: now, teller, &outcome,
                note: note)
            record(&outcome, index, "return", note)
            return
        }
        if !lives[index].isTold {
            page(.raised, index, at: now, teller, &outcome)
        } else if let deadline = lives[index].deadline, deadline <= now {
            escalate(index, at: now, teller, &outcome, because: "nobody acknowledged it in time")
        }
    }

    private mutating func remind(
        _ index: Int, at now: Instant, _ teller: Teller, _ outcome: inout Outcome
    ) {
        guard AlarmCatalogue.unsilenceable.contains(lives[index].alarm.name) else { return }
        guard let due = lives[index].reminder else {
            lives[index].reminder = now + teller.policy.remindsEvery
            return
        }
        guard due <= now else { return }
        lives[index].reminder = now + teller.policy.remindsEvery
        tell(
            .reminder, index, at: now, teller, &outcome,
            note: "it has lasted for \((now - lives[index].raised).text)")
    }

    private mutating func escalate(
        _ index: Int, at now: Instant, _ teller: Teller, _ outcome: inout Outcome,
        because reason: String
    ) {
        let last = max(0, teller.policy.steps.count - 1)
        lives[index].step = min(lives[index].step + 1, last)
        page(.escalated, index, at: now, teller, &outcome, note: reason)
        let told = teller.policy.words(
            ofStep: lives[index].step, at: now, clock: teller.clock)
        record(&outcome, index, "escalate", "step \(lives[index].step + 1), \(told): \(reason)")
    }

    /// A message could not be delivered: the next step is told at once.
    package mutating func escalate(
        _ key: String, undelivered receiver: String, at now: Instant, policy: EscalationPolicy,
        clock: @escaping LocalClockReading
    ) -> Outcome {
        var outcome = Outcome()
        guard
            let index = lives.firstIndex(where: {
                $0.key == key && $0.resolved == nil && $0.gone == nil && $0.acknowledgement == nil
                    && $0.hiddenBy == nil
            }), lives[index].step + 1 < policy.steps.count
        else { return outcome }
        escalate(
            index, at: now, Teller(policy: policy, clock: clock), &outcome,
            because: "receiver \(receiver) does not take it")
        return outcome
    }

    // MARK: messages

    /// Tells the step at hand, and arms the timer for the next one.
    private mutating func page(
        _ kind: AlarmNotification.Kind, _ index: Int, at now: Instant, _ teller: Teller,
        _ outcome: inout Outcome, note: String? = nil
    ) {
        let within = teller.policy.deadlines[lives[index].alarm.severity]
        lives[index].deadline = teller.policy.steps.isEmpty ? nil : within.map { now + $0 }
        tell(kind, index, at: now, teller, &outcome, note: note)
        lives[index].isTold = true
        lives[index].isPaged = !teller.policy.steps.isEmpty
    }

    private mutating func tell(
        _ kind: AlarmNotification.Kind, _ index: Int, at now: Instant, _ teller: Teller,
        _ outcome: inout Outcome, note: String? = nil
    ) {
        let (policy, life) = (teller.policy, lives[index])
        let told = policy.words(ofStep: life.step, at: now, clock: teller.clock)
        // Whoever was told that it began is told that it is over.
        let steps = kind == .resolved ? Array(0...life.step) : [life.step]
        var paged: [String] = []
        for step in steps {
            for name in policy.receivers(atStep: step, at: now, clock: teller.clock)
            where !paged.contains(name) && policy.receivers[name]?.isAlertmanager == false {
                paged.append(name)
            }
        }
        // Whom the policy wakes, step or not.
        for name in life.alarm.wakes ?? [] {
            for receiver in policy.receivers(of: name, at: now, clock: teller.clock)
            where !paged.contains(receiver) && policy.receivers[receiver]?.isAlertmanager == false {
                paged.append(receiver)
            }
        }
        if kind == .raised {
            lives[index].bystanders = policy.receivers.keys.sorted().filter { name in
                policy.receivers[name]?.hears(life.alarm, of: life.model) == true
            }
        }
        let hearsOf = kind == .raised || kind == .resolved
        let bystanders = hearsOf ? lives[index].bystanders.filter { !paged.contains($0) } : []
        for (receiver, step) in paged.map({ ($0, life.step + 1) }) + bystanders.map({ ($0, 0) }) {
            lives[index].messageCount += 1
            outcome.notifications.append(
                AlarmNotification(
                    id: "\(life.key)/\(life.raised.microseconds)/\(lives[index].messageCount)",
                    kind: kind, receiver: receiver, model: life.model, alarm: life.alarm,
                    raised: life.raised, at: now, step: step, told: told,
                    deadline: step == 0 ? nil : lives[index].deadline, note: note))
        }
    }

    private func record(
        _ outcome: inout Outcome, _ index: Int, _ act: String, _ text: String
    ) {
        outcome.entries.append(
            Outcome.Entry(
                model: lives[index].model, act: act,
                effect: "\(lives[index].alarm.id) \(lives[index].alarm.name): \(text)"))
    }

    // MARK: acknowledgements

    /// Takes on one alarm by its id, or all that are open of a model.
    package mutating func acknowledge(
        _ id: String?, of model: ModelName?, by: String, reason: String, at now: Instant,
        policy: EscalationPolicy
    ) -> Answer {
        let until = (now + policy.acknowledgementLasts).floored(to: .seconds(1))
        let found = lives.indices.filter { index in
            let life = lives[index]
            return life.resolved == nil && (model == nil || life.model == model)
                && (id == nil || life.alarm.id == id)
        }
        guard !found.isEmpty else {
            return .refused(id.map { "there is no open alarm \($0)" } ?? "there is no open alarm")
        }
        var names: [String] = []
        for index in found {
            // Somebody has it already: who took it on stays, and it holds longer.
            if lives[index].acknowledgement?.by != by { names.append(lives[index].alarm.name) }
            lives[index].acknowledgement = Acknowledgement(
                by: by, reason: reason, at: now, until: until)
            lives[index].deadline = nil
        }
        let what = found.map { "\(lives[$0].alarm.id) \(lives[$0].alarm.name)" }
        return .done(
            "\(by) has \(what.joined(separator: ", ")) until \(until.rfc3339)",
            changed: !names.isEmpty)
    }

    // MARK: silences

    /// Hides alarms until `end`, at most a day away.
    package mutating func silence(
        _ match: AlarmMatch, owner: String, reason: String, at now: Instant, until end: Instant
    ) -> Answer {
        guard end > now, end <= now + Silence.longest else {
            return .refused("a silence ends within 24 hours, found \(end.rfc3339)")
        }
        if let name = match.name, AlarmCatalogue.unsilenceable.contains(name) {
            return .refused("\(name) cannot be silenced; it can be acknowledged")
        }
        guard match != AlarmMatch() else {
            return .refused("a silence needs a model, a name, a feature or a segment")
        }
        silenceCount += 1
        let silence = Silence(
            id: "s\(silenceCount)", match: match, owner: owner, reason: reason, start: now,
            end: end)
        silences.append(silence)
        let hidden = lives.filter { $0.resolved == nil && silence.hides($0.alarm, of: $0.model) }
        return .done(
            "silence \(silence.id) hides \(hidden.count) open alarm"
                + "\(hidden.count == 1 ? "" : "s") until \(end.rfc3339)",
            changed: true)
    }

    package mutating func endSilence(_ id: String, of model: ModelName) -> Answer {
        guard
            let index = silences.firstIndex(where: { $0.id == id && $0.match.model == model })
        else { return .refused("there is no silence \(id) of \(model)") }
        silences.remove(at: index)
        return .done("silence \(id) has ended", changed: true)
    }

    /// The silence, or the cause that is open too, that an alarm isn't told beside.
    private func cover(of life: AlarmLife) -> String? {
        if let silence = silences.first(where: { $0.hides(life.alarm, of: life.model) }) {
            return silence.words
        }
        let causes = AlarmCatalogue.causes[life.alarm.name] ?? []
        let cause = lives.first { other in
            other.model == life.model && other.resolved == nil && other.gone == nil
                && causes.contains(other.alarm.name)
        }
        return cause?.alarm.name
    }

    private mutating func endSilences(at now: Instant, _ outcome: inout Outcome) {
        for index in silences.indices {
            let silence = silences[index]
            let isUsed = lives.contains {
                $0.resolved == nil && silence.hides($0.alarm, of: $0.model)
            }
            // To the minute, so that a silence in use is not written down each second.
            if isUsed { silences[index].lastMatched = now.floored(to: .minutes(1)) }
        }
        for silence in silences {
            let isIdle = silence.lastMatched + Silence.idleLimit <= now
            guard silence.end <= now || isIdle else { continue }
            let why = silence.end <= now ? "its time is over" : "it hid nothing for 6 hours"
            outcome.entries.append(
                Outcome.Entry(
                    model: silence.match.model, act: "unsilence",
                    effect: "silence \(silence.id) of \(silence.owner) has ended: \(why)"))
        }
        silences.removeAll { $0.end <= now || $0.lastMatched + Silence.idleLimit <= now }
    }

    private mutating func warnOfSilences(
        at now: Instant, _ teller: Teller, _ outcome: inout Outcome
    ) {
        for index in silences.indices {
            let silence = silences[index]
            guard !silence.isWarned, silence.end - Silence.warning <= now else { continue }
            silences[index].isWarned = true
            for life in lives.indices where lives[life].hiddenBy == silence.words {
                tell(
                    .silenceEnds, life, at: now, teller, &outcome,
                    note: "silence \(silence.id) of \(silence.owner) ends at "
                        + silence.end.rfc3339)
            }
        }
    }
}
