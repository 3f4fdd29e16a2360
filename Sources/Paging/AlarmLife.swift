import Operation
import Vocabulary

/// An alarm from its first sight to an hour after its end, on the wall's clock.
package struct AlarmLife: Codable, Sendable, Equatable {
    /// What makes two alarms the same one, whenever they are raised.
    package var key: String
    package var model: ModelName
    /// As last seen.
    package var alarm: AlarmReport
    package var raised: Instant
    /// Since when it isn't seen any more.
    package var gone: Instant?
    package var resolved: Instant?
    /// Step of escalation that was told last, 0 is the first.
    package var step = 0
    /// How many messages there have been; numbers them.
    package var messageCount = 0
    package var isTold = false
    /// True if there was a step to tell.
    package var isPaged = false
    /// Receivers beside the steps that were told of it.
    package var bystanders: [String] = []
    /// When the next step is told.
    package var deadline: Instant?
    /// When it is told again whatever anybody says.
    package var reminder: Instant?
    package var acknowledgement: Acknowledgement?
    /// What keeps it from being told: a silence, or the alarm that it follows from.
    package var hiddenBy: String?

    init(_ alarm: AlarmReport, of model: ModelName, at now: Instant) {
        key = Self.key(alarm, of: model)
        self.model = model
        self.alarm = alarm
        raised = now
    }

    package static func key(_ alarm: AlarmReport, of model: ModelName) -> String {
        [model.text, alarm.name, alarm.feature, alarm.segment].joined(separator: "/")
    }

    /// What an operator sees of it beside the alarm.
    package var state: AlarmState {
        AlarmState(
            raised: raised, step: isPaged ? step + 1 : 0, deadline: deadline,
            acknowledgement: acknowledgement, hiddenBy: hiddenBy)
    }
}
