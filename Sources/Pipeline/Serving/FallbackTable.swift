import Numerics

/// A table of the most common answers: for each value of one feature the rate of positives, as it
/// was counted. It shares nothing with the learner: no hash, no parser, no file.
package struct FallbackTable: Codable, Sendable, Equatable {
    /// The feature whose value is looked up.
    package let feature: String
    /// Rates by value, each drawn towards the base rate by `priorCount` examples.
    package let rates: [String: Double]
    /// For a value that the table does not know.
    package let baseRate: Double
    /// Examples that were counted.
    package let exampleCount: Int
    /// Mean over the examples that were counted, in nats.
    package let logLoss: Double

    /// Counts.
    package enum Limits {
        /// The most common values; others have the base rate.
        package static let valueCountMax = 10_000
        static let priorCount = 20.0
    }

    /// Counts labelled examples by the text of one feature; nil without any.
    package init?(feature: String, counting examples: [(value: String?, label: Double)]) {
        guard !examples.isEmpty else { return nil }
        self.feature = feature
        let base = examples.reduce(0) { $0 + $1.label } / Double(examples.count)
        var sums: [String: (count: Double, labels: Double)] = [:]
        for example in examples {
            guard let value = example.value else { continue }
            sums[value, default: (0, 0)].count += 1
            sums[value, default: (0, 0)].labels += example.label
        }
        let common = sums.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }
        var rates: [String: Double] = [:]
        for (value, sum) in common.prefix(Limits.valueCountMax) {
            rates[value] =
                (sum.labels + Limits.priorCount * base) / (sum.count + Limits.priorCount)
        }
        (self.rates, baseRate, exampleCount) = (rates, base, examples.count)
        let losses = examples.reduce(0) { sum, example in
            let answer = example.value.flatMap { rates[$0] } ?? base
            return sum + Entropy.nats(of: example.label, answering: answer)
        }
        logLoss = losses / Double(examples.count)
    }

    /// The rate of a value, or the base rate.
    package func probability(of value: String?) -> Double {
        value.flatMap { rates[$0] } ?? baseRate
    }

    /// What is wrong with a table that was read from a file; nil if it can serve.
    package var objection: String? {
        guard (0...1).contains(baseRate) else { return "base_rate is not within 0…1" }
        let wrong = rates.keys.sorted().first { !(0...1).contains(rates[$0] ?? .nan) }
        return wrong.map { "rates: the rate of \"\($0)\" is not within 0…1" }
    }
}
