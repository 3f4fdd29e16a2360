import Numerics
import Vocabulary

/// Joins examples with their labels: a pure state machine over the sequence of records.
///
/// Where only labels teach, a labelled example goes out when its label is there, in whichever
/// order the two came. Where negatives are made or examples are shuffled, everything goes out in
/// one order that hangs on event times and ids alone (see `Settings`), once the label watermark
/// has passed it; so taking one example away moves no other.
///
/// The memory of ids is bounded by `Limits.rememberedCountMax`, first in, first out; the bytes of
/// waiting examples by `Limits.hotSizeMax`, beyond which only their place in the raw log is kept.
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
        /// Length of the blocks of event time within which the keyed hash of the id decides the
        /// order of training; nil for the order of event time itself.
        package var shuffle: Span?

        package init() {}

        /// An example is due at its label's time, or when its wait is over without one; and goes
        /// out in the order of being due. Otherwise labels teach as they come.
        var isOrdered: Bool { wait != nil || shuffle != nil }
    }

    /// What became of examples and labels so far.
    package struct Counts: Sendable, Equatable {
        package var joined = 0
        /// Those of the joined that have not gone out yet.
        package var ready = 0
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
        /// Its label was here first, or came with it; it may be taught at once.
        case joined(label: Double)
        /// Its label is known; `nextDue` gives it in its turn.
        case ready
    }

    /// What became of a label.
    package enum LabelFate: Equatable {
        /// Its example has not been seen; the label is held for it.
        case held
        case duplicate
        case late
        /// It may be taught at once.
        case joined(Waiting)
        /// `nextDue` gives its example in its turn.
        case ready
    }

    /// Where the entry of a waiting example lies.
    package enum Waiting: Equatable {
        /// Valid until the joiner is next called.
        case hot(UnsafeRawPointer)
        /// To be read again from this offset of the raw log.
        case cold(rawOffset: UInt64)
    }

    /// An example whose turn has come.
    package struct Due: Equatable {
        package var example: Waiting
        package var label: Double
        /// The event time of its label, or of the end of its wait.
        package var time: Instant
    }

    package let settings: Settings
    package private(set) var counts = Counts()
    /// The event time up to which the label stream is complete.
    package private(set) var watermark = Instant.distantPast
    package private(set) var delays = LogHistogram()

    private var memory: IDMemory
    /// Labels that came before their examples, in a memory of their own: stray ones push out
    /// each other, and no example.
    private var held: IDMemory
    private var hot: HotEntries
    private var deadlines = Deadlines()
    /// Labelled examples whose ids had to be forgotten before they were due: they go out first.
    private var expelled: [Due] = []
    /// The two newest event times among labels: one outlier cannot move the watermark.
    private var newestLabel = Instant.distantPast
    private var secondNewestLabel = Instant.distantPast

    package init(settings: Settings, limits: Limits = Limits()) {
        self.settings = settings
        memory = IDMemory(countMax: limits.rememberedCountMax)
        held = IDMemory(countMax: limits.rememberedCountMax / 4)
        hot = HotEntries(sizeMax: limits.hotSizeMax)
    }

    /// Asks for the memory that an id will need soon.
    package mutating func prefetch(_ id: UInt64) {
        memory.prefetch(id)
    }

    /// Asks for the bytes of an example whose label comes soon.
    package func prefetchExample(_ id: UInt64) {
        guard !hot.fitsCache, let known = memory.find(id), memory.isAwaited(known) else { return }
        hot.prefetch(memory[known].place)
    }

    /// Takes an example in; `entry` is copied if it has to wait.
    package mutating func add(
        _ example: ParsedRecord, entry: UnsafeRawPointer, rawOffset: UInt64
    ) -> ExampleFate {
        guard memory.find(example.idHash) == nil else {
            counts.duplicates += 1
            return .duplicate
        }
        if !held.ordinals.isEmpty, let known = held.find(example.idHash),
            held.state(of: known) == .labelHeld
        {
            return meetHeldLabel(known, example, entry, rawOffset)
        }
        if let label = example.label {
            return join(example, label, due: example.time, entry, rawOffset)
        }
        return wait(example, entry, rawOffset)
    }

    /// Takes a label in.
    package mutating func add(_ label: ParsedRecord) -> LabelFate {
        let value = label.label ?? 0
        noteLabelTime(label.time)
        guard let known = memory.find(label.idHash) else { return hold(label, value) }
        switch memory.state(of: known) {
        case .labelHeld, .labelled, .ready:
            counts.labelDuplicates += 1
            return .duplicate
        case .negative, .unlabelled:
            counts.late += 1
            return .late
        case .waiting:
            // A label beyond the wait teaches nothing; its example stays until the watermark
            // says so.
            let example = memory[known]
            if isLate(label.time, for: example.time) {
                counts.late += 1
                return .late
            }
            delays.add((label.time - example.time).microseconds / 1000)
            counts.pending -= 1
            countJoined(value)
            guard settings.isOrdered else {
                memory.close(known, as: .labelled)
                return .joined(take(example))
            }
            makeReady(known, value, due: max(label.time, example.time))
            return .ready
        }
    }

    /// The label stream says that it is complete up to `time`.
    package mutating func completeLabels(upTo time: Instant) {
        watermark = max(watermark, time)
    }

    /// Whether the end of the label stream would say anything new.
    package func knowsLabelsEnd(latest: Instant = .distantFuture) -> Bool {
        watermark >= lastLabel(latest)
    }

    /// The label stream ended: complete up to the last time it showed. One later than `latest` is
    /// no time of this stream, and shows nothing.
    package mutating func endLabels(latest: Instant = .distantFuture) {
        completeLabels(upTo: lastLabel(latest))
    }

    private func lastLabel(_ latest: Instant) -> Instant {
        newestLabel <= latest ? newestLabel : secondNewestLabel
    }

    /// No label will ever come for what is here: with a wait, all of it becomes due; without
    /// one, what has no label is counted as unlabelled.
    package mutating func completeForGood() {
        if settings.isOrdered { completeLabels(upTo: .distantFuture) }
        guard settings.wait == nil else { return }
        for ordinal in memory.ordinals where memory.state(of: ordinal) == .waiting {
            hot.release(memory[ordinal].place)
            memory.close(ordinal, as: .unlabelled)
            counts.pending -= 1
            counts.unlabelled += 1
        }
        if watermark == .distantPast { endLabels() }
    }

    /// The next example whose turn has come: with its label, or as a negative because its wait
    /// is over; nil if none is due.
    package mutating func nextDue() -> Due? {
        if !expelled.isEmpty {
            counts.ready -= 1
            return expelled.removeFirst()
        }
        // Labels that teach as they come may have been waited for in order before.
        let limit = settings.isOrdered ? watermark : .distantFuture
        while let first = deadlines.popFirst(upTo: limit) {
            guard memory.holds(first.ordinal), deadline(of: first.ordinal) == first else {
                continue
            }
            return send(first.ordinal)
        }
        return nil
    }

    /// Every example that may still be taught: it waits, or its turn has not come.
    package func forEachAwaited(_ body: (Waiting) throws -> Void) rethrows {
        for ordinal in memory.ordinals where memory.isAwaited(ordinal) {
            let known = memory[ordinal]
            if let bytes = hot.bytes(at: known.place) {
                try body(.hot(bytes))
            } else {
                try body(.cold(rawOffset: known.payload))
            }
        }
    }

    /// Where the oldest of these lies in the raw log.
    package var oldestAwaitedOffset: UInt64? {
        var oldest: UInt64?
        for ordinal in memory.ordinals where memory.isAwaited(ordinal) {
            let offset = memory[ordinal].payload
            oldest = min(oldest ?? offset, offset)
        }
        return oldest
    }

    /// Older delays count less from now on.
    package mutating func fadeDelays() {
        delays.halve()
    }
}

extension LabelJoiner {
    /// The place of an example in the order of training; nil for one that waits for ever, or has
    /// gone out.
    private func deadline(of ordinal: UInt64) -> Deadline? {
        let due: Instant
        switch memory.state(of: ordinal) {
        case .ready: due = memory[ordinal].time
        case .waiting:
            guard let wait = settings.wait else { return nil }
            // A label at the very end of the wait is in time.
            due = memory[ordinal].time + wait + Span(microseconds: 1)
        case .labelHeld, .labelled, .negative, .unlabelled: return nil
        }
        guard let block = settings.shuffle else {
            return Deadline(time: due, rank: ordinal, ordinal: ordinal)
        }
        return Deadline(
            time: due.floored(to: block) + block, rank: XXHash64.finish(memory[ordinal].hash),
            ordinal: ordinal)
    }

    /// Gives an example its turn, if it has one.
    private mutating func schedule(_ ordinal: UInt64) {
        guard let deadline = deadline(of: ordinal) else { return }
        deadlines.insert(deadline, isWait: memory.state(of: ordinal) == .waiting)
    }

    private mutating func send(_ ordinal: UInt64) -> Due {
        let known = memory[ordinal]
        guard known.state == .waiting else {
            memory.close(ordinal, as: .labelled)
            counts.ready -= 1
            return Due(example: take(known), label: Double(known.label), time: known.time)
        }
        memory.close(ordinal, as: .negative)
        counts.pending -= 1
        countJoined(0)
        let end = settings.wait.map { known.time + $0 } ?? known.time
        return Due(example: take(known), label: 0, time: end)
    }

    private mutating func makeReady(_ ordinal: UInt64, _ label: Double, due: Instant) {
        counts.ready += 1
        var known = memory[ordinal]
        (known.state, known.label, known.time) = (.ready, Float(label), due)
        memory[ordinal] = known
        schedule(ordinal)
    }

    /// An example comes whose label is known.
    private mutating func join(
        _ example: ParsedRecord, _ label: Double, due: Instant, _ entry: UnsafeRawPointer,
        _ rawOffset: UInt64
    ) -> ExampleFate {
        countJoined(label)
        guard settings.isOrdered else {
            _ = remember(Remembered(hash: example.idHash, state: .labelled), keeping: nil)
            return .joined(label: label)
        }
        counts.ready += 1
        let ready = Remembered(
            hash: example.idHash, time: due, payload: rawOffset, state: .ready, label: Float(label))
        let ordinal = remember(ready, keeping: entry)
        schedule(ordinal)
        return .ready
    }

    /// An example comes whose label is not known.
    private mutating func wait(
        _ example: ParsedRecord, _ entry: UnsafeRawPointer, _ rawOffset: UInt64
    ) -> ExampleFate {
        counts.pending += 1
        let waiting = Remembered(
            hash: example.idHash, time: example.time, payload: rawOffset, state: .waiting)
        let ordinal = remember(waiting, keeping: entry)
        schedule(ordinal)
        return .waits
    }

    private mutating func meetHeldLabel(
        _ ordinal: UInt64, _ example: ParsedRecord, _ entry: UnsafeRawPointer, _ rawOffset: UInt64
    ) -> ExampleFate {
        counts.orphans -= 1
        let label = held[ordinal]
        held.close(ordinal, as: .labelled)
        if isLate(label.time, for: example.time) {
            counts.late += 1
            guard let own = example.label else { return wait(example, entry, rawOffset) }
            return join(example, own, due: example.time, entry, rawOffset)
        }
        delays.add(max(0, (label.time - example.time).microseconds / 1000))
        let value = Double(bitPattern: label.payload)
        return join(example, value, due: max(label.time, example.time), entry, rawOffset)
    }

    /// A label whose example has not been seen, or was forgotten.
    private mutating func hold(_ label: ParsedRecord, _ value: Double) -> LabelFate {
        guard held.find(label.idHash) == nil else {
            counts.labelDuplicates += 1
            return .duplicate
        }
        _ = held.forgetOldestIfFull()
        _ = held.append(
            Remembered(
                hash: label.idHash, time: label.time, payload: value.bitPattern,
                state: .labelHeld))
        counts.orphans += 1
        return .held
    }

    private func isLate(_ label: Instant, for example: Instant) -> Bool {
        settings.wait.map { label > example + $0 } ?? false
    }

    /// Keeps the few waiting entries of a chunk elsewhere.
    private mutating func empty(_ sparse: HotEntries.Sparse) {
        var entries: [UnsafeRawPointer] = []
        hot.forEachWaiting(sparse) { entries.append($0) }
        for entry in entries {
            guard let known = memory.find(EntryView(entry).idHash),
                memory.isAwaited(known)
            else { continue }
            memory[known].place = hot.keep(entry)
        }
        hot.free(sparse)
    }

    private mutating func take(_ known: Remembered) -> Waiting {
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

    /// Remembers an example, and the bytes of one that is open.
    private mutating func remember(
        _ example: Remembered, keeping entry: UnsafeRawPointer?
    ) -> UInt64 {
        if let oldest = memory.forgetOldestIfFull() {
            switch oldest.state {
            case .waiting:
                counts.pending -= 1
                counts.unlabelled += 1
                hot.release(oldest.place)
            case .ready: expel(oldest)
            case .labelHeld, .labelled, .negative, .unlabelled: break
            }
        }
        guard let entry else { return memory.append(example) }
        var kept = example
        kept.place = hot.keep(entry)
        let ordinal = memory.append(kept)
        if let sparse = hot.takeSparse() { empty(sparse) }
        return ordinal
    }

    /// It counts as joined, so it must be taught, though out of its turn. Its bytes come from the
    /// raw log, since those kept here may be gone by the time it goes out.
    private mutating func expel(_ known: Remembered) {
        hot.release(known.place)
        expelled.append(
            Due(
                example: .cold(rawOffset: known.payload), label: Double(known.label),
                time: known.time))
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
            counts.late, counts.duplicates, counts.labelDuplicates, counts.orphans, counts.ready,
        ] {
            writer.write(Int64(count))
        }
        writer.write(watermark.microseconds)
        writer.write(newestLabel.microseconds)
        writer.write(secondNewestLabel.microseconds)
        writer.write(delays.counts)
        memory.encode(into: &writer)
        held.encode(into: &writer)
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
        counts.ready = Int(try reader.read(Int64.self))
        watermark = Instant(microseconds: try reader.read())
        newestLabel = Instant(microseconds: try reader.read())
        secondNewestLabel = Instant(microseconds: try reader.read())
        guard let delays = LogHistogram(counts: try reader.readWords()) else {
            throw ByteFault(offset: reader.offset, expected: "a histogram of label delays")
        }
        self.delays = delays
        try memory.decode(&reader)
        try held.decode(&reader)
        for ordinal in memory.ordinals { schedule(ordinal) }
    }
}
