/// Ours and the programs of others over the same rows in the same run, interleaved.
package struct PeerRun {
    private let scratch: Scratch
    private var stages: BenchRun
    private var runner: PeerRunner
    private var programs: [PeerProgram] = []
    private var missing: [PeerProgram] = []
    private var samples: [[Sample]] = []
    private var categoryLoss: Double?

    package static let stageNames = [
        "learn", "straight", "straight-any-order", "durable", "relearn", "adwin", "page-hinkley",
        "save", "red-button",
    ]

    package static var forms: Set<WorkloadForm> { Set(WorkloadForm.allCases) }

    package init(
        python: String, scratch: Scratch, stageNames: [String] = PeerRun.stageNames
    ) throws {
        self.scratch = scratch
        stages = try BenchRun(stageNames.compactMap(StageList.named), scratch: scratch)
        runner = PeerRunner(python: python, scratch: scratch)
        for program in PeerProgram.all {
            if try runner.hasPackage(program.package) {
                programs.append(program)
                samples.append([])
            } else {
                missing.append(program)
            }
        }
        var way = StraightWay()
        try way.train(from: scratch.path(.categories))
        categoryLoss = way.logLoss
    }

    package mutating func round() throws {
        try stages.round()
        for (number, program) in programs.enumerated() {
            samples[number].append(try runner.sample(program))
        }
    }

    package var report: PeerReport {
        let ours = stages.results
        let theirs = zip(programs, samples).map { program, samples in
            StageResult(StageEntry(name: program.name, text: "", make: { NoStage() }), samples)
        }
        return PeerReport(
            workload: WorkloadReport(scratch.workload), ours: ours, theirs: theirs,
            notInstalled: missing.map(\.name),
            goals: PeerGoals(ours: ours, theirs: theirs, categoryLoss: categoryLoss).all)
    }
}

/// In place of a stage where a program of others was measured.
private final class NoStage: Stage {
    func prepare(_ scratch: Scratch) throws {}
    func measure(_ scratch: Scratch) throws -> Sample { Sample(rows: 0) }
}

/// What `spindle bench peers --json` prints.
package struct PeerReport: Encodable, Sendable {
    package var workload: WorkloadReport
    package var ours: [StageResult]
    package var theirs: [StageResult]
    /// Programs whose packages the Python does not have.
    package var notInstalled: [String]
    package var goals: [PeerGoal]
}

/// One line of docs/performance.md's table of goals.
package struct PeerGoal: Encodable, Sendable {
    package var text: String
    package var ours: String
    package var theirs: String
    package var limit: Double
    /// Nil where the peer is not installed.
    package var measured: Double?
    package var holds: Bool?
}

/// The goals, from what was measured.
struct PeerGoals {
    var ours: [StageResult]
    var theirs: [StageResult]
    /// Our log loss on categories alone.
    var categoryLoss: Double?

    var all: [PeerGoal] { besidePeers + besideFloors }

    private var besidePeers: [PeerGoal] {
        [
            time("straight", "VW --ftrl, text", 0.25),
            time("straight", "VW --ftrl, cache", 0.35),
            time("straight", "VW --ftrl, JSON", 0.15),
            time("straight-any-order", "VW --ftrl, text", 0.35),
            time("durable", "VW --ftrl, text", 0.5),
            time("relearn", "VW --ftrl, cache", 0.35),
            time("straight", "scikit-learn SGDClassifier", 1.0 / 40),
            time("straight", "river FTRL", 1.0 / 100),
            time("adwin", "river ADWIN", 0.2),
            time("page-hinkley", "river PageHinkley", 0.05),
            loss(
                "log loss at equal settings, categories alone, apart by", categoryLoss,
                "VW --ftrl as ours, categories", 5e-5
            ) { abs($0 - $1) },
            loss(
                "log loss, ours less VW's default", result("straight", ours)?.figures["log_loss"],
                "VW default, text", 0
            ) { $0 - $1 },
        ]
    }

    private func result(_ name: String, _ results: [StageResult]) -> StageResult? {
        results.first { $0.name == name }
    }

    private func time(_ stage: String, _ peer: String, _ limit: Double) -> PeerGoal {
        let mine = result(stage, ours)?.nanosecondsPerRow
        let other = result(peer, theirs)?.nanosecondsPerRow
        let ratio = mine.flatMap { mine in other.map { mine / $0 } }
        return goal("CPU a row", stage, peer, limit, ratio)
    }

    /// The goals that a stage has without any peer.
    private var besideFloors: [PeerGoal] {
        ours.flatMap { stage in
            stage.goals.map { one in
                let isRatio = one.figure == "ratio"
                return goal(
                    isRatio ? stage.text : one.figure, stage.name,
                    isRatio ? stage.floor ?? "" : "", one.limit, one.measured)
            }
        }
    }

    private func loss(
        _ text: String, _ mine: Double?, _ peer: String, _ limit: Double,
        _ compare: (Double, Double) -> Double
    ) -> PeerGoal {
        let other = result(peer, theirs)?.figures["log_loss"]
        let measured = mine.flatMap { mine in other.map { compare(mine, $0) } }
        return goal(text, "straight", peer, limit, measured)
    }

    private func goal(
        _ text: String, _ stage: String, _ peer: String, _ limit: Double, _ measured: Double?
    ) -> PeerGoal {
        PeerGoal(
            text: text, ours: stage, theirs: peer, limit: limit, measured: measured,
            holds: measured.map { $0 <= limit })
    }
}
