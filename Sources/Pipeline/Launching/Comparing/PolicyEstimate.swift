import Numerics

/// One logged choice, as it is judged under another policy.
package struct LoggedChoice: Sendable, Equatable {
    /// With which chance the logging policy chose it.
    package var propensity: Double
    /// With which chance the policy to be judged would have.
    package var target: Double
    package var reward: Double
    /// What a model expects of the choice; nil where there is no model.
    package var expected: Double?
    /// What a model expects under the policy to be judged, over all choices.
    package var expectedTarget: Double?

    package init(
        propensity: Double, target: Double, reward: Double, expected: Double? = nil,
        expectedTarget: Double? = nil
    ) {
        (self.propensity, self.target, self.reward) = (propensity, target, reward)
        (self.expected, self.expectedTarget) = (expected, expectedTarget)
    }
}

/// What a policy would have come to, from the log of another: METHODS' F10.
///
/// Inverse propensity, the same self-normalised, and doubly robust where a model's expectations
/// are given; with the effective sample size that says whether the log can judge the policy at
/// all.
package struct PolicyEstimate: Codable, Sendable, Equatable {
    package private(set) var count = 0
    /// Choices without a propensity, which nothing may be divided by.
    package private(set) var rejectedCount = 0
    /// Choices whose weight was cut.
    package private(set) var clippedCount = 0
    private var weights = 0.0
    private var weightSquares = 0.0
    private var fullWeights = 0.0
    private var fullSquares = 0.0
    private var rewards = 0.0
    private var rewardSquares = 0.0
    /// Weight times reward times weight, for the self-normalised error.
    private var crossed = 0.0
    private var squaredWeightedRewards = 0.0
    private var robust = 0.0
    private var robustSquares = 0.0
    private var robustCount = 0
    private var loggedRewards = 0.0
    private var rewardMax = 0.0
    /// Weights beyond this are cut.
    package let weightMax: Double

    /// Gates below which an estimate is withheld; our choice.
    package enum Limits {
        package static let effectiveShareMin = 0.05
        package static let effectiveCountMin = 200.0
    }

    package init(weightMax: Double = .infinity) {
        self.weightMax = weightMax
    }

    package mutating func add(_ choice: LoggedChoice) {
        guard choice.propensity > 0, choice.propensity <= 1, choice.target >= 0,
            choice.target <= 1, choice.reward.isFinite
        else {
            rejectedCount += 1
            return
        }
        let full = choice.target / choice.propensity
        let weight = min(full, weightMax)
        if weight < full { clippedCount += 1 }
        count += 1
        weights += weight
        weightSquares += weight * weight
        fullWeights += full
        fullSquares += full * full
        let weighted = weight * choice.reward
        rewards += weighted
        rewardSquares += weighted * weighted
        crossed += weight * weighted
        loggedRewards += choice.reward
        rewardMax = max(rewardMax, choice.reward.magnitude)
        if let expected = choice.expected, let target = choice.expectedTarget {
            let value = target + weight * (choice.reward - expected)
            robust += value
            robustSquares += value * value
            robustCount += 1
        }
    }

    /// An estimate with its standard error.
    package struct Value: Codable, Sendable, Equatable {
        package let estimate: Double
        package let error: Double
    }

    private func mean(_ sum: Double, _ squares: Double, _ count: Int) -> Value? {
        guard count > 1 else { return nil }
        let (size, mean) = (Double(count), sum / Double(count))
        let variance = max(0, squares / size - mean * mean) * size / (size - 1)
        return Value(estimate: mean, error: (variance / size).squareRoot())
    }

    /// What was logged came to this, under its own policy.
    package var logged: Double? { count > 0 ? loggedRewards / Double(count) : nil }

    /// Σ w·r / n.
    package var inversePropensity: Value? { mean(rewards, rewardSquares, count) }

    /// Σ w·r / Σ w, its error by the delta method.
    package var selfNormalised: Value? {
        guard count > 1, weights > 0 else { return nil }
        let value = rewards / weights
        let squares = rewardSquares - 2 * value * crossed + value * value * weightSquares
        return Value(estimate: value, error: max(0, squares).squareRoot() / weights)
    }

    /// Σ (q̂(π) + w·(r − q̂)) / n; nil unless every choice came with a model's expectations.
    package var doublyRobust: Value? {
        robustCount == count ? mean(robust, robustSquares, count) : nil
    }

    /// (Σ w)² / Σ w²: so many choices of the policy's own would say as much.
    package var effectiveCount: Double {
        weightSquares > 0 ? weights * weights / weightSquares : 0
    }

    /// The mean weight, which is 1 where propensities are right.
    package var meanWeight: Value? { mean(fullWeights, fullSquares, count) }

    /// How much of the weight was cut off.
    package var clippedMass: Double { fullWeights > 0 ? 1 - weights / fullWeights : 0 }

    /// Cutting moved the inverse-propensity estimate by at most this.
    package var clippingBiasMax: Double {
        count > 0 ? (fullWeights - weights) / Double(count) * rewardMax : 0
    }

    /// The share of the policy's choices that the log could never have: 0 where weights have mean
    /// 1, as far as chance lets tell.
    package var unsupportedShare: Double {
        guard let mean = meanWeight, mean.estimate + 3 * mean.error < 1 else { return 0 }
        return 1 - mean.estimate
    }

    /// Why the estimates are not to be believed, in words; empty if they are.
    package var objections: [String] {
        var words: [String] = []
        let share = count > 0 ? effectiveCount / Double(count) : 0
        if share < Limits.effectiveShareMin || effectiveCount < Limits.effectiveCountMin {
            words.append(
                "estimate withheld: \(FigureText.count(count)) choices say as much as "
                    + "\(FigureText.text(effectiveCount)) of the policy's own")
        }
        if unsupportedShare > 0 {
            words.append(
                "cannot be judged offline: \(FigureText.percent(unsupportedShare)) of the policy's "
                    + "choices are unsupported by the log, or propensities are wrong")
        } else if let mean = meanWeight, mean.estimate - 1 > 3 * mean.error {
            words.append(
                "propensities are wrong: weights have mean \(FigureText.text(mean.estimate)), "
                    + "not 1 ± \(FigureText.text(3 * mean.error))")
        }
        if rejectedCount > 0 {
            words.append("\(FigureText.count(rejectedCount)) choices without a propensity")
        }
        return words
    }
}
