import CShims

/// How far one set of scores lies from another: the population stability index
/// Σ (q − r) ln(q / r) over ten cells of equal count in the reference, each count with a half
/// added so that an empty cell is no infinity.
package struct StabilityIndex: Sendable, Equatable {
    package let value: Double

    package init(reference: [Double], other: [Double]) {
        let sorted = reference.sorted()
        guard sorted.count >= 10, !other.isEmpty else {
            value = 0
            return
        }
        let edges = (1..<10).map { sorted[$0 * sorted.count / 10] }
        func shares(_ scores: [Double]) -> [Double] {
            var counts = [Double](repeating: 0.5, count: 10)
            for score in scores { counts[edges.count { score >= $0 }] += 1 }
            let sum = counts.reduce(0, +)
            return counts.map { $0 / sum }
        }
        value = zip(shares(other), shares(reference)).reduce(0) { sum, pair in
            sum + (pair.0 - pair.1) * spindle_log(pair.0 / pair.1)
        }
    }
}
