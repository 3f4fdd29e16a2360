import Checkpointing
import Engine
import Filtering
import Joining
import Learning
import Monitoring
import Operation
import Recording
import Validation
import Vocabulary
import World

/// How a model stands, for whoever looks at its files beside it.
package struct ModelStanding: Sendable {
    /// Where the trainer stays, because it is stopped; nil while it follows the log.
    package var heldAt: UInt64?
    /// Answers whose example came to other features on the way of training.
    package var skewCount = 0

    package init() {}

    package init(_ report: ModelReport) {
        if report.training.state == .stopped { heldAt = report.training.cursor }
        skewCount = report.serving.skewed
    }
}

/// What a rehearsal stands on: a model's logs, checkpoints and books, read beside an engine that
/// may be running on them. Changes nothing.
struct RehearsalGround {
    let settings: ModelSettings
    let folder: CheckpointFolder
    let trainingLog: LogFolder
    let rawLog: LogFolder
    let golden: GoldenFolder
    /// What is left out of training now.
    let active: [Exclusion]
    /// What was, or is, learned with smaller steps.
    let rides: [Ride]
    let standing: ModelStanding
    let clock: any HostClock
    let course: RehearsalCourse
    private let book: ExclusionBook
    private let promotions: PromotionBook
    private let records: RecordReader
    /// The oldest entry that the training log still has.
    private let firstSequence: UInt64

    init(
        _ settings: ModelSettings, model path: String, standing: ModelStanding, world: HostWorld,
        course: RehearsalCourse
    ) throws {
        promotions = try PromotionBook(of: path, disk: world.disk)
        (self.standing, self.course) = (standing, course)
        clock = world.clock
        folder = try CheckpointFolder(path + "/checkpoints", model: settings.name, disk: world.disk)
        let settings = folder.inForce(try PromotionBook.inForce(settings, in: path, world.disk))
        self.settings = settings
        trainingLog = try LogFolder(path + "/training", kind: .training, world: world)
        let rawLog = try LogFolder(path + "/raw", kind: .raw, world: world)
        self.rawLog = rawLog
        records = RecordReader(settings, rawLog)
        golden = GoldenFolder(
            folder: path, disk: world.disk, design: settings.design)
        book = try ExclusionBook(of: path, disk: world.disk)
        rides = try RideBook(of: path, disk: world.disk).rides
        active = book.active
        firstSequence =
            trainingLog.start == 0
            ? 0 : try trainingLog.header(at: trainingLog.start)?.firstSequence ?? 0
        guard folder.reports.first?.passEnds.isEmpty ?? true else {
            throw ActRefusal(
                "\(settings.name) met its log in several passes; a rehearsal follows one")
        }
    }

    var name: ModelName { settings.name }

    /// Checkpoints that are not known to be broken, those that have seen most first.
    var candidates: [CheckpointReport] {
        folder.reports.filter { $0.verdict != .failed && $0.passEnds.isEmpty }
            .sorted { ($0.cursor, $0.id) > ($1.cursor, $1.id) }
    }

    /// Where learning can go on from.
    enum Base {
        case beginning
        case checkpoint(CheckpointReport, LoadedCheckpoint)

        var report: CheckpointReport? {
            guard case .checkpoint(let report, _) = self else { return nil }
            return report
        }

        var cursor: TrainingCursor {
            guard case .checkpoint(_, let loaded) = self else { return TrainingCursor() }
            return loaded.manifest.cursor
        }

        /// A state to learn on from, with a learner of its own.
        func moment(_ settings: LearnerSettings) throws -> Trainer.Moment {
            guard case .checkpoint(_, let loaded) = self else {
                return Trainer.Moment(beginningWith: settings)
            }
            return try ModelEngine.moment(of: loaded)
        }

        /// Examples that a learner from there has met.
        var trained: UInt64 {
            guard case .checkpoint(_, let loaded) = self else { return 0 }
            return loaded.trained
        }
    }

    /// The first of some checkpoints that is whole and whose learner agrees with a survey; the
    /// beginning of the log where there is none, nil where that is gone.
    func base(
        among reports: [CheckpointReport], agreeing survey: SetSurvey
    ) throws -> Base? {
        for report in reports
        where report.cursor >= firstSequence && agrees(report, survey) {
            if let loaded = loadWhole(report) { return .checkpoint(report, loaded) }
        }
        return firstSequence == 0 && trainingLog.start == 0 ? .beginning : nil
    }

    /// A checkpoint that is what its report says; nil if it isn't, or cannot be read.
    func loadWhole(_ report: CheckpointReport) -> LoadedCheckpoint? {
        loadWholeFile(report)?.checkpoint
    }

    private func loadWholeFile(
        _ report: CheckpointReport
    ) -> (checkpoint: LoadedCheckpoint, bytes: [UInt8])? {
        guard
            case .success(let file) = Result(catching: { try folder.load(report.id) }),
            file.checkpoint.fileDigest == report.fileDigest
        else { return nil }
        return file
    }

    /// True if a checkpoint's learner has met what one under the wanted exclusions would have.
    func agrees(_ report: CheckpointReport, _ survey: SetSurvey) -> Bool {
        let learner = promotions.learner(
            ofCheckpoint: report.id.number, declared: settings.learner)
        guard learner == settings.learner,
            rides.allSatisfy({
                $0.agrees(withCheckpoint: report.id.number, reach: report.reach)
            }), let known = exclusions(of: report), let first = survey.firstChange(from: known)
        else { return false }
        return report.reach <= first
    }

    /// Nil where the book does not know one of them.
    private func exclusions(of report: CheckpointReport) -> [Exclusion]? {
        let known = report.exclusions.compactMap { book[$0]?.exclusion }
        return known.count == report.exclusions.count ? known : nil
    }

    /// Finds what every set of exclusions among the checkpoints and a wanted one differ in.
    func survey(leavingOut wanted: [Exclusion]) throws -> SetSurvey {
        var sets: [[Exclusion]] = []
        for report in candidates {
            guard let known = exclusions(of: report), !sets.contains(known) else { continue }
            sets.append(known)
        }
        var survey = ExclusionSurvey(sets, wanted: wanted, reach: .max)
        try course.begin("compares exclusions")
        try forEachBatch(from: trainingLog.start, where: survey.concerns) { batch, header in
            survey.meet(batch, header)
            return true
        }
        return SetSurvey(sets: sets, firstChanges: survey.firstChanges)
    }

    /// Of any entry; nil where the training log is empty.
    func newestTime() throws -> Instant? {
        let latest = try headers(of: trainingLog).map(\.latest).max() ?? .distantPast
        return latest > .distantPast ? latest : nil
    }

    /// Of the batches of the raw log.
    func rawHeaders() throws -> [BatchHeader] { try headers(of: rawLog) }

    private func headers(of log: LogFolder) throws -> [BatchHeader] {
        var headers: [BatchHeader] = []
        try forEachBatch(
            of: log, from: log.start,
            where: { header in
                headers.append(header)
                return false
            }, { _, _, _ in true })
        return headers
    }

    /// Up to which event time the labels are all in: a positive comes long before the negatives of
    /// its time, so what is newer would look as if all were positives.
    func matured() throws -> Instant {
        settings.wait == nil ? .distantFuture : matured(at: try newestTime() ?? .distantPast)
    }

    /// The same where the newest event time is known.
    func matured(at newest: Instant) -> Instant {
        guard let wait = settings.wait else { return .distantFuture }
        return newest - wait - settings.join.disorder
    }

    /// The first entry of the training log that came once the stream had reached an event time: a
    /// trainer that stops then never meets it, however old it is. Where the raw log no longer
    /// tells, the first that arrived then.
    func firstEntry(after time: Instant) throws -> UInt64 {
        guard let replay = try replayOfJoin(before: time) else { return try firstArrival(time) }
        let engine = replay.engine
        // A clock shows a time once two records have: the first of them counts, unless it is far
        // ahead of all others.
        var (first, last) = (engine.trainingCount, engine.trainingCount)
        var isThere = false
        func note() {
            guard !isThere else { return }
            let now = engine.clock.now ?? .distantPast
            let newest = engine.clock.newestOfAll ?? .distantPast
            isThere = now >= time
            if isThere {
                first = newest - now < .hours(1) ? first : last
            } else {
                if newest < time { first = engine.trainingCount }
                last = engine.trainingCount
            }
        }
        try course.begin("joins anew")
        while !isThere, try replay.step(onEachRecord: note) { try course.advance(to: 0) }
        return isThere ? first : engine.trainingCount
    }

    private func firstArrival(_ time: Instant) throws -> UInt64 {
        var first: UInt64?
        var end = firstSequence
        try forEachBatch(from: trainingLog.start) { bytes, header in
            var offset = BatchHeader.size
            for index in 0..<UInt64(header.count) where first == nil {
                let entry = EntryView(bytes + offset)
                offset += entry.size
                let isThere = max(entry.arrival, entry.time) >= time
                if isThere { first = header.firstSequence + index }
            }
            end = header.firstSequence + UInt64(header.count)
            return first == nil
        }
        return first ?? end
    }

    /// From the newest checkpoint that the stream had not passed the time in.
    private func replayOfJoin(before time: Instant) throws -> JoinReplay? {
        for report in candidates where report.eventTime ?? .distantPast < time {
            guard let file = loadWholeFile(report) else { continue }
            let replay = try JoinReplay(settings, rawLog, from: file)
            if replay.engine.clock.now ?? .distantPast >= time { continue }
            return replay.isReadable ? replay : nil
        }
        return rawLog.start == 0 ? try JoinReplay(settings, rawLog) : nil
    }

    /// The training log as the model's learner takes it.
    var chosen: ChosenEntries { chosen(settings.learner.features) }

    /// The training log as a learner takes it that chooses these features.
    func chosen(_ features: FeatureChoice) -> ChosenEntries { ChosenEntries(features, records) }

    /// Whole batches of the training log as they are there, from an offset on or all, for who takes
    /// them in several ways.
    func forEachLoggedBatch(
        from start: UInt64? = nil, _ body: (UnsafeRawPointer, BatchHeader) throws -> Void
    ) throws {
        try forEachBatch(
            of: trainingLog, from: start ?? trainingLog.start, where: { _ in true }
        ) { batch, header, _ in
            try batch.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { try body(base, header) }
            }
            return true
        }
    }

    /// Whole batches of the training log from an offset on, until `body` gives false; their entries
    /// as the model's learner takes them, so that a header's size may not be that of its bytes.
    /// Those that are not wanted are passed over by their headers. What is torn at the end is still
    /// being written.
    func forEachBatch(
        from start: UInt64, where isWanted: (BatchHeader) -> Bool = { _ in true },
        _ body: (UnsafeRawPointer, BatchHeader) throws -> Bool
    ) throws {
        let chosen = chosen
        try forEachBatch(of: trainingLog, from: start, where: isWanted) { batch, header, _ in
            try chosen.batch(batch, header).withUnsafeBytes { bytes in
                try bytes.baseAddress.map { try body($0, header) } ?? false
            }
        }
    }

    /// The records of the wanted batches of the raw log, each with its offset there.
    func forEachRecord(
        where isWanted: (BatchHeader) -> Bool, _ body: (RawRecord, UInt64) throws -> Void
    ) throws {
        try forEachBatch(of: rawLog, from: rawLog.start, where: isWanted) { batch, header, at in
            try rawLog.forEachRecord(of: batch, header, at: at, body)
            return true
        }
    }

    private func forEachBatch(
        of log: LogFolder, from start: UInt64, where isWanted: (BatchHeader) -> Bool,
        _ body: ([UInt8], BatchHeader, UInt64) throws -> Bool
    ) throws {
        var offset = start
        let end = log.end
        while offset < end {
            let share = Double(offset - start) / Double(end - start)
            try course.advance(to: share)
            if let header = try log.header(at: offset), !isWanted(header) {
                offset += UInt64(header.batchSize)
                continue
            }
            guard let (batch, header) = try log.wholeBatch(at: offset),
                try body(batch, header, offset)
            else { return }
            offset += UInt64(header.batchSize)
        }
    }
}

/// For each set of exclusions, the first entry that it and the wanted one treat differently.
struct SetSurvey {
    var sets: [[Exclusion]]
    var firstChanges: [UInt64?]

    /// Nil for a set that was not looked at; the end of all where there is no difference.
    func firstChange(from set: [Exclusion]) -> UInt64? {
        sets.firstIndex(of: set).map { firstChanges[$0] ?? .max }
    }
}
