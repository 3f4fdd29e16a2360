import Engine
import Foundation
import GRDB
import Monitoring
import Operation
import Synchronization
import Vocabulary
import World

/// The engine in this process: one thread that owns every model, feeds it, writes, learns and
/// publishes a snapshot; and what other threads may ask of it.
package final class EngineHost: Sendable {
    /// Counts and wall times.
    package enum Limits {
        /// Acts that wait for the engine's thread; beyond, they are refused.
        static let mailboxCountMax = 256
        static let snapshotInterval = Span(microseconds: 250_000)
        /// Between two attempts while something cannot be written.
        static let retryInterval = Span(microseconds: 500_000)
        static let finishAttemptMax = 4
    }

    private let path: String
    private let desk: ServingDesk
    private let latch: Latch
    private let journal: any JournalBook
    private let paging: PagingBook
    private let authority: Authority
    private let models: [ModelName]
    private let rehearsals: RehearsalDesk
    private let startedAt = WallClock.now()
    private let mailbox = Mutex<[Letter]>([])
    private let bell = DispatchSemaphore(value: 0)
    private let shouldEnd = Atomic<Bool>(false)
    package let watchers = Watchers()
    private let looks: LookBook
    private let published = Mutex<(snapshot: Snapshot, at: Span)?>(nil)
    private let trouble = Mutex<Trouble?>(nil)
    /// What the journal is still owed: stops that were latched while it could not be written.
    private let unwritten = Mutex<[JournalDraft]>([])
    private let onTrouble: @Sendable (String) -> Void
    /// Which build runs, and changes of it.
    package let builds: BuildDesk
    /// TCP addresses that requests are taken on.
    private let listens = Mutex<[String]>([])
    private let practice = Mutex<(@Sendable () throws -> ReadinessAnswer)?>(nil)
    private let redButtonQueue = DispatchQueue(label: "spindle.red-button", qos: .userInteractive)
    /// Where it is asked whether an act may be done: the red button waits for no other.
    private let socketIsShared = Atomic<Bool>(false)
    private let authorityQueue = DispatchQueue(label: "spindle.authority")

    /// Why the engine's thread does not go on.
    private struct Trouble: Sendable {
        var text: String
        var at: Instant
        /// False while the engine waits and tries again.
        var isFinal: Bool
    }

    private struct Letter: Sendable {
        var request: ActRequest
        var answer: @Sendable (ActOutcome) -> Void
    }

    /// `onTrouble` is told, once, of whatever keeps the engine from going on.
    package init(
        _ state: StateFolder, shelf: BuildShelf? = nil,
        onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.onTrouble = onTrouble
        path = state.path
        desk = state.desk
        latch = state.latch
        journal = state.journal
        looks = LookBook(state.lastLook)
        paging = state.paging
        authority = state.authority
        models = state.models.map(\.name)
        rehearsals = RehearsalDesk(
            path: state.path, settings: state.models.map(\.engine.settings), world: state.world)
        builds = BuildDesk(state, shelf: shelf ?? BuildShelf(of: state.path))
    }

    // MARK: from any thread

    /// Ends `run` after the turn at hand, with everything kept.
    package func end() {
        shouldEnd.store(true, ordering: .releasing)
        bell.signal()
    }

    /// True once the engine is to end.
    package var isEnding: Bool { shouldEnd.load(ordering: .acquiring) }

    package func note(listens addresses: [String]) {
        listens.withLock { $0 = addresses }
    }

    /// Returns once somebody asks for the end: for an engine that failed, and whose requests are
    /// answered all the same.
    package func waitForEnd() {
        while !isEnding { _ = bell.wait(timeout: .now() + .milliseconds(250)) }
    }

    /// Why the engine's thread does not go on; nil while it does.
    package var troubleText: String? { trouble.withLock { $0?.text } }

    /// The newest snapshot, with the latch as it is now, and its age.
    package func latest() -> (snapshot: Snapshot, age: Span)? {
        guard let (snapshot, at) = published.withLock({ $0 }) else { return nil }
        return (overlaid(snapshot), WallClock.monotonic() - at)
    }

    /// Begins a rehearsal beside the engine, or says how one stands; throws an `ActRefusal`.
    package func rehearse(
        _ query: RehearsalQuery, of model: ModelName
    ) throws -> RehearsalProgress {
        let report = latest()?.snapshot.models.first { $0.name == model }
        return try rehearsals.answer(
            query, of: model, standing: report.map { ModelStanding($0) } ?? ModelStanding())
    }

    /// Who knows what was practised; without one nobody does.
    package func note(practice: @escaping @Sendable () throws -> ReadinessAnswer) {
        self.practice.withLock { $0 = practice }
    }

    package func readReadiness() throws -> ReadinessAnswer {
        guard let practice = practice.withLock({ $0 }) else {
            throw ActRefusal("this engine keeps no drills")
        }
        return try practice()
    }

    /// A page of the journal, as it is on the disk.
    package func readJournal(_ query: JournalQuery) throws -> JournalPage {
        try journal.search(query)
    }

    /// Stops at once; disk and journal follow on a thread of their own.
    package func pressRedButton(_ scope: ActScope, by actor: Actor) {
        let changed = latch.hold(scope, by: actor, reason: "red button", at: WallClock.now())
        redButtonQueue.async { [self] in
            _ = recordStop(changed, scope, actor, reason: "red button")
        }
    }

    /// Does an act that may be done; `answer` is called once.
    package func submit(
        _ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        if request.act == .stop, authority.objection(to: "stop", by: request.actor) == nil {
            return perform(request, answer: answer)
        }
        let stage = Authority.Stage(
            look: { [self] in latest()?.snapshot }, note: { [self] in journalNow($0) },
            perform: { [self] in perform($0, answer: $1) })
        authorityQueue.async { [authority] in
            authority.conduct(request, on: stage, answer: answer)
        }
    }

    /// What belongs to which incident, what of the policy was edited; about once a second.
    package func attend() {
        keepOutsideStops()
        guard let snapshot = latest()?.snapshot else { return }
        let present = watchers.list(at: WallClock.monotonic())
        for draft in authority.attend(snapshot, journal: journal)
            + looks.note(present, at: WallClock.now())
        {
            journalNow(draft)
        }
        // Whoever has a role has to get at the socket, which knows who they are.
        let isShared = authority.hasPolicy
        guard isShared != socketIsShared.load(ordering: .relaxed) else { return }
        if Doors.share(StateFolder.socketPath(in: path), isShared) {
            socketIsShared.store(isShared, ordering: .relaxed)
        }
    }

    /// Journals at once, or, if that cannot be, later.
    private func journalNow(_ draft: JournalDraft) {
        do {
            try journal.append(draft)
        } catch {
            note(draft)
        }
    }

    /// Does an act, or hands it to the engine's thread.
    private func perform(
        _ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        switch request.act {
        case .stop where !request.isDryRun:
            let changed = latch.hold(
                request.scope, by: request.actor, reason: request.reason, at: WallClock.now())
            redButtonQueue.async { [self] in
                answer(recordStop(changed, request.scope, request.actor, reason: request.reason))
            }
        case .build(let id):
            builds.submit(request, id, of: self, answer: answer)
        case .fallback(let isOn, let tier):
            // Whatever the engine's thread does.
            redButtonQueue.async { [self] in
                answer(
                    Acts.switchFallback(
                        request, isOn: isOn, tier: tier, desk: desk, journal: journal
                    ) { [self] draft in unwritten.withLock { $0.append(draft) } })
            }
        case .acknowledge, .silence:
            // Also while the engine's thread is busy with something else.
            redButtonQueue.async { [self] in
                // What stands on the screen may be too young for the pager's last look.
                if let open = latest()?.snapshot.openAlarms {
                    paging.see(open, at: WallClock.now())
                }
                answer(
                    Acts.changePaging(request, models: models, book: paging, journal: journal) {
                        [self] draft in unwritten.withLock { $0.append(draft) }
                    })
            }
        case .incident, .countersign, .review, .reloadPolicy:
            answer(.refused("\(request.act.name) is done by the authority, not by an engine"))
        case .stop, .resume, .rollback, .purge, .rideThrough, .launch, .release, .pin, .event,
            .note,
            .hold, .approve, .inject, .makeGolden, .push:
            if let trouble = trouble.withLock({ $0 }), trouble.isFinal {
                return answer(.refused("the engine failed: \(trouble.text)"))
            }
            guard !shouldEnd.load(ordering: .acquiring) else {
                return answer(.refused("the engine is ending"))
            }
            let isTaken = mailbox.withLock { letters in
                guard letters.count < Limits.mailboxCountMax else { return false }
                letters.append(Letter(request: request, answer: answer))
                return true
            }
            guard isTaken else { return answer(.refused("too many acts wait for the engine")) }
            bell.signal()
        }
    }

    /// Journals something as soon as the engine's thread can.
    package func note(_ draft: JournalDraft) {
        unwritten.withLock { $0.append(draft) }
        bell.signal()
    }

    private func recordStop(
        _ changed: [ModelName], _ scope: ActScope, _ actor: Actor, reason: String
    ) -> ActOutcome {
        Acts.recordStop(
            changed, scope, actor, reason: reason, latch: latch, journal: journal
        ) { [self] draft in unwritten.withLock { $0.append(draft) } }
    }

    /// Stops from beside the engine are in force already: latch and journal follow.
    private func keepOutsideStops() {
        let stops = latch.takeOutsideStops()
        guard !stops.isEmpty else { return }
        redButtonQueue.async { [self] in
            for stop in stops {
                let actor = Actor(user: stop.hold.by, from: stop.hold.from)
                let outcome = recordStop(
                    stop.changed, stop.scope, actor, reason: stop.hold.reason)
                if case .refused = outcome {
                    latch.giveBack([stop])
                } else {
                    latch.settle(stop)
                }
            }
        }
    }

    private func overlaid(_ snapshot: Snapshot) -> Snapshot {
        var snapshot = snapshot
        snapshot.engine.build = builds.running?.id
        snapshot.engine.listens = listens.withLock { $0 }
        snapshot.engine.watchers = watchers.list(at: WallClock.monotonic())
        snapshot.engine.lastLook = looks.last
        snapshot.latched = latch.isAnyHeld
        for index in snapshot.models.indices {
            guard let hold = latch.hold(of: snapshot.models[index].name) else { continue }
            snapshot.models[index].training.state = .stopped
            snapshot.models[index].training.since = hold.since
            snapshot.models[index].training.by = hold.by
            snapshot.models[index].training.reason = hold.reason
            snapshot.models[index].pushing = .frozen
        }
        if let trouble = trouble.withLock({ $0 }) { show(trouble, in: &snapshot) }
        authority.overlay(&snapshot)
        for index in snapshot.models.indices {
            let name = snapshot.models[index].name
            for alarm in snapshot.models[index].alarms.indices {
                snapshot.models[index].alarms[alarm].state = paging.state(
                    of: snapshot.models[index].alarms[alarm], in: name)
            }
        }
        return snapshot
    }

    private func show(_ trouble: Trouble, in snapshot: inout Snapshot) {
        let name = trouble.isFinal ? AlarmName.trainingFailed : .diskTrouble
        let text =
            trouble.isFinal
            ? "the engine failed: \(trouble.text)"
            : "the engine waits and tries again: \(trouble.text)"
        for index in snapshot.models.indices {
            let model = snapshot.models[index]
            // A stop stays on the screen, whatever else is wrong.
            if model.training.state != .stopped {
                snapshot.models[index].training.state = trouble.isFinal ? .failed : .waiting
                snapshot.models[index].training.since = trouble.at
                snapshot.models[index].training.by = "spindle"
                snapshot.models[index].training.reason = trouble.text
            }
            snapshot.models[index].pushing = .frozen
            let alarm = AlarmReport(
                id: "\(model.name)-failed", name: name.rawValue, text: text,
                since: model.eventTime ?? trouble.at, severity: name.severity, owner: "")
            snapshot.models[index].alarms.insert(alarm, at: 0)
        }
    }

    // MARK: the engine's thread

    /// Runs until every feed has ended or `end` is called; then settles, and keeps a checkpoint
    /// if there is anything new. What it throws is shown in every later snapshot.
    package func run(_ state: StateFolder, feeds: [any Feed]) throws {
        do {
            try runTurns(state, feeds: feeds)
        } catch {
            trouble.withLock {
                $0 = Trouble(text: "\(error)", at: WallClock.now(), isFinal: true)
            }
            let letters = mailbox.withLock { $0 }
            for letter in letters { letter.answer(.refused("the engine failed: \(error)")) }
            for feed in feeds { feed.end(because: "the engine failed: \(error)") }
            throw error
        }
    }

    private func runTurns(_ state: StateFolder, feeds: [any Feed]) throws {
        var turn = EngineTurn(state, feeds: feeds)
        for model in state.models { model.desk.ring { [bell] in bell.signal() } }
        publish(&turn)
        let started = JournalDraft(
            kind: .engine, act: "start",
            effect: "engine \(spindleVersion) started, process \(ThisProcess.id)")
        // Before it is asked what the journal lacks.
        keepOutsideStops()
        redButtonQueue.sync {}
        let missing = try Acts.missingStops(latch, journal)
        unwritten.withLock { $0 += missing + [started] }
        while !shouldEnd.load(ordering: .acquiring) {
            answerLetters(&turn)
            let wait = try takeTurn(&turn)
            let now = WallClock.monotonic()
            if now - turn.lastPublished >= Limits.snapshotInterval { publish(&turn) }
            switch wait {
            case .more: break
            case .idle(let span): sleep(span)
            case .ended: end()
            }
        }
        try finish(turn)
        turn.end(because: "the engine is ending")
        answerLetters(&turn)
        turn.answerParked(isEnding: true)
        // What was stopped up to here is written down.
        redButtonQueue.sync {}
        try journal.append(
            JournalDraft(kind: .engine, act: "end", effect: "engine ended, everything kept"))
        publish(&turn)
    }

    /// What cannot be written after a few attempts is given up: all that was acknowledged is on
    /// the disk, and the next start makes the rest anew.
    private func finish(_ turn: EngineTurn) throws {
        for _ in 0..<Limits.finishAttemptMax {
            if try attempt({ try turn.finish() }) { return }
            Thread.sleep(forTimeInterval: Limits.retryInterval.seconds)
        }
        let text = trouble.withLock { $0?.text } ?? ""
        throw ActRefusal("ended without a last checkpoint, nothing acknowledged is lost: \(text)")
    }

    /// While something cannot be written nothing new is taken in, and what is there is tried
    /// again: acts, serving and the red button go on.
    private func takeTurn(_ turn: inout EngineTurn) throws -> FeedState {
        keepOutsideStops()
        var hasMore = false
        let isDone = try attempt {
            try writeUnwritten()
            hasMore = try turn.work()
        }
        turn.answerParked(isEnding: false)
        guard isDone else { return .idle(Limits.retryInterval) }
        let state = try turn.pump()
        return hasMore ? .more : state
    }

    /// False if something could not be written or read, which may pass.
    private func attempt(_ work: () throws -> Void) throws -> Bool {
        do {
            try work()
        } catch let error where error is DiskFault || error is DatabaseError {
            let isNew = trouble.withLock { trouble in
                defer {
                    trouble =
                        trouble
                        ?? Trouble(
                            text: "\(error)", at: WallClock.now(), isFinal: false)
                }
                return trouble == nil
            }
            if isNew { onTrouble("waiting, and trying again: \(error)") }
            return false
        }
        let past = trouble.withLock { trouble in
            defer { trouble = nil }
            return trouble
        }
        guard let past else { return true }
        try journal.append(
            JournalDraft(
                kind: .engine,
                effect: "goes on, nothing lost; since \(past.at.rfc3339) it had waited: "
                    + past.text))
        return true
    }

    private func sleep(_ span: Span) {
        let pause = min(span, Limits.snapshotInterval)
        _ = bell.wait(timeout: .now() + .microseconds(Int(pause.microseconds)))
    }

    private func writeUnwritten() throws {
        while let draft = unwritten.withLock({ $0.first }) {
            try journal.append(draft)
            unwritten.withLock { _ = $0.removeFirst() }
        }
    }

    private func answerLetters(_ turn: inout EngineTurn) {
        let letters = mailbox.withLock { letters in
            defer { letters = [] }
            return letters
        }
        guard !letters.isEmpty else { return }
        let outcomes = letters.map { Acts.perform($0.request, on: turn.state) }
        // Whoever is answered finds what was done in the next status.
        publish(&turn)
        for (letter, outcome) in zip(letters, outcomes) {
            if case .done = outcome, case .purge = letter.request.act, letter.request.waits {
                turn.park(letter.request.scope, outcome, letter.answer)
            } else {
                letter.answer(outcome)
            }
        }
    }

    private func publish(_ turn: inout EngineTurn) {
        let snapshot = turn.snapshot(startedAt: startedAt)
        let now = WallClock.monotonic()
        published.withLock { $0 = (snapshot, now) }
        turn.lastPublished = now
    }
}
