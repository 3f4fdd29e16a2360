import HeapModule
import Numerics
import Vocabulary

/// Joins examples with their labels: a pure state machine over the sequence of records.
///
/// A labelled example goes out when its label is there, in whichever order the two came. A
/// negative goes out when the label watermark has passed the example's wait. The memory of ids is
/// bounded by `Limits.rememberedCountMax`, first in, first out; the bytes of waiting examples by
/// `Limits.hotSizeMax`, beyond which only their place in the raw log is kept.
package struct LabelJoiner: ~Copyable {
    /// Bounds of the memory: a count of ids, and bytes.
    package struct Limits: Sendable, Equatable {
        package var rememberedCountMax = 1 << 22
        package var hotSizeMax = 48 << 20

        package init() {}
    }

    /// What a model decides about its join.
    package struct Settings: Sendable, Equatable {
        /// How long after an example its label may come; nil if only labels teach.
        package var wait: Span?
        /// How far labels may come out of order: the watermark follows their times at this
        /// distance.
        package var disorder = Span.hours(1)

        package init() {}
    }

    /// What became of examples and labels so far.
    package struct Counts: Sendable, Equatable {
        package var joined = 0
        package var positives = 0
        package var negatives = 0
        package var pending = 0
        package var unlabelled = 0
        package var late = 0
        package var duplicates = 0
        package var labelDuplicates = 0
        package var orphans = 0

        package init() {}
    }

    /// What became of an example.
    package enum ExampleFate: Equatable {
        case waits
        case duplicate
        /// Its label was here first, or came with it.
        case joined(label: Double)
    }

    /// What became of a label.
    package enum LabelFate: Equatable {
        /// Its example has not been seen; the label is held for it.
        case held
        case duplicate
        case late
        case joined(Waiting)
    }

    /// Where the entry of a waiting example lies.
    package enum Waiting: Equatable {
        /// Valid until the joiner is next called.
        case hot(UnsafeRawPointer)
        /// To be read again from this offset of the raw log.
        case cold(rawOffset: UInt64)
    }

    package let settings: Settings
    package private(set) var counts = Counts()
    /// The event time up to which the label stream is complete.
    package private(set) var watermark = Instant.distantPast
    package private(set) var delays = LogHistogram()

    private var memory: IDMemory
    private var hot: HotEntries
    private var deadlines = Heap<Deadline>()
    /// The two newest event times among labels: one outlier cannot move the watermark.
    private var newestLabel = Instant.distantPast
    private var secondNewestLabel = Instant.distantPast

    package init(settings: Settings, limits: Limits = Limits()) {
        self.settings = settings
        memory = IDMemory(countMax: limits.rememberedCountMax)
        hot = HotEntries(sizeMax: limits.hotSizeMax)
    }

    /// Asks for the memory that an id will need soon.
    package mutating func prefetch(_ id: UInt64) {
        memory.prefetch(id)
    }

    /// Takes an example in; `entry` is copied if it has to wait.
    package mutating func add(
        _ example: ParsedRecord, entry: UnsafeRawPointer, rawOffset: UInt64
    ) -> ExampleFate {
        if let known = memory.find(example.idHash) {
            guard memory[known].state == .labelHeld else {
                counts.duplicates += 1
                return .duplicate
            }
            return meetHeldLabel(known, example, entry, rawOffset)
        }
        if let label = example.label {
            remember(example.idHash, example.time, .labelled, 0)
            countJoined(label)
            return .joined(label: label)
        }
        let ordinal = remember(example.idHash, example.time, .waiting, rawOffset)
        wait(ordinal, entry)
        return .waits
    }

    /// Takes a label in.
    package mutating func add(_ label: ParsedRecord) -> LabelFate {
        let value = label.label ?? 0
        noteLabelTime(label.time)
        guard let known = memory.find(label.idHash) else {
            remember(label.idHash, label.time, .labelHeld, value.bitPattern)
            counts.orphans += 1
            return .held
        }
        switch memory[known].state {
        case .labelHeld, .labelled:
            counts.labelDuplicates += 1
            return .duplicate
        case .negative, .unlabelled:
            counts.late += 1
            return .late
        case .waiting:
            // A label beyond the wait teaches nothing; its example stays until the watermark
            // says so.
            if isLate(label.time, for: memory[known].time) {
                counts.late += 1
                return .late
            }
            delays.add((label.time - memory[known].time).microseconds / 1000)
            memory[known].state = .labelled
            counts.pending -= 1
            countJoined(value)
            return .joined(take(known))
        }
    }

    /// The label stream says that it is complete up to `time`.
    package mutating func completeLabels(upTo time: Instant) {
        watermark = max(watermark, time)
    }

    /// The label stream ended: complete up to the last time it showed.
    package mutating func endLabels() {
        completeLabels(upTo: newestLabel)
    }

    /// No label will ever come for what is here: with a wait, all of it becomes due; without
    /// one, it is counted as unlabelled.
    package mutating func completeForGood() {
        guard settings.wait == nil else { return completeLabels(upTo: .distantFuture) }
        for ordinal in memory.ordinals where memory[ordinal].state == .waiting {
            memory[ordinal].state = .unlabelled
            counts.pending -= 1
            counts.unlabelled += 1
            hot.release(memory[ordinal].place)
        }
        if watermark == .distantPast { endLabels() }
    }

    /// The next example whose wait is over without a label, oldest first; nil if none is due.
    package mutating func nextNegative() -> Waiting? {
        while let first = deadlines.min {
            guard memory.holds(first.ordinal), memory[first.ordinal].state == .waiting else {
                deadlines.removeMin()
                continue
            }
            guard let wait = settings.wait, watermark > first.time + wait else { return nil }
            deadlines.removeMin()
            memory[first.ordinal].state = .negative
            counts.pending -= 1
            countJoined(0)
            return take(first.ordinal)
        }
        return nil
    }

    /// Older delays count less from now on.
    package mutating func fadeDelays() {
        delays.halve()
    }
}

extension LabelJoiner {
    struct Deadline: Comparable {
        var time: Instant
        var ordinal: UInt64

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.time, left.ordinal) < (right.time, right.ordinal)
        }
    }

    private mutating func meetHeldLabel(
        _ ordinal: UInt64, _ example: ParsedRecord, _ entry: UnsafeRawPointer, _ rawOffset: UInt64
    ) -> ExampleFate {
        counts.orphans -= 1
        let held = memory[ordinal]
        memory[ordinal].time = example.time
        if isLate(held.time, for: example.time) {
            counts.late += 1
            if let label = example.label {
                memory[ordinal].state = .labelled
                countJoined(label)
                return .joined(label: label)
            }
            memory[ordinal].state = .waiting
            memory[ordinal].payload = rawOffset
            wait(ordinal, entry)
            return .waits
        }
        memory[ordinal].state = .labelled
        delays.add(max(0, (held.time - example.time).microseconds / 1000))
        let label = Double(bitPattern: held.payload)
        countJoined(label)
        return .joined(label: label)
    }

    private func isLate(_ label: Instant, for example: Instant) -> Bool {
        settings.wait.map { label > example + $0 } ?? false
    }

    private mutating func wait(_ ordinal: UInt64, _ entry: UnsafeRawPointer) {
        counts.pending += 1
        memory[ordinal].place = hot.keep(entry)
        if let sparse = hot.takeSparse() { empty(sparse) }
        if settings.wait != nil {
            deadlines.insert(Deadline(time: memory[ordinal].time, ordinal: ordinal))
        }
    }

    /// Keeps the few waiting entries of a chunk elsewhere.
    private mutating func empty(_ sparse: HotEntries.Sparse) {
        var entries: [UnsafeRawPointer] = []
        hot.forEachWaiting(sparse) { entries.append($0) }
        for entry in entries {
            guard let known = memory.find(EntryView(entry).idHash),
                memory[known].state == .waiting
            else { continue }
            memory[known].place = hot.keep(entry)
        }
        hot.free(sparse)
    }

    private mutating func take(_ ordinal: UInt64) -> Waiting {
        let known = memory[ordinal]
        guard let bytes = hot.bytes(at: known.place) else {
            return .cold(rawOffset: known.payload)
        }
        hot.release(known.place)
        return .hot(bytes)
    }

    private mutating func countJoined(_ label: Double) {
        counts.joined += 1
        if label >= 0.5 { counts.positives += 1 } else { counts.negatives += 1 }
    }

    @discardableResult
    private mutating func remember(
        _ hash: UInt64, _ time: Instant, _ state: Remembered.State, _ payload: UInt64
    ) -> UInt64 {
        if let oldest = memory.forgetOldestIfFull() {
            switch oldest.state {
            case .waiting:
                counts.pending -= 1
                counts.unlabelled += 1
                hot.release(oldest.place)
            case .labelHeld, .labelled, .negative, .unlabelled:
                break
            }
        }
        return memory.append(
            Remembered(hash: hash, time: time, payload: payload, place: .none, state: state))
    }

    private mutating func noteLabelTime(_ time: Instant) {
        if time > newestLabel {
            secondNewestLabel = newestLabel
            newestLabel = time
        } else if time > secondNewestLabel {
            secondNewestLabel = time
        }
        if secondNewestLabel > .distantPast {
            completeLabels(upTo: secondNewestLabel - settings.disorder)
        }
    }
}

extension LabelJoiner {
    /// The whole state but the bytes of waiting examples, which the raw log has.
    package func encode(into writer: inout ByteWriter) {
        for count in [
            counts.joined, counts.positives, counts.negatives, counts.pending, counts.unlabelled,
            counts.late, counts.duplicates, counts.labelDuplicates, counts.orphans,
        ] {
            writer.write(Int64(count))
        }
        writer.write(watermark.microseconds)
        writer.write(newestLabel.microseconds)
        writer.write(secondNewestLabel.microseconds)
        writer.write(delays.counts)
        memory.encode(into: &writer)
    }

    package init(
        settings: Settings, limits: Limits = Limits(), restoring reader: inout ByteReader
    ) throws(ByteFault) {
        self.init(settings: settings, limits: limits)
        counts.joined = Int(try reader.read(Int64.self))
        counts.positives = Int(try reader.read(Int64.self))
        counts.negatives = Int(try reader.read(Int64.self))
        counts.pending = Int(try reader.read(Int64.self))
        counts.unlabelled = Int(try reader.read(Int64.self))
        counts.late = Int(try reader.read(Int64.self))
        counts.duplicates = Int(try reader.read(Int64.self))
        counts.labelDuplicates = Int(try reader.read(Int64.self))
        counts.orphans = Int(try reader.read(Int64.self))
        watermark = Instant(microseconds: try reader.read())
        newestLabel = Instant(microseconds: try reader.read())
        secondNewestLabel = Instant(microseconds: try reader.read())
        guard let delays = LogHistogram(counts: try reader.readWords()) else {
            throw ByteFault(offset: reader.offset, expected: "a histogram of label delays")
        }
        self.delays = delays
        try memory.decode(&reader)
        guard settings.wait != nil else { return }
        for ordinal in memory.ordinals where memory[ordinal].state == .waiting {
            deadlines.insert(Deadline(time: memory[ordinal].time, ordinal: ordinal))
        }
    }
}
