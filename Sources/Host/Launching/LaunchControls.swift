import Engine
import Launching
import Learning
import Vocabulary

/// Cursors of a launch that answer nobody, only to be held against the others: production,
/// production without the candidate's traffic beside a stopped baseline, and a production that
/// learned from as little as a candidate on its own.
///
/// They go where the candidate's cursor goes, and all are scored on the same examples, before
/// these are learned.
final class LaunchControls {
    /// What one of them is worth beside its learner, for the file of arms.
    struct State: Codable, Equatable {
        var name: String
        var learned: Int
        var launchLearned: Int
    }

    /// All of them at a moment.
    struct Moment {
        var states: [State]
        var learners: [FTRLLearner]
        var measures: ControlMeasures
    }

    private let begun: Instant
    /// What answers for a stopped baseline, and the log as it takes it.
    private let stopped: (model: ServedModel, log: ChosenEntries)?
    /// The log as production's learner takes it.
    private let log: ChosenEntries
    private let cursors: [LaunchCursor]
    private let alone: LaunchCursor
    private let production: LaunchCursor
    private let matched: LaunchCursor?
    private(set) var measures: ControlMeasures
    private let room = ScoringRow()

    /// One looks again and again: intervals are sharpest by so many examples.
    static let plannedCount = 10_000.0

    /// `settings` are production's; `records` are read again by who chooses among features. From a
    /// moment of the same cursors, or from the beginning.
    init(
        _ terms: LaunchTerms, begun: Instant, settings: LearnerSettings, stopped: ServedModel?,
        records: RecordReader, from moment: Moment? = nil
    ) {
        self.begun = begun
        log = ChosenEntries(settings.features, records)
        self.stopped = stopped.map { model in
            (model, ChosenEntries(model.learner.settings.features, records))
        }
        measures = moment?.measures ?? ControlMeasures()
        func cursor(_ name: String, since arms: [ArmName]) -> LaunchCursor {
            let known = moment?.states.firstIndex { $0.name == name }
            let state = known.flatMap { moment?.states[$0] }
            let learner = known.flatMap { moment?.learners[$0] }
            return LaunchCursor(
                name, learner ?? FTRLLearner(settings: settings), before: ArmName.coded,
                since: arms, learned: state?.learned ?? 0,
                launchLearned: state?.launchLearned ?? 0)
        }
        let teachers = terms.teachers(of: .production)
        production = cursor("B", since: teachers)
        matched = terms.isApart ? cursor("B as little", since: [.candidate]) : nil
        // Where the candidate does not teach production, that is without it already.
        let isApart = stopped == nil || !teachers.contains(.candidate)
        alone =
            isApart
            ? production : cursor("B without A", since: teachers.filter { $0 != .candidate })
        cursors = [production] + (matched.map { [$0] } ?? []) + (isApart ? [] : [alone])
    }

    /// The candidate's cursor is at an entry, and has not learned it yet.
    func meet(_ met: ArmTrainer.Met, candidate: FTRLLearner) throws {
        guard !met.isLeftOut else { return }
        let arm = ArmName(code: met.entry.armCode) ?? .production
        let isLaunched = met.entry.time >= begun
        let entry = try log.entry(met.entry)
        if isLaunched { try measure(met, entry, of: arm, candidate) }
        for cursor in cursors {
            cursor.learner.stepShare = met.stepShare
            _ = try cursor.meet(entry, of: arm, isLaunched: isLaunched)
        }
    }

    /// `entry` is as production takes it.
    private func measure(
        _ met: ArmTrainer.Met, _ entry: EntryView, of arm: ArmName, _ candidate: FTRLLearner
    ) throws {
        let unit = entry.launchUnit
        var others: Double?
        if let (model, log) = stopped {
            let own = try log.entry(met.entry)
            measures.note(
                unit: unit, isCandidates: arm == .candidate,
                isNew: model.learner.hasNewCategory(own))
            others = LaunchCursor.loss(model.learner.score(own, in: room), of: entry)
        }
        for cursor in cursors { cursor.measure(entry) }
        // What only the candidate shows says nothing of how a baseline ages. A production that
        // learned from as little is held against it on all that is shown.
        let mine = LaunchCursor.loss(candidate.score(met.chosen), of: entry)
        measures.note(
            ControlMeasures.Losses(
                candidate: mine, production: production.loss, alone: alone.loss,
                matched: matched?.loss, stopped: arm == .candidate ? nil : others),
            unit: unit, hours: (entry.time - begun).seconds / 3600)
    }

    /// Whether the candidate is behind for its design; nil where it learns what production learns,
    /// and while too little was measured.
    var handicap: Handicap? {
        guard let matched else { return nil }
        return Handicap(
            candidate: measures.candidate, matched: measures.matched,
            learned: matched.launchLearned, productionLearned: production.launchLearned,
            plannedCount: Self.plannedCount)
    }

    /// For the file of arms; the learners are copied by whoever wants them.
    var moment: Moment {
        Moment(
            states: cursors.map { cursor in
                State(
                    name: cursor.name, learned: cursor.learned,
                    launchLearned: cursor.launchLearned)
            }, learners: cursors.map(\.learner), measures: measures)
    }
}
