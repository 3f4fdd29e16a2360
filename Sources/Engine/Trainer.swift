import Checkpointing
import Filtering
import Learning
import Monitoring
import Numerics
import Vocabulary

/// A trainer is a cursor: a position in the training log and a learner that has met all before.
///
/// On the data's way, so fast comes before plain. Not a value, because the learner's table is
/// large.
package final class Trainer {
    package private(set) var learner: FTRLLearner
    package private(set) var cursor: TrainingCursor
    package private(set) var metrics = ProgressiveMetrics()
    /// Follows the event times of the examples that the learner has met.
    package private(set) var clock = EventClock()
    /// Where earlier passes over the log ended.
    package private(set) var passEnds: [UInt64] = []
    /// Where passes end that are to be made again before the last one.
    package private(set) var passEndsDue: [UInt64] = []
    /// What it leaves out.
    package private(set) var exclusions: [Exclusion] = []
    private var exclusionFilter = ExclusionFilter()
    /// What it learns with smaller steps.
    package private(set) var rides: [Ride] = []
    /// The entries that these may be about.
    private var ridden: Range<UInt64> = 0..<0
    /// Looks after the ride that is under way.
    private var rideBreaker: RideBreaker?
    /// Why that ride is to end; it stands still until whoever keeps stops has taken note of it.
    package private(set) var rideTrip: String?
    /// It does not move beyond this sequence.
    package var pausePoint = UInt64.max

    private let holdSwitch: any HoldSwitch
    private let records: RecordReader
    /// The log as the learner takes it.
    private var chosen: ChosenEntries
    /// Why the record of the entry at hand could not be read again.
    private var recordFault: String?
    /// Entries between two looks at the red button.
    private static let strideLength = 16

    /// `records` is asked by a learner that chooses among features.
    package init(
        settings: LearnerSettings, holdSwitch: any HoldSwitch, records: RecordReader
    ) {
        learner = FTRLLearner(settings: settings)
        self.records = records
        chosen = ChosenEntries(settings.features, records)
        cursor = TrainingCursor()
        self.holdSwitch = holdSwitch
    }

    /// True from a stop of its own until whoever keeps stops has taken note of it.
    package private(set) var owesStop = false

    package var isHeld: Bool { holdSwitch.isHeld }
    package var hold: Hold? { holdSwitch.hold }

    /// True while the next step is to fail: a fault that is injected.
    package var isStepSpoiled: Bool {
        get { learner.isStepSpoiled }
        set { learner.isStepSpoiled = newValue }
    }

    /// True while it stands still without a word: a fault that is injected.
    package var isHung: Bool {
        get { pausePoint < .max }
        set { pausePoint = newValue ? cursor.sequence : .max }
    }

    package func noteStopKept() {
        owesStop = false
    }

    /// Learns entries that follow each other, until their end or until held; each is scored
    /// before it is learned. Gives the offset of the first entry not learned.
    ///
    /// It stops itself before an entry whose step is not finite, or whose record has to be read
    /// again and cannot be: the learner is as it was.
    ///
    /// `bytes` is a batch that begins at `batch` of the training log; entries before `offset`
    /// have been met.
    package func learn(
        _ bytes: UnsafeRawPointer, from start: Int, to end: Int, batch: LogPosition,
        history: inout MetricHistory
    ) -> Int {
        var offset = start
        cursor.batch = batch
        var tally = HistoryTally()
        let stop = min(passEndsDue.first ?? .max, pausePoint)
        while offset < end, cursor.sequence < stop, rideTrip == nil, !holdSwitch.isHeld {
            var stride = 0
            let strideStart = offset
            let look = rideBreaker?.distance(from: cursor.sequence) ?? .max
            let strideMax = Int(min(UInt64(Self.strideLength), stop - cursor.sequence, look))
            while stride < strideMax, offset < end {
                if chosen.isPlain { learner.prefetch(bytes + offset) }
                offset += EntryView(bytes + offset).size
                stride += 1
            }
            var at = strideStart
            let mayRide = ridden.overlaps(cursor.sequence..<(cursor.sequence + UInt64(stride)))
            learner.stepShare = 1
            for index in 0..<stride {
                let entry = EntryView(bytes + at)
                at += entry.size
                if !exclusionFilter.isEmpty,
                    exclusionFilter.excludes(entry, at: cursor.sequence + UInt64(index))
                {
                    continue
                }
                if mayRide {
                    learner.stepShare = rides.stepShare(
                        of: cursor.sequence + UInt64(index), arrival: entry.arrival)
                }
                guard let scored = teach(entry) else {
                    cursor.sequence += UInt64(index)
                    tally.flush(into: &history)
                    stopTraining(before: entry)
                    return at - entry.size
                }
                note(entry, scored, &tally, &history)
            }
            cursor.sequence += UInt64(stride)
            if look == UInt64(stride) { lookAfterRide(&tally, &history) }
        }
        tally.flush(into: &history)
        return offset
    }

    private func lookAfterRide(_ tally: inout HistoryTally, _ history: inout MetricHistory) {
        guard tally.step > .min else { return }
        tally.flush(into: &history)
        rideTrip = rideBreaker?.trip(before: cursor.sequence, history, arrival: tally.time)
    }

    /// Nil, and nothing is learned, if that cannot be.
    @inline(__always)
    private func teach(_ entry: EntryView) -> FTRLLearner.Scored? {
        do {
            let scored = learner.teach(try chosen.entry(entry))
            return scored.isLearned ? scored : nil
        } catch {
            recordFault = "\(error)"
            return nil
        }
    }

    private func stopTraining(before entry: EntryView) {
        let step = "a \(learner.stepFault?.rawValue ?? "step") is not finite"
        let fault = recordFault.map { "its features cannot be read again (\($0))" } ?? step
        recordFault = nil
        let stopped = holdSwitch.stop(
            because: "\(fault) at entry \(cursor.sequence) of the training log, "
                + "an example of \(entry.time.rfc3339)")
        if stopped { owesStop = true }
    }

    @inline(__always)
    private func note(
        _ entry: EntryView, _ scored: FTRLLearner.Scored, _ tally: inout HistoryTally,
        _ history: inout MetricHistory
    ) {
        let logit = scored.logit
        let label = Double(entry.label)
        let weight = Double(entry.weight)
        let probability = scored.logistic.probability
        let loss = scored.logistic.softplus - label * logit
        metrics.add(
            logit: logit, probability: probability, loss: loss, label: label, weight: weight)
        clock.note(entry.time)
        let step = entry.arrival.microseconds / MetricHistory.minute.microseconds
        if step != tally.step {
            tally.flush(into: &history)
            tally.step = step
            tally.time = entry.arrival
        }
        tally.sums.trained += 1
        tally.sums.weight += weight
        tally.sums.weightSquares += weight * weight
        tally.sums.loss += loss * weight
        tally.sums.predictions += probability * weight
        tally.sums.labels += label * weight
    }

    /// The cursor stands at the beginning of a batch, or within it.
    package func moveToBatch(_ batch: LogPosition) {
        cursor.batch = batch
    }

    /// Goes back to the beginning of the log with what it has learned, for another pass.
    package func restartPass() {
        passEnds.append(cursor.sequence)
        if !passEndsDue.isEmpty { passEndsDue.removeFirst() }
        cursor = TrainingCursor()
    }

    /// True at the end of a pass that is made again, with another one to follow.
    package var isAtPassEnd: Bool { passEndsDue.first == cursor.sequence }

    /// How far into the log the learner has ever seen.
    package var reach: UInt64 { max(cursor.sequence, passEnds.max() ?? 0) }

    /// Takes the place of an earlier moment, or of the very beginning, and leaves out from then
    /// on what is excluded. Passes that were complete by now are made again.
    package func restart(
        from moment: Moment?, passEndsDue: [UInt64], leavingOut exclusions: [Exclusion]
    ) {
        learner = moment?.learner ?? FTRLLearner(settings: learner.settings)
        chosen = ChosenEntries(learner.settings.features, records)
        cursor = moment?.cursor ?? TrainingCursor()
        metrics = moment?.metrics ?? ProgressiveMetrics()
        clock = moment?.clock ?? EventClock()
        passEnds = moment?.passEnds ?? []
        self.passEndsDue = passEndsDue
        leaveOut(exclusions)
    }

    /// What it leaves out from here on; the learner must not have met it.
    func leaveOut(_ exclusions: [Exclusion]) {
        self.exclusions = exclusions
        exclusionFilter = ExclusionFilter(exclusions)
    }

    /// What it learns with smaller steps from here on; the learner must not have met it otherwise.
    package func ride(_ rides: [Ride], breaker: RideBreaker? = nil) {
        (rideBreaker, rideTrip) = (breaker, nil)
        self.rides = rides
        ridden = rides.sequences
    }

    /// Passes over what lies before a cursor.
    func skip(to cursor: TrainingCursor) {
        self.cursor = cursor
    }

    /// A trainer's state at an earlier time. The learner is the trainer's own from then on.
    package struct Moment {
        package var learner: FTRLLearner
        package var cursor: TrainingCursor
        package var metrics: ProgressiveMetrics
        package var clock: EventClock
        package var passEnds: [UInt64]
    }

    package func encode(into writer: inout ByteWriter) {
        metrics.encode(into: &writer)
        clock.encode(into: &writer)
    }
}

extension Trainer.Moment {
    /// Before the first entry of a log.
    package init(beginningWith settings: LearnerSettings) {
        self.init(
            learner: FTRLLearner(settings: settings), cursor: TrainingCursor(),
            metrics: ProgressiveMetrics(), clock: EventClock(), passEnds: [])
    }
}

/// The sums of consecutive entries of one minute, so that the history is touched once for all.
private struct HistoryTally {
    var step = Int64.min
    var time = Instant.distantPast
    var sums = MetricHistory.Step()

    mutating func flush(into history: inout MetricHistory) {
        guard sums.trained > 0 else { return }
        let sums = self.sums
        history.update(at: time) { $0.addTraining(of: sums) }
        self.sums = MetricHistory.Step()
    }
}
