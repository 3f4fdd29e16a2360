import Numerics
import Operation
import Vocabulary

private typealias Page = MarkdownText

/// How a model did over the newest days, as a page in Markdown for those who own it.
///
/// The period ends with the newest event of the stream, so that the same state makes the same
/// page. What is not known is said to be missing; it is never 0.
package struct PerformanceReport {
    /// With charts as far back as they go.
    var model: ModelReport
    var checkpoints: [CheckpointReport]
    /// Oldest first.
    var journal: [JournalEntry]
    var incidents: [Incident]
    /// Who had the engine on the screen, once a day (UTC) each; oldest first.
    var looks: [JournalEntry]
    var span: Span
    /// Wall time at which the model's report was made.
    var now: Instant

    package init(
        _ model: ModelReport, over span: Span, checkpoints: [CheckpointReport],
        journal: [JournalEntry], incidents: [Incident], now: Instant
    ) {
        (self.model, self.span, self.now) = (model, span, now)
        self.checkpoints = checkpoints.filter { $0.model == model.name }
        self.journal = journal.filter { $0.model == model.name }
        looks = journal.filter { $0.act == LookReport.act }
        self.incidents = incidents.filter { $0.models.contains(model.name) }
    }

    package var markdown: String {
        guard let end = model.eventTime else {
            return "# \(model.name)\n\nNothing has come in yet.\n"
        }
        let (now, before) = (end - span..<end, end - span - span..<end - span)
        let times = EventTimes(checkpoints, now: self.now, eventTime: end)
        let since = times.wall(at: end - span)
        let done = journal.filter { $0.ts >= since ?? .distantPast }
        var lines = [
            "# \(model.name), \(Page.minute(now.lowerBound)) to \(Page.minute(end))", "",
        ]
        lines += summary(now, before) + ["", "## By day", ""] + days(now)
        lines += ["", "## Alarms", ""] + alarms(done)
        lines += ["", "## Incidents", ""] + openings(since)
        lines += ["", "## Versions", ""] + versions(now)
        lines += ["", "## Acts", ""] + acts(done)
        lines += ["", "## Looked at", ""] + lookedAt(since)
        lines += ["", "## Held back", ""] + heldBack
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: figures

    private let cells = FigureCells(missing: "missing")

    private func summary(_ now: Range<Instant>, _ before: Range<Instant>) -> [String] {
        let (new, old) = (figures(now), figures(before))
        func row(_ name: String, _ value: (StretchFigures) -> String) -> [String] {
            [name, value(new), value(old)]
        }
        let limit = Span.seconds(Int(model.stalenessLimitSeconds)).text
        return Page.table(
            ["", "now", "\(span.text) before"],
            [
                row("examples") { cells.count($0.examples) },
                row("log loss, nats") { cells.text($0.logLoss) },
                row("of a model that knows the rate alone") { cells.text($0.baseRateLoss) },
                row("predicted by labelled; 1 is calibrated") { cells.text($0.calibration) },
                row("share of positives") { cells.share($0.labelRate) },
                row("labels that found their example") { cells.share($0.coverage) },
                row("largest age of what served, limit \(limit)") { cells.age($0.staleness) },
                row("hours without examples") { missing($0) },
            ])
    }

    private func days(_ period: Range<Instant>) -> [String] {
        var rows: [[String]] = []
        var day = period.lowerBound.floored(to: .days(1))
        while day < period.upperBound {
            let one = max(day, period.lowerBound)..<min(day + .days(1), period.upperBound)
            let figures = figures(one)
            rows.append([
                "\(day.rfc3339.prefix(10))", cells.count(figures.examples),
                cells.text(figures.logLoss),
                cells.text(figures.baseRateLoss), cells.text(figures.calibration),
                cells.share(figures.coverage),
                cells.age(figures.staleness), missing(figures),
            ])
            day = day + .days(1)
        }
        return Page.table(
            [
                "day, UTC", "examples", "log loss", "of the rate", "calibration", "labels found",
                "largest age", "hours without",
            ], rows)
    }

    private func figures(_ stretch: Range<Instant>) -> StretchFigures {
        StretchFigures(model.series, in: stretch)
    }

    private func missing(_ figures: StretchFigures) -> String {
        guard figures.stepCount > 0 else { return "all" }
        let steps = Double(figures.stepCount - figures.metCount)
        return FigureText.text(steps * figures.step.seconds / 3600)
    }

    // MARK: what happened

    /// How often each was raised, the most frequent first, and those that are open.
    private func alarms(_ done: [JournalEntry]) -> [String] {
        let raised = done.filter { $0.kind == .alarm && $0.act == "raised" }
        let counts = Dictionary(grouping: raised, by: \.reason).mapValues(\.count)
        let open = Dictionary(grouping: model.alarms, by: \.name).mapValues(\.count)
        let names = Set(counts.keys).union(open.keys).sorted { left, right in
            (counts[right] ?? 0, left) < (counts[left] ?? 0, right)
        }
        if names.isEmpty { return ["None was raised, and none is open."] }
        return Page.table(
            ["alarm", "raised", "open now"],
            names.map { [Page.plain($0), "\(counts[$0] ?? 0)", "\(open[$0] ?? 0)"] })
    }

    private func openings(_ since: Instant?) -> [String] {
        let known = incidents.filter { incident in
            incident.isOpen || incident.detected.at >= since ?? .distantPast
        }
        if known.isEmpty { return ["None."] }
        return Page.table(
            ["incident", "detected", "mitigated after", "resolved after", ""],
            known.map { incident in
                func after(_ stamp: IncidentStamp?) -> String {
                    stamp.map { max(.zero, $0.at - incident.detected.at).text } ?? "not yet"
                }
                return [
                    incident.id, Page.time(incident.detected.at), after(incident.mitigated),
                    after(incident.resolved), Page.plain(incident.title),
                ]
            })
    }

    /// Of the checkpoints that are kept, those of the period.
    private func versions(_ period: Range<Instant>) -> [String] {
        let made = checkpoints.filter { $0.eventTime.map(period.contains) ?? false }
        let served = made.filter { $0.push?.outcome == .live }
        func count(_ verdict: Verdict) -> Int { made.count { $0.verdict == verdict } }
        let returned = made.count { $0.push?.outcome == .returned }
        return [
            "Of \(made.count) checkpoints that are kept \(count(.passed)) passed and "
                + "\(count(.failed)) failed; \(served.count) came to all of the traffic, "
                + "\(returned) were taken back. \(serving)"
        ]
    }

    private var serving: String {
        guard let golden = model.golden, let loss = golden.logLoss else {
            return "There is no look at the golden set."
        }
        let usual = golden.usualLogLoss.map { ", usually \(FigureText.text($0))" } ?? ""
        return "On the golden set what serves has a log loss of \(FigureText.text(loss))\(usual)."
    }

    private func acts(_ done: [JournalEntry]) -> [String] {
        let acts = done.filter { $0.kind == .act }
        if acts.isEmpty { return ["Nobody acted."] }
        return Page.table(
            ["at", "act", "by", "why"],
            acts.map { [Page.time($0.ts), $0.act ?? "", Page.plain($0.by), Page.plain($0.reason)] })
    }

    /// On how many days of the period, by the clock on the wall, somebody's console showed it.
    private func lookedAt(_ since: Instant?) -> [String] {
        guard let since else { return ["How long ago this was on the wall is not known."] }
        func days(_ entries: [JournalEntry]) -> Int {
            Set(entries.map { $0.ts.floored(to: .days(1)) }).count
        }
        let seen = looks.filter { $0.ts >= since }
        if seen.isEmpty { return ["Nobody had it on the screen."] }
        let count = Int((now - since.floored(to: .days(1))).seconds / 86_400) + 1
        let people = Dictionary(grouping: seen, by: \.by).sorted { $0.key < $1.key }
        let names = people.map { "\(Page.plain($0.key)) on \(days($0.value))" }
        return ["On \(days(seen)) of \(count) days: " + names.joined(separator: ", ") + "."]
    }

    /// Since the model's first example: what is held back is not counted by day.
    private var heldBack: [String] {
        let rules = model.counts.quarantinedRules.filter { $0.value > 0 }
        if rules.isEmpty { return ["Nothing, ever."] }
        let rows = rules.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return ["Since the first record:", ""]
            + Page.table(["rule", "records"], rows.map { [$0.key, FigureText.count($0.value)] })
    }
}
