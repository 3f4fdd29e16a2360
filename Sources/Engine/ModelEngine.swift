import Checkpointing
import Filtering
import Ingestion
import Joining
import Learning
import Monitoring
import Numerics
import Recording
import Serving
import Vocabulary

/// One model's pipeline as one value: records and time in, effects out.
///
/// The order of records fixes everything that the learner becomes. Whoever owns an engine feeds
/// it from one thread, calls `settle` when it `wantsSettling`, and performs the effects in order.
/// Not a value, because its buffers are large.
package final class ModelEngine {
    /// Sizes in bytes, and counts.
    package enum Limits {
        package static let quarantineSampleSizeMax = 64 << 10
        package static let quarantineBatchMax = 1000
        package static let outcomeCountMax = 1 << 16
    }

    package internal(set) var settings: ModelSettings
    /// The launch whose candidate is production now; nil where there was none.
    var lineage: LaunchID?
    package let trainer: Trainer
    package private(set) var rawEnd = LogPosition()
    package private(set) var trainingEnd = LogPosition()
    /// The offset up to which the raw log is known to be on the disk.
    package var rawDurableEnd: UInt64 = 0
    /// True from the first of a settling's effects to the last: what was gathered is closed, and
    /// nothing more is taken in until all of it is where it belongs.
    package private(set) var isSettling = false
    /// False once a record failed half-way, because it could not be read back: what the engine
    /// holds is no longer what the log says, and only a recovery helps.
    package internal(set) var isWhole = true
    package internal(set) var counts = IngestCounts()
    package internal(set) var clock = EventClock()
    package internal(set) var history = MetricHistory()
    package internal(set) var alarms = AlarmBoard()
    package internal(set) var monitor: StreamMonitor
    package internal(set) var sources: [SourceProgress] = []
    package internal(set) var serving: ServedModel?
    /// What was predicted of late, for the comparison with the labels that come.
    package let served = ServedMemory()
    /// Labels of what was predicted, since they were last taken.
    var outcomes: [ServedOutcome] = []
    package internal(set) var lastCheckpoint: CheckpointMark?
    /// True from a change of what is left out until a checkpoint holds the learner after it.
    package internal(set) var owesCheckpoint = false
    /// Where learning anew began, or the newest checkpoint on its way; nil once it has caught up.
    var relearningSince: UInt64?
    /// Whether the checkpoint on its way holds that learner.
    var settlesDebt = false
    /// The mark of the checkpoint before the one on its way.
    var markBefore: CheckpointMark?
    /// The checkpoint that the learner comes from.
    var parent: CheckpointID?
    /// The highest number that a checkpoint of this model was given.
    package var checkpointNumber = 0
    /// Why the newest attempt at a checkpoint failed; nil once one succeeded.
    package internal(set) var checkpointFault: String?
    /// Why the newest checkpoint could not be copied to the second folder.
    package var copyFault: String?
    /// Events of the calendar: what comes in during one is no measure of other weeks.
    package var eventWindows: [Range<Instant>] = []
    /// Where most of the served model's age comes from, in words.
    package var staleCause: String?
    /// What is wrong beside the engine, by its alarm; nil where nothing is.
    package var conditionsBeside: [(name: AlarmName, text: String?)] = []

    /// Follows the event times of what was appended to the training log since the start.
    package private(set) var joinedClock = EventClock()
    /// Where the trainer was when it was last seen to move, and the event time of that.
    var progress: (cursor: UInt64, at: Instant)?
    /// Arrival of the newest entry of the training log since the start.
    private(set) var lastJoin: Instant?

    var joiner: LabelJoiner
    var filter: ExampleFilter
    let raw = LogBatch(kind: .raw)
    let training = LogBatch(kind: .training)
    /// Offset in the training batch of the first entry that the trainer has not met; used only
    /// while the trainer's cursor lies in that batch.
    private var trainedOffset = BatchHeader.size
    private var quarantined: [QuarantinedRecord] = []
    /// Records that are no longer held back.
    var released: [RawSequence] = []
    private var alarmNotices: [AlarmNotice] = []
    /// For lines that come from the raw log, and those that are looked at once more.
    var parser: RecordParser
    let records: RecordReader
    /// Reads one record of the raw log again.
    let rawRecord: (UInt64) throws -> [UInt8]
    /// The batch of the raw log that is being taken in anew.
    private(set) var replayed: UnsafeRawBufferPointer?
    let surroundings: StreamSurroundings
    /// What every reader of examples holds them to.
    package let recordRules: RecordRules

    /// `rawRecord` gives the line of the record at an offset of the raw log, with
    /// `LinePadding.size` bytes behind it.
    package init(
        settings: ModelSettings, holdSwitch: any HoldSwitch,
        surroundings: StreamSurroundings = .plain,
        rawRecord: @escaping (UInt64) throws -> [UInt8]
    ) {
        self.settings = settings
        self.rawRecord = rawRecord
        self.surroundings = surroundings
        monitor = StreamMonitor(settings: settings.monitors)
        joiner = LabelJoiner(settings: settings.join, limits: settings.joinLimits)
        filter = ExampleFilter(rules: settings.rules, settings: settings.filter)
        let rules = RecordRules(surroundings.clocks, settings.design)
        recordRules = rules
        parser = RecordParser(keepsFeatures: Self.needsFeatures(settings), rules: rules)
        records = RecordReader(rules: rules, line: rawRecord)
        trainer = Trainer(settings: settings.learner, holdSwitch: holdSwitch, records: records)
        raw.clear(firstSequence: 0)
        training.clear(firstSequence: 0)
        // What is learned at once may not be written yet.
        records.line = { [unowned self] in try line(at: $0) }
    }

    package var joinCounts: LabelJoiner.Counts { joiner.counts }
    package var labelWatermark: Instant { joiner.watermark }
    package var labelDelays: LogHistogram { joiner.delays }

    /// Records of the raw log, written or not.
    package var takenSequence: UInt64 { rawEnd.sequence + UInt64(raw.count) }

    /// Entries of the training log, met or not.
    package var trainingCount: UInt64 { trainingEnd.sequence + UInt64(training.count) }

    /// True when enough has been gathered for the disk.
    package var wantsSettling: Bool {
        isSettling || raw.size >= settings.rawBatchSizeMax
            || training.size >= settings.trainingBatchSizeMax
            || quarantined.count >= Limits.quarantineBatchMax
    }

    // MARK: records in

    /// True if lines must come with their features.
    package var needsFeatures: Bool { Self.needsFeatures(settings) }

    private static func needsFeatures(_ settings: ModelSettings) -> Bool {
        !settings.rules.isEmpty || settings.filter.anomalyMargin != nil || settings.monitors.isOn
    }

    /// Takes in one line: logs it, and lets it take its way. `source` is its index in `sources`.
    package func take(_ line: ParsedLine, source: Int) throws {
        precondition(!isSettling, "nothing is taken in while a batch waits for the disk")
        let offset = raw.append(
            .line, stream: line.stream, source: source, lineNumber: line.number, line: line.bytes)
        if line.isAdmitted { raw.note(line.record.time) }
        sources[source].endOffset = UInt64(line.endOffset)
        sources[source].lineNumber = UInt64(line.number)
        let place = RecordPlace(
            sequence: rawEnd.sequence + UInt64(raw.count) - 1,
            offset: rawEnd.offset + UInt64(offset), source: source)
        isWhole = false
        try absorb(line, place)
        isWhole = true
    }

    /// Asks for the memory that the record of this id will need soon.
    @inline(__always)
    package func prefetch(id: UInt64) {
        joiner.prefetch(id)
    }

    /// Asks for the bytes of an example whose label comes soon.
    @inline(__always)
    package func prefetchExample(id: UInt64) {
        joiner.prefetchExample(id)
    }

    /// The index of a source in this log, known or new.
    package func sourceIndex(of path: String, fingerprint: Fingerprint) -> Int {
        if let known = sources.firstIndex(where: { $0.path == path }) {
            sources[known].fingerprint = fingerprint
            return known
        }
        sources.append(
            SourceProgress(path: path, endOffset: 0, lineNumber: 0, fingerprint: fingerprint))
        return sources.count - 1
    }

    /// Changes how far a source counts as read: its file is another one, or its fingerprint
    /// covers more by now.
    package func update(source: Int, _ change: (inout SourceProgress) -> Void) {
        change(&sources[source])
    }

    // MARK: to disk

    /// Hands everything gathered to the world; the pointers are valid during the call only.
    ///
    /// After a failure, call it again: it goes on with the effect that failed.
    package func settle(_ perform: (Effect) throws -> Void) throws {
        guard isWhole else { throw BrokenEngine() }
        if !isSettling { close() }
        if !raw.isEmpty {
            try perform(.append(.raw, raw.bytes))
            rawEnd.offset += UInt64(raw.size)
            rawEnd.sequence += UInt64(raw.count)
            raw.clear(firstSequence: rawEnd.sequence)
        }
        try settleTraining(perform)
        if !quarantined.isEmpty {
            try perform(.quarantine(quarantined))
            quarantined.removeAll(keepingCapacity: true)
        }
        if !released.isEmpty {
            try perform(.released(released))
            released.removeAll()
        }
        while let notice = alarmNotices.first {
            try perform(.alarm(notice))
            alarmNotices.removeFirst()
        }
        isSettling = false
    }

    /// Closes what was gathered; from here on it does not change until it is on the disk.
    private func close() {
        train()
        noteLevels()
        evaluateAlarms()
        if !raw.isEmpty {
            raw.append(trailer: SourceTable.encode(sources, durableEnd: rawDurableEnd))
            raw.seal()
        }
        if !training.isEmpty { training.seal() }
        isSettling = true
    }

    private func settleTraining(_ perform: (Effect) throws -> Void) throws {
        guard !training.isEmpty else { return }
        let isCursorHere =
            trainer.cursor.sequence >= trainingEnd.sequence && trainer.passEndsDue.isEmpty
        let isDone = trainedOffset == training.size
        try perform(.append(.training, training.bytes))
        let batch = trainingEnd
        trainingEnd.offset += UInt64(training.size)
        trainingEnd.sequence += UInt64(training.count)
        training.clear(firstSequence: trainingEnd.sequence)
        trainedOffset = BatchHeader.size
        guard isCursorHere else { return }
        trainer.moveToBatch(isDone ? trainingEnd : batch)
    }

    // MARK: training

    /// True while entries lie on disk that the trainer has not met and may.
    package var wantsCatchUp: Bool {
        !trainer.isHeld && trainer.rideTrip == nil
            && trainer.cursor.sequence < trainer.pausePoint
            && (trainer.cursor.sequence < trainingEnd.sequence || !trainer.passEndsDue.isEmpty)
    }

    /// Offset in the training log of the batch that the trainer needs next.
    package var catchUpOffset: UInt64 { trainer.cursor.batch.offset }

    /// Learns from a batch that was read back from the training log.
    package func catchUp(_ batch: UnsafeRawBufferPointer) throws(LogFault) {
        let position = trainer.cursor.batch
        guard let base = batch.baseAddress, batch.count >= BatchHeader.size,
            let header = BatchHeader(base, kind: .training), header.batchSize <= batch.count,
            header.matches(base), header.firstSequence == position.sequence
        else { throw LogFault(log: .training, offset: position.offset) }
        var offset = BatchHeader.size
        for _ in 0..<(trainer.cursor.sequence - position.sequence) {
            offset += EntryView(base + offset).size
        }
        let end = header.batchSize
        let reached = trainer.learn(
            base, from: offset, to: end, batch: position, history: &history)
        if trainer.isAtPassEnd { return trainer.restartPass() }
        guard reached == end else { return }
        let next = LogPosition(
            offset: position.offset + UInt64(end),
            sequence: position.sequence + UInt64(header.count))
        trainer.moveToBatch(next)
    }

    /// Lets the trainer meet what lies in memory, unless it is held or still behind.
    func train() {
        guard trainer.cursor.sequence >= trainingEnd.sequence, trainer.passEndsDue.isEmpty else {
            return
        }
        trainedOffset = trainer.learn(
            UnsafeRawPointer(training.base), from: trainedOffset, to: training.size,
            batch: trainingEnd, history: &history)
    }
}

extension ModelEngine {
    private func absorb(_ line: ParsedLine, _ place: RecordPlace) throws {
        if !line.isAdmitted {
            // By the rules that its reader held it against.
            reject(line, parser.rejection(of: line) ?? .unknown, place)
        } else {
            switch line.record.kind {
            case .example: try takeExample(line, place)
            case .label: try takeLabel(line.record)
            case .heartbeat:
                counts.heartbeats += 1
                watchHour()
                joiner.completeLabels(upTo: line.record.time)
                try drainDue()
            }
        }
        if training.count & 63 == 63 { train() }
    }

    func absorb(_ kind: RawRecord.Kind) throws {
        switch kind {
        case .line, .released, .settings, .erased: break
        case .labelsEnded: joiner.endLabels(latest: latestLabel)
        case .completeForGood: joiner.completeForGood()
        }
        try drainDue()
    }

    /// One that was held back, by a rule that it names, is let in whatever the schema says.
    func takeExample(
        _ line: ParsedLine, _ place: RecordPlace, heldBy rule: AdmissionRule? = nil
    ) throws {
        let record = line.record
        if let rule {
            counts.release(rule)
        } else {
            if !filter.isEmpty, let rejection = filtered(line) {
                return reject(line, rejection, place)
            }
            counts.examples += 1
        }
        clock.note(record.time)
        watchHour()
        let entry = line.entry
        entry.storeBytes(
            of: place.offset, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
        let cut = Double(EntryView(entry).cutWeight)
        switch joiner.add(record, entry: UnsafeRawPointer(entry), rawOffset: place.offset) {
        case .duplicate: return watch(line, isDuplicate: true)
        case .waits, .ready: try drainDue()
        case .joined(let label):
            teach(UnsafeRawPointer(entry), label: label, arrival: record.time)
        }
        let time = min(record.time, clock.now ?? record.time)
        history.countExample(at: time)
        if settings.design.propensityFloor != nil {
            let weight = Double(EntryView(entry).weight)
            history.countInverse(at: time, .init(weight: weight, cut: cut))
        }
        watch(line, isDuplicate: false)
    }

    func takeLabel(_ record: ParsedRecord) throws {
        counts.labels += 1
        clock.note(record.time)
        watchHour()
        if settings.monitors.isOn { monitor.noteLabel() }
        switch joiner.add(record) {
        case .held, .duplicate, .late, .ready: break
        case .joined(let waiting):
            try teach(waiting, label: record.label ?? 0, arrival: record.time)
        }
        try drainDue()
    }

    func drainDue() throws {
        while let due = joiner.nextDue() {
            try teach(due.example, label: due.label, arrival: due.time)
        }
    }

    private func teach(
        _ waiting: LabelJoiner.Waiting, label: Double, arrival: Instant
    ) throws {
        teach(try entry(of: waiting), label: label, arrival: arrival)
    }

    /// Appends an entry to the training log.
    func teach(_ entry: UnsafeRawPointer, label: Double, arrival: Instant) {
        let view = EntryView(entry)
        let arrival = min(arrival, clock.now ?? arrival)
        let (bytes, _) = training.append(size: view.size)
        training.note(view.time)
        bytes.copyMemory(from: entry, byteCount: view.size)
        bytes.storeBytes(of: Float(label), toByteOffset: EntryLayout.labelOffset, as: Float.self)
        bytes.storeBytes(
            of: arrival.microseconds, toByteOffset: EntryLayout.arrivalOffset, as: Int64.self)
        lastJoin = arrival
        joinedClock.note(view.time)
        // A negative that a wait made has no label that could be late.
        if settings.monitors.isOn, settings.wait == nil || label > 0 {
            monitor.noteDelay(arrival - view.time)
        }
        if filter.needsOutcomes { filter.noteOutcome(of: view.source, label: label) }
        if !served.isEmpty { noteOutcome(of: view, label) }
        history.countJoined(at: min(view.time, clock.now ?? view.time))
    }

    /// Why an example is held back, with the name of the feature that is to blame.
    private func filtered(_ line: ParsedLine) -> Rejection? {
        let entry = EntryView(UnsafeRawPointer(line.entry))
        let now = clock.now ?? line.record.time
        guard let finding = filter.check(entry, line.features, at: now) else { return nil }
        var rejection = finding.rejection
        if let feature = finding.feature,
            let name = surroundings.texts(line.bytes).names[feature]
        {
            rejection.field = "features." + name
        }
        return rejection
    }

    private func reject(_ line: ParsedLine, _ rejection: Rejection, _ place: RecordPlace) {
        let bytes = line.bytes
        counts.hold(line.stream, by: rejection.rule)
        let path = place.source < sources.count ? sources[place.source].path : ""
        quarantined.append(
            QuarantinedRecord(
                sequence: RawSequence(place.sequence), stream: line.stream, path: path,
                line: line.number, rejection: rejection,
                bytes: Array(bytes.prefix(Limits.quarantineSampleSizeMax)), size: bytes.count))
    }

    func notify(_ change: AlarmBoard.Change?, at now: Instant) {
        let (alarm, isRaised): (AlarmBoard.Open, Bool)
        switch change {
        case .raised(let open): (alarm, isRaised) = (open, true)
        case .resolved(let open): (alarm, isRaised) = (open, false)
        case nil: return
        }
        alarmNotices.append(AlarmNotice(isRaised: isRaised, alarm: report(alarm), at: now))
    }
}

extension ModelEngine {
    /// Stands where a checkpoint stood: logs are known up to there, what follows comes through
    /// `replayRaw`.
    func resumeLogs(rawEnd: LogPosition, trainingEnd: LogPosition) {
        self.rawEnd = rawEnd
        self.trainingEnd = trainingEnd
        raw.clear(firstSequence: rawEnd.sequence)
        training.clear(firstSequence: trainingEnd.sequence)
        trainedOffset = BatchHeader.size
    }

    /// Takes in a batch of the raw log again, after a restart. The batch must begin where the
    /// engine's raw log ends; `LinePadding.size` bytes behind it must be readable.
    package func replayRaw(_ batch: UnsafeRawBufferPointer, onEachRecord: () -> Void = {}) throws {
        guard let base = batch.baseAddress, batch.count >= BatchHeader.size,
            let header = BatchHeader(base, kind: .raw), header.batchSize <= batch.count,
            header.matches(base), header.firstSequence == rawEnd.sequence
        else { throw LogFault(log: .raw, offset: rawEnd.offset) }
        let payload = UnsafeRawBufferPointer(
            start: base + BatchHeader.size, count: header.payloadSize)
        let table = try SourceTable.decode(payload)
        sources = table.sources
        replayed = UnsafeRawBufferPointer(rebasing: batch[..<header.batchSize])
        defer { replayed = nil }
        var offset = BatchHeader.size
        let end = header.batchSize - table.tableSize
        for index in 0..<header.count {
            guard let record = RawRecord(base + offset, available: end - offset) else {
                throw LogFault(log: .raw, offset: rawEnd.offset)
            }
            try replay(
                record,
                RecordPlace(
                    sequence: rawEnd.sequence + UInt64(index),
                    offset: rawEnd.offset + UInt64(offset), source: record.source))
            onEachRecord()
            offset += record.size
        }
        rawEnd.offset += UInt64(header.batchSize)
        rawEnd.sequence += UInt64(header.count)
        raw.clear(firstSequence: rawEnd.sequence)
    }

    private func replay(_ record: RawRecord, _ place: RecordPlace) throws {
        if record.kind == .settings { return try follow(IntakeChange(decoding: record.line)) }
        if record.kind == .erased { return try replayErased(record, place) }
        guard record.kind.isLine else { return try absorb(record.kind) }
        let line = parser.line(record.line, stream: record.stream, number: record.lineNumber)
        if let release = record.release { return try letIn(line, release, place) }
        try absorb(line, place)
    }
}
