import Engine
import Operation
import Synchronization
import Vocabulary
import World

/// What operators may do, done in one place: for the engine's thread, for the control socket and
/// for commands on a state directory that no engine runs on.
package enum Acts {
    /// Checks an act, journals it and does it; or says what it would do.
    package static func perform(_ request: ActRequest, on state: StateFolder) -> ActOutcome {
        do {
            let models = state.models.filter { request.scope.covers($0.name) }
            guard !models.isEmpty else {
                throw ActRefusal("there is no such model; known: " + names(of: state))
            }
            guard request.isDryRun || !request.reason.allSatisfy(\.isWhitespace) else {
                throw ActRefusal("an act needs a reason")
            }
            switch request.act {
            case .stop: return try stop(request, models, state)
            case .resume: return try resume(request, models, state)
            case .rollback(let target, let keepsCursor):
                return try rollBack(request, target, keepsCursor, models, state)
            case .purge(let order): return try purge(request, order, models, state)
            case .rideThrough(let order): return try ride(request, order, models, state)
            case .launch(let act): return try launch(request, act, models, state)
            case .release(let sequences):
                return try release(request, sequences, models, state)
            case .pin(let id, let isPinned): return try pin(request, id, isPinned, models, state)
            case .build: throw ActRefusal("only an engine that runs can hand over to a build")
            case .fallback(let isOn, let tier):
                return switchFallback(
                    request, isOn: isOn, tier: tier, desk: state.desk, journal: state.journal)
            case .hold(let isOn): return try hold(request, isOn: isOn, models, state)
            case .approve: return try approve(request, models, state)
            case .makeGolden: return try makeGolden(request, models, state)
            case .push(let id): return try push(request, id, models, state)
            case .event(let order): return try changeCalendar(request, order, models, state)
            case .note(let order): return try write(request, order, models, state)
            case .incident, .countersign, .review, .reloadPolicy:
                throw ActRefusal("\(request.act.name) is done by the authority, not by an engine")
            case .acknowledge, .silence:
                return changePaging(
                    request, models: state.models.map(\.name), book: state.paging,
                    journal: state.journal)
            case .inject(let fault, let isOn):
                return try inject(request, fault, isOn: isOn, models, state)
            }
        } catch {
            return .refused("\(error)")
        }
    }

    /// The same on a state directory that no engine runs on: what an engine would go on with is
    /// done before this returns, unless it is interrupted.
    package static func performAtRest(
        _ request: ActRequest, on state: StateFolder, _ course: ActCourse = ActCourse()
    ) throws -> ActOutcome {
        for model in state.models { model.course = course }
        let came = Mutex<ActOutcome?>(nil)
        let journal = state.journal
        let unwritten = Mutex<(any Error)?>(nil)
        // All of it happens here and now, on this thread.
        nonisolated(unsafe) let state = state
        let stage = Authority.Stage(
            look: { snapshotAtRest(state) },
            note: { draft in
                do {
                    try journal.append(draft)
                } catch {
                    unwritten.withLock { $0 = error }
                }
            }, perform: { request, answer in answer(performPlainly(request, on: state)) })
        state.authority.conduct(request, on: stage) { outcome in came.withLock { $0 = outcome } }
        if let fault = unwritten.withLock({ $0 }) { throw fault }
        return came.withLock { $0 } ?? .refused("there was no answer")
    }

    private static func performPlainly(
        _ request: ActRequest, on state: StateFolder
    ) -> ActOutcome {
        let outcome = perform(request, on: state)
        guard case .done = outcome, case .purge = request.act else { return outcome }
        do {
            for model in state.models where request.scope.covers(model.name) {
                try model.finishPurge()
            }
        } catch {
            return .refused("the purge is in force, but could not be finished: \(error)")
        }
        return outcome.adding(to: state.models) { model in
            guard model.engine.wantsCatchUp else { return "" }
            return "; INTERRUPTED before it had caught up: it is in force, and an engine, or the "
                + "same act again, goes on from here"
        }
    }

    /// A stop where the state directory cannot be opened, on a full disk for instance: the latch
    /// alone, which needs no space. The next start writes the journal's entry.
    package static func stopLatchOnly(
        _ request: ActRequest, in path: String, models: [ModelName], world: HostWorld,
        because fault: any Error
    ) throws -> ActOutcome {
        let latch = try Latch(path + "/latch", models: models, world: world)
        let changed = latch.hold(
            request.scope, by: request.actor, reason: request.reason, at: world.clock.now())
        try latch.save()
        let stopped = latch.models(in: request.scope)
        guard !stopped.isEmpty else {
            return .refused(
                "there is no such model; known: "
                    + models.map(\.text).joined(separator: ", "))
        }
        return .done(
            stopped.map { model in
                let isNew = changed.contains(model)
                return ActEffect(
                    model: model, act: "stop", changed: isNew,
                    text: isNew
                        ? "\(model) is stopped for the next start, whose journal will say so; now: "
                            + "\(fault)"
                        : "\(model) was stopped already")
            })
    }

    /// A stop beside an engine that does not answer: a file that it takes before it trains on, or
    /// at its next start.
    package static func stopBeside(
        _ request: ActRequest, in path: String, models: [ModelName], disk: any Disk,
        because fault: any Error
    ) throws -> ActOutcome {
        let named = models.filter { request.scope.covers($0) }
        guard !named.isEmpty else {
            let known = models.map(\.text).joined(separator: ", ")
            return .refused("there is no such model; known: \(known)")
        }
        let file = OutsideStops.path(in: path, request.scope)
        let effects = named.map { model in
            ActEffect(
                model: model, act: "stop", changed: true,
                text: "\(model) \(request.isDryRun ? "would be" : "is") stopped by \(file): the "
                    + "engine does not answer (\(fault)), and takes it before it trains on, or at "
                    + "its next start; its journal follows")
        }
        if request.isDryRun { return .wouldDo(effects) }
        try OutsideStops.make(in: path, request.scope, reason: request.reason, disk: disk)
        return .done(effects)
    }

    /// What the journal lacks of stops that the latch holds.
    static func missingStops(_ latch: Latch, _ journal: any JournalBook) throws -> [JournalDraft] {
        let held = latch.models(in: .all).filter { latch.hold(of: $0) != nil }
        guard !held.isEmpty else { return [] }
        let entries = try journal.tail(10_000)
        return held.compactMap { model in
            guard let hold = latch.hold(of: model) else { return nil }
            let isKnown = entries.contains { entry in
                entry.model == model && entry.kind == .act && entry.act != "refuse"
                    && entry.ts >= hold.since - .seconds(2)
            }
            guard !isKnown else { return nil }
            return JournalDraft(
                kind: .act, act: "stop", model: model, by: hold.by, from: hold.from,
                reason: hold.reason,
                effect: "training of \(model) was stopped at \(hold.since.rfc3339), when the "
                    + "journal could not be written")
        }
    }

    /// The second half of a stop: the latch goes to disk, then the journal.
    ///
    /// The latch needs no space; the journal may. What it cannot take is handed to `keep`, which
    /// writes it later; without one, the stop holds all the same, and the answer says so.
    static func recordStop(
        _ changed: [ModelName], _ scope: ActScope, _ actor: Actor, reason: String, latch: Latch,
        journal: any JournalBook, keep: ((JournalDraft) -> Void)? = nil
    ) -> ActOutcome {
        let models = latch.models(in: scope)
        guard !models.isEmpty else {
            let known = latch.models(in: .all).map(\.text).joined(separator: ", ")
            return .refused("there is no such model; known: \(known)")
        }
        do {
            try latch.save()
        } catch {
            return .refused(
                "training is stopped in this process, but the latch could not be written: \(error)")
        }
        var effects: [ActEffect] = []
        for model in models {
            guard changed.contains(model) else {
                // One record of a stop, however often it is asked for.
                let by = latch.hold(of: model).map {
                    " by \($0.by) at \($0.since.rfc3339): \($0.reason)"
                }
                effects.append(
                    ActEffect(
                        model: model, act: "stop", changed: false,
                        text: "\(model) was stopped already\(by ?? "")"))
                continue
            }
            var text = "training of \(model) stopped and its pushes are frozen"
            let draft = JournalDraft(
                kind: .act, act: "stop", model: model, by: actor.user, from: actor.from,
                reason: reason, effect: text)
            do {
                try journal.append(draft)
            } catch {
                guard let keep else {
                    return .refused(
                        "training is stopped and latched, but the journal could not be written: "
                            + "\(error)")
                }
                keep(draft)
                text += "; the journal follows as soon as it can be written: \(error)"
            }
            effects.append(ActEffect(model: model, act: "stop", changed: true, text: text))
        }
        return .done(effects)
    }

    private static func stop(
        _ request: ActRequest, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        if request.isDryRun {
            return .wouldDo(
                models.map { model in
                    let isHeld = state.latch.hold(of: model.name) != nil
                    return ActEffect(
                        model: model.name, act: "stop", changed: !isHeld,
                        text: isHeld
                            ? "\(model.name) is stopped already"
                            : "training of \(model.name) would stop at cursor "
                                + "\(model.engine.trainer.cursor.sequence), pushes would freeze")
                })
        }
        let changed = state.latch.hold(
            request.scope, by: request.actor, reason: request.reason, at: WallClock.now())
        return recordStop(
            changed, request.scope, request.actor, reason: request.reason, latch: state.latch,
            journal: state.journal)
    }

    private static func resume(
        _ request: ActRequest, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let effects = models.map { model in
            let isHeld = state.latch.hold(of: model.name) != nil
            let engine = model.engine
            let behind =
                engine.trainingCount - min(engine.trainingCount, engine.trainer.cursor.sequence)
            return ActEffect(
                model: model.name, act: "resume", changed: isHeld,
                text: isHeld
                    ? "\(model.name) trains again, \(behind) examples to catch up"
                    : "\(model.name) was not stopped",
                examples: isHeld ? behind : 0)
        }
        if let path = state.latch.stopFile(for: request.scope) {
            throw ActRefusal("\(path) is there: remove it first")
        }
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects, request, state)
        _ = try state.latch.release(request.scope, at: WallClock.now())
        return .done(effects)
    }

    private static func rollBack(
        _ request: ActRequest, _ target: RollbackTarget, _ keepsCursor: Bool,
        _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let plans = try models.map { model in
            try model.settle(isDurable: true)
            model.incidentSince = state.authority.incidentSince(of: model.name)
            let report = try model.target(of: target)
            try model.check(report, keepsCursor: keepsCursor)
            return (model, report)
        }
        let effects = plans.map { $0.0.rollbackEffect($0.1, keepsCursor: keepsCursor) }
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects, request, state)
        _ = state.latch.hold(
            request.scope, by: request.actor, reason: "rollback: " + request.reason,
            at: WallClock.now())
        try state.latch.save()
        for (model, report) in plans {
            try model.rollBack(to: report, keepsCursor: keepsCursor, request)
        }
        return .done(effects)
    }

    private static func purge(
        _ request: ActRequest, _ order: PurgeOrder, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let changes = try models.map { model in
            try model.settle(isDurable: true)
            return (model, try model.purgeChange(order, request))
        }
        let effects = changes.map(\.1.effect)
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects, request, state)
        for (model, change) in changes where change.effect.changed {
            try model.carryOut(change)
        }
        return .done(effects)
    }

    private static func ride(
        _ request: ActRequest, _ order: RideOrder, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        let changes = try models.map { model in
            try model.settle(isDurable: true)
            model.incidentSince = state.authority.incidentSince(of: model.name)
            return (model, try model.rideChange(order, request))
        }
        let effects = changes.map(\.1.effect)
        if request.isDryRun { return .wouldDo(effects) }
        try journal(effects.filter(\.changed), request, state)
        for (model, change) in changes {
            guard let book = change.book else { continue }
            try model.save(book)
            model.riddenGolden = nil
        }
        return .done(effects)
    }

    private static func pin(
        _ request: ActRequest, _ id: CheckpointID, _ isPinned: Bool, _ models: [ModelHost],
        _ state: StateFolder
    ) throws -> ActOutcome {
        guard let model = models.first(where: { $0.name == id.model }),
            let report = model.checkpoints.first(where: { $0.id == id })
        else { throw ActRefusal("there is no checkpoint \(id)") }
        let changed = report.pinned != isPinned
        let text =
            isPinned
            ? "\(id) is kept until it is unpinned" : "\(id) is kept as long as retention says"
        let effect = ActEffect(
            model: model.name, act: "pin", changed: changed,
            text: changed ? text : "nothing to do: " + text, checkpoint: id)
        if request.isDryRun { return .wouldDo([effect]) }
        try journal([effect], request, state)
        try model.folder.pin(id, isPinned)
        return .done([effect])
    }

    static func journal(
        _ effects: [ActEffect], _ request: ActRequest, _ state: StateFolder
    ) throws {
        for effect in effects {
            try state.journal.append(JournalDraft(request, effect))
        }
    }

    /// Journals what is done whether it can be journalled or not: what the journal cannot take
    /// is handed to `keep`. Gives what is lacking, in words.
    static func note(
        _ effect: ActEffect, _ request: ActRequest, _ journal: any JournalBook,
        _ keep: ((JournalDraft) -> Void)?
    ) -> String {
        let draft = JournalDraft(request, effect)
        do {
            try journal.append(draft)
            return ""
        } catch {
            keep?(draft)
            return "; the journal cannot be written: \(error)"
        }
    }

    private static func names(of state: StateFolder) -> String {
        state.models.map(\.name.text).joined(separator: ", ")
    }

    /// A snapshot around the reports of the models.
    package static func snapshot(
        of state: StateFolder, models: [ModelReport], pid: Int, startedAt: Instant,
        source: String
    ) -> Snapshot {
        let now = WallClock.now()
        var models = models
        for index in models.indices {
            let model = models[index]
            models[index].events = state.calendar.near(model.eventTime ?? now, of: model.name)
        }
        var tail: [JournalEntry] = []
        var source = source
        do {
            tail = try state.journal.tail(100)
        } catch {
            source += " (the journal cannot be read: \(error))"
        }
        return Snapshot(
            engine: EngineReport(
                pid: pid, version: spindleVersion,
                uptimeSeconds: pid == 0 ? 0 : (now - startedAt).seconds, stateDir: state.path,
                source: source, drill: state.world.drill),
            models: models, latched: state.latch.isAnyHeld, takenAt: now, journal: tail)
    }

    /// What a state directory says while no engine runs on it.
    package static func snapshotAtRest(_ state: StateFolder) -> Snapshot {
        let now = WallClock.now()
        let models = state.models.map { model in
            model.incidentSince = state.authority.incidentSince(of: model.name)
            var report = model.report(runningSince: now, examplesPerSecond: nil)
            if report.training.state != .stopped {
                report.training.state = .waiting
                report.training.reason = "no engine runs"
            }
            return report
        }
        var known = snapshot(
            of: state, models: models, pid: 0, startedAt: now, source: "no engine")
        // Only who has to look is asked for: that takes a search.
        if models.contains(where: { $0.lookEverySeconds != nil }) {
            known.engine.lastLook = state.lastLook
        }
        state.authority.overlay(&known)
        return known
    }
}

extension ActOutcome {
    /// The same with more words on what was done to models.
    func adding(to models: [ModelHost], _ words: (ModelHost) -> String) -> ActOutcome {
        guard case .done(var effects) = self else { return self }
        for index in effects.indices {
            guard let model = models.first(where: { $0.name == effects[index].model }) else {
                continue
            }
            effects[index].text += words(model)
        }
        return .done(effects)
    }
}
