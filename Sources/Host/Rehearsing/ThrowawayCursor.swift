import Engine
import Filtering
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// A cursor over the training log with a learner of its own, for one response: nothing that it
/// learns is kept.
///
/// Learns as a `Trainer` does, the same entries in the same order; beyond its end it only scores.
final class ThrowawayCursor {
    /// Where it stops learning.
    enum End {
        case never
        /// Before this entry of the log.
        case sequence(UInt64)
    }

    let response: Response
    let learner: FTRLLearner
    /// Follows the event times of what it has met.
    private(set) var clock: EventClock
    /// The next entry of the log that it would meet.
    private(set) var sequence: UInt64
    /// Examples learned since its beginning.
    private(set) var learned: UInt64 = 0
    /// Of the examples that are measured: the loss of each, scored before it was learned.
    private(set) var losses = MeasuredLosses()
    /// Wall time that learning and scoring took.
    private(set) var busy = Span.zero
    /// Why it stopped itself.
    private(set) var fault: String?
    private let filter: ExclusionFilter
    private let end: End
    /// What is learned with a share of a step.
    private let rides: [Ride]
    private(set) var isFrozen: Bool

    init(
        _ response: Response, from moment: Trainer.Moment, leavingOut exclusions: [Exclusion],
        end: End, riding rides: [Ride] = [], isFrozen: Bool = false
    ) {
        self.response = response
        (learner, clock) = (moment.learner, moment.clock)
        sequence = moment.cursor.sequence
        filter = ExclusionFilter(exclusions)
        (self.end, self.isFrozen) = (end, isFrozen)
        self.rides = rides
    }

    /// Takes in the entries of a batch, of which those to be measured are marked.
    func meet(_ batch: MeasuredBatch, clock host: any HostClock) {
        let begun = host.monotonic()
        defer { busy = busy + (host.monotonic() - begun) }
        for row in batch.rows {
            let entry = EntryView(batch.bytes + row.offset)
            if case .sequence(let last) = end, row.sequence >= last { isFrozen = true }
            if isFrozen || row.sequence < sequence {
                measure(entry, row)
            } else {
                meet(entry, row)
            }
        }
    }

    private func meet(_ entry: EntryView, _ row: MeasuredBatch.Row) {
        guard let scored = learn(entry, at: row.sequence) else { return measure(entry, row) }
        losses.add(scored.logistic.softplus - Double(entry.label) * scored.logit, row.kind)
    }

    /// Scores the entry that comes next, then learns it. Nil where it learns nothing of it: it is
    /// left out, or the step is not finite, and with that it is frozen.
    func learn(_ entry: EntryView, at sequence: UInt64) -> FTRLLearner.Scored? {
        if filter.excludes(entry, at: sequence) {
            self.sequence = sequence + 1
            return nil
        }
        learner.stepShare = rides.stepShare(of: sequence, arrival: entry.arrival)
        let scored = learner.teach(entry)
        guard scored.isLearned else {
            // The trainer would stop itself here.
            let what = learner.stepFault?.rawValue ?? "step"
            fault = "stops itself: a \(what) is not finite at entry \(sequence)"
            isFrozen = true
            return nil
        }
        self.sequence = sequence + 1
        learned += 1
        clock.note(entry.time)
        return scored
    }

    private func measure(_ entry: EntryView, _ row: MeasuredBatch.Row) {
        guard row.kind != .unmeasured else { return }
        let logit = learner.score(entry)
        losses.add(Entropy.softplus(logit) - Double(entry.label) * logit, row.kind)
    }
}

extension ExclusionFilter {
    /// Just those examples.
    static func only(_ selection: ExampleSelection) -> ExclusionFilter {
        guard let model = ModelName("window") else { return ExclusionFilter() }
        let id = ExclusionID(model: model, number: 1)
        return ExclusionFilter([Exclusion(id: id, what: .examples(selection))])
    }
}

/// Losses of the same examples, in the same order for every cursor.
struct MeasuredLosses {
    private(set) var during: [Double] = []
    private(set) var forward: [Double] = []

    mutating func add(_ loss: Double, _ kind: MeasuredBatch.Kind) {
        switch kind {
        case .unmeasured: break
        case .during: during.append(loss)
        case .forward: forward.append(loss)
        }
    }

    var all: [Double] { during + forward }
}

/// A batch of the training log with what is to be measured in it.
struct MeasuredBatch {
    /// What an example is measured as.
    enum Kind {
        case unmeasured
        /// It is of the window.
        case during
        /// It is clean, and behind the window.
        case forward
    }

    /// An entry's place.
    struct Row {
        var offset: Int
        var sequence: UInt64
        var kind: Kind
    }

    let bytes: UnsafeRawPointer
    private(set) var rows: [Row] = []

    init(_ bytes: UnsafeRawPointer) { self.bytes = bytes }

    /// The entries from a sequence on, none of which is measured.
    init(_ bytes: UnsafeRawPointer, _ header: BatchHeader, from first: UInt64) {
        self.init(bytes)
        var offset = BatchHeader.size
        header.forEachEntry(bytes) { entry, sequence in
            if sequence >= first {
                rows.append(Row(offset: offset, sequence: sequence, kind: .unmeasured))
            }
            offset += entry.size
        }
    }

    mutating func append(_ row: Row) { rows.append(row) }
}
