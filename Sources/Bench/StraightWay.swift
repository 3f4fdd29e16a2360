import CShims
import Ingestion
import Learning
import Monitoring
import Numerics
import Vocabulary

/// JSON Lines to trained, once through a file whose examples bring their labels: scanner, parser,
/// learner and log loss, with no log between.
package struct StraightWay {
    package let learner: FTRLLearner
    private var metrics = ProgressiveMetrics()
    package private(set) var rejected = 0

    /// Rows whose memory is asked for before the first of them is learned.
    private static let strideLength = 32

    package init(settings: LearnerSettings = LearnerSettings()) {
        learner = FTRLLearner(settings: settings)
    }

    package var trained: Int { Int(metrics.count) }
    /// Progressive: each row is scored before it is learned. Nil before the first.
    package var logLoss: Double? { metrics.logLoss }

    /// SHA-256 of the learner's parameters.
    package var learnerDigest: String { SHA256.digest(of: learner.encode()).hex }

    package mutating func train(from path: String) throws {
        let reader = LineReader(try FileBytes(path), stream: .examples)
        while true {
            try reader.refill()
            let lines = reader.lines
            guard lines.count > 0 else { return }
            var start = 0
            while start < lines.count {
                let end = min(start + Self.strideLength, lines.count)
                for index in start..<end { learner.prefetch(UnsafeRawPointer(lines[index].entry)) }
                for index in start..<end { learn(lines[index]) }
                start = end
            }
            reader.consume(lines.count)
        }
    }

    @inline(__always)
    private mutating func learn(_ line: ParsedLine) {
        guard line.isAdmitted, line.record.label != nil else {
            rejected += 1
            return
        }
        let entry = EntryView(UnsafeRawPointer(line.entry))
        let scored = learner.teach(entry)
        let label = Double(entry.label)
        metrics.add(
            logit: scored.logit, probability: scored.logistic.probability,
            loss: scored.logistic.softplus - label * scored.logit, label: label,
            weight: Double(entry.weight))
    }
}
