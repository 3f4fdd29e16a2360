/// Rounds over stages, interleaved, so that a slow moment of the machine meets all of them.
package struct BenchRun {
    private let scratch: Scratch
    private let stages: [(entry: StageEntry, stage: any Stage)]
    private var samples: [[Sample]]

    package init(_ entries: [StageEntry], scratch: Scratch) throws {
        self.scratch = scratch
        stages = entries.map { ($0, $0.make()) }
        samples = entries.map { _ in [] }
        for (_, stage) in stages { try stage.prepare(scratch) }
    }

    package mutating func round() throws {
        for (number, (_, stage)) in stages.enumerated() {
            samples[number].append(try stage.measure(scratch))
        }
    }

    package var results: [StageResult] {
        zip(stages, samples).map { StageResult($0.entry, $1) }
    }
}

/// What the rounds of one stage came to.
package struct StageResult: Encodable, Sendable {
    package var name: String
    package var text: String
    package var rows: Int
    package var rounds: Int
    /// CPU: the median and the least of all rounds.
    package var nanosecondsPerRow: Double?
    package var nanosecondsPerRowMin: Double?
    package var rowsPerCpuSecond: Double?
    /// Medians.
    package var ratio: Double?
    package var floor: String?
    package var figures: [String: Double]
    package var goals: [GoalResult]

    init(_ entry: StageEntry, _ samples: [Sample]) {
        name = entry.name
        text = entry.text
        rows = samples.last?.rows ?? 0
        rounds = samples.count
        let costs = samples.compactMap { sample in
            sample.cpuSeconds.map { $0 * 1e9 / Double(max(sample.rows, 1)) }
        }
        nanosecondsPerRow = costs.median
        nanosecondsPerRowMin = costs.min()
        rowsPerCpuSecond = costs.median.map { 1e9 / $0 }
        let ratio = samples.compactMap(\.ratio).median
        self.ratio = ratio
        floor = entry.floor.isEmpty ? nil : entry.floor
        var figures: [String: Double] = [:]
        for name in Set(samples.flatMap(\.figures.keys)) {
            figures[name] = samples.compactMap { $0.figures[name] }.median
        }
        self.figures = figures
        goals = entry.goals.map { goal in
            GoalResult(goal, measured: goal.figure == "ratio" ? ratio : figures[goal.figure])
        }
    }
}

/// A goal beside what was measured.
package struct GoalResult: Encodable, Sendable {
    package var figure: String
    package var limit: Double
    package var measured: Double?
    package var holds: Bool

    package init(_ goal: Goal, measured: Double?) {
        figure = goal.figure
        limit = goal.limit
        self.measured = measured
        holds = measured.map { $0 <= goal.limit } ?? false
    }
}

/// What `spindle bench --json` prints.
package struct BenchReport: Encodable, Sendable {
    package var workload: WorkloadReport
    package var stages: [StageResult]

    package init(workload: Workload, stages: [StageResult]) {
        self.workload = WorkloadReport(workload)
        self.stages = stages
    }
}

/// What a workload was.
package struct WorkloadReport: Encodable, Sendable {
    package var seed: UInt64
    package var rows: Int
    package var clickRate: Double
    package var oracleLogLoss: Double
    package var digest: String

    package init(_ workload: Workload) {
        seed = workload.seed
        rows = workload.rows
        clickRate = Double(workload.clicks) / Double(max(workload.rows, 1))
        oracleLogLoss = workload.oracleLogLoss
        digest = workload.digest
    }
}

extension [Double] {
    /// The middle one, or the mean of the middle two; nil of none.
    var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
