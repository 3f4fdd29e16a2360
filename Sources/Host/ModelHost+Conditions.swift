import Engine
import Launching
import Monitoring
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// What is wrong with serving, for the alarms, and what an operator sees of it.
extension ModelHost {
    /// States every condition of serving anew.
    func stateConditions(at now: Instant) {
        engine.staleCause = longestStage
        let fallback = fallbackReport
        let isLong = fallback.map { clock.now() - $0.since > engine.settings.fallback.limit }
        let text = fallback.map { "\(Self.words($0.tier)) answers: \($0.reason)" }
        let launch = unapprovedLaunch
        let waiting = push.waiting?.id.description ?? ""
        let unlogged = desk.totals.unlogged
        engine.conditionsBeside = [
            (.servingNotPushed, push.mismatch),
            (.pushProbeFailed, push.probeFault),
            (.candidateReturned, push.returned),
            (.fallbackServes, isLong == true ? nil : text),
            (
                .fallbackTooLong,
                isLong == true ? text.map { "\($0), beyond the limit" } : nil
            ),
            (
                .servingSkew,
                skewCount > 0 ? "\(skewCount) answers were of other features than training's" : nil
            ),
            (
                .launchRequired,
                launch.isEmpty
                    ? nil
                    : "LAUNCH REQUIRED for \(waiting): " + launch.joined(separator: "; ")
            ),
            (.checkpointRefused, gateFault),
            (.goldenSetUnusable, goldenReport?.fault),
            (.goldenSetWorse, goldenWorse),
            (
                .pushHeld,
                push.state.hold.map { "no candidate goes on: held by \($0.by): \($0.reason)" }
            ),
            (.ridingThrough, ridingText),
            (.rideEnding, rideEndingText),
            (.rideTripped, trippedText),
            (.launchUnsound, launchUnsound),
            (.launchWorse, launchWorse),
            (
                .answersUnlogged,
                unlogged > unloggedBefore
                    ? "\(unlogged - unloggedBefore) answers could not be logged" : nil
            ),
        ]
        unloggedBefore = unlogged
    }

    /// The fallback that answers now; nil while the model does.
    var fallbackReport: FallbackReport? {
        let plan = desk.current
        let tier = plan.tier
        guard tier != .model, plan.stable != nil || plan.firstTier != .model else { return nil }
        let limit = engine.settings.fallback.limit.seconds
        if let by = desk.switched {
            return FallbackReport(
                tier: tier, since: by.since, by: by.by, reason: by.reason, limitSeconds: limit,
                qualityGap: qualityGap(of: tier))
        }
        return FallbackReport(
            tier: tier, since: desk.failedSince ?? clock.now(), by: "spindle",
            reason: "the tiers above failed their self-test", limitSeconds: limit,
            qualityGap: qualityGap(of: tier))
    }

    static func words(_ tier: ServingTier) -> String {
        switch tier {
        case .model: "the model"
        case .lastGood: "the last good checkpoint"
        case .table: "the fallback table"
        case .constant: "the constant"
        }
    }

    /// Everything that an operator sees of serving.
    package func servingReport() -> ServingReport {
        let plan = desk.current
        let tier = plan.tier
        var report = ServingReport(
            mode: tier == .model ? .model : .fallback,
            checkpoint: plan.model(of: tier)?.checkpoint, arms: armShares(plan))
        report.tier = tier
        report.tiers = tierReports(plan)
        report.lastGood = plan.lastGood?.checkpoint
        report.canary = canaryReport(plan)
        report.waiting = push.waiting?.id
        report.waitingFor = push.waiting == nil ? nil : push.text
        report.launch = unapprovedLaunch
        report.fallback = fallbackReport
        report.hold = push.state.hold
        report.pushesToday = engine.clock.now.map { push.state.pacing.count(at: $0) } ?? 0
        report.unlogged = desk.totals.unlogged
        report.skewed = skewCount
        return report
    }

    private func armShares(_ plan: ServingPlan) -> [String: Double] {
        guard let shares = plan.launch?.shares else { return [ArmName.production.text: 1] }
        return Dictionary(uniqueKeysWithValues: shares.map { ($0.key.text, $0.value) })
    }

    private func canaryReport(_ plan: ServingPlan) -> CanaryReport? {
        guard let ramp = push.state.ramp, let canary = plan.canary else { return nil }
        return CanaryReport(
            checkpoint: canary.model.checkpoint, share: canary.share, stage: ramp.stageIndex + 1,
            stages: ramp.settings.stages.count, since: ramp.stageSince,
            samples: push.canaryArm.scores.count, samplesNeeded: ramp.stage.leastSamples,
            labels: push.canaryArm.labelCount,
            verdict: ramp.judgement?.verdict.rawValue ?? "noData", text: push.text,
            checks: ramp.judgement?.lines ?? [])
    }

    private func tierReports(_ plan: ServingPlan) -> [TierReport] {
        ServingTier.allCases.map { tier in
            let fault = desk.faults[tier]
            let what: String? =
                switch tier {
                case .model, .lastGood: plan.model(of: tier)?.checkpoint.description
                case .table:
                    plan.table.map { "\($0.rates.count) values of \($0.feature)" }
                case .constant: "\((plan.constant * 10_000).rounded() / 10_000)"
                }
            return TierReport(
                tier: tier, isReady: fault == nil && what != nil,
                text: fault ?? what ?? "there is none yet", qualityGap: qualityGap(of: tier))
        }
    }
}
