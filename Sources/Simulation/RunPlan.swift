import Engine
import Host
import Joining
import Launching
import Learning
import Numerics
import Vocabulary

/// What a simulated operator, machine or process does next.
enum Move: Int, CaseIterable {
    /// Feeds, writes, learns, and keeps checkpoints as their cadence asks.
    case turn
    case settle
    case checkpoint
    case stop
    case resume
    case rollBack
    case purge
    case undo
    /// Rides through something, or ends that.
    case ride
    case kill
    case losePower
    /// Ends in order, and begins again.
    case restart
    /// A bit of a checkpoint on the disk is not what it was.
    case flip
    case fillDisk
    case freeDisk
    /// Begins a launch, lets it go up or down, ends it, or promotes its candidate.
    case launch
}

/// All that a seed decides: the streams, the model's settings, what is done and what goes wrong.
package struct RunPlan {
    let seed: UInt64
    var shape = SimulatedStreams.Shape()
    var settings: ModelSettings
    var segmentSizeMax: UInt64 = 256 << 20
    var checkpointTiming = CheckpointTiming.atOnce
    package var faults = FaultPlan()
    /// Weights by the raw value of the move.
    var weights = [Int](repeating: 0, count: Move.allCases.count)
    var stepCountMax = 400

    /// Parts of a run that draw for themselves.
    enum Part: UInt64 {
        case plan = 1
        case streams = 2
        case moves = 3
        case disk = 4
    }

    var random: SeededRandom { SeededRandom(key: SeededRandom.mixed(seed)) }

    /// Nothing but turns, on a sound disk.
    package init(undisturbed seed: UInt64) {
        guard let name = ModelName("m") else { preconditionFailure("m is a name") }
        self.seed = seed
        settings = ModelSettings(name: name)
        var draws = random.forked(part: Part.plan.rawValue)
        shape = .drawn(&draws)
        settings.wait = draws.pick([nil, .minutes(10), .hours(2)])
        settings.join.disorder = draws.pick([.zero, .minutes(1), .hours(1)])
        if draws.chance(0.2) { settings.join.shuffle = .minutes(10) }
        settings.joinLimits.rememberedCountMax = 1024
        settings.joinLimits.hotSizeMax = 1
        settings.learner.bits = 10 + draws.below(3)
        weights[Move.turn.rawValue] = 1
    }

    package init(_ seed: UInt64) {
        self.init(undisturbed: seed)
        var draws = random.forked(part: Part.plan.rawValue, 1)
        settings.rawBatchSizeMax = draws.pick([200, 1000, 4000, 16_000])
        settings.trainingBatchSizeMax = draws.pick([300, 2000, 1 << 20])
        settings.checkpointExamples = draws.pick([nil, 10, 40, 150])
        if draws.chance(0.7) { checkpointTiming = .turnsLater(draws.below(4)) }
        segmentSizeMax = draws.pick([500, 5000, 256 << 20])
        weights[Move.turn.rawValue] = 20
        weights[Move.settle.rawValue] = draws.below(6)
        let moves: [Move] = [
            .checkpoint, .stop, .rollBack, .purge, .kill, .losePower, .restart, .flip, .fillDisk,
        ]
        for move in moves where draws.chance(0.5) { weights[move.rawValue] = 1 + draws.below(3) }
        weights[Move.resume.rawValue] = 2 + draws.below(4)
        weights[Move.undo.rawValue] = draws.below(2)
        weights[Move.freeDisk.rawValue] = 1 + draws.below(4)
        drawFaults(&draws)
        var rides = random.forked(part: Part.plan.rawValue, 2)
        if rides.chance(0.4) { weights[Move.ride.rawValue] = 1 + rides.below(3) }
    }

    /// A few records, written in several batches over several files, with two checkpoints, a stop
    /// and a rollback: small enough for a fault at each of its calls.
    package init(short seed: UInt64) {
        self.init(undisturbed: seed)
        shape.count = 24
        settings.rawBatchSizeMax = 700
        settings.checkpointExamples = 9
        segmentSizeMax = 1500
        checkpointTiming = .turnsLater(1)
        weights[Move.turn.rawValue] = 6
        for move in [Move.settle, .checkpoint, .stop, .rollBack, .purge, .ride] {
            weights[move.rawValue] = 1
        }
        weights[Move.resume.rawValue] = 3
    }

    /// The same with launches of a candidate that learns otherwise.
    package mutating func addLaunches() {
        var draws = random.forked(part: Part.plan.rawValue, 3)
        var terms = LaunchTerms()
        terms.candidate = settings.learner
        terms.candidate.alpha = 0.05
        terms.stages = [0.2, 0.5].map {
            LaunchTerms.Stage(share: $0, leastTime: .zero, leastExposures: 1)
        }
        if let other = ArmName("C2"), let third = ArmName("C3") {
            terms.baselines = [
                LaunchTerms.Baseline(arm: .baseline, design: .stopped, share: 0.1),
                LaunchTerms.Baseline(arm: other, design: .delayed(.minutes(30)), share: 0.1),
            ]
            if draws.chance(0.3) {
                terms.baselines.append(
                    LaunchTerms.Baseline(arm: third, design: .parallel, share: 0.1))
            }
        }
        terms.isApart = draws.chance(0.3)
        shape.arms = ["A", "A", "B", "B"] + terms.baselines.map(\.arm.text)
        terms.metrics = [LaunchMetric(name: "label")]
        terms.lookEvery = .minutes(10)
        settings.launch = terms
        // A candidate answers from the second checkpoint on.
        settings.checkpointExamples = min(settings.checkpointExamples ?? 20, 20)
        weights[Move.launch.rawValue] = 8 + draws.below(8)
    }

    private mutating func drawFaults(_ draws: inout SeededRandom) {
        let rates = [0.0005, 0.002, 0.01]
        let chances: [WritableKeyPath<FaultPlan, Double>] = [
            \.readError, \.writeError, \.syncError, \.nameError, \.bookError, \.kill, \.powerLoss,
        ]
        for chance in chances where draws.chance(0.3) {
            faults[keyPath: chance] = draws.pick(rates)
        }
        if draws.chance(0.3) { faults.shortRead = 0.3 }
        if draws.chance(0.3) { faults.shortWrite = 0.3 }
    }
}
