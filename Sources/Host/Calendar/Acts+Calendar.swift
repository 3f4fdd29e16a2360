import Operation
import Vocabulary

extension Acts {
    /// An event is added to the calendar of each model of the scope, or taken out.
    static func changeCalendar(
        _ request: ActRequest, _ order: CalendarOrder, _ models: [ModelHost], _ state: StateFolder
    ) throws -> ActOutcome {
        func effects(isDryRun: Bool) throws -> [ActEffect] {
            try models.map { model in
                try state.calendar.change(
                    order, of: model.name, by: request.actor.user, isDryRun: isDryRun)
            }
        }
        // Refused for one it is refused for all, before anything has changed.
        let planned = try effects(isDryRun: true)
        if request.isDryRun { return .wouldDo(planned) }
        try journal(planned.filter(\.changed), request, state)
        let done = try effects(isDryRun: false)
        state.showEventsToMonitors()
        return .done(done)
    }
}
