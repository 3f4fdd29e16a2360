import Engine
import Launching
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// Acts on what serves: the fallback, the hold of pushes, the approval of a launch, and the faults
/// that are injected on purpose.
extension Acts {
    /// Turns to a fallback, or back; needs no engine, and no disk: what cannot be written is said.
    ///
    /// `keep` is handed what the journal could not take.
    static func switchFallback(
        _ request: ActRequest, isOn: Bool, tier: ServingTier?, desk: ServingDesk,
        journal: any JournalBook, keep: ((JournalDraft) -> Void)? = nil
    ) -> ActOutcome {
        let desks = desk.models.filter { request.scope.covers($0.model) }
        guard !desks.isEmpty else { return .refused("there is no such model") }
        guard request.isDryRun || !request.reason.allSatisfy(\.isWhitespace) else {
            return .refused("an act needs a reason")
        }
        let now = WallClock.now()
        var switches: [FallbackSwitch?] = []
        for desk in desks {
            let chosen = tier ?? desk.simplestReady
            if isOn, let fault = desk.objection(to: chosen) {
                return .refused("\(desk.model) has no \(chosen.rawValue) to answer: \(fault)")
            }
            switches.append(
                isOn
                    ? FallbackSwitch(
                        tier: chosen, by: request.actor.user, from: request.actor.from,
                        reason: request.reason, since: now) : nil)
        }
        var effects = zip(desks, switches).map { desk, new in
            effect(of: new, on: desk, isDryRun: request.isDryRun)
        }
        if request.isDryRun { return .wouldDo(effects) }
        for (index, desk) in desks.enumerated() where effects[index].changed {
            effects[index].text += perform(
                request, effects[index], switches[index], on: desk, journal, keep)
        }
        return .done(effects)
    }

    /// Journal, then the switch, then its file. Gives what could not be written, in words.
    private static func perform(
        _ request: ActRequest, _ effect: ActEffect, _ new: FallbackSwitch?, on desk: ModelDesk,
        _ journal: any JournalBook, _ keep: ((JournalDraft) -> Void)?
    ) -> String {
        var lacking = note(effect, request, journal, keep)
        desk.turn(new)
        do {
            try desk.keepSwitch()
        } catch {
            lacking += "; it would not outlive this process: \(error)"
        }
        return lacking
    }

    private static func effect(
        of new: FallbackSwitch?, on desk: ModelDesk, isDryRun: Bool
    ) -> ActEffect {
        let would = isDryRun ? "would answer" : "answers"
        let isSame = desk.switched?.tier == new?.tier
        var text: String
        if let new {
            text =
                isSame
                ? "\(desk.model) is on \(ModelHost.words(new.tier)) already"
                : "\(ModelHost.words(new.tier)) of \(desk.model) \(would) from the next request on"
        } else {
            text =
                isSame
                ? "\(desk.model) was not switched to a fallback"
                : "\(desk.model)'s own checkpoints \(isDryRun ? "would answer" : "answer") again "
                    + "from the next request on"
        }
        if let new, !isSame, new.tier > .lastGood { text += "; training goes on" }
        return ActEffect(model: desk.model, act: "fallback", changed: !isSame, text: text)
    }

    static func hold(
        _ request: ActRequest, isOn: Bool, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let effects = models.map { model in
            let isHeld = model.push.state.hold != nil
            let onItsWay = model.push.candidate.map { "\($0.id) stays where it is" }
            var text = "\(model.name): " + (onItsWay ?? "no candidate begins")
            if !isOn { text = "\(model.name): candidates go on" }
            if isHeld == isOn { text = "\(model.name) was \(isOn ? "held already" : "not held")" }
            return ActEffect(
                model: model.name, act: "hold", changed: isHeld != isOn, text: text,
                checkpoint: model.push.candidate?.id)
        }
        return try change(effects, request, models, state) { model in
            model.push.state.hold =
                isOn
                ? HoldReport(
                    by: request.actor.user, reason: request.reason, since: WallClock.now()) : nil
        }
    }

    /// Journals an act on pushes, does it where it changes something, and writes that down.
    private static func change(
        _ effects: [ActEffect], _ request: ActRequest, _ models: [ModelHost],
        _ state: StateFolder, _ body: (ModelHost) -> Void
    ) throws -> ActOutcome {
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects, request, state)
        for (model, effect) in zip(models, effects) where effect.changed {
            body(model)
            model.push.isChanged = true
            try model.writePush()
        }
        return .done(effects)
    }

    static func approve(
        _ request: ActRequest, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let effects = try models.map { model in
            guard let waiting = model.push.waiting, !waiting.push.launch.isEmpty else {
                throw ActRefusal("\(model.name) has no launch that waits for an approval")
            }
            let words = waiting.push.launch.joined(separator: "; ")
            return ActEffect(
                model: model.name, act: "approve", changed: true,
                text: "the launch of \(waiting.id) may begin: \(words)", checkpoint: waiting.id)
        }
        return try change(effects, request, models, state) { model in
            model.push.state.approvedDesign = model.design.digest.hex
            model.push.state.approvedBy = request.actor.user
            model.push.waiting?.push.approvedBy = request.actor.user
        }
    }

    static func makeGolden(
        _ request: ActRequest, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let made = try models.map { model in
            try model.settle(isDurable: true)
            let rows = try model.labelledPool()
            if let objection = model.objection(toGolden: rows) {
                throw ActRefusal("\(model.name): \(objection)")
            }
            return (model, rows)
        }
        let effects = made.map { model, rows in
            let chosen = rows.lines.prefix(GoldenFolder.Limits.rowCount)
            return ActEffect(
                model: model.name, act: "golden", changed: true,
                text: "\(model.name) gets a golden set of \(chosen.count) examples with "
                    + "\(chosen.count { $0.label >= 0.5 }) positives; the fallback is made anew",
                examples: UInt64(chosen.count))
        }
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects, request, state)
        for (model, rows) in made { try model.remakeGolden(from: rows, by: request.actor.user) }
        return .done(effects)
    }

    static func push(
        _ request: ActRequest, _ id: CheckpointID, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        guard let model = models.first(where: { $0.name == id.model }),
            let report = model.checkpoints.first(where: { $0.id == id })
        else { throw ActRefusal("there is no checkpoint \(id)") }
        guard report.verdict == .passed else {
            throw ActRefusal(
                "\(id) is \(report.verdict.rawValue): \(report.reasons.joined(separator: "; "))")
        }
        if let fault = model.folder.verify(report) { throw ActRefusal(fault) }
        let effect = ActEffect(
            model: model.name, act: "push", changed: true,
            text:
                "\(id) answers all requests at once, without a ramp, "
                + "in place of \(model.servingName)",
            checkpoint: id)
        if request.isDryRun { return .wouldDo([effect]) }
        try journal([effect], request, state)
        try model.serve(try model.folder.load(id).checkpoint)
        return .done([effect])
    }

    static func inject(
        _ request: ActRequest, _ fault: FaultName, isOn: Bool, _ models: [ModelHost],
        _ state: StateFolder
    ) throws -> ActOutcome {
        guard state.configuration.allowsFaults else {
            throw ActRefusal("faults are injected only where the configuration says faults = true")
        }
        let effects = models.map { model in
            let has =
                switch fault {
                case .nanStep: model.engine.trainer.isStepSpoiled
                case .trainingHang: model.engine.trainer.isHung
                default: model.push.state.faults.contains(fault)
                }
            let target = fault.part == .training ? "example" : "candidate"
            return ActEffect(
                model: model.name, act: "inject", changed: has != isOn,
                text: isOn
                    ? "\(model.name): \(fault.rawValue) for the next \(target)"
                    : "\(model.name): no \(fault.rawValue)")
        }
        return try change(effects, request, models, state) { model in
            switch fault {
            case .nanStep: model.engine.trainer.isStepSpoiled = isOn
            case .trainingHang: model.engine.trainer.isHung = isOn
            default:
                model.push.state.faults.removeAll { $0 == fault }
                if isOn { model.push.state.faults.append(fault) }
            }
        }
    }
}

extension ModelDesk {
    /// Why a tier cannot answer; nil if it can.
    func objection(to tier: ServingTier) -> String? {
        if let fault = faults[tier] { return fault }
        let plan = current
        return switch tier {
        case .model, .constant: nil
        case .lastGood: plan.lastGood == nil ? "no checkpoint served before this one" : nil
        case .table: plan.table == nil ? "no table was made" : nil
        }
    }
}
