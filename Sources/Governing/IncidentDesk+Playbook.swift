import Operation
import Vocabulary

/// Steps of the playbook: who did which, and to what it belongs.
extension IncidentDesk {
    private enum RunLimits {
        static let countMax = 64
        /// Without an incident and without an alarm a page is followed for so long.
        static let lasts = Span.hours(12)
    }

    mutating func tick(
        _ step: PlaybookStep, _ model: ModelName, by user: String, at now: Instant
    ) -> Answer {
        var all: [PlaybookRun] = []
        for run in runs ?? [] { all.append(joined(run)) }
        runs = all
        var place = all.firstIndex { $0.model == model && $0.page == step.page }
        let words = "step \(step.step) of \(step.page)"
        let known = place.flatMap { place in
            all[place].ticks.first { $0.step == step.step && $0.text == step.text }
        }
        guard step.isDone else {
            guard let place, known != nil else { return .refused("\(words) is not done") }
            all[place].ticks.removeAll { $0.step == step.step }
            if all[place].ticks.isEmpty { all.remove(at: place) }
            runs = all
            tell("\(words) is NOT done after all: \(step.text)", model, by: user, at: now)
            return .done("\(words) is not done after all: \(step.text)")
        }
        if let known { return .refused("\(words) is done already, by \(known.by)") }
        if place == nil {
            guard all.count < RunLimits.countMax else {
                return .refused("\(RunLimits.countMax) pages are followed, which is the most")
            }
            all.append(
                PlaybookRun(
                    model: model, page: step.page, incident: open(of: model).last?.id,
                    alarm: step.alarm, lastSeen: now))
            place = all.count - 1
        }
        if let place {
            all[place].ticks.removeAll { $0.step == step.step }
            all[place].ticks.append(
                PlaybookTick(step: step.step, text: step.text, by: user, at: now))
            all[place].ticks.sort { $0.step < $1.step }
            all[place].lastSeen = now
        }
        runs = all
        tell("\(words) is done: \(step.text)", model, by: user, at: now)
        return .done("\(words) is done: \(step.text)")
    }

    /// A step is written into every open incident of the model, and somebody is at it.
    private mutating func tell(
        _ text: String, _ model: ModelName, by user: String, at now: Instant
    ) {
        for place in incidents.indices
        where incidents[place].isOpen && incidents[place].models.contains(model) {
            write(
                IncidentEntry(at: now, kind: .note, model: model, by: user, text: text), in: place)
            if incidents[place].acknowledged == nil {
                reach(\.acknowledged, "acknowledged", place, at: now, by: user)
            }
        }
    }

    /// Ends what is followed no more: with its incident, its alarm, or after twelve hours. What was
    /// begun before an incident was opened belongs to it from then on.
    package mutating func settleRuns(_ alarms: [(ModelName, AlarmReport)], at now: Instant) {
        guard let all = runs, !all.isEmpty else { return }
        var kept: [PlaybookRun] = []
        for var run in all {
            run = joined(run)
            if let id = run.incident {
                guard incidents.contains(where: { $0.id == id && $0.isOpen }) else { continue }
            } else if let id = run.alarm {
                if alarms.contains(where: { $0.0 == run.model && $0.1.id == id }) {
                    // Written down to ten seconds, as alarms of incidents are.
                    run.lastSeen = max(run.lastSeen, now.floored(to: .seconds(10)))
                }
                guard run.lastSeen + Limits.overAfter > now else { continue }
            } else {
                guard run.lastSeen + RunLimits.lasts > now else { continue }
            }
            kept.append(run)
        }
        runs = kept
    }

    /// Of the model's open incident from here on, if there is one. What was done before it was
    /// opened is written into it, at its own time.
    private mutating func joined(_ run: PlaybookRun) -> PlaybookRun {
        guard run.incident == nil, let id = open(of: run.model).last?.id,
            let place = incidents.firstIndex(where: { $0.id == id })
        else { return run }
        var run = run
        run.incident = id
        for tick in run.ticks {
            let text = "step \(tick.step) of \(run.page) is done: \(tick.text)"
            write(
                IncidentEntry(
                    at: tick.at, kind: .note, model: run.model, by: tick.by, text: text),
                in: place)
        }
        return run
    }
}
