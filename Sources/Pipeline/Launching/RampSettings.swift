import Vocabulary

/// One step of a ramp: how much traffic, and what must be seen before the next.
package struct RampStage: Codable, Sendable, Equatable {
    /// Of the traffic, within (0, 1].
    package var share: Double
    /// In event time.
    package var leastTime: Span
    /// Scores of the canary, and of the control where there is one, since the stage began.
    package var leastSamples: Int

    package init(share: Double, leastTime: Span, leastSamples: Int) {
        self.share = share
        self.leastTime = leastTime
        self.leastSamples = leastSamples
    }
}

/// How a checkpoint comes to all of the traffic, and how often one may.
package struct RampSettings: Codable, Sendable, Equatable {
    package var stages = [
        RampStage(share: 0.01, leastTime: .minutes(2), leastSamples: 100),
        RampStage(share: 0.05, leastTime: .minutes(2), leastSamples: 300),
        RampStage(share: 0.25, leastTime: .minutes(2), leastSamples: 1000),
        RampStage(share: 0.5, leastTime: .minutes(3), leastSamples: 2000),
        RampStage(share: 1, leastTime: .minutes(3), leastSamples: 2000),
    ]
    /// Traffic that stops for longer than this is absent: the ramp holds.
    package var quietLimit = Span.minutes(1)
    /// Something absent for longer than this gives the ramp up.
    package var noDataLimit = Span.minutes(15)
    /// A stage that takes longer than this gives the ramp up, unless it is held.
    package var stageTimeMax = Span.hours(6)
    package var judge = JudgeSettings()
    package var pushesPerDayMax = 144
    package var leastPushInterval = Span.minutes(5)

    package init() {}

    /// Counts.
    package enum Limits {
        package static let stageCountMax = 100
        package static let pushesPerDayMax = 10_000
    }

    /// What makes no sense, in words; nil if all does.
    package var objection: String? {
        if stages.isEmpty { return "a ramp needs a stage" }
        if stages.count > Limits.stageCountMax {
            return "a ramp has at most \(Limits.stageCountMax) stages"
        }
        var before = 0.0
        for stage in stages {
            if !(stage.share > before && stage.share <= 1) {
                return "shares of a ramp must rise from above 0 to 1"
            }
            if stage.leastTime <= .zero { return "a stage's least time must be above 0" }
            if stage.leastSamples < 1 { return "a stage's least samples must be at least 1" }
            if stage.leastTime >= stageTimeMax {
                return "a stage's least time must be below stageTimeMax"
            }
            before = stage.share
        }
        if before != 1 { return "the last share of a ramp must be 1" }
        if quietLimit <= .zero { return "quietLimit must be above 0" }
        if noDataLimit < quietLimit { return "noDataLimit must be at least quietLimit" }
        if !(1...Limits.pushesPerDayMax).contains(pushesPerDayMax) {
            return "pushesPerDayMax must be 1 to \(Limits.pushesPerDayMax)"
        }
        if leastPushInterval < .zero { return "leastPushInterval is below 0" }
        return judge.objection
    }
}
