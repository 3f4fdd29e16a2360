import Operation
import Vocabulary

extension ViewState {
    /// Of event time.
    private static let rideHours = [1, 4, 12, 24]

    /// Begins a ride, or ends the one that is under way. What the calendar knows comes first.
    mutating func openRide(
        by event: KeyEvent, at moment: ConsoleMoment
    ) -> [ConsoleAction] {
        guard let report = selectedReport("to ride through an event", moment) else { return [] }
        if report.ride?.state == .riding {
            return openReason(.rideThrough(.end), report.name, by: event, at: moment)
        }
        let now = report.eventTime
        let current = report.events.first { known in
            now.map { known.from <= $0 && $0 < known.to } ?? false
        }
        var choices: [Act] = []
        if let current {
            let terms = RideTerms(event: current.text, deadline: .at(current.to))
            choices.append(.rideThrough(.begin(terms)))
        }
        choices += Self.rideHours.map { hours in
            let terms = RideTerms(event: current?.text, deadline: .after(.hours(hours)))
            return .rideThrough(.begin(terms))
        }
        return openReason(
            choices[0], report.name, choices: choices, by: event, at: moment)
    }
}
