import Operation
import Vocabulary

/// One message to one receiver. Its JSON is what a webhook gets.
package struct AlarmNotification: Codable, Sendable, Equatable {
    /// Why somebody is told.
    package enum Kind: String, Codable, Sendable {
        /// First told.
        case raised
        /// Nobody acknowledged it in time, or it could not be delivered.
        case escalated
        /// Its acknowledgement or its silence ended, and it lasts.
        case returned
        /// It lasts, and may not be forgotten.
        case reminder
        /// The silence that hides it ends soon.
        case silenceEnds = "silence_ends"
        case resolved
    }

    /// The same for the same notification however often it is sent: receivers may drop doubles.
    package var id: String
    package var kind: Kind
    package var receiver: String
    package var model: ModelName
    package var alarm: AlarmReport
    /// Wall time at which it was first seen.
    package var raised: Instant
    /// Wall time of this message.
    package var at: Instant
    /// Step of escalation, 1 is the first; 0 for who is told without being asked to act.
    package var step: Int
    /// Who is told at that step, in words.
    package var told: String
    /// Wall time by which it is to be acknowledged.
    package var deadline: Instant?
    /// Why it is told now, if that is no matter of course.
    package var note: String?
}
