import Checkpointing
import Engine
import Filtering
import Learning
import Monitoring
import Operation
import Recording
import Synchronization
import Vocabulary
import World

/// Makes everything anew that follows from a model's raw log, and holds it, bit for bit, against
/// what is there: the training log, the join's state, and the learner of every checkpoint.
///
/// Reads only, beside a running engine too. Where retention has removed the beginning of a log, it
/// starts from the oldest checkpoint that the logs still reach back to.
struct DeepAudit {
    private(set) var entries: UInt64 = 0
    private(set) var learners = 0
    /// What differs, the first place of each kind.
    private(set) var faults: [String] = []
    /// Checkpoints whose learners cannot be made anew, because the logs no longer have the way.
    private(set) var skipped: [CheckpointID] = []
    /// Where it started from; nil for the beginning.
    private(set) var base: CheckpointID?

    private let course: AuditCourse
    private let settings: ModelSettings
    private let promotions: PromotionBook
    private let exclusions: ExclusionBook
    private let folder: CheckpointFolder
    /// Of the checkpoints that can be read, newest first.
    private let reports: [CheckpointReport]
    private let rides: [Ride]
    private let rawLog: LogFolder
    private let trainingLog: LogFolder

    init(
        _ settings: ModelSettings, model path: String, world: HostWorld, course: AuditCourse
    ) throws {
        self.course = course
        promotions = try PromotionBook(of: path, disk: world.disk)
        exclusions = try ExclusionBook(of: path, disk: world.disk)
        rawLog = try LogFolder(path + "/raw", kind: .raw, world: world)
        trainingLog = try LogFolder(path + "/training", kind: .training, world: world)
        folder = try CheckpointFolder(path + "/checkpoints", model: settings.name, disk: world.disk)
        self.settings = folder.inForce(settings)
        rides = try RideBook(of: path, disk: world.disk).rides
        let folder = folder
        reports = folder.reports.filter { $0.verdict != .failed && folder.verify($0) == nil }
        let start = try startingPoint()
        base = start?.checkpoint.manifest.id
        try auditRecords(from: start)
        try auditLearners(from: start?.checkpoint)
    }

    /// Nil for the beginning; throws an `ActRefusal` if nothing can be made anew.
    private func startingPoint() throws -> (checkpoint: LoadedCheckpoint, bytes: [UInt8])? {
        let known = knownFrom()
        if rawLog.start == 0, trainingLog.start == 0, known == 0 { return nil }
        for report in reports.reversed() {
            guard let start = try load(report.id) else { continue }
            let loaded = start.checkpoint
            guard loaded.manifest.cursor.batch.offset >= trainingLog.start,
                loaded.manifest.rawEnd.offset >= known
            else { continue }
            // What waited then must still be there, too.
            let replay = try JoinReplay(settings, rawLog, from: start)
            if replay.isReadable { return start }
        }
        throw ActRefusal(
            "\(settings.name): no checkpoint is left that the logs reach back to, so nothing can "
                + "be made anew")
    }

    /// The offset of the raw log up to which a filter that looks at more than one example would
    /// decide otherwise, since some were erased.
    private func knownFrom() -> UInt64 {
        guard !settings.filter.rules.isEmpty else { return 0 }
        return exclusions.entries.map { entry in
            if case .erasure(_, let rawEnd) = entry.exclusion.what { rawEnd } else { 0 }
        }.max() ?? 0
    }

    // MARK: records and join

    /// The raw log goes through filter and join again; what comes out must be the training log.
    private mutating func auditRecords(
        from start: (checkpoint: LoadedCheckpoint, bytes: [UInt8])?
    ) throws {
        let replay = try JoinReplay(settings, rawLog, from: start)
        let engine = replay.engine
        var stored = EntryReader(trainingLog, at: engine.trainingEnd, keptUntil: try keptUntil())
        let joins = try storedJoins()
        var difference: String?
        var reached = engine.rawEnd.offset
        while difference == nil,
            try replay.step({ effect in
                guard case .append(.training, let bytes) = effect else { return }
                difference = try difference ?? stored.difference(from: bytes)
            })
        {
            course.advance(by: Int(engine.rawEnd.offset - reached))
            reached = engine.rawEnd.offset
            for (id, join) in joins[engine.rawEnd.offset] ?? [] where join != engine.encodeJoin() {
                faults.append("\(id): its join is not the one that follows from the raw log")
            }
        }
        entries = stored.count
        if let difference { faults.append("\(settings.name), training log: \(difference)") }
    }

    /// What lies behind the newest checkpoint's end may be torn: a start makes it anew.
    private func keptUntil() throws -> UInt64 {
        for report in reports {
            guard let newest = try load(report.id) else { continue }
            return newest.checkpoint.manifest.trainingEnd.offset
        }
        return 0
    }

    /// Nil for one that retention of a running engine has removed meanwhile.
    private func load(
        _ id: CheckpointID
    ) throws -> (checkpoint: LoadedCheckpoint, bytes: [UInt8])? {
        do {
            return try folder.load(id)
        } catch {
            guard try folder.place.disk.exists(folder.path(of: id)) else { return nil }
            throw error
        }
    }

    /// By the offset in the raw log at which they were kept.
    private func storedJoins() throws -> [UInt64: [(CheckpointID, [UInt8])]] {
        var joins: [UInt64: [(CheckpointID, [UInt8])]] = [:]
        for report in reports {
            guard let (loaded, bytes) = try load(report.id) else { continue }
            let join = try bytes.withUnsafeBytes { file in
                Array(try CheckpointFile.decode(file).blocks[.join] ?? .init(start: nil, count: 0))
            }
            joins[loaded.manifest.rawEnd.offset, default: []].append((report.id, join))
        }
        return joins
    }

    // MARK: learners

    /// Checkpoints whose learners went the same way through the training log.
    private struct Course: Equatable {
        var passEnds: [UInt64]
        var exclusions: [Exclusion]
        var rides: [Ride]
        var learner: LearnerSettings
    }

    /// The settings that a checkpoint was made by.
    private func learner(of id: CheckpointID) -> LearnerSettings {
        promotions.learner(ofCheckpoint: id.number, declared: settings.learner)
    }

    private mutating func auditLearners(from start: LoadedCheckpoint?) throws {
        var courses: [(course: Course, manifests: [CheckpointManifest])] = []
        for report in reports {
            guard let manifest = try load(report.id)?.checkpoint.manifest else { continue }
            if let start, manifest.id == start.manifest.id { continue }
            let isBehind = start.map { manifest.reach < $0.manifest.reach } ?? false
            if isBehind || exclusions.hasErasedWhatMet(report) {
                skipped.append(manifest.id)
                continue
            }
            let course = Course(
                passEnds: manifest.passEnds, exclusions: manifest.exclusions,
                rides: rides.known(toCheckpoint: manifest.id.number),
                learner: learner(of: manifest.id))
            if let index = courses.firstIndex(where: { $0.course == course }) {
                courses[index].manifests.append(manifest)
            } else {
                courses.append((course, [manifest]))
            }
        }
        // One way through the training log is foreseen.
        for _ in courses.dropFirst() { self.course.expect(trainingLog.end - trainingLog.start) }
        for (course, manifests) in courses {
            if let start,
                course.exclusions != start.manifest.exclusions
                    || course.learner != start.learner.settings
            {
                // What the start has met may be what the two differ in.
                skipped += manifests.map(\.id)
                continue
            }
            try audit(course, manifests.sorted { $0.cursor.sequence < $1.cursor.sequence }, start)
        }
    }

    private mutating func audit(
        _ course: Course, _ manifests: [CheckpointManifest], _ start: LoadedCheckpoint?
    ) throws {
        let trainer = Trainer(
            settings: course.learner, holdSwitch: NeverHeld(),
            records: RecordReader(settings, rawLog))
        var passEnds = course.passEnds
        var moment: Trainer.Moment?
        if let start {
            moment = try ModelEngine.moment(of: start)
            passEnds.removeFirst(min(passEnds.count, start.manifest.passEnds.count))
        }
        trainer.restart(from: moment, passEndsDue: passEnds, leavingOut: course.exclusions)
        trainer.ride(course.rides)
        while !trainer.passEndsDue.isEmpty {
            try advance(trainer)
            trainer.restartPass()
        }
        for manifest in manifests {
            trainer.pausePoint = manifest.cursor.sequence
            try advance(trainer)
            guard let loaded = try load(manifest.id)?.checkpoint else { continue }
            if trainer.learner.encode() != loaded.learner.encode() {
                let text = trainer.learner.firstDifference(from: loaded.learner) ?? "a zero's sign"
                faults.append("\(manifest.id): its learner is not what the log makes: \(text)")
                return
            }
            if trainer.metrics != loaded.progressive {
                faults.append("\(manifest.id): its metrics are not what the log makes")
            }
            learners += 1
        }
    }

    /// Learns up to where the trainer is to stop.
    private func advance(_ trainer: Trainer) throws {
        var history = MetricHistory()
        let stop = min(trainer.pausePoint, trainer.passEndsDue.first ?? .max)
        while trainer.cursor.sequence < stop {
            if let hold = trainer.hold { throw ActRefusal("learning anew: \(hold.reason)") }
            let position = trainer.cursor.batch
            guard let (batch, header) = try trainingLog.wholeBatch(at: position.offset) else {
                throw trainingLog.damage(at: position.offset)
            }
            batch.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                var offset = BatchHeader.size
                for _ in 0..<(trainer.cursor.sequence - position.sequence) {
                    offset += EntryView(base + offset).size
                }
                let reached = trainer.learn(
                    base, from: offset, to: header.batchSize, batch: position, history: &history)
                guard reached == header.batchSize else { return }
                course.advance(by: header.batchSize)
                trainer.moveToBatch(
                    LogPosition(
                        offset: position.offset + UInt64(header.batchSize),
                        sequence: position.sequence + UInt64(header.count)))
            }
        }
    }
}

/// A red button that nobody but the trainer presses.
final class NeverHeld: HoldSwitch {
    private let taken = Mutex<Hold?>(nil)

    var isHeld: Bool { hold != nil }
    var hold: Hold? { taken.withLock { $0 } }

    func stop(because reason: String) -> Bool {
        taken.withLock { $0 = Hold(ofTrainerBecause: reason, since: .earliest) }
        return true
    }
}

/// The entries of a stored training log, one after the other.
private struct EntryReader {
    private let log: LogFolder
    private var offset: UInt64
    private var batch: [UInt8] = []
    private var at = 0
    private var end = 0
    /// Entries that were held against others.
    private(set) var count: UInt64 = 0
    private var sequence: UInt64
    private let keptUntil: UInt64

    init(_ log: LogFolder, at position: LogPosition, keptUntil: UInt64) {
        self.log = log
        self.keptUntil = keptUntil
        offset = position.offset
        sequence = position.sequence
    }

    /// The first entry of a batch made anew that is not the one stored; nil if all are, or the
    /// stored log ends before.
    mutating func difference(from made: UnsafeRawBufferPointer) throws -> String? {
        guard let base = made.baseAddress else { return nil }
        var place = BatchHeader.size
        while place < made.count {
            let view = EntryView(base + place)
            let entry = UnsafeRawBufferPointer(start: base + place, count: view.size)
            place += view.size
            if at == end, !(try nextBatch()) { return nil }
            let size = batch.withUnsafeBytes { bytes in
                bytes.baseAddress.map { EntryView($0 + at).size } ?? 0
            }
            let isEqual =
                size == entry.count && at + size <= end
                && batch[at..<(at + size)].elementsEqual(entry)
            guard isEqual else {
                return "entry \(sequence), of the raw record at byte \(view.rawOffset), is not the "
                    + "one that follows from the raw log"
            }
            at += size
            count += 1
            sequence += 1
        }
        return nil
    }

    private mutating func nextBatch() throws -> Bool {
        guard offset < log.end else { return false }
        guard let (bytes, header) = try log.wholeBatch(at: offset) else {
            guard offset < keptUntil else { return false }
            throw log.damage(at: offset)
        }
        batch = bytes
        at = BatchHeader.size
        end = header.batchSize
        offset += UInt64(header.batchSize)
        return true
    }
}
