import Engine
import Filtering
import Learning
import Numerics
import Operation
import Recording
import Validation
import Vocabulary
import World

/// Scores versions of a model on one stretch of its training log that none of them has learned
/// from, beside a learner that goes on through it. Reads only.
struct VersionBoard {
    /// Counts.
    private enum Limits {
        /// Parts of the stretch, of which an interval is made.
        static let parts = 24
        static let partsMin = 4
    }

    private let ground: RehearsalGround
    private let from: Instant
    private let to: Instant

    /// The newest stretch so long whose labels are all in.
    init(_ ground: RehearsalGround, last: Span) throws {
        guard let newest = try ground.newestTime() else {
            throw ActRefusal("the training log of \(ground.name) is empty")
        }
        self.ground = ground
        to = min(newest + Span(microseconds: 1), ground.matured(at: newest))
        from = to - last
    }

    /// Of the versions that are named; of some of all ages without names.
    func report(of named: [CheckpointID]) throws -> VersionReport {
        let known = eligible()
        let reports = try named.isEmpty ? spread(known) : named.map(eligible)
        let survey = try ground.survey(leavingOut: ground.active)
        guard let base = try ground.base(among: known, agreeing: survey) else {
            throw ActRefusal(
                "\(ground.name): no checkpoint from before \(from.rfc3339) is left that learning "
                    + "could go on from, and the training log no longer has its beginning")
        }
        let live = ThrowawayCursor(
            .doNothing, from: try base.moment(ground.settings.learner), leavingOut: ground.active,
            end: .never, riding: ground.rides)
        let versions = try reports.map { report in
            guard let loaded = ground.loadWhole(report) else {
                throw ActRefusal("\(report.id) cannot be read, or is not what was written")
            }
            return loaded.learner
        }
        let sums = try read(from: base.cursor, live, versions)
        return try assess(reports, live, versions, sums)
    }

    // MARK: which versions

    /// Those that learned nothing of the stretch, the longest learned first.
    private func eligible() -> [CheckpointReport] {
        ground.candidates.filter { ($0.eventTime ?? .distantFuture) < from }
    }

    private func eligible(_ id: CheckpointID) throws -> CheckpointReport {
        guard let report = ground.candidates.first(where: { $0.id == id }) else {
            throw ActRefusal("there is no checkpoint \(id) of \(ground.name) that can be used")
        }
        guard let time = report.eventTime, time < from else {
            throw ActRefusal(
                "\(id) learned until \(report.eventTime?.rfc3339 ?? "-"), so it has met examples "
                    + "of the stretch from \(from.rfc3339) to \(to.rfc3339): say a shorter one")
        }
        return report
    }

    /// The newest, ever older ones by steps that double, and the oldest.
    private func spread(_ reports: [CheckpointReport]) throws -> [CheckpointReport] {
        guard let oldest = reports.last else {
            let first = ground.candidates.compactMap(\.eventTime).min()
            throw ActRefusal(
                "\(ground.name): every checkpoint that is kept has learned of the stretch from "
                    + "\(from.rfc3339) to \(to.rfc3339)"
                    + (first.map { "; the oldest learned until \($0.rfc3339): say a shorter one" }
                        ?? ""))
        }
        var chosen: [CheckpointReport] = []
        var index = 0
        while index < reports.count {
            chosen.append(reports[index])
            index = 2 * index + 1
        }
        if chosen.last?.id != oldest.id { chosen.append(oldest) }
        return chosen
    }

    // MARK: what they say

    /// What is summed over the examples of one part.
    private struct PartSums {
        var count = 0
        var weight = 0.0
        var labels = 0.0
        /// Of the learner that goes on, then of each version.
        var losses: [Double]
        var predictions: [Double]

        init(_ count: Int) {
            losses = Array(repeating: 0, count: count)
            predictions = losses
        }

        mutating func add(_ index: Int, _ entry: EntryView, _ logit: Double) {
            let (weight, logistic) = (Double(entry.weight), Entropy.Logistic(logit))
            losses[index] += weight * (logistic.softplus - Double(entry.label) * logit)
            predictions[index] += weight * logistic.probability
        }

        static func += (sums: inout PartSums, other: PartSums) {
            sums.count += other.count
            sums.weight += other.weight
            sums.labels += other.labels
            for index in sums.losses.indices {
                sums.losses[index] += other.losses[index]
                sums.predictions[index] += other.predictions[index]
            }
        }

        /// In nats an example; nil without examples.
        func logLoss(_ index: Int) -> Double? { weight > 0 ? losses[index] / weight : nil }
    }

    private func read(
        from start: TrainingCursor, _ live: ThrowawayCursor, _ versions: [FTRLLearner]
    ) throws -> [PartSums] {
        var sums = Array(repeating: PartSums(versions.count + 1), count: Limits.parts)
        let own = ground.chosen
        let entries = versions.map { ground.chosen($0.settings.features) }
        try ground.course.begin("scores", weight: Double(versions.count + 1))
        try ground.forEachLoggedBatch(from: start.batch.offset) { bytes, header in
            try header.forEachEntry(bytes) { entry, sequence in
                guard sequence >= start.sequence,
                    let scored = live.learn(try own.entry(entry), at: sequence)
                else {
                    if let fault = live.fault { throw ActRefusal("learning on \(fault)") }
                    return
                }
                guard entry.time >= from, entry.time < to else { return }
                let part = part(of: entry.time)
                let weight = Double(entry.weight)
                sums[part].count += 1
                sums[part].weight += weight
                sums[part].labels += weight * Double(entry.label)
                sums[part].add(0, entry, scored.logit)
                for (index, version) in versions.enumerated() {
                    let logit = version.score(try entries[index].entry(entry))
                    sums[part].add(index + 1, entry, logit)
                }
            }
        }
        return sums
    }

    private func part(of time: Instant) -> Int {
        let share = (time - from).seconds / (to - from).seconds
        return min(Int(share * Double(Limits.parts)), Limits.parts - 1)
    }

    private func start(of part: Int) -> Instant {
        from + Span(microseconds: (to - from).microseconds / Int64(Limits.parts) * Int64(part))
    }

    private func assess(
        _ reports: [CheckpointReport], _ live: ThrowawayCursor, _ versions: [FTRLLearner],
        _ parts: [PartSums]
    ) throws -> VersionReport {
        var whole = PartSums(versions.count + 1)
        for part in parts { whole += part }
        guard whole.weight > 0 else {
            throw ActRefusal(
                "\(ground.name): no trained example is of \(from.rfc3339) to \(to.rfc3339)")
        }
        func figures(_ index: Int, _ learner: FTRLLearner) throws -> VersionReport.Figures {
            let rows = try ground.golden.exists() ? ground.golden.score(learner, nil) : []
            return VersionReport.Figures(
                logLoss: whole.losses[index] / whole.weight,
                calibration: whole.labels > 0 ? whole.predictions[index] / whole.labels : nil,
                goldenLoss: Gate.logLoss(of: rows))
        }
        try ground.course.begin("scores the golden set")
        let rows = try zip(reports, versions).enumerated().map { index, pair in
            let (report, learner) = pair
            return VersionReport.Version(
                report, learnedUntil: report.eventTime ?? from, until: to,
                figures: try figures(index + 1, learner), excess: excess(index + 1, whole, parts))
        }
        return VersionReport(
            model: ground.name, from: from, to: to, examples: whole.count,
            baseRateEntropy: Entropy.nats(whole.labels / whole.weight),
            goingOn: try figures(0, live.learner), versions: rows,
            parts: parts.enumerated().map { index, part in
                VersionReport.Part(
                    from: start(of: index), examples: part.count, goingOn: part.logLoss(0),
                    versions: versions.indices.map { part.logLoss($0 + 1) })
            })
    }

    /// The mean difference of a version's losses from those of the learner that goes on. Examples
    /// of one part have much in common, so that its interval is made of the parts' sums, each
    /// taken as one observation (Liang and Zeger 1986), with Student's t for so few.
    private func excess(
        _ index: Int, _ whole: PartSums, _ parts: [PartSums]
    ) -> Estimate? {
        let mean = (whole.losses[index] - whole.losses[0]) / whole.weight
        let known = parts.filter { $0.weight > 0 }
        guard known.count >= Limits.partsMin, mean.isFinite else { return nil }
        let squares = known.reduce(0) { sum, part in
            let distance = part.losses[index] - part.losses[0] - mean * part.weight
            return sum + distance * distance
        }
        let freedom = Double(known.count - 1)
        let error =
            (squares * Double(known.count) / freedom).squareRoot() / whole.weight
        let chance = TailChance.normal(ground.settings.gate.reach)
        let reach = TailChance.studentScore(chance, freedom: freedom) * error
        return Estimate(mean: mean, low: mean - reach, high: mean + reach, count: whole.count)
    }
}

extension StateReading {
    /// Holds checkpoints of other ages against going on with learning, over the newest stretch of
    /// event time so long. Reads only, beside a running engine too. The same state gives the same
    /// figures. Throws an `ActRefusal` where there is nothing to compare.
    package func versions(
        of settings: ModelSettings, named: [CheckpointID], last: Span, course: RehearsalCourse
    ) throws -> VersionReport {
        let ground = try RehearsalGround(
            settings, model: "\(path)/models/\(settings.name)", standing: ModelStanding(),
            world: world, course: course)
        return try VersionBoard(ground, last: last).report(of: named)
    }
}
