import Engine
import Filtering
import Launching
import Learning
import Numerics
import Recording
import Vocabulary
import World

/// A launch as its cursors would have gone, over a model's training log: production, the candidate
/// on pooled data and on its own, a production that learned from as little, and three baselines.
/// All are taught side by side in one pass and scored on the same examples; nothing is kept.
///
/// It is about what cursors learn, not about what shoppers would have done: the examples are those
/// that production chose.
final class LaunchRehearsal {
    /// What is asked.
    struct Order: Sendable {
        var since: Instant
        var shares: TrafficShares
        var candidate: LearnerSettings
        var delay: Span
    }

    /// Counts.
    private enum Limits {
        /// A parallel universe whose weights change by more in the last quarter is settling.
        static let changeMax = 0.1
    }

    private let ground: RehearsalGround
    private let order: Order
    private let filter: ExclusionFilter
    private let until: Instant
    private let cursors: [LaunchCursor]
    private var mixing: MixingMatrix
    private var measures = ControlMeasures()
    /// The parallel universe's learner at three quarters of the launch.
    private var earlier: FTRLLearner?
    private let behind: LogFollower
    /// The log as production's learner takes it, and as the candidate's does.
    private let chosen: ChosenEntries
    private let candidates: ChosenEntries
    private var newest = Instant.distantPast

    /// Places of cursors in the list.
    private enum Place {
        static let production = 0
        static let candidate = 1
        static let apart = 2
        static let matched = 3
        static let stopped = 4
        static let delayed = 5
        static let parallel = 6
        /// With the candidate's settings.
        static let areCandidates = [candidate, apart]
    }

    init(_ ground: RehearsalGround, _ order: Order) throws {
        (self.ground, self.order) = (ground, order)
        filter = ExclusionFilter(ground.active)
        let matured = try ground.matured()
        guard let newest = try ground.newestTime(), order.since < min(newest, matured) else {
            throw ActRefusal("nothing of \(order.since.rfc3339) or later has all of its labels yet")
        }
        until = min(newest, matured)
        behind = try LogFollower(ground.trainingLog)
        chosen = ground.chosen
        candidates = ground.chosen(order.candidate.features)
        mixing = MixingMatrix(order.shares.arms)
        let (a, b, c) = (ArmName.candidate, ArmName.production, ArmName.baseline)
        let (mine, theirs) = (ground.settings.learner, order.candidate)
        // The parallel universe's units are nobody else's, from the log's beginning on.
        let pooled = [a, b]
        func blank(_ settings: LearnerSettings) -> FTRLLearner { FTRLLearner(settings: settings) }
        cursors = [
            LaunchCursor("B", blank(mine), before: pooled, since: pooled),
            LaunchCursor("A", blank(theirs), before: pooled, since: pooled),
            LaunchCursor("A apart", blank(theirs), before: pooled, since: [a]),
            LaunchCursor("B as little", blank(mine), before: pooled, since: [a]),
            LaunchCursor("C stopped", blank(mine), pace: .stopped, before: pooled, since: []),
            LaunchCursor(
                "C delayed", blank(mine), pace: .delayed(order.delay), before: pooled,
                since: pooled),
            LaunchCursor("C parallel", blank(mine), before: [c], since: [c]),
        ]
    }

    /// One pass over the log.
    func run() throws -> LaunchRehearsalReport {
        try ground.course.begin("teaches \(cursors.count) cursors")
        try ground.forEachLoggedBatch(take)
        return report()
    }

    private func take(_ bytes: UnsafeRawPointer, _ header: BatchHeader) throws {
        var offset = BatchHeader.size
        for index in 0..<header.count {
            let entry = EntryView(bytes + offset)
            offset += entry.size
            guard !filter.excludes(entry, at: header.firstSequence + UInt64(index)) else {
                continue
            }
            let arm = order.shares.arm(of: entry.launchUnit)
            let isLaunched = entry.time >= order.since
            try advance(to: entry.time)
            let (taken, candidates) = (try chosen.entry(entry), try candidates.entry(entry))
            if isLaunched, entry.time < until { measure(taken, candidates) }
            for (place, cursor) in cursors.enumerated() where place != Place.delayed {
                let isMet = try cursor.meet(
                    Place.areCandidates.contains(place) ? candidates : taken, of: arm,
                    isLaunched: isLaunched)
                guard isMet, isLaunched else { continue }
                switch place {
                case Place.production: mixing.note(trained: .production, servedBy: arm)
                case Place.candidate: mixing.note(trained: .candidate, servedBy: arm)
                case Place.parallel: mixing.note(trained: .baseline, servedBy: arm)
                default: break
                }
            }
        }
    }

    private func measure(_ entry: EntryView, _ candidates: EntryView) {
        let unit = entry.launchUnit
        for (place, cursor) in cursors.enumerated() {
            cursor.measure(Place.areCandidates.contains(place) ? candidates : entry)
        }
        let production = cursors[Place.production].loss
        for cursor in cursors.dropFirst() {
            cursor.difference.add(unit: unit, amount: cursor.loss - production)
        }
        measures.note(
            ControlMeasures.Losses(
                candidate: cursors[Place.apart].loss, production: production, alone: production,
                matched: cursors[Place.matched].loss, stopped: cursors[Place.stopped].loss),
            unit: unit, hours: (entry.time - order.since).seconds / 3600)
    }

    /// The delayed cursor, and the parallel universe's learner at three quarters.
    private func advance(to time: Instant) throws {
        guard time > newest else { return }
        newest = time
        let limit = newest - order.delay
        try behind.followEntries(while: { entry, _ in entry.time <= limit }) { entry, sequence in
            guard !filter.excludes(entry, at: sequence) else { return }
            _ = try cursors[Place.delayed].meet(
                try chosen.entry(entry), of: order.shares.arm(of: entry.launchUnit),
                isLaunched: entry.time >= order.since)
        }
        let quarter = Span(microseconds: (until - order.since).microseconds / 4)
        guard earlier == nil, newest >= until - quarter else { return }
        let bytes = cursors[Place.parallel].learner.encode()
        earlier = try bytes.withUnsafeBytes { try FTRLLearner(decoding: $0) }
    }

    // MARK: what came of it

    private func report() -> LaunchRehearsalReport {
        let change = parallelChange
        let rows = cursors.enumerated().map { place, cursor in
            LaunchRehearsalReport.Row(
                name: cursor.name, learned: cursor.learned, logLoss: cursor.meanLoss,
                againstProduction: place == Place.production
                    ? nil : LossGap(cursor.difference),
                limit: limit(place, change))
        }
        var report = LaunchRehearsalReport(
            model: ground.name, since: order.since, until: until,
            measured: cursors[Place.production].measuredCount, cursors: rows,
            decay: measures.decay.curve, mixing: mixing)
        report.handicap =
            Handicap(
                candidate: measures.candidate, matched: measures.matched,
                learned: cursors[Place.apart].launchLearned,
                productionLearned: cursors[Place.production].launchLearned
            )?.text
        report.alarms = [ArmName.baseline].compactMap { mixing.contamination(of: $0) }
        for arm in [ArmName.candidate, .production] {
            guard let share = mixing.share(of: arm, servedBy: .baseline), share > 0 else {
                continue
            }
            report.alarms.append("contamination: \(arm) learned from C's units")
        }
        return report
    }

    private func limit(_ place: Int, _ change: Double?) -> String? {
        switch place {
        case Place.stopped: return BaselineKind.stopped(since: order.since).limit(at: until)
        case Place.delayed:
            return BaselineKind.delayed(by: order.delay, exposedSince: order.since).limit(at: until)
        case Place.parallel:
            guard let change else { return "cannot tell whether it has settled" }
            let isSettled = change <= Limits.changeMax
            let kind = BaselineKind.parallel(since: order.since, isSettled: isSettled)
            return kind.limit(at: until)
                + ", weights changed by \(FigureText.percent(change)) in the last quarter"
        default: return nil
        }
    }

    /// Σ|Δw| of the parallel universe over the last quarter, as a share of Σ|w|.
    private var parallelChange: Double? {
        let learner = cursors[Place.parallel].learner
        guard let earlier else { return nil }
        let all = learner.distance(to: FTRLLearner(settings: learner.settings)).sum
        return all > 0 ? learner.distance(to: earlier).sum / all : nil
    }
}

extension EntryView {
    /// What arms are assigned by, as far as the training log has it.
    var launchUnit: UInt64 { source != 0 ? source : idHash }
}
