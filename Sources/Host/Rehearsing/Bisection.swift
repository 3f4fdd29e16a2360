import Engine
import Filtering
import Learning
import Numerics
import Operation
import Recording
import Validation
import Vocabulary

/// Finds which examples turned a model bad. Throw-away cursors begin at a checkpoint from before
/// and leave parts of the log out, as a purge would; the golden set says what each part did. So the
/// part that does the harm is closed in on from both ends, then put down to one source or segment.
///
/// What a part did may hang on what was learned beside it. So an edge is where leaving out less
/// begins to repair much less.
struct Bisection {
    /// Counts, lengths of event time, and a share.
    enum Limits {
        /// Learners in memory at a time, beside that of the good checkpoint.
        static let cursorCount = 5
        static let cellsMax = 4096
        static let cellWidths = [
            Span.minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(6), .days(1),
        ]
        /// Sources, and segments, that are tried by themselves: those with most examples.
        static let sliceMax = 32
        static let sourceMax = 65_536
        /// Of what the window repairs, what one source or segment has to repair by itself.
        static let enough = 0.9
    }

    let ground: RehearsalGround
    /// When an alarm, or somebody, says that it began.
    let onset: Instant?
    /// The checkpoint that is taken for good; nil to look for one.
    let good: CheckpointID?

    func run() throws -> BisectionReport {
        // Two for the ends, some for each edge, and for sources and segments.
        ground.course.plan(16)
        let golden = try GoldenMeasure(ground)
        guard let base = try BisectionBase(ground, golden, onset: onset, good: good).find() else {
            return BisectionReport(
                text: "cannot tell: the newest checkpoint does no worse on the golden set than the "
                    + "best one before it, beyond chance; say since when it is bad, or which was "
                    + "good")
        }
        guard let bench = try BisectionBench(ground, golden, base) else {
            return BisectionReport(
                text: "cannot tell yet: labels of what came since \(base.words) are still to come")
        }
        if let onset, bench.end <= onset {
            return BisectionReport(
                text: "cannot tell yet: only what came before \(bench.end.rfc3339) has all of its "
                    + "labels, and it began at \(onset.rfc3339)")
        }
        return try BisectionSearch(bench).report()
    }
}

/// What the golden set says of learners.
struct GoldenMeasure {
    let ground: RehearsalGround
    let weights: [Double]
    private var reach: Double { ground.settings.gate.reach }

    /// Throws an `ActRefusal` if there is no set that can tell.
    init(_ ground: RehearsalGround) throws {
        self.ground = ground
        let blank = FTRLLearner(settings: ground.settings.learner)
        let rows: [GoldenRow]
        do {
            rows = try ground.golden.score(blank, nil)
        } catch let fault as GoldenFault {
            throw ActRefusal("the golden set cannot tell: \(fault)")
        }
        if let objection = Gate(ground.settings.gate).objection(toGoldenSet: rows) {
            throw ActRefusal("the golden set cannot tell: \(objection)")
        }
        weights = rows.map(\.weight)
    }

    /// In the order of the set.
    func losses(_ learner: FTRLLearner) throws -> [Double] {
        try ground.golden.score(learner, nil).map {
            Entropy.nats(of: $0.label, answering: $0.score)
        }
    }

    func estimate(_ losses: [Double]) -> Estimate? { Estimate(losses, weights: weights, reach) }

    /// Of the first less the second.
    func change(_ losses: [Double], _ others: [Double]) -> Estimate? {
        Estimate(losses, less: others, weights: weights, reach)
    }
}

/// Which checkpoint was still good.
struct BisectionBase {
    private let ground: RehearsalGround
    private let golden: GoldenMeasure
    private let onset: Instant?
    private let good: CheckpointID?

    init(_ ground: RehearsalGround, _ golden: GoldenMeasure, onset: Instant?, good: CheckpointID?) {
        (self.ground, self.golden, self.onset, self.good) = (ground, golden, onset, good)
    }

    /// Nil where the newest checkpoint does no worse than any before; throws an `ActRefusal` where
    /// the one that is to be good cannot be begun at.
    func find() throws -> RehearsalGround.Base? {
        let survey = try ground.survey(leavingOut: ground.active)
        if let good {
            let named = ground.candidates.filter { $0.id == good }
            guard let base = try ground.base(among: named, agreeing: survey), base.report != nil
            else {
                throw ActRefusal(
                    "\(good): no such checkpoint that is whole, has not failed, and has met what "
                        + "is learned now")
            }
            return base
        }
        if let onset {
            let before = ground.candidates.filter { ($0.eventTime ?? .distantPast) < onset }
            guard let base = try ground.base(among: before, agreeing: survey) else {
                throw ActRefusal(
                    "no checkpoint from before \(onset.rfc3339) is left that learning could go on "
                        + "from, and the training log no longer has its beginning")
            }
            return base
        }
        return try firstTurn(among: ground.candidates.filter { ground.agrees($0, survey) })
    }

    /// The last checkpoint, by halving, whose golden loss is nearer to that of the best than to
    /// that of the newest. The best is looked for among a few, evenly spread.
    private func firstTurn(among reports: [CheckpointReport]) throws -> RehearsalGround.Base? {
        let rising = Array(reports.filter { $0.cursor > 0 }.reversed())
        var whole: [Int: (base: RehearsalGround.Base, losses: [Double])] = [:]
        // One that cannot be read says nothing: it is taken for bad.
        func loss(_ index: Int) throws -> Double {
            guard let loaded = ground.loadWhole(rising[index]) else { return .infinity }
            let losses = try golden.losses(try ModelEngine.moment(of: loaded).learner)
            whole[index] = (.checkpoint(rising[index], loaded), losses)
            return golden.estimate(losses)?.mean ?? .infinity
        }
        try ground.course.begin("halves the checkpoints")
        guard rising.count > 1 else { return nil }
        let last = rising.count - 1
        let newest = try loss(last)
        var (low, best) = (0, Double.infinity)
        for index in stride(from: 0, to: last, by: max(1, last / Self.spreadCount)) {
            try ground.course.advance(to: Double(index) / Double(rising.count))
            let found = try loss(index)
            if found <= best { (low, best) = (index, found) }
        }
        guard let bad = whole[last]?.losses, let good = whole[low]?.losses,
            let change = golden.change(bad, good), change.low > 0
        else { return nil }
        var high = last
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if try loss(middle) - best < (newest - best) / 2 { low = middle } else { high = middle }
        }
        return whole[low]?.base
    }

    private static let spreadCount = 16
}

extension RehearsalGround.Base {
    var words: String { report?.id.description ?? "the beginning of the log" }
}
