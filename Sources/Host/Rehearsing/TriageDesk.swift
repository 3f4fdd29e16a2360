import Checkpointing
import Engine
import Monitoring
import Numerics
import Operation
import Validation
import Vocabulary

/// Code, data or the world: gathers what speaks for which, and says what it comes to.
struct TriageDesk {
    let ground: RehearsalGround
    let incident: RehearsedWindow
    let proposal: WindowProposal
    let live: LiveLoss?
    /// Of the model, open since the onset.
    let alarms: [AlarmRecord]
    /// The newest entries of the journal, newest first.
    let journal: [JournalEntry]
    let events: [CalendarEvent]

    /// Of its steps, for the rehearsal's course.
    static let weight = 1.0

    func triage() throws -> Triage {
        var evidence = [skew(), builds(), replay(), steps(), inputs(), labels(), window()]
        evidence.append(try sources())
        evidence.append(goldenEvidence())
        evidence.append(liveEvidence())
        evidence.append(older())
        evidence.append(calendar())
        let known = evidence.compactMap(\.self)
        return verdict(known)
    }

    /// A cause that nothing else of weight speaks against.
    private func verdict(_ evidence: [Evidence]) -> Triage {
        let causes = Set(evidence.map(\.speaksFor).filter { $0 == .code || $0 == .data })
        func triage(_ verdict: Cause, _ text: String) -> Triage {
            Triage(verdict: verdict, text: text, evidence: evidence)
        }
        if causes.count > 1 {
            return triage(.cannotTell, "cannot tell: some of it speaks for code, some for data")
        }
        switch causes.first {
        case .code: return triage(.code, "code: roll back the build, or the feature, first")
        case .data: return triage(.data, "data: purge the window once its source is mended")
        default: break
        }
        if evidence.contains(where: { $0.subject == "quadrant" && $0.speaksFor == .world }) {
            return triage(
                .world, "world: the model is as good as it was; ride through, with guard rails")
        }
        if evidence.contains(where: { $0.subject == "quadrant" && $0.speaksFor == .model }) {
            return triage(
                .model, "model: it has unlearned what it knew; roll back, then look for the cause")
        }
        return triage(.cannotTell, "cannot tell: nothing that was looked at speaks clearly")
    }

    // MARK: code

    private func skew() -> Evidence {
        let count = ground.standing.skewCount
        return count > 0
            ? Evidence(
                "skew", .code,
                "\(count) answers were of other features than training's: two code paths differ")
            : Evidence("skew", .cannotTell, "no answer was of other features than training's")
    }

    /// The journal counts wall time, the onset event time: checkpoints know both.
    private func builds() -> Evidence? {
        let reports = ground.folder.reports
        let onset = incident.onset
        guard let after = reports.last(where: { $0.eventTime.map { $0 >= onset } ?? false }),
            let before = reports.first(where: { $0.eventTime.map { $0 < onset } ?? false })
        else { return nil }
        let changes = journal.filter { entry in
            entry.act == "build" && entry.ts >= before.created - .minutes(10)
                && entry.ts <= after.created
        }
        if let change = changes.last {
            return Evidence(
                "build", .code,
                "the build changed about the onset, at \(change.ts.rfc3339): \(change.effect)")
        }
        let written = [before, after].compactMap { ground.loadWhole($0)?.manifest.build }
        guard written.count == 2 else { return nil }
        guard written[0] == written[1] else {
            return Evidence(
                "build", .code,
                "\(before.id) is of build \(written[0]), \(after.id) of \(written[1])")
        }
        return Evidence(
            "build", .cannotTell, "the same build before and after the onset: \(written[0])")
    }

    /// The same log, through this build: it must come to the learner that is kept.
    private func replay() -> Evidence? {
        guard let nothing = incident[.doNothing], let digest = nothing.learnerDigest,
            let newest = ground.folder.reports.first(where: {
                $0.verdict != .failed && $0.cursor == nothing.cursor
            }), newest.exclusions.count == ground.active.count
        else { return nil }
        return newest.learnerDigest == digest
            ? Evidence(
                "replay", .cannotTell,
                "replayed from the log, the learner is that of \(newest.id), bit for bit: what it "
                    + "learned follows from its data")
            : Evidence(
                "replay", .code,
                "replayed from the log, the learner is not that of \(newest.id): the same data "
                    + "came to something else then")
    }

    private func steps() -> Evidence? {
        guard let alarm = alarms.first(where: { $0.name == AlarmName.stepNotFinite.rawValue })
        else { return nil }
        return Evidence("step", .cannotTell, "\(alarm.id): \(alarm.text)")
    }

    // MARK: data

    private func inputs() -> Evidence {
        let names: [AlarmName] = [
            .featureMissing, .featureConstant, .featureUnit, .duplicatesHigh, .quarantineShare,
            .valueNotFinite, .volumeLow,
        ]
        return alarmed(names, "inputs", "no alarm of missing, constant or repeated inputs")
    }

    private func labels() -> Evidence {
        alarmed(
            [.labelsStalled, .labelsLow, .labelDelayChanged], "labels",
            "no alarm of missing or late labels")
    }

    private func alarmed(
        _ names: [AlarmName], _ subject: String, _ otherwise: String
    ) -> Evidence {
        let wanted = names.map(\.rawValue)
        guard let alarm = alarms.first(where: { wanted.contains($0.name) }) else {
            return Evidence(subject, .cannotTell, otherwise)
        }
        return Evidence(subject, .data, "\(alarm.id), since \(alarm.onset): \(alarm.text)")
    }

    private func window() -> Evidence {
        let isPart = proposal.window != nil && !proposal.isWide
        return Evidence("window", isPart ? .data : .cannotTell, proposal.text)
    }

    private func sources() throws -> Evidence? {
        guard
            let finding = try SourceSurvey(ground, onset: incident.onset)?.finding(
                SliceNames(ground.rawLog))
        else { return nil }
        return Evidence("sources", finding.isOut ? .data : .cannotTell, finding.text)
    }

    // MARK: the model and the world

    /// Against the last healthy checkpoint, row by row; nil without one or without a set.
    private var goldenChange: Estimate? {
        guard let change = incident[.rollBack]?.goldenChange else { return nil }
        return Estimate(
            mean: -change.mean, low: -change.high, high: -change.low, count: change.count)
    }

    private func goldenWorse() -> Bool? {
        guard let change = goldenChange, let healthy = incident[.rollBack]?.golden else {
            return nil
        }
        return change.low > 0 && change.mean > ground.settings.gate.lossMargin * healthy.mean
    }

    private func goldenEvidence() -> Evidence? {
        guard let change = goldenChange, let id = incident[.rollBack]?.checkpoint else {
            return nil
        }
        let text =
            "log loss on the golden set moved by \(FigureText.text(change.mean)) since \(id) "
            + "(\(FigureText.text(change.low)) to \(FigureText.text(change.high)))"
        return Evidence("golden set", goldenWorse() == true ? .model : .cannotTell, text)
    }

    /// Golden set against live traffic.
    private func liveEvidence() -> Evidence {
        guard let live else {
            return Evidence(
                "quadrant", .cannotTell,
                "too few examples since the onset have all their labels to tell how hard they are")
        }
        let text =
            "live log loss \(FigureText.text(live.before.mean)) before the onset, "
            + "\(FigureText.text(live.since.mean)) since"
        guard let isGoldenWorse = goldenWorse(), let change = goldenChange else {
            return Evidence("quadrant", .cannotTell, text)
        }
        let gate = ground.settings.gate
        let quadrant = Quadrant(
            isGoldenWorse: isGoldenWorse,
            isLiveWorse: live.isWorse(reach: gate.reach, margin: gate.lossMargin))
        switch quadrant {
        case .modelWorse: return Evidence("quadrant", .model, "\(text); \(quadrant.text)")
        case .worldHarder where change.low > 0:
            return Evidence(
                "quadrant", .cannotTell,
                "\(text); the model is worse on the golden set too, a little but beyond chance")
        case .worldHarder: return Evidence("quadrant", .world, "\(text); \(quadrant.text)")
        case .asUsual, .goldenAlone:
            return Evidence("quadrant", .cannotTell, "\(text); \(quadrant.text)")
        }
    }

    /// What an older learner makes of the same data.
    private func older() -> Evidence? {
        guard let old = incident[.rollBack], let during = old.during,
            let now = incident[.doNothing]?.during, let id = old.checkpoint
        else { return nil }
        let text =
            "on the window's own examples \(id) has a log loss of "
            + "\(FigureText.text(during.mean)), the model that went on "
            + FigureText.text(now.mean)
        return Evidence("older learner", .cannotTell, text)
    }

    private func calendar() -> Evidence? {
        let near = events.filter {
            $0.from <= incident.window.to && incident.window.from < $0.to + .days(1)
        }
        guard let event = near.first else { return nil }
        return Evidence(
            "calendar", .cannotTell,
            "\(event.text) is on at that time, which alone is no cause: rule out the rest first")
    }
}
