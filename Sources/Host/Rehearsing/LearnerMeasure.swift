import Engine
import Learning
import Monitoring
import Numerics
import Operation
import Validation
import Vocabulary
import World

/// A model's learner as it is, in the figures that a rehearsal gives of one that might be.
package struct LearnerMeasure: Codable, Sendable, Equatable {
    /// Log loss on the golden set, in nats; nil without a set.
    package var goldenLoss: Double?
    /// Sum of predictions over sum of labels, on the golden set.
    package var calibration: Double?
    package var learnerDigest: String
    /// Examples that it has met.
    package var trained: UInt64
    /// Event time between the newest record and the newest example that it has met.
    package var stalenessSeconds: Double?
}

extension ModelHost {
    package func measured() throws -> LearnerMeasure {
        let learner = engine.trainer.learner
        let rows = try golden.exists() ? golden.score(learner, nil) : []
        var measure = LearnerMeasure(
            goldenLoss: Gate.logLoss(of: rows), calibration: GoldenScores.calibration(of: rows),
            learnerDigest: SHA256.digest(of: learner.encode()).hex,
            trained: engine.trainer.metrics.count)
        if let now = engine.clock.now, let met = engine.trainer.clock.now {
            measure.stalenessSeconds = max(.zero, now - met).seconds
        }
        return measure
    }
}
