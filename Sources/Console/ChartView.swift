import Operation
import Vocabulary

/// How much of the past charts show, and where the cursor stands.
package struct ChartView: Equatable, Sendable {
    /// What charts can show, the longest first.
    package static let spans: [Span] = [
        .days(30), .days(14), .days(7), .days(3), .hours(24), .hours(12), .hours(6), .hours(3),
        .hours(1), .minutes(15),
    ]

    /// The span of a day, which charts show unless asked for another.
    static let standardZoom = 4

    /// Index of the span.
    package var zoom = standardZoom
    /// Event time at which values are read; nil while there is no cursor.
    package var cursor: Instant?

    package init() {}

    /// Shows at least so long a time; nil where charts cannot.
    package init?(showing span: Span) {
        guard let zoom = Self.spans.lastIndex(where: { $0 >= span }), span > .zero else {
            return nil
        }
        self.zoom = zoom
    }

    package var span: Span { Self.spans[zoom] }

    /// The newest part of a series that is shown.
    func shown(_ series: Series) -> Series { series.newest(span) }
}

extension Series {
    /// Event time at which the last step ends.
    var end: Instant {
        start + Span(microseconds: step.microseconds * Int64(points.count))
    }

    /// The point of the step that holds a moment; nil outside, or where nothing was measured.
    func value(at moment: Instant) -> Double? {
        guard moment >= start, moment < end else { return nil }
        return points[Int((moment - start).microseconds / step.microseconds)]
    }
}

/// Something that happened, to be seen on a chart.
struct ChartMark {
    enum Kind {
        case alarm
        case act
    }

    var kind: Kind
    var at: Instant
}

extension ViewState {
    /// Alarms of a model at their onset; and acts on it, where its stream goes with the clock on
    /// the wall, so that it is known when that was in event time.
    func marks(of model: ModelReport, _ link: LinkView) -> [ChartMark] {
        var marks = model.alarms.map { ChartMark(kind: .alarm, at: $0.onset ?? $0.since) }
        guard let snapshot = shown(link), let now = model.eventTime,
            (snapshot.takenAt - now).magnitude < .minutes(5)
        else { return marks }
        let acts = snapshot.journal.filter { $0.kind == .act && $0.model == model.name }
        marks += acts.map { ChartMark(kind: .act, at: $0.ts) }
        return marks
    }

    /// The link is to bring steps that suit what is shown.
    mutating func zoom(by step: Int) -> [ConsoleAction] {
        let wanted = charts.zoom + step
        guard ChartView.spans.indices.contains(wanted) else {
            let text = step > 0 ? "the finest step is a minute" : "thirty days are kept, no more"
            note = Note(text: text, role: .plain)
            return []
        }
        charts.zoom = wanted
        if screen != .model { show(.model) }
        let isFrozen = frozen != nil ? "; what is frozen has no other steps" : ""
        note = Note(text: "charts show \(charts.span.text)\(isFrozen)", role: .plain)
        return [.showCharts(charts.span)]
    }

    /// Puts the cursor on the newest step, or away.
    mutating func toggleCursor(_ link: LinkView) {
        guard charts.cursor == nil else {
            charts.cursor = nil
            return
        }
        guard let series = selectedReport(link)?.series.first, !series.points.isEmpty else {
            note = Note(text: "nothing measured yet", role: .plain)
            return
        }
        charts.cursor = series.end - series.step
        if screen != .model { show(.model) }
    }

    /// Moves the cursor by steps of the charts; false if there is none here.
    mutating func moveCursor(by steps: Int, _ link: LinkView) -> Bool {
        guard screen == .model, let cursor = charts.cursor,
            let series = (selectedReport(link)?.series.first).map(charts.shown)
        else { return false }
        let moved = cursor + Span(microseconds: series.step.microseconds * Int64(steps))
        charts.cursor = min(max(moved, series.start), series.end - series.step)
        return true
    }
}
