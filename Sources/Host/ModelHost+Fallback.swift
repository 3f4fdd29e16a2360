import Engine
import Learning
import Numerics
import Operation
import Serving
import Vocabulary
import World

/// What the fallbacks of a model answer from, and what it costs to answer from them.
extension ModelHost {
    /// Makes the files of the table and the constant from labelled examples.
    func makeFallback(from examples: [LabelledLine]) throws {
        guard !examples.isEmpty else { return }
        let settings = engine.settings.fallback
        let base = examples.reduce(0) { $0 + $1.label } / Double(examples.count)
        let constant = settings.constant ?? base
        try desk.fallback.write(constant: constant)
        desk.change { $0.constant = constant }
        guard let feature = settings.feature else { return }
        let counted = examples.map { example in
            (value: Self.value(of: feature, in: example.line), label: example.label)
        }
        guard let table = FallbackTable(feature: feature, counting: counted) else { return }
        try desk.fallback.write(table)
        desk.change { $0.table = table }
    }

    /// A feature's value in a record, as text.
    private static func value(of feature: String, in line: [UInt8]) -> String? {
        let record = Predictor.object(in: line)
        return Predictor.text(of: feature, in: record?["features"] as? [String: Any])
    }

    /// Log loss of a fallback less that of the model, in nats: what each answer costs on the
    /// average. Of the table on the examples that it was counted from, of the model over the last
    /// hour; nil where one is not known.
    func qualityGap(of tier: ServingTier) -> Double? {
        guard let model = engine.currentMetrics().recentLogLoss else { return nil }
        let plan = desk.current
        switch tier {
        case .model, .lastGood: return nil
        case .table: return plan.table.map { $0.logLoss - model }
        case .constant:
            guard let rate = plan.table?.baseRate ?? engine.currentMetrics().baseRate else {
                return nil
            }
            return Entropy.nats(of: rate, answering: plan.constant) - model
        }
    }
}
