import Joining
import Monitoring
import Numerics
import Operation
import Vocabulary

extension ModelEngine {
    /// What is wrong is found, and told, anew.
    package func forgetAlarms() {
        let findings = monitor.findings
        alarms = AlarmBoard(
            raisedCount: alarms.raisedCount - (alarms.open.count - findings.count),
            findings: findings)
    }

    /// Looks at every condition and raises or resolves its alarm.
    func evaluateAlarms() {
        guard let now = clock.now else { return }
        for change in monitor.takeChanges() {
            switch change {
            case .opened(let finding): notify(alarms.take(change), at: finding.raised)
            case .closed(_, let end): notify(alarms.take(change), at: end)
            }
        }
        // A cause hides what follows from it.
        let isExplained = monitor.explainsOutputs
        let conditions: [(AlarmName, String?)] = [
            (.trainingStopped, stoppedText()),
            (.stepNotFinite, ownStopText()),
            (.trainingSilent, silentText(now)),
            (.labelsStalled, stalledText(now)),
            (.modelStale, staleText()),
            (.quarantineShare, quarantineText()),
            (.checkpointFailed, checkpointFault.map { "the newest checkpoint failed: \($0)" }),
            (.copyFailed, copyFault.map { "the newest checkpoint has no second copy: \($0)" }),
            (.calibrationOff, isExplained ? nil : calibrationText()),
            (.logLossAboveBaseRate, isExplained ? nil : lossText()),
            (.valueNotFinite, refusedText()),
            (.effectiveSampleLow, effectiveText()),
        ]
        let beside = conditionsBeside.map { ($0.name, $0.text) }
        for (name, text) in conditions + beside {
            notify(alarms.state(name, text, at: now), at: now)
        }
    }

    private func refusedText() -> String? {
        let count = monitor.refusedCount
        return count > 0 ? "\(count) values were no numbers that a monitor could take" : nil
    }

    /// Of a day's examples, so few of equal weight would tell as much.
    private static let effectiveShareMin = 0.05

    private func effectiveText() -> String? {
        let recent = history.recent(Self.outputSpan)
        guard recent.trained >= 1000 else { return nil }
        let share = recent.effectiveCount / recent.trained
        guard share < Self.effectiveShareMin else { return nil }
        return "\(Int(recent.trained)) examples of the last \(Self.outputSpan.text) weigh like "
            + "\(Int(recent.effectiveCount)) of equal weight"
    }

    private func stoppedText() -> String? {
        guard let hold = trainer.hold else { return nil }
        let behind = trainingCount - min(trainer.cursor.sequence, trainingCount)
        return "training is stopped by \(hold.by), \(behind) examples behind: \(hold.reason)"
    }

    private func ownStopText() -> String? {
        guard let hold = trainer.hold, hold.isTrainers else { return nil }
        return "training stopped itself: \(hold.reason)"
    }

    /// Event time that a trainer may stand still for while examples wait.
    private static let silenceMax = Span.hours(1)

    /// Examples wait, none is learned, and nobody stopped it.
    private func silentText(_ now: Instant) -> String? {
        let cursor = trainer.cursor.sequence
        guard let known = progress, known.cursor == cursor, cursor < trainingCount,
            !trainer.isHeld
        else {
            progress = (cursor, now)
            return nil
        }
        let silence = now - known.at
        guard silence > Self.silenceMax else { return nil }
        return "nothing was trained for \(silence.text) of event time, and nobody stopped it: "
            + "\(trainingCount - cursor) examples wait"
    }

    /// A label stream that is silent for longer than its labels ever took is an outage, not a
    /// quiet hour.
    private func stalledText(_ now: Instant) -> String? {
        guard let last = lastJoin, joinCounts.joined > 1000 else { return nil }
        let usual = labelDelays.quantile(0.9).map { $0 / 1000 } ?? 0
        let limit = max(3600, 3 * usual)
        let silence = (now - last).seconds
        guard silence > limit, counts.examples > 0 else { return nil }
        return "no label was joined for \(Span.seconds(Int(silence)).text) of event time"
    }

    private func staleText() -> String? {
        guard let staleness, let limit = settings.stalenessLimit, staleness > limit else {
            return nil
        }
        return "the served model is \(staleness.text) behind the stream, limit "
            + limit.text + (staleCause.map { "; \($0)" } ?? "")
    }

    private func quarantineText() -> String? {
        let records = counts.examples + counts.labels
        let held = counts.quarantinedExamples + counts.quarantinedLabels
        guard records >= 1000 else { return nil }
        let share = Double(held) / Double(records)
        guard share > settings.quarantineShareMax else { return nil }
        let percent = (share * 1000).rounded() / 10
        return "\(percent) % of all records are in quarantine (\(held) of \(records))"
    }

    /// Of the newest day, by when labels came: with a wait, the negatives of an hour come long
    /// after its positives.
    private static let outputSpan = Span.hours(24)

    /// The sums that the alarms on outputs look at; nil where a class has too few.
    private var recentOutputs: MetricHistory.Step? {
        let recent = history.recent(Self.outputSpan)
        return recent.labels >= 100 && recent.weight - recent.labels >= 100 ? recent : nil
    }

    private func isOpen(_ name: AlarmName) -> Bool { alarms.open.contains { $0.name == name } }

    /// Three standard errors of a Poisson count of labels beyond the limits; once open, at all.
    private func calibrationText() -> String? {
        guard let recent = recentOutputs else { return nil }
        let ratio = recent.predictions / recent.labels
        let reach = isOpen(.calibrationOff) ? 0 : 3 / recent.labels.squareRoot()
        guard ratio * (1 + reach) < 0.67 || ratio * (1 - reach) > 1.5 else { return nil }
        return "predictions are \((ratio * 100).rounded() / 100) times the labels over the last "
            + Self.outputSpan.text
    }

    /// Two per cent beyond always answering the rate of all that was trained, which a day's own
    /// rate would be unfair to; once open, until it is better than that again.
    private func lossText() -> String? {
        guard let recent = recentOutputs, let rate = trainer.metrics.baseRate else { return nil }
        let loss = recent.loss / recent.weight
        let entropy = Entropy.nats(of: recent.labels / recent.weight, answering: rate)
        let margin = isOpen(.logLossAboveBaseRate) ? 1 : 1.02
        guard loss > entropy * margin else { return nil }
        func shown(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
        return "log loss \(shown(loss)) is worse than always answering the base rate, "
            + "\(shown(entropy)), over the last \(Self.outputSpan.text)"
    }
}
