/// Count, mean and the central sums of the second to fourth power of numbers.
///
/// Kept about the mean, so that a small spread around a large mean keeps its digits (Pébay,
/// "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
/// statistical moments", 2008, equations 1.1 to 1.6).
package struct ScoreMoments: Sendable, Equatable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    private var second = 0.0
    private var third = 0.0
    private var fourth = 0.0

    package init() {}

    package var sum: Double { mean * Double(count) }

    /// Unbiased; 0 for fewer than two.
    package var variance: Double { count > 1 ? max(second, 0) / Double(count - 1) : 0 }

    package var deviation: Double { variance.squareRoot() }

    /// The variance of one squared distance from the mean: fourth moment less the square of the
    /// second.
    var squaresVariance: Double {
        guard count > 1 else { return 0 }
        let plain = second / Double(count)
        return max(fourth / Double(count) - plain * plain, 0)
    }

    package mutating func add(_ value: Double) {
        let before = Double(count)
        count += 1
        let after = Double(count)
        let distance = value - mean
        let step = distance / after
        let square = step * step
        let term = distance * step * before
        mean += step
        fourth +=
            term * square * (after * after - 3 * after + 3) + 6 * square * second
            - 4 * step * third
        third += term * step * (after - 2) - 3 * step * second
        second += term
    }

    /// As if all had been added here, but for rounding.
    package mutating func merge(_ other: ScoreMoments) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let (mine, theirs) = (Double(count), Double(other.count))
        let all = mine + theirs
        let distance = other.mean - mean
        let step = distance / all
        let square = step * step
        fourth +=
            other.fourth
            + distance * step * square * mine * theirs
            * (mine * mine - mine * theirs + theirs * theirs)
            + 6 * square * (mine * mine * other.second + theirs * theirs * second)
            + 4 * step * (mine * other.third - theirs * third)
        third +=
            other.third + distance * square * mine * theirs * (mine - theirs)
            + 3 * step * (mine * other.second - theirs * second)
        second += other.second + distance * step * mine * theirs
        mean += step * theirs
        count += other.count
    }
}
