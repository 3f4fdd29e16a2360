import Engine
import Foundation
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
    }

    private let path: String
    private let latch: Latch
    private let journal: any JournalBook
    private let startedAt = WallClock.now()
    private let mailbox = Mutex<[Letter]>([])
    private let bell = DispatchSemaphore(value: 0)
    private let shouldEnd = Atomic<Bool>(false)
    private let published = Mutex<(snapshot: Snapshot, at: Span)?>(nil)
    /// Why the engine's thread ended before its time.
    private let failure = Mutex<(text: String, at: Instant)?>(nil)
    private let redButtonQueue = DispatchQueue(label: "spindle.red-button", qos: .userInteractive)

    private struct Letter: Sendable {
        var request: ActRequest
        var answer: @Sendable (ActOutcome) -> Void
    }

    package init(_ state: StateFolder) {
        path = state.path
        latch = state.latch
        journal = state.journal
    }

    // MARK: from any thread

    /// Ends `run` after the turn at hand, with everything kept.
    package func end() {
        shouldEnd.store(true, ordering: .releasing)
        bell.signal()
    }

    /// The newest snapshot, with the latch as it is now, and its age.
    package func latest() -> (snapshot: Snapshot, age: Span)? {
        guard let (snapshot, at) = published.withLock({ $0 }) else { return nil }
        return (overlaid(snapshot), WallClock.monotonic() - at)
    }

    /// Stops at once; disk and journal follow on a thread of their own.
    package func pressRedButton(_ scope: ActScope, by actor: Actor) {
        let changed = latch.hold(scope, by: actor, reason: "red button", at: WallClock.now())
        redButtonQueue.async { [self] in
            _ = recordStop(changed, scope, actor, reason: "red button")
        }
    }

    /// Does an act, or hands it to the engine's thread; `answer` is called once.
    package func submit(
        _ request: ActRequest, answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        switch request.act {
        case .stop where !request.isDryRun:
            let changed = latch.hold(
                request.scope, by: request.actor, reason: request.reason, at: WallClock.now())
            redButtonQueue.async { [self] in
                answer(recordStop(changed, request.scope, request.actor, reason: request.reason))
            }
        case .stop, .resume, .rollback:
            if let failure = failure.withLock({ $0 }) {
                return answer(.refused("the engine failed: \(failure.text)"))
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

    private func recordStop(
        _ changed: [ModelName], _ scope: ActScope, _ actor: Actor, reason: String
    ) -> ActOutcome {
        Acts.recordStop(changed, scope, actor, reason: reason, latch: latch, journal: journal)
    }

    private func overlaid(_ snapshot: Snapshot) -> Snapshot {
        var snapshot = snapshot
        snapshot.latched = latch.isAnyHeld
        for index in snapshot.models.indices {
            guard let hold = latch.hold(of: snapshot.models[index].name) else { continue }
            snapshot.models[index].training.state = .stopped
            snapshot.models[index].training.since = hold.since
            snapshot.models[index].training.by = hold.by
            snapshot.models[index].training.reason = hold.reason
            snapshot.models[index].pushing = .frozen
        }
        if let failure = failure.withLock({ $0 }) { show(failure, in: &snapshot) }
        return snapshot
    }

    private func show(_ failure: (text: String, at: Instant), in snapshot: inout Snapshot) {
        for index in snapshot.models.indices {
            let model = snapshot.models[index]
            snapshot.models[index].training.state = .failed
            snapshot.models[index].training.since = failure.at
            snapshot.models[index].training.by = "spindle"
            snapshot.models[index].training.reason = failure.text
            snapshot.models[index].pushing = .frozen
            let alarm = AlarmReport(
                id: "\(model.name)-failed", name: AlarmName.trainingFailed.rawValue,
                text: "the engine failed: \(failure.text)", since: model.eventTime ?? failure.at,
                severity: AlarmName.trainingFailed.severity, owner: "")
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
            failure.withLock { $0 = ("\(error)", WallClock.now()) }
            let letters = mailbox.withLock { $0 }
            for letter in letters { letter.answer(.refused("the engine failed: \(error)")) }
            throw error
        }
    }

    private func runTurns(_ state: StateFolder, feeds: [any Feed]) throws {
        var turn = EngineTurn(state, feeds: feeds)
        publish(&turn)
        try journal.append(
            JournalDraft(
                kind: .engine, act: "start",
                effect: "engine \(spindleVersion) started, process \(ThisProcess.id)"))
        while !shouldEnd.load(ordering: .acquiring) {
            answerLetters(state)
            let wait = try turn.take()
            let now = WallClock.monotonic()
            if now - turn.lastPublished >= Limits.snapshotInterval { publish(&turn) }
            switch wait {
            case .more: break
            case .idle(let span):
                let pause = min(span, Limits.snapshotInterval)
                _ = bell.wait(timeout: .now() + .microseconds(Int(pause.microseconds)))
            case .ended: end()
            }
        }
        try turn.finish()
        answerLetters(state)
        try journal.append(
            JournalDraft(kind: .engine, act: "end", effect: "engine ended, everything kept"))
        publish(&turn)
    }

    private func answerLetters(_ state: StateFolder) {
        let letters = mailbox.withLock { letters in
            defer { letters = [] }
            return letters
        }
        for letter in letters { letter.answer(Acts.perform(letter.request, on: state)) }
    }

    private func publish(_ turn: inout EngineTurn) {
        let snapshot = turn.snapshot(startedAt: startedAt)
        let now = WallClock.monotonic()
        published.withLock { $0 = (snapshot, now) }
        turn.lastPublished = now
    }
}
