import Numerics
import Operation
import Vocabulary

private typealias Page = MarkdownText

/// The draft of a postmortem, as a page in Markdown: what the incident, the journal and the charts
/// know, and in brackets what only people know.
package struct Postmortem {
    var incident: Incident
    var limits: IncidentLimits
    /// Those that it is about, with charts as far back as they go.
    var models: [ModelReport]
    var checkpoints: [CheckpointReport]
    var notes: [OperatorNote]
    /// Wall time at which the reports were made.
    var now: Instant

    package init(
        _ incident: Incident, limits: IncidentLimits, models: [ModelReport],
        checkpoints: [CheckpointReport], notes: [OperatorNote], now: Instant
    ) {
        (self.incident, self.limits, self.notes, self.now) = (incident, limits, notes, now)
        self.models = models.filter { incident.models.contains($0.name) }
        self.checkpoints = checkpoints
    }

    package var markdown: String {
        var lines = ["# Postmortem of \(incident.id): \(Page.plain(incident.title))", ""]
        lines += ["A draft. What stands in [brackets] is for people to write.", ""]
        lines += ["[In two sentences: what happened, and to whom.]", ""]
        lines += IncidentText.clock(incident, limits)
        lines += ["", "## What happened", ""] + IncidentText.course(incident)
        lines += IncidentText.writeUps(notes, on: incident)
        lines += ["", "## How it was found", ""] + finding
        lines += ["", "## Damage", ""] + models.flatMap(damage)
        lines += ["[Whom else did it harm: users, money, other models?]", ""]
        lines += ["## What was done, and how well it worked", ""] + responses
        lines += ["", "## Cause", "", "\(IncidentText.cause(incident)). [Why, and why then?]"]
        lines += ["", "Data: \(IncidentText.words(incident)).", ""]
        lines += ["## What to improve", ""] + Page.table(["what", "who", "until"], improvements)
        return lines.joined(separator: "\n") + "\n"
    }

    private var finding: [String] {
        let detected = incident.detected
        var lines = [
            "Detected \(Page.time(detected.at)) by \(Page.plain(detected.by)).", "",
        ]
        let rows = incident.alarms.map { alarm in
            [alarm.name, alarm.severity.rawValue, alarm.isOver ? "over" : "still there"]
        }
        lines += rows.isEmpty ? ["No alarm belongs to it."] : Page.table(["alarm", "", ""], rows)
        return lines + ["", "[Who saw it first, and what would have shown it earlier?]"]
    }

    // MARK: damage

    private let cells = FigureCells(missing: "-")

    /// A model's figures while it was open, beside the week before.
    private func damage(_ model: ModelReport) -> [String] {
        var lines = ["### \(model.name)", ""]
        guard let (before, during) = stretches(of: model) else {
            return lines + ["The charts do not reach back to it.", ""]
        }
        let (old, new) = (figures(model, before), figures(model, during))
        lines += ["\(words(during)) beside the week before, in the stream's time.", ""]
        lines += Page.table(
            ["", "before", "during"],
            [
                ["examples an hour", hourly(old), hourly(new)],
                ["log loss", cells.text(old.logLoss), cells.text(new.logLoss)],
                ["of the base rate", cells.text(old.baseRateLoss), cells.text(new.baseRateLoss)],
                [
                    "predicted by labelled", cells.text(old.calibration),
                    cells.text(new.calibration),
                ],
                ["labels found", cells.share(old.coverage), cells.share(new.coverage)],
                ["largest age of what served", cells.age(old.staleness), cells.age(new.staleness)],
            ])
        if let loss = new.logLoss, let usual = old.logLoss, let count = new.examples {
            let excess = loss - usual
            let so = excess > 0 ? "more" : "less"
            lines += [
                "",
                "\(FigureText.count(Int(count))) examples came; each cost "
                    + "\(cells.text(excess.magnitude)) nats \(so) than before.",
            ]
        }
        return lines + [""]
    }

    /// The week before it, and its own time, both of the stream; nil where that is not known.
    private func stretches(
        of model: ModelReport
    ) -> (before: Range<Instant>, during: Range<Instant>)? {
        let times = times(of: model)
        guard let begin = times.event(at: incident.detected.at),
            let end = times.event(at: incident.resolved?.at ?? now)
        else { return nil }
        // What is wrong is there before it is detected.
        let onset = min(model.alarms.compactMap { $0.onset ?? $0.since }.min() ?? begin, begin)
        let first = max(onset, begin - .days(2))
        return (first - .days(7)..<first, first..<max(end, first + .hours(1)))
    }

    private func times(of model: ModelReport) -> EventTimes {
        EventTimes(
            checkpoints.filter { $0.model == model.name }, now: now, eventTime: model.eventTime)
    }

    private func figures(_ model: ModelReport, _ stretch: Range<Instant>) -> StretchFigures {
        StretchFigures(model.series, in: stretch)
    }

    private func hourly(_ figures: StretchFigures) -> String {
        let hours = Double(figures.stepCount) * figures.step.seconds / 3600
        return cells.count(figures.examples.map { $0 / hours })
    }

    private func words(_ stretch: Range<Instant>) -> String {
        "\(Page.minute(stretch.lowerBound)) to \(Page.minute(stretch.upperBound))"
    }

    // MARK: responses

    /// Each act, with the log loss of the hours before and after it.
    private var responses: [String] {
        let acts = incident.entries.filter { $0.kind == .act }.sorted { $0.at < $1.at }
        guard !acts.isEmpty else { return ["Nobody acted."] }
        let rows = acts.map { act in
            let (before, after) = losses(around: act)
            return [
                Page.time(act.at), Page.plain(act.by), Page.plain(act.text), cells.text(before),
                cells.text(after),
            ]
        }
        let head = ["at", "by", "act", "log loss in the 2 h before", "in the 2 h after"]
        return Page.table(head, rows) + ["", "[Which of them helped, and which did not?]"]
    }

    private func losses(around act: IncidentEntry) -> (before: Double?, after: Double?) {
        guard let model = models.first(where: { act.model == nil || $0.name == act.model }),
            let at = times(of: model).event(at: act.at)
        else { return (nil, nil) }
        return (
            figures(model, at - .hours(2)..<at).logLoss,
            figures(model, at..<at + .hours(2)).logLoss
        )
    }

    /// What the clock says by itself, and room for the rest.
    private var improvements: [[String]] {
        let missed = incident.steps(limits).compactMap { name, stamp, limit -> [String]? in
            guard let stamp, let limit else { return nil }
            let after = stamp.at - incident.detected.at
            guard after > limit else { return nil }
            return ["\(name) after \(after.text), agreed were \(limit.text)", "[who]", "[when]"]
        }
        return missed + [["[what]", "[who]", "[when]"]]
    }
}
