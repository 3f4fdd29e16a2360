import Engine
import Launching
import Learning
import Numerics
import Vocabulary

/// What the cursors of a launch came to over the log.
package struct LaunchRehearsalReport: Codable, Sendable {
    /// A difference of log loss, per example, with an interval at 95 %; below 0 is better.
    package struct Gap: Codable, Sendable, Equatable {
        package let estimate: Double
        package let low: Double
        package let high: Double

        /// Nil while too little was measured.
        init?(_ tally: MetricTally) {
            guard let value = tally.value, let error = tally.squaredError, tally.count >= 100
            else { return nil }
            let count = Double(tally.count)
            let reach =
                error.squareRoot()
                * ConfidenceSequence.reach(count: count, plannedCount: count, alpha: 0.05)
            (estimate, low, high) = (value, value - reach, value + reach)
        }

        package var text: String {
            "\(FigureText.text(estimate)) (\(FigureText.text(low)) to \(FigureText.text(high)))"
        }
    }

    /// One cursor.
    package struct Row: Codable, Sendable {
        package let name: String
        package let learned: Int
        package let logLoss: Double?
        /// Nil of production itself.
        package let againstProduction: Gap?
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
