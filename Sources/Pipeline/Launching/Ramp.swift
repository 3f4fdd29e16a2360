import Numerics
import Vocabulary

/// What a ramp wants done.
package enum RampDecision: Codable, Sendable, Equatable {
    /// Nothing changes, for the reason given.
    case wait(String)
    /// Give the candidate this stage's share, and begin new statistics of both arms.
    case advance(toStage: Int)
    /// The candidate has all of the traffic and is to be the stable one.
    case complete
    /// Take the traffic back, for the reason given.
    case giveUp(String)
}

/// A candidate's way from little traffic to all of it; all time is event time.
///
/// The judge is asked at every step, whatever the ramp waits for, so a breach while it waits or
/// is held gives it up at once. It goes on only after the stage's time, with the stage's samples,
/// while traffic flows, and when the judge passed it. What is absent holds it, and gives it up
/// when it stays absent. Once over, it says the same for ever.
package struct Ramp: Sendable, Equatable {
    /// All of it, as it is kept.
    private struct State: Codable, Sendable, Equatable {
        var settings: RampSettings
        var candidate: CheckpointID
        var hasControl: Bool
        var startedAt: Instant
        var stage = 0
        var stageSince: Instant
        var steppedAt: Instant
        var canary: Flow
        var control: Flow
        /// Since when the judge has missed something.
        var absentSince: Instant?
        /// Since when the stage may be called too long.
        var patientSince: Instant
        var holdReason: String?
        var end: RampDecision?
        var judgement: Judgement?
    }

    /// Whether an arm's traffic flows.
    private struct Flow: Codable, Sendable, Equatable {
        var requestCount = 0
        var grewAt: Instant

        mutating func note(_ count: Int, at now: Instant) {
            if count > requestCount { grewAt = now }
            requestCount = count
        }
    }

    private var state: State

    /// `hasControl` is false only where nothing but the fallback served before. Otherwise a
    /// control that is not given counts as absent, but for the last stage, which leaves it none.
    package init(
        candidate: CheckpointID, settings: RampSettings, hasControl: Bool, at now: Instant
    ) {
        precondition(settings.objection == nil, "the ramp's settings make no sense")
        state = State(
            settings: settings, candidate: candidate, hasControl: hasControl, startedAt: now,
            stageSince: now, steppedAt: now, canary: Flow(grewAt: now), control: Flow(grewAt: now),
            patientSince: now)
    }

    package var settings: RampSettings { state.settings }
    package var candidate: CheckpointID { state.candidate }
    package var hasControl: Bool { state.hasControl }
    package var startedAt: Instant { state.startedAt }
    /// From 0.
    package var stageIndex: Int { state.stage }
    package var stage: RampStage { state.settings.stages[state.stage] }
    /// What statistics must begin at, or after, to count as fresh.
    package var stageSince: Instant { state.stageSince }
    /// Of the last step, with its evidence.
    package var judgement: Judgement? { state.judgement }
    package var holdReason: String? { state.holdReason }
    /// How it ended: `complete` or `giveUp`; nil while it runs.
    package var end: RampDecision? { state.end }

    /// Keeps it from advancing; it is still judged.
    package mutating func hold(_ reason: String) {
        state.holdReason = reason
    }

    package mutating func release() {
        state.holdReason = nil
    }

    /// Begins the stage anew, after a restart: the statistics of before are lost.
    package mutating func restartStage(at now: Instant) {
        beginStage(state.stage, at: max(now, state.steppedAt))
    }

    /// `isHeld` is a hold from outside, such as a freeze of all pushing. Of an instant before the
    /// last step's, the last step's is taken.
    package mutating func step(
        at now: Instant, canary: ArmStatistics, control: ArmStatistics?, isHeld: Bool = false
    ) -> RampDecision {
        if let end = state.end { return end }
        let now = max(now, state.steppedAt)
        state.steppedAt = now
        let control = control.flatMap { counts($0) ? $0 : nil }
        state.canary.note(canary.requestCount, at: now)
        state.control.note(control?.requestCount ?? 0, at: now)
        if isHeld || state.holdReason != nil { state.patientSince = now }

        if let stale = staleness(canary, control) { return miss(stale, at: now) }
        let judge = CanaryJudge(settings.judge, plannedCount: stage.leastSamples)
        var judgement = judge.judge(canary: canary, control: control)
        defer { state.judgement = judgement }
        if judgement.verdict == .failed {
            judgement = judge.judgeWithRanks(canary: canary, control: control)
            return finish(.giveUp("\(place): \(judgement.reason)"))
        }
        if judgement.isSomethingAbsent { return miss(judgement.reason, at: now) }
        state.absentSince = nil
        if let reason = obstacle(judgement, canary, control, isHeld: isHeld, at: now) {
            return reason
        }
        judgement = judge.judgeWithRanks(canary: canary, control: control)
        if state.stage == settings.stages.count - 1 { return finish(.complete) }
        beginStage(state.stage + 1, at: now)
        return .advance(toStage: state.stage)
    }

    /// Where the candidate has all of the traffic, a control of a few stray requests is none.
    private func counts(_ control: ArmStatistics) -> Bool {
        guard hasControl else { return false }
        return stage.share < 1 || control.scores.count >= stage.leastSamples
    }

    /// Statistics that are missing or of an earlier stage.
    private func staleness(_ canary: ArmStatistics, _ control: ArmStatistics?) -> String? {
        if canary.since < stageSince { return "the canary's statistics are of an earlier stage" }
        if let control, control.since < stageSince {
            return "the control's statistics are of an earlier stage"
        }
        if control == nil, hasControl, stage.share < 1 { return "there is no control" }
        return nil
    }

    /// Something is absent: hold, and not for ever.
    private mutating func miss(_ reason: String, at now: Instant) -> RampDecision {
        let since = state.absentSince ?? now
        state.absentSince = since
        guard now - since >= settings.noDataLimit else {
            return .wait("\(place): held by no data: \(reason)")
        }
        return finish(.giveUp("\(place): no data for \((now - since).text): \(reason)"))
    }

    /// What keeps a canary without fault from going on.
    private mutating func obstacle(
        _ judgement: Judgement, _ canary: ArmStatistics, _ control: ArmStatistics?, isHeld: Bool,
        at now: Instant
    ) -> RampDecision? {
        for (name, flow) in flows(control) {
            let quiet = now - flow.grewAt
            if quiet >= settings.noDataLimit {
                return finish(.giveUp("\(place): no traffic in the \(name) for \(quiet.text)"))
            }
        }
        if isHeld || state.holdReason != nil {
            return .wait("\(place): held: \(state.holdReason ?? "pushing is held")")
        }
        let inStage = now - stageSince
        if now - state.patientSince >= settings.stageTimeMax {
            return finish(
                .giveUp(
                    "\(place): not through in \(inStage.text): "
                        + (lack(canary, control) ?? judgement.reason)))
        }
        if inStage < stage.leastTime {
            return .wait("\(place): \(inStage.text) of \(stage.leastTime.text)")
        }
        if let lack = lack(canary, control) { return .wait("\(place): \(lack)") }
        for (name, flow) in flows(control) where now - flow.grewAt >= settings.quietLimit {
            let quiet = (now - flow.grewAt).text
            return .wait("\(place): held by no data: no traffic in the \(name) for \(quiet)")
        }
        return judgement.verdict == .passed ? nil : .wait("\(place): \(judgement.reason)")
    }

    private func flows(_ control: ArmStatistics?) -> [(name: String, flow: Flow)] {
        [("canary", state.canary)] + (control == nil ? [] : [("control", state.control)])
    }

    /// Samples that are still missing.
    private func lack(_ canary: ArmStatistics, _ control: ArmStatistics?) -> String? {
        for (name, count) in [("canary", canary.scores.count), ("control", control?.scores.count)] {
            guard let count, count < stage.leastSamples else { continue }
            return "\(FigureText.count(count)) of \(FigureText.count(stage.leastSamples)) samples "
                + "in the \(name)"
        }
        return nil
    }

    /// Which stage, for every reason.
    private var place: String { "at \(FigureText.percent(stage.share))" }

    private mutating func finish(_ decision: RampDecision) -> RampDecision {
        state.end = decision
        return decision
    }

    private mutating func beginStage(_ stage: Int, at now: Instant) {
        state.stage = stage
        state.stageSince = now
        state.steppedAt = now
        state.canary = Flow(grewAt: now)
        state.control = Flow(grewAt: now)
        state.absentSince = nil
        state.patientSince = now
    }
}

extension Ramp: Codable {
    /// Refuses what no ramp could have written.
    package init(from decoder: any Decoder) throws {
        state = try State(from: decoder)
        let objection =
            state.settings.objection
            ?? (state.settings.stages.indices.contains(state.stage)
                ? nil : "there is no such stage")
        if let objection {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: objection))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try state.encode(to: encoder)
    }
}
