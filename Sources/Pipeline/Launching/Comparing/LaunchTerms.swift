import Vocabulary

/// What a launch is, as it was declared before it began: nothing of it changes while it runs.
package struct LaunchTerms: Codable, Sendable, Equatable {
    /// A share of the traffic for the candidate, and what it takes to leave it upwards.
    package struct Stage: Codable, Sendable, Equatable {
        /// Above 0, below 1.
        package var share: Double
        package var leastTime: Span
        /// Exposures of the candidate.
        package var leastExposures: Int

        package init(share: Double, leastTime: Span, leastExposures: Int) {
            (self.share, self.leastTime) = (share, leastTime)
            self.leastExposures = leastExposures
        }
    }

    /// One baseline with its share of the traffic.
    package struct Baseline: Codable, Sendable, Equatable {
        package var arm: ArmName
        package var design: BaselineDesign
        package var share: Double

        package init(arm: ArmName, design: BaselineDesign, share: Double) {
            (self.arm, self.design, self.share) = (arm, design, share)
        }
    }

    package var title = ""
    /// How the candidate learns.
    package var candidate = LearnerSettings()
    package var stages = [0.01, 0.05, 0.2, 0.5].map {
        Stage(share: $0, leastTime: .hours(6), leastExposures: 1000)
    }
    /// The first one is the one that verdicts are about.
    package var baselines: [Baseline] = []
    /// A and B each learn from their own traffic alone, from the launch's beginning on.
    package var isApart = false
    /// Arms that may show what no model knows yet; nil for all. For whoever chooses what is shown.
    package var exploringArms: [ArmName]?
    /// Another number assigns all units anew.
    package var salt: UInt64 = 1
    package var metrics: [LaunchMetric] = []
    /// Event time before the launch that a baseline is held against.
    package var history = Span.hours(7 * 24)
    /// Event time between two looks.
    package var lookEvery = Span.hours(1)
    /// The chance that an interval of a stage ever misses the truth.
    package var alpha = 0.05
    /// How much more golden log loss than production's the candidate may have, as a share.
    package var goldenMargin = 0.05
    /// Models of one group have one launch at a time; nil for none.
    package var group: String?

    package init() {}

    /// Shares of the traffic at a stage; nil where they leave production nothing.
    package func shares(atStage index: Int) -> TrafficShares? {
        TrafficShares(
            candidate: stages[index].share, baselines: baselines.map { ($0.arm, $0.share) },
            salt: salt)
    }

    /// Arms that meet nothing but their own traffic, and whose traffic nobody else meets.
    package var parallelArms: [ArmName] {
        baselines.filter { $0.design == .parallel }.map(\.arm)
    }

    /// Whose traffic an arm learns from since the beginning, itself included; what no arm served
    /// counts as production's.
    package func teachers(of arm: ArmName) -> [ArmName] {
        if parallelArms.contains(arm) { return [arm] }
        if isApart, arm == .candidate { return [arm] }
        let baselines = baselines.map(\.arm).filter { !parallelArms.contains($0) }
        if isApart { return [.production] }
        return [.candidate, .production] + baselines
    }

    /// Arms that are to learn from their own traffic alone.
    package var isolatedArms: [ArmName] {
        parallelArms + (isApart ? [.candidate, .production] : [])
    }

    package func explores(_ arm: ArmName) -> Bool {
        exploringArms?.contains(arm) ?? true
    }

    /// What makes no sense, in words; nil if all does.
    package var objection: String? {
        if stages.isEmpty { return "expected at least one stage" }
        for (index, stage) in stages.enumerated() {
            if index > 0, stage.share <= stages[index - 1].share {
                return "expected stages that grow"
            }
            guard stage.share > 0, shares(atStage: index) != nil else {
                return "expected shares that leave production some traffic at each stage"
            }
        }
        if baselines.count > ArmName.coded.count - 2 { return "expected at most four baselines" }
        if Set(baselines.map(\.arm)).count < baselines.count {
            return "expected each kind of baseline once"
        }
        if metrics.isEmpty { return "expected at least one metric" }
        if Set(metrics.map(\.name)).count < metrics.count {
            return "expected a name of its own for each metric"
        }
        return metrics.lazy.compactMap(\.objection).first
    }
}
