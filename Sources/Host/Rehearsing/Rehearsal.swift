import Checkpointing
import Engine
import Filtering
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Validation
import Vocabulary
import World

/// Tries every response over one window: a throw-away cursor for each, all over one reading of the
/// training log. Nothing of the model is touched.
struct Rehearsal {
    /// Counts.
    enum Limits {
        /// Examples of each kind whose loss is kept, the first ones of the log.
        static let measuredMax = 100_000
    }

    let ground: RehearsalGround
    let window: ExampleSelection
    /// Event time at which it began to go wrong.
    let onset: Instant
    /// What comes with this event time or later does not count; nil for the log's end.
    var until: Instant?
    /// The share of a step that riding through takes.
    var stepShare = Self.standardShare

    /// True where the window is of one source or segment that stands out, rather than all alike.
    var isNarrow = false

    /// Of the steps of one rehearsal, for its course.
    static let learningWeight = 20.0
    static let weight = learningWeight + 4

    /// A tenth: as if each example counted for a tenth.
    static let standardShare = 0.1

    /// Where each response begins.
    private struct Plan {
        /// Of all that learn.
        var base: RehearsalGround.Base
        /// The first entry that came once the stream had reached the onset.
        var first: UInt64
        /// What a rollback lands on, and why there is none.
        var target: RehearsalGround.Base?
        /// What a purge would go back to.
        var purgeBase: CheckpointReport?
        /// Wall times: of reading a checkpoint, of looking through the log for what a purge differs
        /// in, and of writing and judging a checkpoint, as the newest ones took.
        var loading = Span.zero
        var surveying = Span.zero
        var keeping = 0.0
        /// Of reading an entry of the log, in seconds.
        var reading = 0.0
    }

    private var purged: [Exclusion] {
        let id = ExclusionID(model: ground.name, number: 9999)
        return ground.active + [Exclusion(id: id, what: .examples(window))]
    }

    func run() throws -> (outcome: RehearsedWindow, comparison: ResponseComparison) {
        var plan = try plan()
        let cursors = try cursors(plan)
        let wait = ground.settings.wait ?? .zero
        var reading = LogReading(
            window: window, active: ground.active, until: until,
            matured: min(try ground.matured(), until.map { $0 - wait } ?? .distantFuture))
        if case .checkpoint(_, let loaded) = plan.base { reading.clock = loaded.clock }
        let begun = ground.clock.monotonic()
        try read(plan.base.cursor, into: &reading, cursors)
        let busy = cursors.reduce(Span.zero) { $0 + $1.busy }
        let entries = reading.end - min(reading.end, plan.base.cursor.sequence)
        plan.reading = (ground.clock.monotonic() - begun - busy).seconds / Double(max(entries, 1))
        return try assess(plan, cursors, reading)
    }

    // MARK: where to begin

    private func plan() throws -> Plan {
        let first = min(onset, window.from)
        let survey = try ground.survey(leavingOut: ground.active)
        let firstEntry = try ground.firstEntry(after: first)
        let before = ground.candidates.filter {
            ($0.eventTime ?? .distantPast) < first && $0.cursor <= firstEntry
        }
        guard let base = try ground.base(among: before, agreeing: survey) else {
            throw ActRefusal(
                "\(ground.name): no checkpoint from before \(first.rfc3339) is left that learning "
                    + "could go on from, and the training log no longer has its beginning")
        }
        var plan = Plan(base: base, first: firstEntry)
        // As a rollback to before this time chooses.
        let healthy = ground.folder.reports.filter { report in
            report.verdict == .passed && report.eventTime.map { $0 < onset } ?? false
        }
        let begun = ground.clock.monotonic()
        if let target = try ground.base(among: healthy, agreeing: survey), target.report != nil {
            plan.target = target
        }
        plan.loading = ground.clock.monotonic() - begun
        let surveyed = ground.clock.monotonic()
        let purgeSurvey = try ground.survey(leavingOut: purged)
        plan.surveying = ground.clock.monotonic() - surveyed
        let kept = ground.folder.reports.compactMap(\.seconds).prefix(5).sorted()
        plan.keeping = kept.isEmpty ? plan.loading.seconds : kept[kept.count / 2]
        plan.purgeBase = ground.candidates.first { ground.agrees($0, purgeSurvey) }
        return plan
    }

    private func cursors(_ plan: Plan) throws -> [ThrowawayCursor] {
        let start = { try plan.base.moment(ground.settings.learner) }
        let (active, rides) = (ground.active, ground.rides)
        let heldAt = until == nil ? ground.standing.heldAt : nil
        var cursors = [
            ThrowawayCursor(
                .doNothing, from: try start(), leavingOut: active,
                end: heldAt.map { .sequence($0) } ?? .never, riding: rides),
            ThrowawayCursor(
                .stop, from: try start(), leavingOut: active,
                end: .sequence(plan.first), riding: rides),
        ]
        if case .checkpoint(_, let loaded)? = plan.target {
            let moment = try ModelEngine.moment(of: loaded)
            cursors.append(
                ThrowawayCursor(
                    .rollBack, from: moment, leavingOut: active, end: .never, isFrozen: true))
        }
        cursors.append(
            ThrowawayCursor(
                .purge, from: try start(), leavingOut: purged, end: .never, riding: rides))
        cursors.append(
            ThrowawayCursor(
                .rideThrough, from: try start(), leavingOut: active, end: .never,
                riding: rides + [ride(from: plan.first)]))
        return cursors
    }

    /// As if it had begun at the onset.
    private func ride(from first: UInt64) -> Ride {
        Ride(
            id: RideID(model: ground.name, number: 9999), from: first, until: window.to,
            stepShare: Float(stepShare), madeAfter: 0)
    }

    private func read(
        _ start: TrainingCursor, into reading: inout LogReading, _ cursors: [ThrowawayCursor]
    ) throws {
        try ground.course.begin("learns", weight: Self.learningWeight)
        try ground.forEachBatch(from: start.batch.offset) { bytes, header in
            let batch = reading.measure(bytes, header, from: start.sequence)
            for cursor in cursors { cursor.meet(batch, clock: ground.clock) }
            return !reading.isOver
        }
    }

    // MARK: what came of it

    private func assess(
        _ plan: Plan, _ cursors: [ThrowawayCursor], _ reading: LogReading
    ) throws -> (outcome: RehearsedWindow, comparison: ResponseComparison) {
        try ground.course.begin("scores the golden set")
        let scores = GoldenScores(ground, cursors)
        let nothing = cursors[0]
        var responses: [RehearsedResponse] = []
        for response in Response.allCases {
            guard let cursor = cursors.first(where: { $0.response == response }) else {
                var row = RehearsedResponse(response, text: "goes back to before the onset")
                row.fault = "no passed checkpoint is left that met nothing from the onset on"
                responses.append(row)
                continue
            }
            responses.append(row(cursor, against: nothing, plan, reading, scores))
        }
        let comparison = ResponseComparison(
            cursors, reading, scores, reach: ground.settings.gate.reach)
        var outcome = RehearsedWindow(
            window: window, onset: onset, examples: reading.selected, stepShare: stepShare,
            responses: responses,
            recommendation: comparison.recommendation(
                among: responses, isNarrow: isNarrow, fault: scores.fault))
        if let doubt = scores.doubt(about: window) {
            outcome.recommendation.evidence.append(doubt)
        }
        return (outcome, comparison)
    }

    private func row(
        _ cursor: ThrowawayCursor, against nothing: ThrowawayCursor, _ plan: Plan,
        _ reading: LogReading, _ scores: GoldenScores
    ) -> RehearsedResponse {
        let reach = ground.settings.gate.reach
        var row = RehearsedResponse(cursor.response, text: words(cursor, plan))
        row.fault = cursor.fault
        row.checkpoint = landing(cursor, plan)?.id
        row.cursor = cursor.sequence
        row.learnerDigest = SHA256.digest(of: cursor.learner.encode()).hex
        row.golden = scores.estimate(cursor.response, reach)
        row.goldenChange = scores.change(cursor.response, from: .doNothing, reach)
        row.calibration = scores.calibration(cursor.response)
        row.during = Estimate(cursor.losses.during, weights: reading.duringWeights, reach)
        row.forward = Estimate(cursor.losses.forward, weights: reading.forwardWeights, reach)
        row.forwardChange = Estimate(
            cursor.losses.forward, less: nothing.losses.forward, weights: reading.forwardWeights,
            reach)
        row.examplesLost = lost(cursor, against: nothing, plan, reading)
        if let now = reading.clock.now, let met = cursor.clock.now {
            row.stalenessSeconds = max(.zero, now - met).seconds
        }
        row.secondsToGetThere = seconds(cursor, plan, reading)
        return row
    }

    private func landing(_ cursor: ThrowawayCursor, _ plan: Plan) -> CheckpointReport? {
        switch cursor.response {
        case .doNothing, .stop: nil
        case .rollBack: plan.target?.report
        case .purge: plan.purgeBase
        case .rideThrough: plan.base.report
        }
    }

    private func words(_ cursor: ThrowawayCursor, _ plan: Plan) -> String {
        func way(_ report: CheckpointReport?) -> String {
            report.map { "back to \($0.id)" } ?? "back to the beginning"
        }
        switch cursor.response {
        case .doNothing:
            guard let held = ground.standing.heldAt, until == nil else { return "goes on as it is" }
            return "stays stopped at entry \(held)"
        case .stop: return "had stopped at the onset, and stays there"
        case .rollBack: return "\(way(plan.target?.report)), and stays there"
        case .purge: return "\(way(plan.purgeBase)), learns all but the window"
        case .rideThrough:
            return "had ridden since the onset, with \(FigureText.percent(stepShare)) of each step "
                + "until the window's end"
        }
    }

    /// Both have begun at some checkpoint: what counts is what each has met in all.
    private func lost(
        _ cursor: ThrowawayCursor, against nothing: ThrowawayCursor, _ plan: Plan,
        _ reading: LogReading
    ) -> UInt64 {
        let met = plan.base.trained + nothing.learned
        switch cursor.response {
        case .doNothing, .rideThrough: return 0
        case .stop: return met - min(met, plan.base.trained + cursor.learned)
        case .rollBack:
            return met - min(met, plan.target?.trained ?? 0)
        // Of the window, what is learned as it is.
        case .purge: return min(reading.selected(before: nothing.sequence), met)
        }
    }

    /// By what reading checkpoints and the log, and learning, took here; a checkpoint is read
    /// twice, and one is written and judged.
    private func seconds(
        _ cursor: ThrowawayCursor, _ plan: Plan, _ reading: LogReading
    ) -> Double {
        switch cursor.response {
        case .doNothing, .stop: return 0
        case .rollBack: return 2 * plan.loading.seconds + plan.keeping
        case .purge, .rideThrough:
            let first = landing(cursor, plan)?.cursor ?? 0
            let ahead = reading.end - min(reading.end, first)
            let met = cursor.sequence - min(cursor.sequence, plan.base.cursor.sequence)
            let pace = met > 0 ? cursor.busy.seconds / Double(met) : 0
            return plan.surveying.seconds + 2 * plan.loading.seconds + plan.keeping
                + Double(ahead) * (pace + plan.reading)
        }
    }
}

/// One reading of the training log, and what it finds of the window and behind it.
struct LogReading {
    private let selection: ExclusionFilter
    private let active: ExclusionFilter
    private let window: ExampleSelection
    private let until: Instant?
    /// What is newer is not measured: its negatives are not in yet.
    private let matured: Instant
    /// Follows the stream: labels come after their examples.
    var clock = EventClock()
    private(set) var duringWeights: [Double] = []
    private(set) var forwardWeights: [Double] = []
    /// Entries of the window that training meets, by their sequences, rising.
    private var selectedSequences: [UInt64] = []
    /// The entry behind the last one that was read.
    private(set) var end: UInt64 = 0
    /// True once all is read that counts.
    private(set) var isOver = false

    init(
        window: ExampleSelection, active: [Exclusion], until: Instant?, matured: Instant
    ) {
        (self.window, self.until, self.matured) = (window, until, matured)
        selection = .only(window)
        self.active = ExclusionFilter(active)
    }

    var selected: UInt64 { UInt64(selectedSequences.count) }

    func selected(before sequence: UInt64) -> UInt64 {
        UInt64(selectedSequences.prefix { $0 < sequence }.count)
    }

    /// The entries of a batch from a sequence on.
    mutating func measure(
        _ bytes: UnsafeRawPointer, _ header: BatchHeader, from first: UInt64
    ) -> MeasuredBatch {
        var batch = MeasuredBatch(bytes)
        var offset = BatchHeader.size
        for index in 0..<header.count {
            let entry = EntryView(bytes + offset)
            let sequence = header.firstSequence + UInt64(index)
            let place = offset
            offset += entry.size
            guard sequence >= first else { continue }
            if let until, max(entry.arrival, entry.time) >= until {
                isOver = true
                break
            }
            clock.note(max(entry.arrival, entry.time))
            end = sequence + 1
            let kind = kind(of: entry, at: sequence)
            batch.append(MeasuredBatch.Row(offset: place, sequence: sequence, kind: kind))
        }
        return batch
    }

    private mutating func kind(
        of entry: EntryView, at sequence: UInt64
    ) -> MeasuredBatch.Kind {
        guard !active.excludes(entry, at: sequence) else { return .unmeasured }
        if selection.excludes(entry) {
            selectedSequences.append(sequence)
            guard duringWeights.count < Rehearsal.Limits.measuredMax, entry.time <= matured else {
                return .unmeasured
            }
            duringWeights.append(Double(entry.weight))
            return .during
        }
        guard entry.time >= window.to, entry.time <= matured,
            forwardWeights.count < Rehearsal.Limits.measuredMax
        else { return .unmeasured }
        forwardWeights.append(Double(entry.weight))
        return .forward
    }

    var allWeights: [Double] { duringWeights + forwardWeights }

    /// True where only a stretch of the past counts.
    var isPast: Bool { until != nil }
}
