import Checkpointing
import Filtering
import Joining
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Serving
import Vocabulary

/// A checkpoint as bytes, on its way to the disk.
package struct CheckpointImage: Sendable {
    package var manifest: CheckpointManifest
    package var metrics: ModelMetrics
    package var file: CheckpointFile.Image

    /// The file as it lies on a disk.
    package var bytes: [UInt8] { file.bytes }
}

/// A checkpoint as it was captured between two records, for whoever encodes it elsewhere.
package struct CheckpointCapture: Sendable {
    package var manifest: CheckpointManifest
    package var learner: LearnerSnapshot
    var metrics: ModelMetrics
    var trainer: [UInt8]
    var join: [UInt8]
    var stream: [UInt8]
    var past: [UInt8]
    var intake: [UInt8]
    /// What the filter has counted; nothing without rules that count.
    var filter: [UInt8]?

    /// Encodes everything, with these parameters: the learner's, unless a fault is injected.
    package func image(of learner: LearnerSnapshot) -> CheckpointImage {
        let file = CheckpointFile.encode(
            [
                .init(.manifest, manifest.encode()),
                .init(.learner, sizeMax: learner.encodedSizeMax) { learner.encode(into: $0) },
                .init(.trainer, trainer), .init(.join, join), .init(.stream, stream),
                .init(.past, past), .init(.intake, intake),
            ] + (filter.map { [.init(.filter, $0)] } ?? []))
        return CheckpointImage(manifest: manifest, metrics: metrics, file: file)
    }
}

/// A checkpoint read back from a file, every block checked.
package struct LoadedCheckpoint {
    package var manifest: CheckpointManifest
    package var learner: FTRLLearner
    package var learnerDigest: String
    /// SHA-256 of the whole file.
    package var fileDigest: String
    package var progressive: ProgressiveMetrics
    /// Follows the event times of what the learner has met.
    package var clock: EventClock
    package var counts: IngestCounts
    package var history: MetricHistory
    /// By which settings records were taken in; nil where an older build made it.
    package var intake: IntakeSettings?
    /// What the parameters come to, where somebody has looked.
    package var inspection: LearnerInspection?

    package var metrics: ModelMetrics { ModelMetrics(progressive) }

    /// As it answers requests.
    package var served: ServedModel {
        ServedModel(
            checkpoint: manifest.id, learner: learner, clock: clock.now ?? manifest.eventTime)
    }

    /// Trained examples that the learner's figures cover.
    package var trained: UInt64 { progressive.count }

    /// Reads what recovery and serving need; throws the first thing that is wrong.
    package init(file: UnsafeRawBufferPointer) throws(CheckpointFile.Fault) {
        let checked = try CheckpointFile.decode(file)
        self = try LoadedCheckpoint(blocks: checked.blocks, digests: checked.digests)
    }

    /// Reads an image of which every byte was found on the disk.
    package init(
        written image: CheckpointImage, _ seal: CheckpointFile.Seal
    ) throws(CheckpointFile.Fault) {
        self = try image.file.withBlocks { blocks throws(CheckpointFile.Fault) in
            try LoadedCheckpoint(blocks: blocks, digests: seal.digests)
        }
    }

    private init(
        blocks: [CheckpointFile.Block: UnsafeRawBufferPointer], digests: CheckpointFile.Digests
    ) throws(CheckpointFile.Fault) {
        (fileDigest, learnerDigest) = (digests.file.hex, digests.learner.hex)
        var block = CheckpointFile.Block.manifest
        do throws(ByteFault) {
            var reader = ByteReader(blocks[.manifest] ?? .init(start: nil, count: 0))
            manifest = try CheckpointManifest(decoding: &reader)
            block = .learner
            let parameters = blocks[.learner] ?? .init(start: nil, count: 0)
            learner = try FTRLLearner(decoding: parameters)
            block = .trainer
            reader = ByteReader(blocks[.trainer] ?? .init(start: nil, count: 0))
            progressive = try ProgressiveMetrics(restoring: &reader)
            clock = try EventClock(restoring: &reader)
            block = .stream
            reader = ByteReader(blocks[.stream] ?? .init(start: nil, count: 0))
            counts = try IngestCounts(restoring: &reader)
            _ = try EventClock(restoring: &reader)
            history = try MetricHistory(restoring: &reader)
            block = .past
            if let bytes = blocks[.past] {
                reader = ByteReader(bytes)
                try history.restorePast(&reader)
            }
            block = .intake
            if let bytes = blocks[.intake] {
                reader = ByteReader(bytes)
                intake = try IntakeSettings(restoring: &reader)
            }
        } catch {
            throw .unreadable(block, error)
        }
    }
}

/// The newest checkpoint of a model, as the engine remembers it.
package struct CheckpointMark: Sendable, Equatable {
    package var id: CheckpointID
    package var examples: Int
    /// The cursor that it holds, and the end of its raw log.
    package var cursor: UInt64
    /// Where the cursor was at the newest attempt: from there the next one is counted.
    package var due: UInt64
    package var rawSequence: UInt64
    /// Complete passes over the training log before the one that it stands in.
    package var passCount: Int
    /// The stream's clock when it was made.
    package var clock: Instant?
}

/// A configuration asks for another learner than the one that its checkpoints hold.
package struct ChangedLearner: Error, CustomStringConvertible {
    package var checkpoint: CheckpointID

    package var description: String {
        "models.\(checkpoint.model).learner: expected the settings that \(checkpoint) was learned "
            + "with; another learner is another model: give it a name of its own"
    }
}

extension ModelEngine {
    /// True when the cadence asks for a checkpoint and there is something new to keep.
    package var wantsCheckpoint: Bool {
        if owesCheckpoint, !wantsCatchUp { return true }
        guard hasNews else { return false }
        // On a long way back to the present, so that the next purge need not begin so early.
        if let start = relearningSince, trainer.cursor.sequence >= start,
            trainer.cursor.sequence - start >= UInt64(settings.checkpointExamples ?? 100_000)
        {
            return true
        }
        let last = lastCheckpoint
        if let last, last.rawSequence == rawEnd.sequence, !wantsCatchUp {
            // Nothing came in: the trainer has caught up with what was there.
            return hasMoved(since: last) && !trainer.isHeld
        }
        if let count = settings.checkpointExamples {
            // Taken in, or learned: labels may come long after the last example.
            let learned = Int64(trainer.cursor.sequence) - Int64(last?.due ?? 0)
            if counts.examples - (last?.examples ?? 0) >= count || learned >= count { return true }
        }
        guard let every = settings.checkpointEvery, let now = clock.now else { return false }
        guard let then = last?.clock else { return true }
        // While held only the join moves on: its state may be kept less often.
        let patience: Int64 = trainer.isHeld ? 16 : 1
        return (now - then).microseconds >= every.microseconds * patience
    }

    /// True if anything came in, or was learned, since the newest checkpoint.
    package var hasNews: Bool {
        if owesCheckpoint { return true }
        guard let last = lastCheckpoint else { return true }
        return hasMoved(since: last) || last.rawSequence != rawEnd.sequence
    }

    /// A whole pass later the cursor is where it was.
    private func hasMoved(since last: CheckpointMark) -> Bool {
        last.cursor != trainer.cursor.sequence || last.passCount != trainer.passEnds.count
    }

    /// The whole state, copied. Both logs must be on disk up to their ends.
    package func captureCheckpoint(created: Instant, build: String) -> CheckpointCapture {
        precondition(raw.isEmpty && training.isEmpty, "a checkpoint follows a settling")
        let manifest = CheckpointManifest(
            id: CheckpointID(model: settings.name, number: checkpointNumber + 1), parent: parent,
            created: created, cursor: trainer.cursor, eventTime: trainer.clock.newestOfAll,
            rawEnd: rawEnd, trainingEnd: trainingEnd, build: build,
            passEnds: trainer.passEnds, passEndsDue: trainer.passEndsDue,
            exclusions: trainer.exclusions, launch: lineage)
        var trainerWriter = ByteWriter()
        trainer.encode(into: &trainerWriter)
        var intakeWriter = ByteWriter()
        settings.intake.encode(into: &intakeWriter)
        return CheckpointCapture(
            manifest: manifest, learner: trainer.learner.snapshot(),
            metrics: ModelMetrics(trainer.metrics), trainer: trainerWriter.bytes,
            join: encodeJoin(), stream: encodeStream(), past: encodePast(),
            intake: intakeWriter.bytes, filter: encodeFilter())
    }

    /// The same as bytes, at once.
    package func checkpointImage(created: Instant, build: String) -> CheckpointImage {
        let capture = captureCheckpoint(created: created, build: build)
        return capture.image(of: capture.learner)
    }

    /// The join's state as a checkpoint holds it.
    package func encodeJoin() -> [UInt8] {
        var writer = ByteWriter()
        joiner.encode(into: &writer)
        return writer.bytes
    }

    /// A checkpoint of the present state is on its way to the disk.
    package func checkpointBegun(_ manifest: CheckpointManifest) {
        markBefore = lastCheckpoint
        relearningSince = wantsCatchUp ? trainer.cursor.sequence : nil
        mark(manifest)
        settlesDebt = owesCheckpoint && !wantsCatchUp
    }

    /// It is on the disk.
    package func checkpointSaved(_ manifest: CheckpointManifest) {
        checkpointFault = nil
        parent = manifest.id
        if settlesDebt { owesCheckpoint = false }
    }

    package func checkpointFailed(_ text: String) {
        checkpointFault = text
        lastCheckpoint = markBefore
        // The next attempt comes with the next cadence, not at once.
        lastCheckpoint?.examples = counts.examples
        lastCheckpoint?.due = trainer.cursor.sequence
        lastCheckpoint?.clock = clock.now
    }

    /// From now on this checkpoint answers requests.
    package func serve(_ model: ServedModel) {
        serving = model
    }

    /// From now on the fallback answers requests.
    package func stopServing() {
        serving = nil
    }

    /// Takes learner and cursor back to a checkpoint; what was joined meanwhile stays in the
    /// training log, behind the cursor, or is passed over if the cursor stays.
    ///
    /// `exclusions` must agree, for all that the checkpoint has met, with those that it was
    /// learned under.
    package func rollBack(
        to checkpoint: LoadedCheckpoint, leavingOut exclusions: [Exclusion], keepsCursor: Bool
    ) throws(ByteFault) {
        let cursor = trainer.cursor
        try restartTraining(
            from: checkpoint, leavingOut: exclusions, passEnds: checkpoint.manifest.allPassEnds)
        // A checkpoint that has met more than the trainer has nothing to pass over.
        if keepsCursor, cursor.sequence > trainer.cursor.sequence { trainer.skip(to: cursor) }
    }

    /// Goes back to a checkpoint, or to the very beginning, and from there through the training
    /// log again, leaving out what is excluded.
    package func relearn(
        from checkpoint: LoadedCheckpoint?, leavingOut exclusions: [Exclusion]
    ) throws(ByteFault) {
        try restartTraining(
            from: checkpoint, leavingOut: exclusions,
            passEnds: trainer.passEnds + trainer.passEndsDue)
        owesCheckpoint = true
    }

    /// From here on it learns by these settings, a launch's or others; the trainer goes back to
    /// where that begins.
    package func learn(by learner: LearnerSettings, of launch: LaunchID?) {
        (settings.learner, lineage) = (learner, launch)
    }

    /// What is excluded from here on; the learner has met none of it.
    package func leaveOut(_ exclusions: [Exclusion]) {
        trainer.leaveOut(exclusions)
        owesCheckpoint = true
    }

    private func restartTraining(
        from checkpoint: LoadedCheckpoint?, leavingOut exclusions: [Exclusion],
        passEnds: [UInt64]
    ) throws(ByteFault) {
        let known = checkpoint?.manifest.passEnds ?? []
        trainer.restart(
            from: try checkpoint.map { checkpoint throws(ByteFault) in
                try Self.moment(of: checkpoint)
            } ?? Trainer.Moment(beginningWith: settings.learner),
            passEndsDue: Array(passEnds.dropFirst(known.count)), leavingOut: exclusions)
        relearningSince = trainer.cursor.sequence
        history.restoreTraining(of: checkpoint?.history)
        parent = checkpoint?.manifest.id
    }

    package static func moment(
        of checkpoint: LoadedCheckpoint
    ) throws(ByteFault) -> Trainer.Moment {
        // The checkpoint's own learner may serve: the trainer gets another one.
        let parameters = checkpoint.learner.encode()
        let learner = parameters.withUnsafeBytes { bytes in
            Result { () throws(ByteFault) in try FTRLLearner(decoding: bytes) }
        }
        return Trainer.Moment(
            learner: try learner.get(), cursor: checkpoint.manifest.cursor,
            metrics: checkpoint.progressive, clock: checkpoint.clock,
            passEnds: checkpoint.manifest.passEnds)
    }

    /// Takes the state of the newest good checkpoint after a start. What the raw log holds
    /// beyond it comes through `replayRaw`.
    ///
    /// `learner` are the settings that it was made by, where these are not the ones in force.
    package func recover(
        from checkpoint: LoadedCheckpoint, file: UnsafeRawBufferPointer,
        learner: LearnerSettings? = nil
    ) throws {
        guard checkpoint.learner.settings == learner ?? settings.learner else {
            throw ChangedLearner(checkpoint: checkpoint.manifest.id)
        }
        if let intake = checkpoint.intake, checkpoint.manifest.rawEnd.sequence > 0 {
            try adopt(intake)
        }
        try restartTraining(
            from: checkpoint, leavingOut: checkpoint.manifest.exclusions,
            passEnds: checkpoint.manifest.allPassEnds)
        let blocks = try CheckpointFile.decode(file).blocks
        var reader = try CheckpointFile.reader(of: .join, in: blocks)
        joiner = try LabelJoiner(
            settings: settings.join, limits: settings.joinLimits, restoring: &reader)
        reader = try CheckpointFile.reader(of: .stream, in: blocks)
        try decodeStream(&reader)
        // Of a log without records other settings may hold.
        if let bytes = blocks[.filter], checkpoint.manifest.rawEnd.sequence > 0 {
            reader = ByteReader(bytes)
            filter = ExampleFilter(rules: settings.rules, settings: settings.filter)
            try filter.restore(&reader)
        }
        history = checkpoint.history
        resumeLogs(
            rawEnd: checkpoint.manifest.rawEnd, trainingEnd: checkpoint.manifest.trainingEnd)
        accept(checkpoint.manifest)
    }

    /// Numbers go on from the highest that was ever given, though that checkpoint be gone or
    /// broken.
    package func skipCheckpointNumbers(to number: Int) {
        checkpointNumber = max(checkpointNumber, number)
    }

    private func accept(_ manifest: CheckpointManifest) {
        parent = manifest.id
        mark(manifest)
    }

    private func mark(_ manifest: CheckpointManifest) {
        checkpointNumber = max(checkpointNumber, manifest.id.number)
        lastCheckpoint = CheckpointMark(
            id: manifest.id, examples: counts.examples,
            cursor: manifest.cursor.sequence, due: manifest.cursor.sequence,
            rawSequence: manifest.rawEnd.sequence,
            passCount: manifest.passEnds.count, clock: clock.now)
    }

    private func encodeStream() -> [UInt8] {
        var writer = ByteWriter()
        counts.encode(into: &writer)
        clock.encode(into: &writer)
        history.encode(into: &writer)
        writer.write(block: SourceTable.encode(sources))
        writer.write(UInt64(alarms.raisedCount))
        monitor.encode(into: &writer)
        return writer.bytes
    }

    private func encodeFilter() -> [UInt8]? {
        guard !settings.filter.rules.isEmpty else { return nil }
        var writer = ByteWriter()
        filter.encode(into: &writer)
        return writer.bytes
    }

    private func encodePast() -> [UInt8] {
        var writer = ByteWriter()
        history.encodePast(into: &writer)
        return writer.bytes
    }

    private func decodeStream(_ reader: inout ByteReader) throws(ByteFault) {
        counts = try IngestCounts(restoring: &reader)
        clock = try EventClock(restoring: &reader)
        _ = try MetricHistory(restoring: &reader)
        sources = try SourceTable.decode(try reader.readBlock()).sources
        let raised = Int(clamping: try reader.read(UInt64.self))
        // A checkpoint of an older build knows no monitor.
        monitor =
            reader.remaining > 0
            ? try StreamMonitor(settings: settings.monitors, restoring: &reader)
            : StreamMonitor(settings: settings.monitors)
        alarms = AlarmBoard(raisedCount: raised, findings: monitor.findings)
    }
}

extension ModelMetrics {
    init(_ progressive: ProgressiveMetrics) {
        self.init()
        logLoss = progressive.logLoss
        baseRateEntropy = progressive.baseRateEntropy
        calibration = progressive.calibration
        auc = progressive.auc
        baseRate = progressive.baseRate
    }
}
