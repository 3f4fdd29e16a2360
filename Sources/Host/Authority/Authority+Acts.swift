import Governing
import Operation
import Synchronization
import Vocabulary
import World

/// The way of an act: may they, does it need a second person, is its turn come; then it is done.
extension Authority {
    /// What an act is done with: an engine, or a state directory at rest.
    package struct Stage: Sendable {
        /// The newest figures; nil while there are none.
        var look: @Sendable () -> Snapshot?
        /// Writes down, now or as soon as it can be.
        var note: @Sendable (JournalDraft) -> Void
        /// Does an act that may be done; the answer comes once.
        var perform: @Sendable (ActRequest, @escaping @Sendable (ActOutcome) -> Void) -> Void
    }

    /// How an act may go on.
    enum Admission {
        case goes(ActRequest)
        case refused(String)
        case needsSecond
    }

    /// Does an act, or says why not; what needs a second person is kept until one says yes.
    package func conduct(
        _ request: ActRequest, on stage: Stage,
        answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        if let objection = objectionToAct(request) {
            return refuse(request, objection, stage, answer)
        }
        switch request.act {
        case .incident, .review, .reloadPolicy:
            // An incident that is closed has all that happened up to here.
            if let snapshot = stage.look() { catchUp(snapshot) }
            own(request, stage, answer)
        case .countersign(let id, let isGranted):
            countersign(id, isGranted: isGranted, request, stage, answer)
        case .stop, .resume, .rollback, .purge, .release, .rideThrough, .launch, .pin, .build,
            .fallback, .hold, .approve, .inject, .makeGolden, .push, .acknowledge, .event, .silence,
            .note:
            go(request, stage, answer)
        }
    }

    /// Why somebody may not ask for this at all. Who has any role may ask what an act would do.
    private func objectionToAct(_ request: ActRequest) -> String? {
        guard let objection = objection(to: request.act.power, by: request.actor) else {
            return nil
        }
        guard request.isDryRun else { return objection }
        return self.objection(to: "countersign", by: request.actor) == nil ? nil : objection
    }

    private func go(
        _ request: ActRequest, _ stage: Stage, _ answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        let snapshot = stage.look()
        let covered = (snapshot?.models ?? []).filter { request.scope.covers($0.name) }
        if request.act == .resume, let snapshot { catchUp(snapshot) }
        let admission = admit(request, covered)
        let needsSecond = if case .needsSecond = admission { true } else { false }
        let checks = self.checks(request.act, covered, needsSecond)
        if request.isDryRun {
            if case .refused(let text) = admission { return refuse(request, text, stage, answer) }
            let objection = objection(to: request.act.power, by: request.actor)
            return stage.perform(request) { outcome in
                answer(
                    Self.annotated(
                        outcome, checks, needsSecond: needsSecond, objection: objection))
            }
        }
        let blocking = covered.flatMap { checks[$0.name] ?? [] }.filter(\.blocks)
        if let block = blocking.first, !request.overrides {
            return refuse(
                request, "\(block.text); who has that authority may say --override", stage, answer)
        }
        switch admission {
        case .refused(let text): refuse(request, text, stage, answer)
        case .needsSecond: propose(request, stage, answer)
        case .goes(var changed):
            if let block = blocking.first {
                changed.reason += " (against the order of steps: \(block.text))"
            }
            let glass = request.breaksGlass ? breakGlass(request, covered, stage) : []
            stage.perform(changed) { [self] outcome in
                if case .refused = outcome { mend(glass) }
                answer(outcome)
            }
        }
    }

    /// What is to be looked at before an act; empty where there is nothing.
    private func checks(
        _ act: Act, _ covered: [ModelReport], _ needsSecond: Bool
    ) -> [ModelName: [PreflightCheck]] {
        var checks: [ModelName: [PreflightCheck]] = [:]
        for model in covered {
            switch act {
            case .resume: checks[model.name] = preflight(model, needsSecond: needsSecond)
            case .rideThrough(.begin): checks[model.name] = Preflight.rideChecks(model)
            default: break
            }
        }
        return checks
    }

    /// What happened up to now belongs to the incidents before they are asked.
    private func catchUp(_ snapshot: Snapshot) {
        change { content in
            content.incidents.read(snapshot.journal)
            // What cannot be written now is written with a later look.
            save(&content)
        }
    }

    private func admit(_ request: ActRequest, _ covered: [ModelReport]) -> Admission {
        let act = request.act.power
        if request.overrides, let objection = objection(to: "override", by: request.actor) {
            return .refused(objection)
        }
        if request.breaksGlass, let objection = objection(to: "break_glass", by: request.actor) {
            return .refused(objection)
        }
        return change { content in
            guard let policy = content.policy else { return .goes(request) }
            let isOverride = request.overrides && policy.twoPeople.contains("override")
            guard policy.twoPeople.contains(act) || isOverride else { return .goes(request) }
            if request.breaksGlass {
                var changed = request
                changed.reason += " (alone, by breaking the glass)"
                return .goes(changed)
            }
            guard !isOverride else { return .needsSecond }
            let reports = looks.withLock { $0.reports }
            let rules = covered.map {
                CrisisPolicy.preapproval(of: act, on: $0.name, by: reports)
            }
            guard let rule = rules.first ?? nil, !rules.contains(nil) else { return .needsSecond }
            var changed = request
            changed.reason += " (agreed beforehand: \(rule))"
            return .goes(changed)
        }
    }

    private static func annotated(
        _ outcome: ActOutcome, _ checks: [ModelName: [PreflightCheck]], needsSecond: Bool,
        objection: String?
    ) -> ActOutcome {
        guard case .wouldDo(var effects) = outcome else { return outcome }
        for index in effects.indices {
            effects[index].checks = checks[effects[index].model]
            if needsSecond, effects[index].changed {
                effects[index].text += "; it needs a second person, who countersigns it"
            }
            if let objection { effects[index].text += "; but not by you: \(objection)" }
        }
        return .wouldDo(effects)
    }

    /// Refused, and the journal says why; the same again within a minute is written once.
    func refuse(
        _ request: ActRequest, _ text: String, _ stage: Stage,
        _ answer: @Sendable (ActOutcome) -> Void
    ) {
        let now = WallClock.now()
        var model: ModelName?
        var of = "all models"
        if case .model(let name) = request.scope { (model, of) = (name, name.text) }
        let key = "\(request.actor.user)/\(request.act.name)/\(of)/\(text)"
        let isNew = change { content in
            content.refusals = content.refusals.filter { $0.value + .minutes(1) > now }
            guard content.refusals.count < 1000, content.refusals[key] == nil else { return false }
            content.refusals[key] = now
            return true
        }
        if isNew, !request.isDryRun {
            stage.note(
                JournalDraft(
                    kind: .act, act: "refuse", model: model, by: request.actor.user,
                    from: request.actor.from, reason: request.reason,
                    effect: "\(request.act.name) of \(of) is refused: \(text)"))
        }
        answer(.refused(text))
    }

    // MARK: two people

    private func propose(
        _ request: ActRequest, _ stage: Stage, _ answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        var question = request
        question.isDryRun = true
        stage.perform(question) { [self] outcome in
            guard case .wouldDo(let effects) = outcome else { return answer(outcome) }
            let ground = Self.ground(stage.look(), effects)
            answer(keep(request, effects, ground, stage.note))
        }
    }

    private static func ground(_ snapshot: Snapshot?, _ effects: [ActEffect]) -> [ProposalGround] {
        effects.compactMap { effect in
            snapshot?.models.first { $0.name == effect.model }.map { ProposalGround($0, effect) }
        }
    }

    private func keep(
        _ request: ActRequest, _ effects: [ActEffect], _ ground: [ProposalGround],
        _ note: @Sendable (JournalDraft) -> Void
    ) -> ActOutcome {
        let now = WallClock.now()
        do {
            let proposal: Proposal? = try change { content in
                var copy = content
                _ = copy.kept.desk.expire(at: now)
                let lasts = copy.policy?.proposalLasts ?? CrisisPolicy().proposalLasts
                let proposal = copy.kept.desk.propose(
                    request, effects, ground, at: now, lasts: lasts)
                if let fault = save(&copy) { throw fault }
                content = copy
                return proposal
            }
            guard let proposal else { return .refused("too many acts wait for a second person") }
            let expires = proposal.expires.floored(to: .seconds(1)).rfc3339
            let proposed = effects.map { effect in
                var effect = effect
                effect.changed = false
                effect.isProposed = true
                effect.text =
                    "PROPOSED as \(proposal.id), nothing has changed: \(request.act.name) needs a "
                    + "second person until \(expires): spindle countersign \(proposal.id); it "
                    + "would be: \(effect.text)"
                return effect
            }
            for effect in proposed {
                var draft = JournalDraft(request, effect)
                draft.act = "propose"
                note(draft)
            }
            return .done(proposed)
        } catch {
            return .refused("nothing has changed: \(error)")
        }
    }

    private func countersign(
        _ id: String, isGranted: Bool, _ request: ActRequest, _ stage: Stage,
        _ answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        guard request.isDryRun || !request.reason.allSatisfy(\.isWhitespace) else {
            return answer(.refused("an act needs a reason"))
        }
        let now = WallClock.now()
        let found = change {
            $0.kept.desk.find(id, by: request.actor.user, isGranted: isGranted, at: now)
        }
        let proposal: Proposal
        switch found {
        case .refused(let text): return refuse(request, text, stage, answer)
        case .found(let known): proposal = known
        }
        // Who may not do it alone with a second person may not be the second person.
        if let objection = objection(to: proposal.request.act.power, by: request.actor) {
            return refuse(request, objection, stage, answer)
        }
        guard isGranted else { return decline(proposal, request, stage, answer) }
        var question = proposal.request
        question.isDryRun = true
        stage.perform(question) { [self] outcome in
            guard case .wouldDo(let effects) = outcome else {
                return answer(outcome)
            }
            // The engine has published what it answered from.
            let ground = Self.ground(stage.look(), effects)
            let changes = zip(proposal.ground, ground).compactMap { $0.change(to: $1) }
            if let change = changes.first ?? Self.lost(proposal, ground) {
                _ = take(proposal)
                return refuse(
                    request, "\(id) is stale: \(change); propose it anew", stage, answer)
            }
            if request.isDryRun { return answer(.wouldDo(effects)) }
            guard take(proposal) else {
                return answer(.refused("there is no proposal \(id) any more"))
            }
            var granted = proposal.request
            granted.waits = request.waits
            granted.reason += " (countersigned by \(request.actor.user): \(request.reason))"
            for effect in effects {
                var draft = JournalDraft(request, effect)
                draft.effect = "\(id), \(granted.act.name) by \(granted.actor.user), may be done"
                stage.note(draft)
            }
            stage.perform(granted, answer)
        }
    }

    private static func lost(_ proposal: Proposal, _ ground: [ProposalGround]) -> String? {
        proposal.ground.map(\.model) == ground.map(\.model) ? nil : "it is about other models now"
    }

    /// False if somebody was quicker.
    private func take(_ proposal: Proposal) -> Bool {
        change { content in
            guard content.kept.desk.proposals.contains(where: { $0.id == proposal.id }) else {
                return false
            }
            content.kept.desk.remove(proposal.id)
            save(&content)
            return true
        }
    }

    private func decline(
        _ proposal: Proposal, _ request: ActRequest, _ stage: Stage,
        _ answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        let text =
            "\(proposal.id), \(proposal.request.act.name) by \(proposal.request.actor.user), is "
            + "declined"
        let effects = proposal.effects.map { effect in
            ActEffect(model: effect.model, act: request.act.name, changed: true, text: text)
        }
        if request.isDryRun { return answer(.wouldDo(effects)) }
        guard take(proposal) else {
            return answer(.refused("there is no proposal \(proposal.id) any more"))
        }
        for effect in effects { stage.note(JournalDraft(request, effect)) }
        answer(.done(effects))
    }

    // MARK: alone

    private func breakGlass(
        _ request: ActRequest, _ covered: [ModelReport], _ stage: Stage
    ) -> [String] {
        let now = WallClock.now()
        let broken = change { content -> [GlassReport] in
            guard let policy = content.policy,
                policy.twoPeople.contains(request.act.power) || request.overrides
            else { return [] }
            let broken = covered.map {
                content.kept.desk.breakGlass(request, on: $0.name, at: now)
            }
            // On a full disk it counts in memory, and is written with the next look.
            save(&content)
            return broken
        }
        for glass in broken {
            stage.note(
                JournalDraft(
                    kind: .act, act: "break_glass", model: glass.model, by: request.actor.user,
                    from: request.actor.from, reason: request.reason,
                    effect: "\(glass.id): \(glass.by) does \(glass.act) alone, which two should "
                        + "do; somebody else has to review it"))
        }
        return broken.map(\.id)
    }

    /// The act was refused: nothing is broken.
    private func mend(_ ids: [String]) {
        guard !ids.isEmpty else { return }
        change { content in
            for id in ids { content.kept.desk.mend(id) }
            save(&content)
        }
    }
}
