import Filtering
import Operation
import Recording
import Vocabulary

/// What a change of exclusions means: what the learner would lose or take in again, and from where
/// it would learn anew.
struct ExclusionPlan {
    /// In force afterwards.
    var exclusions: [Exclusion]
    /// Trained examples that would go.
    var removed: UInt64 = 0
    /// Trained log entries that were left out and would come in again.
    var restored: UInt64 = 0
    /// Examples that match and were not met yet, joined or not.
    var awaited: UInt64 = 0
    /// Entries to be met again.
    var relearned: UInt64 = 0
    var base = Base.none
    /// The first entry of the training log whose lot changes; nil if there is none.
    var firstChange: UInt64?

    /// Where learning goes on from.
    enum Base {
        /// The learner has met nothing of it, and stays as it is.
        case none
        case beginning
        case checkpoint(CheckpointReport)
    }
}

/// Walks the training log once and finds, for several sets of exclusions, the first entry that
/// they and a wanted set treat differently.
struct ExclusionSurvey {
    private let wanted: ExclusionFilter
    private let filters: [ExclusionFilter]
    /// For each set, in the order given; nil while there is no difference.
    private(set) var firstChanges: [UInt64?]
    /// Of the first set, among the entries before `reach`.
    private(set) var removed: UInt64 = 0
    private(set) var restored: UInt64 = 0
    /// Newly left out by the wanted set, at or behind `reach`.
    private(set) var ahead: UInt64 = 0
    private let reach: UInt64

    /// `reach` is how far the learner under the first set has seen.
    init(
        _ sets: [[Exclusion]], wanted: [Exclusion], condemned: Set<UInt64> = [], reach: UInt64
    ) {
        self.wanted = ExclusionFilter(wanted, condemned: condemned)
        filters = sets.map { ExclusionFilter($0) }
        firstChanges = sets.map { _ in nil }
        self.reach = reach
    }

    /// False if no set treats any entry of a batch in a special way.
    func concerns(_ header: BatchHeader) -> Bool {
        let sequences = header.firstSequence..<(header.firstSequence + UInt64(header.count))
        return ([wanted] + filters).contains {
            $0.mayExclude(from: header.earliest, to: header.latest, sequences)
        }
    }

    /// Takes in a whole batch, whose bytes were checked.
    mutating func meet(_ batch: UnsafeRawPointer, _ header: BatchHeader) {
        var offset = BatchHeader.size
        for index in 0..<header.count {
            let entry = EntryView(batch + offset)
            offset += entry.size
            meet(entry, at: header.firstSequence + UInt64(index))
        }
    }

    private mutating func meet(_ entry: EntryView, at sequence: UInt64) {
        let isOut = wanted.excludes(entry, at: sequence)
        for index in filters.indices {
            let wasOut = filters[index].excludes(entry, at: sequence)
            guard wasOut != isOut else { continue }
            if firstChanges[index] == nil { firstChanges[index] = sequence }
            guard index == 0 else { continue }
            if sequence >= reach {
                if isOut { ahead += 1 }
            } else if isOut {
                removed += 1
            } else {
                restored += 1
            }
        }
    }
}
