import CShims
import Numerics
import Vocabulary

/// What one arm served since a moment, in bounded memory (about 30 KB): scores, errors, labels.
///
/// A new stage begins with a new one; nothing is ever taken out. Merging is exact in all counts,
/// cells and the sample, and within rounding in means and variances.
package struct ArmStatistics: Sendable, Equatable {
    /// What it covers begins here, in event time.
    package private(set) var since: Instant
    /// Of finite scores.
    package private(set) var scores = ScoreMoments()
    /// Requests that failed, and scores that are no numbers.
    package private(set) var errorCount = 0
    /// Scores that are no numbers; they are errors too.
    package private(set) var nonFiniteCount = 0
    /// Log loss of what was predicted before the label was known, in nats.
    package private(set) var losses = ScoreMoments()
    /// Prediction minus label.
    package private(set) var residuals = ScoreMoments()
    package private(set) var predictionSum = 0.0
    package private(set) var labelSum = 0.0
    /// Labels, or predictions that met one, outside 0 ... 1 or no numbers.
    package private(set) var labelFaultCount = 0
    private(set) var cells = ScoreCells()
    private(set) var sample = ScoreSample()

    /// A prediction counts as at least this far from 0 and 1, so that one loss is at most 13.8.
    package static let certaintyMargin = 1e-6

    package init(since: Instant) {
        self.since = since
    }

    /// All that was asked of the arm: what was scored, and errors.
    package var requestCount: Int { scores.count + errorCount }

    package var labelCount: Int { losses.count }

    /// A score that is no number is an error. `key` is a hash of the example's id.
    package mutating func add(score: Double, key: UInt64) {
        guard score.isFinite else {
            nonFiniteCount += 1
            errorCount += 1
            return
        }
        scores.add(score)
        cells.add(score)
        sample.add(score, key: key)
    }

    /// A request that failed, or so many instances of one.
    package mutating func addError(count: Int = 1) {
        precondition(count >= 0, "a count below 0")
        errorCount += count
    }

    /// What was served before this began is left out: its labels would come to the control alone.
    package mutating func addLabel(prediction: Double, label: Double, servedAt: Instant) {
        guard servedAt >= since else { return }
        guard prediction >= 0, prediction <= 1, label >= 0, label <= 1 else {
            labelFaultCount += 1
            return
        }
        let margin = Self.certaintyMargin
        let certain = min(max(prediction, margin), 1 - margin)
        losses.add(-(label * spindle_log(certain) + (1 - label) * spindle_log1p(-certain)))
        residuals.add(prediction - label)
        predictionSum += prediction
        labelSum += label
    }

    package mutating func merge(_ other: ArmStatistics) {
        since = min(since, other.since)
        scores.merge(other.scores)
        errorCount += other.errorCount
        nonFiniteCount += other.nonFiniteCount
        losses.merge(other.losses)
        residuals.merge(other.residuals)
        predictionSum += other.predictionSum
        labelSum += other.labelSum
        labelFaultCount += other.labelFaultCount
        cells.merge(other.cells)
        sample.merge(other.sample)
    }

    /// Within 1.6 % of the score; nil without scores.
    package func quantile(_ share: Double) -> Double? { cells.quantile(share) }

    /// At most 512 scores, a fair sample of all.
    package var sampledScores: [Double] { sample.scores }
}
