import Engine
import Launching
import Learning
import Numerics
import Vocabulary

/// What the cursors of a launch came to over the log.
package struct LaunchRehearsalReport: Codable, Sendable {
    /// One cursor.
    package struct Row: Codable, Sendable {
        package let name: String
        package let learned: Int
        package let logLoss: Double?
        /// Nil of production itself.
        package let againstProduction: LossGap?
        /// A baseline's limit.
        package let limit: String?
    }

    package let model: ModelName
    package let since: Instant
    package let until: Instant
    /// Examples that every cursor was scored on.
    package let measured: Int
    package let cursors: [Row]
    /// What the stopped baseline loses against production, by its age in hours.
    package let decay: DecayCurve
    package let mixing: MixingMatrix
    package internal(set) var handicap: String?
    package internal(set) var alarms: [String] = []
}

extension StateReading {
    /// The settings of a model as they are in force, where a launch's candidate was promoted.
    package func inForce(_ settings: ModelSettings) throws -> ModelSettings {
        try PromotionBook.inForce(settings, in: "\(path)/models/\(settings.name)", disk)
    }

    /// Teaches the cursors of a launch over a model's log. Reads only.
    package func rehearseLaunch(
        _ settings: ModelSettings, since: Instant, shares: TrafficShares,
        candidate: LearnerSettings, delay: Span, course: RehearsalCourse
    ) throws -> LaunchRehearsalReport {
        let ground = try RehearsalGround(
            settings, model: "\(path)/models/\(settings.name)", standing: ModelStanding(),
            world: world, course: course)
        let rehearsal = try LaunchRehearsal(
            ground,
            LaunchRehearsal.Order(
                since: since, shares: shares, candidate: candidate, delay: delay))
        return try rehearsal.run()
    }
}
