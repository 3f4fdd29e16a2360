import Numerics
import Vocabulary

/// Progressive validation: every example is scored before it is learned, so these are honest
/// figures on unseen data (Blum, Kalai, Langford 1999).
///
/// Sums are weighted by the example's weight.
package struct ProgressiveMetrics: Sendable, Equatable {
    package private(set) var count: UInt64 = 0
    package private(set) var weight = 0.0
    package private(set) var lossSum = 0.0
    package private(set) var predictionSum = 0.0
    package private(set) var labelSum = 0.0
    package private(set) var scores = ScoreHistogram()

    package init() {}

    /// `probability` must lie within (0, 1).
    package mutating func add(
        logit: Double, probability: Double, loss: Double, label: Double, weight: Double
    ) {
        count += 1
        self.weight += weight
        lossSum += loss * weight
        predictionSum += probability * weight
        labelSum += label * weight
        scores.add(logit: logit, label: label, weight: weight)
    }

    /// Natural logarithm.
    package var logLoss: Double? { weight > 0 ? lossSum / weight : nil }
    package var baseRate: Double? { weight > 0 ? labelSum / weight : nil }
    package var auc: Double? { scores.auc }

    /// Sum of predictions over sum of labels.
    package var calibration: Double? { labelSum > 0 ? predictionSum / labelSum : nil }

    /// Entropy of the base rate in nats: the log loss of always predicting that rate.
    package var baseRateEntropy: Double? { baseRate.map(Entropy.nats) }

    package func encode(into writer: inout ByteWriter) {
        writer.write(count)
        writer.write([weight, lossSum, predictionSum, labelSum])
        writer.write(scores.positives)
        writer.write(scores.negatives)
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        count = try reader.read()
        let sums = try reader.readDoubles()
        let positives = try reader.readDoubles()
        let negatives = try reader.readDoubles()
        guard sums.count == 4,
            let scores = ScoreHistogram(positives: positives, negatives: negatives)
        else { throw ByteFault(offset: reader.offset, expected: "progressive metrics") }
        weight = sums[0]
        lossSum = sums[1]
        predictionSum = sums[2]
        labelSum = sums[3]
        self.scores = scores
    }
}
