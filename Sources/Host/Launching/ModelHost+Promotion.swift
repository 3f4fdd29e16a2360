import Engine
import Filtering
import Launching
import Monitoring
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// A launch's candidate becomes production: its settings are the model's, and the log is learned
/// anew by them, as the candidate learned it.
extension ModelHost {
    func promote(_ request: ActRequest) throws -> LaunchChange {
        let launch = try underWay()
        let terms = launch.terms
        guard let now = engine.clock.now, let stage = launch.entry.current?.place.stage else {
            throw ActRefusal("the candidate answers nobody: nothing is known of it")
        }
        guard terms.candidate != engine.settings.learner else {
            throw ActRefusal("the candidate's settings are production's already")
        }
        try freeze(request)
        if !request.overrides {
            guard stage == terms.stages.count - 1 else {
                throw ActRefusal(
                    "\(launch.entry.id) is at stage \(stage + 1) of \(terms.stages.count); who has "
                        + "that authority may say --override")
            }
            try checkCriteria(launch, at: now)
        }
        var exclusions = book
        for id in launch.entry.exclusions {
            exclusions.close(id, at: now)
            // What A served alone is learned from now on.
            if case .examples(let what)? = exclusions[id]?.exclusion.what, what.arm == .candidate {
                exclusions.undo(id)
            }
        }
        let plan = try plan(leavingOut: exclusions.active, by: terms.candidate)
        if !terms.candidate.features.isPlain, rawLog.start > 0 {
            throw ActRefusal(
                "production would learn other features of the whole log, and retention has removed "
                    + "the raw log's beginning")
        }
        let found = findings(of: launch)
        return LaunchChange(effect: promotionEffect(launch, plan)) { [self] in
            try learnAnew(by: plan, exclusions) { [self] in
                try take(
                    terms.candidate, of: launch.entry.id, by: request.actor, request.reason)
            }
            var launches = launchBook
            launches.end(
                LaunchBook.End(
                    at: clock.now(), by: request.actor.user,
                    text: "promoted: \(request.reason); \(found)"))
            try save(launches)
            self.launch = nil
            publishLaunch()
            // Who promotes approves of the design that follows.
            push.state.approvedDesign = design.digest.hex
            push.state.approvedBy = request.actor.user
            push.isChanged = true
            try writePush()
        }
    }

    private func promotionEffect(_ launch: LaunchDesk, _ plan: ExclusionPlan) -> ActEffect {
        var text =
            "\(launch.entry.id) is promoted: production learns by "
            + words(launch.terms.candidate, insteadOf: engine.settings.learner)
            + ", and \(FigureText.count(Int(plan.relearned))) examples anew"
        if launch.terms.isApart { text += ", those of A and B alike" }
        if let served = engine.serving?.checkpoint {
            text += "; until then \(served) goes on serving, then the new one ramps"
        }
        if engine.trainer.isHeld { text += "; TRAINING IS STOPPED, and goes on after a resume" }
        return ActEffect(
            model: name, act: "launch", changed: true, text: text + "; the launch is over",
            relearned: plan.relearned)
    }

    /// `alpha 0.1 (was 0.2)`.
    func words(_ mine: LearnerSettings, insteadOf others: LearnerSettings) -> String {
        var words: [String] = []
        for (name, value, other) in [
            ("alpha", mine.alpha, others.alpha), ("beta", mine.beta, others.beta),
            ("l1", mine.l1, others.l1), ("l2", mine.l2, others.l2),
        ] where value != other { words.append("\(name) \(value) (was \(other))") }
        if mine.bits != others.bits { words.append("bits \(mine.bits) (was \(others.bits))") }
        if mine.features != others.features {
            words.append("\(mine.features.text) (was \(others.features.text))")
        }
        return words.joined(separator: ", ")
    }

    /// Nothing between the settings and the going back may fail: a checkpoint by the old settings
    /// must not come behind the new ones.
    private func learnAnew(
        by plan: ExclusionPlan, _ exclusions: ExclusionBook, taking: () throws -> Void
    ) throws {
        let base = try loadedBase(of: plan)
        try taking()
        try engine.relearn(from: base?.loaded, leavingOut: plan.exclusions)
        try save(exclusions)
        if let base, base.report.verdict == .passed { try serve(base.loaded) }
        if engine.trainer.isHeld { try checkpoint() }
    }

    /// From now on these are the model's settings, whatever becomes of this process.
    func take(
        _ learner: LearnerSettings, of launch: LaunchID?, by actor: Actor, _ reason: String
    ) throws {
        var book = promotions
        book.add(
            PromotionBook.Entry(
                learner: learner, before: engine.settings.learner, declared: declaredLearner,
                madeAfter: engine.checkpointNumber, launch: launch, by: actor.user,
                reason: reason, since: clock.now()))
        try save(book)
        engine.learn(by: learner, of: launch)
    }

    /// The settings that a checkpoint was made by.
    func learner(of report: CheckpointReport) -> LearnerSettings {
        promotions.learner(
            ofCheckpoint: report.id.number, declared: engine.settings.learner)
    }

    /// What a rollback does to the settings: those of the checkpoint come back.
    func takeSettings(
        of report: CheckpointReport, by actor: Actor, _ reason: String
    ) throws {
        let learner = learner(of: report)
        guard learner != engine.settings.learner else { return }
        try take(
            learner, of: promotions.launch(ofCheckpoint: report.id.number), by: actor, reason)
    }
}
