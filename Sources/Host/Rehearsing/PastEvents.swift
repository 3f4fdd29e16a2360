import Engine
import Numerics
import Operation
import Validation
import Vocabulary

/// Events of the calendar that are like one, each rehearsed as if it were new: which response
/// would have led to the lowest loss then.
struct PastEvents {
    /// Counts, and lengths of event time.
    enum Limits {
        /// The newest so many.
        static let eventMax = 6
        /// Behind an event: what it leaves behind counts too.
        static let aftermathMin = Span.hours(6)
        static let aftermathMax = Span.hours(24)
    }

    private let ground: RehearsalGround
    private let calendar: [CalendarEvent]
    private let stepShare: Double

    init(_ ground: RehearsalGround, _ calendar: [CalendarEvent], stepShare: Double) {
        (self.ground, self.calendar, self.stepShare) = (ground, calendar, stepShare)
    }

    func rehearse(_ text: String) throws -> RehearsalReport {
        guard let newest = try ground.newestTime() else {
            throw ActRefusal("the training log of \(ground.name) is empty")
        }
        let wanted = calendar.first { $0.id == text }
        let events = calendar.filter { event in
            event.to <= newest && event.id != wanted?.id
                && Self.isAlike(event.text, wanted?.text ?? text)
        }.suffix(Limits.eventMax)
        guard !events.isEmpty else {
            throw ActRefusal(
                "cannot tell: no past event of \(ground.name) is like \(wanted?.text ?? text)")
        }
        ground.course.plan(Rehearsal.weight * Double(events.count))
        var report = RehearsalReport(
            model: ground.name,
            basis: "past events like \(wanted?.text ?? text), in order of time")
        var outcomes: [RehearsedWindow] = []
        var comparisons: [ResponseComparison] = []
        for event in events {
            let (outcome, comparison) = try rehearse(event)
            outcomes.append(outcome)
            comparisons.append(comparison)
        }
        report.events = outcomes
        report.overall = ResponseComparison(
            pooling: comparisons, reach: ground.settings.gate.reach
        ).recommendation(among: outcomes.last?.responses ?? [], fault: nil)
        return report
    }

    private func rehearse(
        _ event: CalendarEvent
    ) throws -> (RehearsedWindow, ResponseComparison) {
        let window = ExampleSelection(from: event.from, to: event.to)
        let aftermath = min(max(event.to - event.from, Limits.aftermathMin), Limits.aftermathMax)
        var rehearsal = Rehearsal(ground: ground, window: window, onset: event.from)
        rehearsal.stepShare = stepShare
        rehearsal.until = event.to + aftermath + (ground.settings.wait ?? .zero)
        var (outcome, comparison) = try rehearsal.run()
        outcome.event = event
        let order = comparison.ranked.map(\.response)
        outcome.responses.sort { left, right in
            (order.firstIndex(of: left.response) ?? order.count, left.response.rank)
                < (order.firstIndex(of: right.response) ?? order.count, right.response.rank)
        }
        return (outcome, comparison)
    }

    // MARK: words

    /// True if half of the words of the shorter text are in the other; years and numbers say
    /// nothing.
    static func isAlike(_ left: String, _ right: String) -> Bool {
        let (left, right) = (words(left), words(right))
        let least = min(left.count, right.count)
        guard least > 0 else { return false }
        return left.intersection(right).count * 2 > least || left == right
    }

    private static func words(_ text: String) -> Set<String> {
        let parts = text.lowercased().split { !$0.isLetter }
        return Set(parts.filter { $0.count > 2 }.map(String.init))
    }
}
