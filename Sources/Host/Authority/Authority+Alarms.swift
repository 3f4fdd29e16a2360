import Governing
import Operation
import Synchronization
import Vocabulary
import World

/// What the policy and the incidents add to what an operator sees.
extension Authority {
    /// Adds the report, and the alarms that rules, broken glass, late incidents and an edited
    /// policy raise; asked for again it is the same.
    func overlay(_ snapshot: inout Snapshot) {
        let known = seen
        let now = snapshot.takenAt
        let engine = snapshot.engine
        var models = snapshot.models
        let rules = looks.withLock { looks in
            looks.reports = []
            if let policy = known.policy {
                looks.reports = looks.watch.look(policy, models, at: now)
            }
            var shown: Set<String> = []
            for index in models.indices {
                soften(&models[index], known)
                var found = alarms(
                    models[index], isFirst: index == 0, known, looks.reports, now)
                if let alarm = unseen(models[index], engine, now) { found.append(alarm) }
                for alarm in found {
                    var alarm = alarm
                    let since = looks.since[alarm.id] ?? alarm.since
                    looks.since[alarm.id] = since
                    alarm.since = since
                    shown.insert(alarm.id)
                    models[index].alarms.append(alarm)
                }
            }
            looks.since = looks.since.filter { shown.contains($0.key) }
            return looks.reports
        }
        snapshot.models = models
        snapshot.authority = report(known, rules)
        snapshot.playbook = playbook(known)
    }

    /// What was agreed to be fine is no warning.
    private func soften(_ model: inout ModelReport, _ known: Shown) {
        guard let agreed = known.policy?.agreed(.staleness, of: model.name),
            let staleness = model.stalenessSeconds, staleness <= agreed
        else { return }
        for index in model.alarms.indices where model.alarms[index].name == "model_stale" {
            model.alarms[index].severity = .notice
            model.alarms[index].text +=
                "; agreed to be fine up to \(PolicyMetric.staleness.words(agreed))"
        }
    }

    private func alarms(
        _ model: ModelReport, isFirst: Bool, _ known: Shown, _ rules: [RuleReport],
        _ now: Instant
    ) -> [AlarmReport] {
        let time = model.eventTime ?? now
        var found: [AlarmReport] = []
        func add(
            _ name: String, _ what: String, _ text: String, _ severity: AlarmSeverity
        ) {
            var alarm = AlarmReport(
                id: "\(model.name)-\(name)-\(what)", name: name, text: text, since: time,
                severity: severity, owner: "")
            alarm.feature = what
            found.append(alarm)
        }
        if let policy = known.policy {
            found += rules.filter { $0.model == model.name }.compactMap {
                policy.alarm(of: $0, owner: "")
            }
        }
        if let schedule = model.schedule, schedule.due <= now {
            let newest =
                schedule.newest.map { "the newest passed \((now - $0).text) ago" }
                ?? "none has passed"
            let every = Span(microseconds: Int64(schedule.seconds * 1e6)).text
            add(
                "schedule_missed", "",
                "a checkpoint is to pass every \(every): \(newest)", .warning)
        }
        for glass in known.glass where glass.model == model.name {
            add(
                "glass_broken", glass.id,
                "\(glass.by) did alone what two should do, \(glass.act): \(glass.reason); somebody "
                    + "else has to review it: spindle review \(glass.id)", .critical)
        }
        let limits = known.policy?.limits ?? IncidentLimits()
        for incident in known.incidents where incident.models.first == model.name {
            guard let next = incident.nextStep(limits), let due = next.due, due <= now else {
                continue
            }
            add(
                "incident_overdue", "\(incident.id)-\(next.name)",
                "incident \(incident.id) was to be \(next.name) by \(due.rfc3339)", .warning)
        }
        if isFirst, let pending = known.pending {
            add("policy_pending", "", pending, .warning)
        }
        return found
    }

    /// That nobody has looked at a model for longer than was agreed; nil if somebody has.
    private func unseen(
        _ model: ModelReport, _ engine: EngineReport, _ now: Instant
    ) -> AlarmReport? {
        guard let seconds = model.lookEverySeconds else { return nil }
        let every = Span(microseconds: Int64(seconds * 1e6))
        let begun = now - Span(microseconds: Int64(engine.uptimeSeconds * 1e6))
        guard now - (engine.lastLook?.at ?? begun) >= every else { return nil }
        let last =
            engine.lastLook.map { "\($0.by) last did, \((now - $0.at).text) ago" }
            ?? "nobody has since the engine began"
        return AlarmReport(
            id: "\(model.name)-not_looked_at", name: "not_looked_at",
            text: "somebody is to look every \(every.text): \(last)", since: model.eventTime ?? now,
            severity: .warning, owner: "")
    }

    /// A look at the clock, about once a second: edits of the policy, proposals whose time is
    /// over, and what belongs to which incident. Gives what the journal is to say.
    func attend(_ snapshot: Snapshot, journal: any JournalBook) -> [JournalDraft] {
        let pages = readPlaybook(at: snapshot.takenAt)
        return change { content in
            let now = snapshot.takenAt
            var drafts = pages
            if let draft = watchFile(&content, at: now) { drafts.append(draft) }
            for proposal in content.kept.desk.expire(at: now) {
                drafts.append(
                    JournalDraft(
                        kind: .act, act: "expire", model: proposal.effects.first?.model,
                        effect: "\(proposal.id), \(proposal.request.act.name) by "
                            + "\(proposal.request.actor.user), has expired"))
            }
            gather(snapshot, &content, &drafts)
            table(snapshot, &content, journal, &drafts)
            save(&content)
            return drafts
        }
    }

    /// Alarms and acts go to the incidents that they belong to.
    private func gather(
        _ snapshot: Snapshot, _ content: inout Content, _ drafts: inout [JournalDraft]
    ) {
        content.incidents.read(snapshot.journal)
        let open = snapshot.models.flatMap { model in model.alarms.map { (model.name, $0) } }
        for note in content.incidents.see(open, at: snapshot.takenAt) {
            drafts.append(
                JournalDraft(kind: .alarm, act: "incident", model: note.model, effect: note.text))
        }
        content.incidents.settleRuns(open, at: snapshot.takenAt)
    }

    /// Our alarms are in the table of all alarms, too.
    private func table(
        _ snapshot: Snapshot, _ content: inout Content, _ journal: any JournalBook,
        _ drafts: inout [JournalDraft]
    ) {
        var open: [String: ModelName] = [:]
        let ours = looks.withLock { $0.since }
        do {
            for model in snapshot.models {
                for alarm in model.alarms where ours[alarm.id] != nil {
                    open[alarm.id] = model.name
                    guard content.tabled[alarm.id] == nil else { continue }
                    if try journal.raise(alarm, of: model.name) {
                        drafts.append(
                            JournalDraft(
                                kind: .alarm, act: "raise", model: model.name,
                                effect: "\(alarm.id) \(alarm.name): \(alarm.text)"))
                    }
                }
            }
            for (id, model) in content.tabled.sorted(by: { $0.key < $1.key }) where open[id] == nil
            {
                let time = snapshot.models.first { $0.name == model }?.eventTime
                if try journal.resolve(id, at: time ?? snapshot.takenAt) {
                    drafts.append(
                        JournalDraft(
                            kind: .alarm, act: "resolve", model: model, effect: "\(id) is over"))
                }
            }
            content.tabled = open
        } catch {
            // The table is behind, and gets it at the next look.
            return
        }
    }

    /// What is to be looked at before a model trains again.
    func preflight(_ model: ModelReport, needsSecond: Bool) -> [PreflightCheck] {
        change { content in
            let policy = content.policy
            var second: String?
            if needsSecond { second = "a second person has to countersign" }
            let facts = Preflight.Facts(
                model: model, incidents: content.incidents.open(of: model.name),
                proposals: content.kept.desk.proposals.map(\.report),
                needs: policy?.resumeNeeds ?? CrisisPolicy().resumeNeeds, second: second,
                unpurged: content.incidents.unpurged[model.name.text], hasPolicy: policy != nil)
            return Preflight.checks(facts)
        }
    }
}
