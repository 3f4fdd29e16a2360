/// The mean of paired differences, weighted, with a normal interval of so many standard errors:
/// rows of the golden set are fixed, so what is estimated is what another such set would say.
package struct PairedInterval: Sendable, Equatable {
    package let mean: Double
    package let low: Double
    package let high: Double

    package init(_ differences: [Double], weights: [Double], _ reach: Double) {
        let weight = weights.reduce(0, +)
        guard weight > 0 else {
            (mean, low, high) = (0, -.infinity, .infinity)
            return
        }
        let mean = zip(differences, weights).reduce(0) { $0 + $1.0 * $1.1 } / weight
        let squares = zip(differences, weights).reduce(0) { sum, item in
            let distance = (item.0 - mean) * item.1
            return sum + distance * distance
        }
        let error = squares.squareRoot() / weight
        (self.mean, low, high) = (mean, mean - reach * error, mean + reach * error)
    }
}
