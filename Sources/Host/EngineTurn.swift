import Engine
import Operation
import Vocabulary
import World

/// The work of the engine's thread between two looks at the mailbox.
package struct EngineTurn {
    package let state: StateFolder
    package let feeds: [any Feed]
    var lastPublished = Span.zero
    private var hasEnded: [Bool]
    private var rates: [RateMeter]
    /// How fast trainers that are behind come nearer.
    private var paces: [RateMeter]
    /// Acts that were done, and are answered once the trainers have caught up.
    private var parked: [Parked] = []

    private struct Parked {
        var scope: ActScope
        var outcome: ActOutcome
        var answer: @Sendable (ActOutcome) -> Void
    }

    package init(_ state: StateFolder, feeds: [any Feed]) {
        self.state = state
        self.feeds = feeds
        for model in state.models { model.begin() }
        hasEnded = feeds.map { _ in false }
        rates = state.models.map { _ in RateMeter() }
        paces = rates
    }

    /// One turn of every feed.
    package mutating func pump() throws -> FeedState {
        var wait: Span? = nil
        var hasMore = false
        for (index, feed) in feeds.enumerated() where !hasEnded[index] {
            switch try feed.pump() {
            case .more: hasMore = true
            case .idle(let span): wait = min(wait ?? span, span)
            case .ended: hasEnded[index] = true
            }
        }
        if hasMore { return .more }
        if let wait { return .idle(wait) }
        return feeds.isEmpty ? .idle(.seconds(1)) : .ended
    }

    /// The models' own work; true if there is more of it.
    package mutating func work() throws -> Bool {
        var hasMore = false
        for model in state.models {
            try model.settle()
            if try model.catchUp(batchCount: 4) { hasMore = true }
            try model.attendRide()
            if model.wantsCheckpoint { try model.beginCheckpoint() }
            if try model.finishCheckpoint(waiting: false) != nil {
                for feed in feeds { try feed.save() }
            }
            try model.advancePush()
            if try model.advanceLaunch() { hasMore = true }
        }
        for feed in feeds { try feed.acknowledge() }
        return hasMore
    }

    /// Nothing is taken in any more.
    func end(because reason: String) {
        for feed in feeds { feed.end(because: reason) }
    }

    mutating func park(
        _ scope: ActScope, _ outcome: ActOutcome, _ answer: @escaping @Sendable (ActOutcome) -> Void
    ) {
        parked.append(Parked(scope: scope, outcome: outcome, answer: answer))
    }

    /// What became of an act; a stop, or the engine's end, may have cut it short.
    private func cut(_ act: Parked) -> ActOutcome {
        act.outcome.adding(to: state.models) { model in
            guard model.engine.owesCheckpoint else { return "" }
            return model.engine.trainer.isHeld
                ? "; TRAINING IS STOPPED before it had caught up, and goes on after a resume"
                : "; the engine ended before it had caught up, and goes on at its next start"
        }
    }

    /// Answers those whose models have caught up, or may not, or never will.
    mutating func answerParked(isEnding: Bool) {
        guard !parked.isEmpty else { return }
        let busy = Set(state.models.filter { $0.isCatchingUp }.map(\.name))
        let isOver = { (act: Parked) in isEnding || !busy.contains { act.scope.covers($0) } }
        let over = parked.filter(isOver)
        parked.removeAll(where: isOver)
        for act in over { act.answer(cut(act)) }
    }

    package func finish() throws {
        for model in state.models { try model.settle(isDurable: true) }
        // Who waits for what is on the disk now is told so, not that the engine ends.
        for feed in feeds { try feed.acknowledge() }
        for model in state.models where model.engine.hasNews { try model.checkpoint() }
        for feed in feeds { try feed.save() }
    }

    mutating func snapshot(startedAt: Instant) -> Snapshot {
        let now = WallClock.monotonic()
        var models: [ModelReport] = []
        for (index, model) in state.models.enumerated() {
            let rate = rates[index].rate(model.engine.counts.examples, at: now)
            model.incidentSince = state.authority.incidentSince(of: model.name)
            let runningSince = max(startedAt, state.latch.releasedAt(model.name) ?? startedAt)
            var report = model.report(runningSince: runningSince, examplesPerSecond: rate)
            let behind = report.training.behind
            let pace = paces[index].rate(-Int(clamping: behind), at: now) ?? 0
            if report.training.state == .catchingUp, pace > 0 {
                report.training.secondsLeft = Double(behind) / pace
            }
            models.append(report)
        }
        return Acts.snapshot(
            of: state, models: models, pid: ThisProcess.id, startedAt: startedAt,
            source: feeds.map(\.description).joined(separator: "; "))
    }
}

/// What is counted, a second of wall time, over about the last five seconds.
private struct RateMeter {
    private var samples: [(at: Span, count: Int)] = []

    mutating func rate(_ count: Int, at now: Span) -> Double? {
        samples.append((now, count))
        while samples.count > 2, now - samples[1].at >= .seconds(5) { samples.removeFirst() }
        guard let first = samples.first, now > first.at else { return nil }
        return Double(count - first.count) / (now - first.at).seconds
    }
}
