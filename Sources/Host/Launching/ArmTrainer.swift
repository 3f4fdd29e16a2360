import Engine
import Filtering
import Launching
import Learning
import Recording
import Vocabulary

/// The trainer of one arm of a launch: a cursor over the model's training log that learns whose
/// traffic its terms say, by itself, behind production's trainer.
final class ArmTrainer {
    /// What its learner is worth at a moment, for the file of arms.
    struct State: Codable, Equatable {
        var arm: ArmName
        /// The next entry of the training log.
        var sequence: UInt64
        var learned: UInt64
        /// Newest event time that it has met.
        var eventTime: Instant?
    }

    /// An entry that it is at, before it learns it.
    struct Met {
        var entry: EntryView
        /// As its learner takes it.
        var chosen: EntryView
        var sequence: UInt64
        /// By the exclusions that it goes by.
        var isLeftOut: Bool
        var isLearned: Bool
        var stepShare: Float
    }

    let arm: ArmName
    private(set) var learner: FTRLLearner
    private(set) var state: State
    /// How far it is behind what came last; zero for one that follows.
    let delay: Span
    private let log: LogFollower
    private let chosen: ChosenEntries
    /// The first byte that the raw log still had, where records have to be read again.
    private let firstRecord: UInt64
    private let begun: Instant
    private let teachers: Set<UInt8>
    /// A step of its own that was not finite, in words: it learns no more.
    private(set) var fault: String?

    /// Entries between two looks at the red button.
    private static let strideLength: UInt64 = 16

    /// Goes on from a state and its learner, or from the beginning of what the log still has. Where
    /// it chooses among features, `records` has their records, from `start` on in the raw log.
    init(
        _ arm: ArmName, _ terms: LaunchTerms, begun: Instant, settings: LearnerSettings,
        log: LogFolder, records: (reader: RecordReader, start: UInt64),
        from saved: (state: State, learner: FTRLLearner)? = nil
    ) throws {
        (self.arm, self.begun) = (arm, begun)
        if case .delayed(let delay)? = terms.baselines.first(where: { $0.arm == arm })?.design {
            self.delay = delay
        } else {
            delay = .zero
        }
        // What no arm served counts as production's.
        let names = terms.teachers(of: arm)
        teachers = Set(names.map(\.code) + (names.contains(.production) ? [0] : []))
        learner = saved?.learner ?? FTRLLearner(settings: settings)
        chosen = ChosenEntries(learner.settings.features, records.reader)
        firstRecord = chosen.isPlain ? 0 : records.start
        self.log = try LogFollower(log, from: saved?.state.sequence ?? 0)
        state = saved?.state ?? State(arm: arm, sequence: self.log.sequence, learned: 0)
    }

    /// Whether it learns from an entry, by who served it.
    func isTaught(by entry: EntryView) -> Bool {
        entry.time < begun || teachers.contains(entry.armCode)
    }

    /// Learns what comes next, up to an entry of the training log and, if it is delayed, up to that
    /// long before `newest`; true once it has come that far. `met` is told of each entry.
    func advance(
        to limit: UInt64, newest: Instant, leavingOut exclusions: ExclusionFilter, riding: [Ride],
        holdSwitch: @autoclosure () -> Bool, batchCount: Int, met: (Met) throws -> Void
    ) throws -> Bool {
        guard fault == nil else { return true }
        let time = delay > .zero ? newest - delay : .distantFuture
        var isHeld = holdSwitch()
        let isDone = try log.followEntries(
            batchCount: batchCount,
            while: { entry, sequence in
                if sequence % Self.strideLength == 0 { isHeld = holdSwitch() }
                return sequence < limit && entry.time <= time && !isHeld && fault == nil
            },
            { entry, sequence in
                state.sequence = sequence + 1
                guard entry.rawOffset >= firstRecord else { return }
                let own = try chosen.entry(entry)
                let isLeftOut = exclusions.excludes(entry, at: sequence)
                let isLearned = isTaught(by: entry) && !isLeftOut
                let stepShare = riding.stepShare(of: sequence, arrival: entry.arrival)
                try met(
                    Met(
                        entry: entry, chosen: own, sequence: sequence, isLeftOut: isLeftOut,
                        isLearned: isLearned, stepShare: stepShare))
                guard isLearned else { return }
                learner.stepShare = stepShare
                guard learner.teach(own).isLearned else {
                    fault = "stopped itself: a step is not finite at entry \(sequence)"
                    return
                }
                state.learned += 1
                state.eventTime = max(state.eventTime ?? entry.time, entry.time)
            })
        return isDone
    }
}
