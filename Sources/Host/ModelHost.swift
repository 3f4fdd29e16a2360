import Checkpointing
import Engine
import Ingestion
import Launching
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Serving
import Vocabulary
import World

/// The version of this program, as checkpoints and `status` name it.
package let spindleVersion = "0.1.0"

/// One model's engine with its logs, checkpoints and books: performs what the engine asks for.
///
/// Owned by one thread.
package final class ModelHost {
    package let engine: ModelEngine
    package var checkpoints: [CheckpointReport] { folder.reports }

    let folder: CheckpointFolder
    let rawLog: LogFolder
    let trainingLog: LogFolder
    /// What is left out of training; the engine's trainer follows it.
    private(set) var book = ExclusionBook()
    /// What is learned with smaller steps; the engine's trainer follows it.
    private(set) var rideBook = RideBook()
    /// Which settings it learns by, where these are not the declared ones.
    private(set) var promotions: PromotionBook
    let declaredLearner: LearnerSettings
    /// By which settings the configuration wants records to be taken in.
    let declaredIntake: IntakeSettings
    /// The launches, and the one under way.
    var launchBook = LaunchBook()
    var launch: LaunchDesk?
    /// Why the launch stands still; nil while it goes on.
    var launchFault: String?
    /// The golden log loss of the newest checkpoint of the ride under way.
    var riddenGolden: (checkpoint: CheckpointID, logLoss: Double)?
    /// A book could not be replaced for certain: the disk may have the one or the other. Nothing is
    /// learned before it has the one in force.
    private var isRideBookInDoubt = false
    /// The same of the promotions: no checkpoint is made before the disk has the one in force.
    private var isPromotionBookInDoubt = false
    /// What a guard of the ride under way has tripped on, until it is written down.
    var rideTrip: String?
    /// Wall time at which the oldest open incident of this model was detected; nil for none.
    var incidentSince: Instant?
    let servingPath: String
    /// How the checkpoints come to traffic.
    var push: PushProgress
    /// Why what served is not known; nil if it is.
    let servingFault: String?
    /// True where requests come to this process, so that a candidate has to prove itself.
    let ramps: Bool
    var rampSettings: RampSettings { engine.settings.ramp ?? RampSettings() }
    private let bookPath: String
    let latch: Latch
    let journal: any JournalBook
    /// The newest checkpoint that passed, where the next one is held against it in this process.
    var newestKept: LoadedCheckpoint?
    /// The newest checkpoints, oldest first, at most two: a recovery begins at one of them.
    var recoveryPoints: [RecoveryPoint] = []
    let writer: SideWriter<KeptCheckpoint>
    let prober: SideWriter<ServedModel>
    /// No probe of pushes before this, on the monotonic clock.
    var probeAt = Span.zero
    /// What the newest probe was made of.
    var probed: CheckpointID?
    /// True once an engine runs: before, and where none does, alarms are shown and not told.
    private(set) var isRunning = false
    private var owesAlarms = false
    /// Alarms that were raised or are over, and are not written down yet.
    private var untold: [AlarmNotice] = []
    /// No attempt before this, on the monotonic clock: the last one failed.
    var retryAt = Span.zero
    let quarantine: any QuarantineBook
    var samples = QuarantineSamples([])
    let disk: any Disk
    let clock: any HostClock
    private var lastSync = Span.zero
    private let room = ScoringRow()
    /// Where requests are answered.
    package let desk: ModelDesk
    /// Records of the raw log that are known to be on the disk, for those who wait for that.
    private(set) var durableSequence: UInt64 = 0
    /// Answers whose example was featurized otherwise than its request.
    package private(set) var skewCount = 0
    let modelFolder: String
    /// How what serves did on the golden set at the last look, and at those of a week.
    var goldenReport: GoldenReport?
    var goldenTrend: GoldenTrend
    var goldenScoredAt = Instant.distantPast
    /// Why the newest checkpoint did not pass; nil if it did.
    var gateFault: String?
    let validation: ValidationPlace
    /// Entries of the training log at the last attempt to make a golden set.
    var goldenAttempt: UInt64 = 0
    /// Of the recovery, or of an act where no engine runs; an engine's turns tell by themselves.
    var course: ActCourse
    /// Of the last look, so that the alarm speaks of what is new.
    var unloggedBefore = 0

    /// What a recovery from a checkpoint needs of the logs.
    struct RecoveryPoint {
        /// Offsets: of the oldest record that would be read again, and of the training batch that
        /// the learner would go on from.
        var raw: UInt64
        var training: UInt64

        init(_ manifest: CheckpointManifest, _ oldestAwaited: UInt64?) {
            raw = min(manifest.rawEnd.offset, oldestAwaited ?? .max)
            training = manifest.cursor.batch.offset
        }
    }

    /// Where the oldest record lies that waits; nobody asks where nothing is ever removed.
    var oldestAwaited: UInt64? {
        engine.settings.retention.raw.isForEver ? nil : engine.oldestAwaitedOffset
    }

    /// Opens a model's folder and takes up where it was left, whether it was closed or cut off.
    /// Only the start of an engine brings other settings into force.
    init(
        settings: ModelSettings, folder path: String, world: HostWorld, desk: ModelDesk,
        latch: Latch, journal: any JournalBook, quarantine: any QuarantineBook, isStart: Bool
    ) throws {
        self.desk = desk
        self.latch = latch
        modelFolder = path
        validation = world.validation
        disk = world.disk
        ramps = world.answersRequests && settings.ramp != nil
        clock = world.clock
        course = ActCourse(tell: world.tell)
        writer = SideWriter(world.checkpointTiming)
        prober = SideWriter(world.checkpointTiming)
        var world = world
        world.segmentSizeMax = settings.retention.segmentSizeMax ?? world.segmentSizeMax
        let rawLog = try LogFolder(path + "/raw", kind: .raw, world: world)
        self.rawLog = rawLog
        trainingLog = try LogFolder(path + "/training", kind: .training, world: world)
        servingPath = path + "/serving"
        let serving = try Self.servingState(
            at: servingPath, settings.ramp ?? RampSettings(), disk: disk)
        (push, servingFault) = (PushProgress(serving.state), serving.fault)
        bookPath = ExclusionBook.path(in: path)
        goldenTrend = Self.freshTrend(settings)
        folder = try CheckpointFolder(
            path + "/checkpoints", model: settings.name, disk: disk, gate: settings.gate,
            needsGolden: ramps, design: settings.design)
        try disk.syncFolder(path + "/checkpoints")
        self.journal = journal
        self.quarantine = quarantine
        promotions = try PromotionBook(of: path, disk: disk)
        (declaredLearner, declaredIntake) = (settings.learner, settings.intake)
        engine = ModelEngine(
            settings: try PromotionBook.inForce(settings, in: path, disk),
            holdSwitch: latch.holdSwitch(of: settings.name),
            surroundings: .local,
            rawRecord: { try rawLog.rawLine(at: $0) })
        samples = QuarantineSamples(try quarantine.newest(of: settings.name))
        try recover(mayChange: isStart)
    }

    package var name: ModelName { engine.settings.name }

    /// Everything that an operator sees of this model.
    func report(runningSince: Instant, examplesPerSecond: Double?) -> ModelReport {
        var report = engine.report(
            runningSince: runningSince, checkpoints: Array(checkpoints.prefix(200)),
            serving: servingReport(), examplesPerSecond: examplesPerSecond)
        report.exclusions = book.reports
        report.ride = rideReport
        report.lastHealthy = likelyHealthy?.id
        report.golden = goldenReport
        report.data = dataReport
        report.schedule = engine.settings.schedule.map { every in
            let newest = checkpoints.first { $0.verdict == .passed }?.created
            return ScheduleReport(every: every, newest: newest, runningSince: runningSince)
        }
        report.lookEverySeconds = engine.settings.lookEvery?.seconds
        report.stalenessStages = stageDelays
        report.launch = launchStatus
        return report
    }

    /// An engine runs from here on: what is wrong now is told.
    func begin() {
        isRunning = true
        course = ActCourse()
        engine.forgetAlarms()
        owesAlarms = true
    }

    /// Alarms that are open since before the start stay, and those that are over are over. At the
    /// first settling, because a start must not need room on the disk.
    private func tellKnownAlarms() throws {
        guard owesAlarms else { return }
        let open = engine.openAlarms
        let notices = open.map { AlarmNotice(isRaised: true, alarm: $0, at: $0.since) }
        if !notices.isEmpty { try journal.tell(notices, of: name) }
        if let now = engine.clock.now {
            try journal.resolveAlarms(of: name, but: open.map(\.id), at: now)
        }
        owesAlarms = false
    }

    /// Writes down what was raised or is over: with the sync of the records that it follows from,
    /// and before a checkpoint that knows of it.
    func tellAlarms() throws {
        guard !untold.isEmpty else { return }
        try journal.tell(untold, of: name)
        untold = []
    }

    // MARK: the way of the data

    /// Writes what was gathered; syncs it if `isDurable`, or if the last sync is a while ago.
    /// After a durable settling no checkpoint is under way: acts begin from there.
    package func settle(isDurable: Bool = false) throws {
        // While a checkpoint is being written its thread syncs the logs, and no file is closed.
        if isDurable || rawLog.isTailFull || trainingLog.isTailFull {
            _ = try finishCheckpoint(waiting: true)
        }
        if isRunning { try keepOwnStop() }
        if isRideBookInDoubt { try save(rideBook) }
        if isPromotionBookInDoubt { try save(promotions) }
        try tellKnownAlarms()
        try engine.settle(perform)
        let now = clock.monotonic()
        guard isDurable || now - lastSync >= engine.settings.syncEvery else { return }
        try tellAlarms()
        guard !isCheckpointing else { return }
        try rawLog.sync()
        engine.rawDurableEnd = rawLog.durableEnd
        try trainingLog.sync()
        lastSync = now
    }

    /// Brings what was taken in to the disk, for `durableSequence`; while a checkpoint is being
    /// written that has to wait.
    func acknowledge() throws {
        guard durableSequence < engine.takenSequence else { return }
        try settle()
        guard !isCheckpointing else { return }
        try rawLog.sync()
        engine.rawDurableEnd = rawLog.durableEnd
        durableSequence = engine.rawEnd.sequence
    }

    /// Remembers what was answered for an example that is about to be taken in, and holds the
    /// answer against what its line, whose features are kept, comes to on the way of training.
    func noteServed(_ line: ParsedLine, _ answer: LoggedAnswer, in room: ScoringRow) {
        guard let checkpoint = answer.checkpoint, checkpoint.model == name else { return }
        engine.served.note(
            id: line.record.idHash, checkpoint: checkpoint, probability: answer.probability)
        guard let served = engine.serving, served.checkpoint == checkpoint else { return }
        let entry = EntryView(UnsafeRawPointer(line.entry))
        room.features = line.features
        let trained = Entropy.sigmoid(served.score(entry, in: room))
        if trained.bitPattern != answer.probability.bitPattern { skewCount += 1 }
    }

    /// The same where the model that answers is at hand, and made the entry itself.
    func noteServed(_ line: ParsedLine, by served: ServedModel) {
        guard served.checkpoint.model == name else { return }
        let entry = EntryView(UnsafeRawPointer(line.entry))
        room.features = line.features
        engine.served.note(
            id: line.record.idHash, checkpoint: served.checkpoint,
            probability: Entropy.sigmoid(served.score(entry, in: room)))
    }

    /// Lets a trainer that is behind meet up to `batchCount` batches; false when there is none.
    package func catchUp(batchCount: Int) throws -> Bool {
        for _ in 0..<batchCount {
            guard engine.wantsCatchUp else { break }
            let offset = engine.catchUpOffset
            guard let batch = try trainingLog.batch(at: offset) else {
                throw trainingLog.damage(at: offset, until: engine.trainingEnd.offset)
            }
            do {
                try batch.withUnsafeBytes { try engine.catchUp($0) }
            } catch is LogFault {
                throw trainingLog.damage(at: offset)
            }
        }
        if isRunning { try keepOwnStop() }
        return engine.wantsCatchUp
    }

    /// Something that happened and is nobody's act.
    func note(_ text: String) throws {
        try journal.append(JournalDraft(kind: .engine, model: name, effect: text))
    }

    /// Hands over the records of the raw log from a sequence on.
    func forEachRawRecord(from sequence: UInt64, _ body: (RawRecord) throws -> Void) throws {
        try rawLog.forEachRecord(from: sequence, body)
    }

    /// From now on this checkpoint answers requests, also after a restart with pushes frozen.
    func serve(_ checkpoint: LoadedCheckpoint) throws {
        cancelPush("\(checkpoint.manifest.id) serves at once")
        install(checkpoint.served)
        try writePush()
    }

    /// From now on the fallback answers requests.
    func stopServing() throws {
        cancelPush("nothing that was learned so far may serve")
        engine.stopServing()
        desk.change { ($0.stable, $0.lastGood) = (nil, nil) }
        (push.state.stable, push.state.lastGood) = (nil, nil)
        push.isChanged = true
        try writePush()
    }

    /// From now on this is what is left out, whatever becomes of this process.
    func save(_ book: ExclusionBook) throws {
        try disk.replace(bookPath, with: try book.encode())
        self.book = book
    }

    /// From now on this is what is learned with smaller steps, whatever becomes of this process.
    func save(_ rides: RideBook) throws {
        isRideBookInDoubt = true
        engine.trainer.pausePoint = engine.trainer.cursor.sequence
        try disk.replace(RideBook.path(in: modelFolder), with: try rides.encode())
        isRideBookInDoubt = false
        engine.trainer.pausePoint = .max
        rideBook = rides
        followRides()
    }

    /// From now on these are the settings that it learns by, whatever becomes of this process.
    func save(_ promotions: PromotionBook) throws {
        isPromotionBookInDoubt = true
        try disk.replace(PromotionBook.path(in: modelFolder), with: try promotions.encode())
        isPromotionBookInDoubt = false
        self.promotions = promotions
    }

    func perform(_ effect: Effect) throws {
        switch effect {
        case .append(.raw, let bytes): try rawLog.append(bytes)
        case .append(.training, let bytes): try trainingLog.append(bytes)
        case .quarantine(let records):
            try quarantine.put(records, of: name)
            samples.note(records)
        case .released(let sequences): try quarantine.release(sequences, of: name)
        case .alarm(let notice):
            guard isRunning else { return }
            untold.append(notice)
        }
    }

    // MARK: recovery

    private func recover(mayChange: Bool) throws {
        try rawLog.checkVersion(at: rawLog.start)
        try trainingLog.checkVersion(at: trainingLog.start)
        rideBook = try RideBook(of: modelFolder, disk: disk)
        followRides()
        for report in checkpoints where report.verdict != .failed && isOfCourse(report) {
            guard let (loaded, bytes) = try loadForRecovery(report.id) else { continue }
            try adoptIntake(of: loaded)
            let isInForce = promotions.entries.last?.learner == engine.settings.learner
            let known = isInForce ? learner(of: report) : nil
            try bytes.withUnsafeBytes {
                try engine.recover(from: loaded, file: $0, learner: known)
            }
            recoveryPoints = [RecoveryPoint(loaded.manifest, oldestAwaited)]
            break
        }
        if recoveryPoints.isEmpty { try adoptIntake(of: nil) }
        try openBook()
        // Rides and promotions tell older checkpoints from newer ones by their numbers, also by
        // such that were given and never kept.
        let told = rideBook.rides.map(\.madeAfter) + promotions.entries.map(\.madeAfter)
        engine.skipCheckpointNumbers(
            to: max(checkpoints.first?.id.number ?? 0, told.max() ?? 0))
        engine.learn(by: engine.settings.learner, of: promotions.entries.last?.launch)
        guard trainingLog.end >= engine.trainingEnd.offset else {
            throw trainingLog.damage(at: trainingLog.end, until: engine.trainingEnd.offset)
        }
        try trainingLog.truncate(to: engine.trainingEnd.offset)
        try followBook()
        try replayRawLog()
        if mayChange { try changeIntake() }
        try serveAgain()
        launchBook = try LaunchBook(of: modelFolder, disk: disk)
        try openLaunch()
    }

    /// Tries a checkpoint twice, then its second copy; what fails is marked and never tried again.
    private func loadForRecovery(
        _ id: CheckpointID
    ) throws -> (LoadedCheckpoint, [UInt8])? {
        var reason = ""
        for attempt in 0..<3 {
            if attempt == 2, !(try restoreFromCopy(id)) { break }
            do {
                return try folder.load(id)
            } catch let fault as CheckpointFault {
                reason = fault.text
            } catch let fault as DiskFault {
                reason = fault.description
            }
        }
        try folder.condemn(id, "could not be loaded: \(reason)")
        try journal.append(
            JournalDraft(
                kind: .engine, model: name, effect: "recovery passes over \(id): \(reason)"))
        return nil
    }

    /// Where there is no book, the newest checkpoint says what it left out.
    private func openBook() throws {
        if try disk.exists(bookPath) {
            book = try ExclusionBook(reading: bookPath, try disk.read(bookPath))
        } else {
            book.adopt(engine.trainer.exclusions, at: clock.now())
            book.lastNumber = checkpoints.flatMap(\.exclusions).map(\.number).max() ?? 0
        }
    }

    private func replayRawLog() throws {
        let start = engine.rawEnd.offset
        let size = Double(max(1, rawLog.end - min(start, rawLog.end)))
        while let (batch, header) = try rawLog.wholeBatch(at: engine.rawEnd.offset) {
            try batch.withUnsafeBytes { bytes in
                try engine.replayRaw(UnsafeRawBufferPointer(rebasing: bytes[..<header.batchSize]))
            }
            // Not synced: a torn tail, not cut off yet, would count as acknowledged.
            try engine.settle(perform)
            while try catchUp(batchCount: 16) {}
            course.tell("recovering \(name)", Double(engine.rawEnd.offset - start) / size)
        }
        try repairTail()
    }

    /// What lies behind the last whole batch was being written when the engine was cut off, and
    /// was never acknowledged; unless it was, or a batch follows that says so: then the log is
    /// damaged, and nothing may be cut off.
    private func repairTail() throws {
        let whole = engine.rawEnd.offset
        guard rawLog.end >= max(whole, rawLog.durableEnd) else {
            throw rawLog.damage(at: rawLog.end, until: max(whole, rawLog.durableEnd))
        }
        let surplus = rawLog.end - whole
        guard surplus > 0 else { return }
        guard whole >= rawLog.durableEnd, surplus <= UInt64(BatchHeader.payloadSizeMax),
            try !rawLog.wasDurable(behind: whole)
        else { throw rawLog.damage(at: whole) }
        try rawLog.truncate(to: engine.rawEnd.offset)
        try journal.append(
            JournalDraft(
                kind: .engine, model: name,
                effect: "cut \(surplus) torn bytes off the raw log at \(engine.rawEnd.offset)"))
    }
}

/// An act that cannot be done, and why.
package struct ActRefusal: Error, CustomStringConvertible {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}
