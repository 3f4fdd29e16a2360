import Checkpointing
import Engine
import Launching
import Learning
import Monitoring
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// How a checkpoint that passed its validation comes to traffic: at once where nothing asks this
/// process for predictions, otherwise by a ramp, stage by stage, each judged.
extension ModelHost {
    /// Event time between two looks at a ramp.
    private static let stepInterval = Span.seconds(10)

    /// A checkpoint has passed: it serves at once, or waits for its turn. A newer one takes the
    /// place of one that waits.
    func offer(_ loaded: LoadedCheckpoint) throws {
        guard ramps else { return try serve(loaded) }
        if let older = push.waiting {
            settlePush(of: older, .superseded, "superseded by \(loaded.manifest.id)")
        }
        var candidate = ServedCandidate(
            model: loaded.served,
            push: PushReport(outcome: .waiting, since: engine.clock.now, text: "validated"))
        if case .launch(let words) = change { candidate.push.launch = words }
        push.waiting = candidate
        push.state.waiting = candidate.id
        notePush(of: candidate.id)
    }

    /// One look at what serves and what is on its way; on the engine's thread, between records.
    func advancePush() throws {
        gatherArms()
        desk.note(streamTime: engine.clock.now)
        if let now = engine.clock.now, now >= push.lastStep + Self.stepInterval {
            push.lastStep = now
            readBack()
            if push.candidate != nil {
                stepRamp(at: now)
            } else if let waiting = push.waiting {
                beginRamp(waiting, at: now)
            }
            rescoreGolden(at: now)
            stateConditions(at: now)
        }
        advanceProbe()
        try writePush()
    }

    // MARK: the ramp

    private func beginRamp(_ waiting: ServedCandidate, at now: Instant) {
        if let reason = obstacle(at: now) {
            push.text = reason
            return
        }
        var candidate = waiting
        // Not before: one that waits may be superseded.
        takeFaults(for: &candidate)
        push.state.ramp = Ramp(
            candidate: candidate.id, settings: rampSettings,
            hasControl: desk.current.stable != nil, at: now)
        push.state.pacing.note(at: now)
        candidate.push.outcome = .ramping
        candidate.push.since = now
        (push.waiting, push.state.waiting) = (nil, nil)
        push.candidate = candidate
        showCanary(at: now)
        record(candidate.id, "begins at \(FigureText.percent(rampSettings.stages[0].share))")
    }

    /// Why a candidate may not begin; nil if it may.
    private func obstacle(at now: Instant) -> String? {
        if engine.trainer.isHeld { return "pushes are frozen by a stop" }
        if let hold = push.state.hold { return "held by \(hold.by): \(hold.reason)" }
        if push.state.faults.contains(.pushBlock) { return "push-block was injected" }
        if desk.current.firstTier != .model { return "a fallback answers, so there is no traffic" }
        let launch = unapprovedLaunch
        if !launch.isEmpty { return "LAUNCH REQUIRED: " + launch.joined(separator: "; ") }
        return push.state.pacing.objection(at: now)
    }

    /// What makes the waiting candidate a launch, as long as nobody has approved it; else nothing.
    var unapprovedLaunch: [String] {
        guard let launch = push.waiting?.push.launch, !launch.isEmpty,
            push.state.approvedDesign != design.digest.hex
        else { return [] }
        return launch
    }

    private func stepRamp(at now: Instant) {
        guard var ramp = push.state.ramp, let candidate = push.candidate else { return }
        if desk.current.firstTier != .model {
            // Nobody asks the canary: it is not its fault, and its stage begins anew.
            ramp.restartStage(at: now)
            push.state.ramp = ramp
            push.restartArms(at: now)
            push.text = "a fallback answers, so there is no traffic"
            return
        }
        let stage = ramp.stage
        let since = ramp.stageSince
        let decision = ramp.step(
            at: now, canary: push.canaryArm, control: ramp.hasControl ? push.controlArm : nil,
            isHeld: engine.trainer.isHeld || push.state.hold != nil)
        push.state.ramp = ramp
        func close(_ text: String) {
            push.candidate?.push.stages.append(
                PushReport.Stage(
                    share: stage.share, since: since, until: now,
                    samples: push.canaryArm.scores.count, text: text))
        }
        switch decision {
        case .wait(let text): push.text = text
        case .advance(let next):
            close(ramp.judgement?.reason ?? "")
            showCanary(at: now)
            record(
                candidate.id,
                "goes from \(FigureText.percent(stage.share)) to "
                    + "\(FigureText.percent(ramp.settings.stages[next].share)): "
                    + (ramp.judgement?.reason ?? ""))
        case .complete:
            close(ramp.judgement?.reason ?? "")
            complete(at: now)
        case .giveUp(let reason):
            close(reason)
            giveUp(reason)
        }
    }

    /// Gives the candidate its stage's share, with new statistics of both arms.
    private func showCanary(at now: Instant) {
        guard let ramp = push.state.ramp, let candidate = push.candidate else { return }
        let canary = Canary(
            model: candidate.model, share: ramp.stage.share, stage: ramp.stageIndex,
            fault: candidate.fault)
        desk.change { $0.canary = canary }
        // What was served before is not this stage's.
        _ = desk.takeSamples()
        push.restartArms(at: now)
        push.text = ""
        push.isChanged = true
    }

    private func complete(at now: Instant) {
        guard let candidate = push.candidate else { return }
        if candidate.isNoop {
            desk.change { $0.canary = nil }
        } else {
            install(candidate.model)
        }
        guard desk.current.stable?.checkpoint == candidate.id else {
            let text = mismatch(pushed: candidate.id)
            push.mismatch = text
            return giveUp(text)
        }
        push.mismatch = nil
        push.returned = nil
        settlePush(of: candidate, .live, "live since \(now.rfc3339)")
        endRamp()
        record(candidate.id, "has all of the traffic; read back: it is what serves")
    }

    /// Takes the traffic back: what served before goes on alone.
    private func giveUp(_ reason: String) {
        guard let candidate = push.candidate else { return }
        settlePush(of: candidate, .returned, reason)
        endRamp()
        push.returned = "\(candidate.id) was taken back: \(reason)"
        record(candidate.id, "is taken back, \(servingName) serves: \(reason)")
    }

    private func endRamp() {
        desk.change { $0.canary = nil }
        push.state.ramp = nil
        push.candidate = nil
        push.text = ""
        push.isChanged = true
    }

    /// An operator's act ends what is on its way.
    func cancelPush(_ reason: String) {
        if let candidate = push.candidate {
            settlePush(of: candidate, .superseded, reason)
            endRamp()
            record(candidate.id, "is taken back: \(reason)")
        }
        if let waiting = push.waiting {
            settlePush(of: waiting, .superseded, reason)
            (push.waiting, push.state.waiting) = (nil, nil)
        }
    }

    // MARK: what serves

    /// From now on this answers all that no canary does; what served before is the last good.
    func install(_ model: ServedModel) {
        desk.change { $0.install(model) }
        engine.serve(model)
        push.state.stable = model.checkpoint
        push.state.lastGood = desk.current.lastGood?.checkpoint
        push.state.design = design
        push.isChanged = true
    }

    /// Whether what serves is what was pushed last.
    private func readBack() {
        guard desk.current.stable?.checkpoint != push.state.stable else { return }
        push.mismatch = mismatch(pushed: push.state.stable)
    }

    private func mismatch(pushed: CheckpointID?) -> String {
        "serving is not what was pushed: \(pushed?.description ?? "nothing") was pushed, "
            + "\(servingName) serves"
    }

    /// What answers all that no canary does, in words.
    var servingName: String { desk.current.stable?.checkpoint.description ?? "the fallback" }

    private func gatherArms() {
        let samples = desk.takeSamples()
        let outcomes = engine.takeOutcomes()
        guard let candidate = push.candidate else { return }
        for sample in samples where sample.isProductions {
            push.changeArm(isCanarys: sample.isCanarys) { arm in
                switch sample.failedScore {
                case nil: arm.add(score: sample.probability, key: sample.key)
                case .some(let score) where score.isNaN: arm.add(score: .nan, key: sample.key)
                case .some: arm.addError()
                }
            }
        }
        for outcome in outcomes {
            let isCanarys = outcome.checkpoint == candidate.id
            guard isCanarys || outcome.checkpoint == push.state.stable else { continue }
            push.changeArm(isCanarys: isCanarys) { arm in
                arm.addLabel(
                    prediction: outcome.probability, label: outcome.label,
                    servedAt: outcome.servedAt)
            }
        }
    }

    // MARK: design

    /// What a model is made of, besides its weights.
    var design: ModelDesign {
        let settings = engine.settings
        let learner = settings.learner
        return ModelDesign(
            architecture: "ftrl, 2^\(learner.bits) slots",
            hyperparameters: "alpha \(learner.alpha)\nbeta \(learner.beta)\nl1 \(learner.l1)\n"
                + "l2 \(learner.l2)",
            features: (settings.rules.map { "\($0)" }
                + (learner.features.isPlain ? [] : [learner.features.text]))
                .joined(separator: "\n"),
            labels: "wait \(settings.wait?.text ?? "none")", build: spindleVersion)
    }

    /// Whether a candidate of now is an update of what serves, or a launch.
    private var change: ChangeKind {
        guard let stable = push.state.design else { return .update }
        return ChangeKind(from: stable, to: design)
    }

    private func takeFaults(for candidate: inout ServedCandidate) {
        candidate.fault = push.state.faults.first { $0.part == .canary }
        candidate.isNoop = push.state.faults.contains(.pushNoop)
        push.state.faults.removeAll { $0 == candidate.fault || $0 == .pushNoop }
    }
}
