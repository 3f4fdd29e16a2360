import CShims

/// Logarithms and the entropy of a rate, natural, in Double.
package enum Entropy {
    /// Of a Bernoulli variable, in nats; 0 at both ends.
    package static func nats(_ rate: Double) -> Double {
        guard rate > 0, rate < 1 else { return 0 }
        return -(rate * spindle_log(rate) + (1 - rate) * spindle_log(1 - rate))
    }

    /// Mean log loss of answering always the same where positives come at a rate; an answer
    /// counts as at least 10^-6 from 0 and 1.
    package static func nats(of rate: Double, answering answer: Double) -> Double {
        let answer = min(max(answer, 1e-6), 1 - 1e-6)
        return -(rate * spindle_log(answer) + (1 - rate) * spindle_log1p(-answer))
    }

    package static func log(_ x: Double) -> Double { spindle_log(x) }

    /// ln(1 + e^x) without overflow: the logistic loss of a logit against its own sign.
    @inlinable
    package static func softplus(_ x: Double) -> Double {
        x > 0 ? x + spindle_log1p(spindle_exp(-x)) : spindle_log1p(spindle_exp(x))
    }

    /// 1 / (1 + e^-x).
    @inlinable
    package static func sigmoid(_ x: Double) -> Double {
        x >= 0 ? 1 / (1 + spindle_exp(-x)) : 1 - 1 / (1 + spindle_exp(x))
    }

    /// The logistic function at one point, with one exponential for all that follows from it.
    package struct Logistic {
        /// 1 / (1 + e^-x).
        package let probability: Double
        /// e^-|x|.
        @usableFromInline let tail: Double
        @usableFromInline let excess: Double

        @inlinable
        package init(_ x: Double) {
            tail = spindle_exp(-abs(x))
            probability = (x >= 0 ? 1 : tail) / (1 + tail)
            excess = max(x, 0)
        }

        /// ln(1 + e^x).
        @inlinable
        package var softplus: Double { excess + spindle_log1p(tail) }
    }
}
