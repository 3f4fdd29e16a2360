import Engine
import Filtering
import Launching
import Monitoring
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// What an act on a launch would change, made ready to be done.
struct LaunchChange {
    var effect: ActEffect
    /// Nil where there is nothing to be done.
    var perform: (() throws -> Void)?
}

extension ModelHost {
    /// Throws an `ActRefusal` that says why not. `rivals` are launches under way of other models.
    func launchChange(
        _ act: LaunchAct, _ request: ActRequest, rivals: [(group: String?, id: LaunchID)]
    ) throws -> LaunchChange {
        switch act {
        case .start: return try start(request, rivals)
        case .up: return try goUp(request)
        case .down: return try goDown(request)
        case .promote: return try promote(request)
        case .end: return try endLaunch(request)
        }
    }

    func underWay() throws -> LaunchDesk {
        guard let launch else {
            throw ActRefusal("no launch of \(name) is under way")
        }
        return launch
    }

    private func effect(_ text: String, changed: Bool = true) -> ActEffect {
        ActEffect(model: name, act: "launch", changed: changed, text: text)
    }

    // MARK: start

    private func start(
        _ request: ActRequest, _ rivals: [(group: String?, id: LaunchID)]
    ) throws -> LaunchChange {
        guard let terms = engine.settings.launch else {
            throw ActRefusal("models.\(name).launch declares no launch")
        }
        guard declaredLearner == engine.settings.learner else {
            throw ActRefusal(
                "the candidate is declared as what differs from models.\(name).learner, and that "
                    + "is not what was promoted: write there "
                    + words(engine.settings.learner, insteadOf: declaredLearner))
        }
        if let current = launchBook.current {
            throw ActRefusal("\(current.id) is under way; end it first")
        }
        if let group = terms.group, let rival = rivals.first(where: { $0.group == group }) {
            throw ActRefusal("\(rival.id) of the same group, \(group), is under way")
        }
        try freeze(request)
        guard let now = engine.clock.next else {
            throw ActRefusal("no example has come yet: there is no traffic to be shared")
        }
        guard let stable = desk.current.stable else {
            throw ActRefusal("no checkpoint of \(name) has passed: there is no production yet")
        }
        let isolated = kept(apart: terms)
        var book = book
        var exclusions: [ExclusionID] = []
        for arm in isolated {
            let exclusion = Exclusion(
                id: book.nextID(of: name),
                what: .examples(ExampleSelection(from: now, to: .latest, arm: arm)))
            book.add(
                exclusion, by: request.actor, reason: "the launch keeps \(arm)'s traffic apart",
                at: clock.now())
            exclusions.append(exclusion.id)
        }
        let entry = LaunchBook.Entry(
            id: launchBook.nextID(of: name), terms: terms, by: request.actor.user,
            reason: request.reason, since: clock.now(), begun: now,
            stopped: terms.arm(of: .stopped) == nil ? nil : stable.checkpoint,
            exclusions: exclusions, aging: aging(for: terms))
        return LaunchChange(effect: effect(words(of: entry, isolated))) { [self] in
            // What no arm has served yet nobody has learned: the trainer only has to know.
            try save(book)
            engine.leaveOut(book.active)
            var launches = launchBook
            launches.begin(entry)
            try save(launches)
            try ArmFolder(folder: modelFolder + "/arms", disk: disk).clear()
            launchFault = nil
            try openLaunch()
        }
    }

    /// What earlier launches say of a stopped baseline; nil where there is none, or none did.
    private func aging(for terms: LaunchTerms) -> [LaunchBook.Aging]? {
        guard terms.arm(of: .stopped) != nil else { return nil }
        let known = launchBook.aging(of: terms.metrics, settings: engine.settings.learner)
        return known.isEmpty ? nil : known
    }

    /// Arms whose traffic production does not learn.
    private func kept(apart terms: LaunchTerms) -> [ArmName] {
        let teachers = terms.teachers(of: .production)
        return ([.candidate] + terms.baselines.map(\.arm)).filter { !teachers.contains($0) }
    }

    private func words(of entry: LaunchBook.Entry, _ isolated: [ArmName]) -> String {
        let terms = entry.terms
        let baselines = terms.baselines.map { baseline in
            "\(baseline.arm), a \(baseline.design.kind(since: entry.begun).name), "
                + FigureText.percent(baseline.share)
        }
        var text =
            "\(entry.id) begins: A learns \(FigureText.count(Int(engine.trainingCount))) examples, "
            + "then answers \(FigureText.percent(terms.stages[0].share)) of the units, "
            + baselines.joined(separator: ", ")
        if !isolated.isEmpty {
            let names = isolated.map(\.text).joined(separator: ", ")
            text += "; production does not learn from \(names)"
        }
        for aging in entry.aging ?? [] {
            text +=
                "; of \(aging.metric), what a stopped trainer loses by its age is known from "
                + "\(aging.launch), up to \(FigureText.text(aging.curve.measuredHours)) h"
        }
        if let least = detectable(terms) { text += "; \(least)" }
        return text
    }

    /// What the first stage can find within its least time, from a day's traffic.
    private func detectable(_ terms: LaunchTerms) -> String? {
        let day = engine.history.recent(.hours(24))
        guard let metric = terms.metrics.first(where: { $0.kind == .binary }), day.weight > 0,
            day.labels > 0, day.trained >= 100, let shares = terms.shares(atStage: 0),
            let baseline = terms.baselines.first
        else { return nil }
        let rate = day.labels / day.weight
        let exposures = day.trained * terms.stages[0].leastTime.seconds / 86_400
        let effect = DetectableEffect.atOneLook(
            variance: rate * (1 - rate), exposures: exposures,
            share: shares.share(of: .candidate), otherShare: baseline.share)
        guard effect.isFinite else { return nil }
        return "of \(metric.name), stage 1 can find A - \(baseline.arm) of "
            + "\(FigureText.percent(effect / rate)) within \(terms.stages[0].leastTime.text)"
    }

    /// A launch neither begins nor goes up while something is wrong.
    func freeze(_ request: ActRequest) throws {
        guard !request.overrides else { return }
        if incidentSince != nil { throw ActRefusal("frozen: an incident is open") }
        if engine.trainer.isHeld { throw ActRefusal("frozen: training is stopped") }
    }

    // MARK: up and down

    private func goUp(_ request: ActRequest) throws -> LaunchChange {
        let launch = try underWay()
        guard let now = engine.clock.now, let current = launch.entry.current else {
            throw ActRefusal("the candidate has not caught up yet")
        }
        let next = current.place.stage.map { $0 + 1 } ?? 0
        guard next < launch.terms.stages.count else {
            throw ActRefusal("\(launch.entry.id) is at its last stage; promote it, or end it")
        }
        try freeze(request)
        if !request.overrides { try checkCriteria(launch, at: now) }
        return change(launch, to: .stage(next), request)
    }

    /// Throws an `ActRefusal` that says what the launch has not shown.
    func checkCriteria(_ launch: LaunchDesk, at now: Instant) throws {
        let isServed = launch.entry.current?.place.stage != nil
        let missing = launchCriteria(launch, at: now).filter { criterion in
            criterion.state != .met
                && (isServed || ["cursors", "quiet", "golden set"].contains(criterion.name))
        }
        guard let first = missing.first else { return }
        throw ActRefusal(
            "\(first.name) is \(first.state.rawValue): \(first.text)"
                + (missing.count > 1 ? "; and \(missing.count - 1) more" : "")
                + "; who has that authority may say --override")
    }

    private func goDown(_ request: ActRequest) throws -> LaunchChange {
        let launch = try underWay()
        guard let stage = launch.entry.current?.place.stage else {
            return LaunchChange(
                effect: effect("the candidate answers nobody already", changed: false))
        }
        let below = stage > 0 ? LaunchBook.Place.stage(stage - 1) : .nobody
        return change(launch, to: below, request)
    }

    private func change(
        _ launch: LaunchDesk, to place: LaunchBook.Place, _ request: ActRequest
    ) -> LaunchChange {
        let step = LaunchBook.Step(
            place: place, at: nextStep(of: launch), since: clock.now(),
            by: request.actor.user, reason: request.reason)
        let text = "\(launch.entry.id): \(launch.words(of: step)), from the next request on"
        return LaunchChange(effect: effect(text)) { [self] in try enter(step) }
    }

    // MARK: end

    /// What a launch says of each metric now.
    func findings(of launch: LaunchDesk) -> String {
        let verdicts = launch.course?.readings.first?.metrics.map { metric in
            "\(metric.metric.name): \(metric.verdict.text)"
        }
        return verdicts?.joined(separator: "; ") ?? "nothing was counted"
    }

    private func endLaunch(_ request: ActRequest) throws -> LaunchChange {
        let launch = try underWay()
        let found = findings(of: launch)
        let text = "\(launch.entry.id) is over, production answers all; \(found)"
        return LaunchChange(effect: effect(text)) { [self] in
            let end = engine.clock.next ?? launch.entry.begun
            var book = book
            // What the arms served stays left out; what is served from here on is production's.
            for id in launch.entry.exclusions { book.close(id, at: end) }
            try save(book)
            engine.leaveOut(book.active)
            var launches = launchBook
            launches.end(
                LaunchBook.End(
                    at: clock.now(), by: request.actor.user, text: "\(request.reason); \(found)",
                    aging: launch.measuredAging))
            try save(launches)
            self.launch = nil
            publishLaunch()
        }
    }
}

extension Acts {
    static func launch(
        _ request: ActRequest, _ act: LaunchAct, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let changes = try models.map { model in
            try model.settle(isDurable: true)
            model.incidentSince = state.authority.incidentSince(of: model.name)
            let rivals = state.models.filter { $0.name != model.name }.compactMap { other in
                other.launchBook.current.map { ($0.terms.group, $0.id) }
            }
            return try model.launchChange(act, request, rivals: rivals)
        }
        let effects = changes.map(\.effect)
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects.filter(\.changed), request, state)
        for change in changes { try change.perform?() }
        return .done(effects)
    }
}
