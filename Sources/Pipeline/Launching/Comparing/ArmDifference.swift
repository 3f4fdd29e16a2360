import Numerics

/// What a comparison may spend, and where it is sharpest.
package struct ComparisonPlan: Codable, Sendable, Equatable {
    /// The chance that its interval ever misses the truth, over all looks.
    package var alpha: Double
    /// Effective exposures of a pair near which the interval is narrowest: by when the least
    /// effect is to be found.
    package var plannedCount: Double
    /// Exposures with an outcome that an arm needs, before the normal law speaks for it.
    package var eventCountMin = 20

    package init(alpha: Double, plannedCount: Double) {
        self.alpha = alpha
        self.plannedCount = plannedCount
    }
}

/// Where a difference lies, as far as its interval says.
package enum Direction: String, Codable, Sendable {
    case up
    case down
    /// Surely smaller than what matters, or none found with all that was planned.
    case level
    /// Cannot be told yet.
    case open

    /// The same of a metric whose lower values are the better ones.
    package var reversed: Direction {
        switch self {
        case .up: .down
        case .down: .up
        case .level, .open: self
        }
    }
}

/// The difference of one metric between two arms, with an interval that holds at all looks.
package struct ArmDifference: Codable, Sendable, Equatable {
    package let estimate: Double
    package let low: Double
    package let high: Double
    /// Of the arm that is compared with.
    package let reference: Double
    /// 1 / (1/n + 1/m) of the exposures of both.
    package let effectiveCount: Double
    package let direction: Direction
    /// What was taken off the estimate, because the units of the two arms differed before; nil
    /// where that is not known.
    package let broughtAlong: Double?
    /// What was taken off because the baseline has aged; nil where that is not known.
    package let aged: AgeShare?

    /// METHODS' F9: the error of the difference is √(σ²/n + σ'²/m), and the sequence's t the
    /// effective count. Nil while an arm has too little for a normal law.
    ///
    /// `leastEffect` is a share of the reference. Where `needsMargin`, a difference counts only
    /// once it is surely larger than that: for what differs by itself, such as two weeks, or a
    /// model and the same model grown older. `before` is what the units of the two arms came to
    /// before the launch. What the baseline's age is worth is taken off, and its error added.
    package init?(
        _ arm: MetricTally, against other: MetricTally, _ plan: ComparisonPlan,
        leastEffect: Double, needsMargin: Bool = false,
        before: (mine: MetricTally, theirs: MetricTally)? = nil, aged: AgeShare? = nil
    ) {
        self.aged = aged
        guard let mine = arm.value, let theirs = other.value, var error = arm.squaredError,
            var otherError = other.squaredError,
            min(arm.eventCount, other.eventCount) >= plan.eventCountMin
        else { return nil }
        let brought = before.flatMap {
            BroughtAlong(arm, before: $0.mine, other, before: $0.theirs)
        }
        if let brought { (error, otherError) = brought.squaredErrors }
        broughtAlong = brought?.difference
        let (count, otherCount) = (Double(arm.count), Double(other.count))
        // A young arm's few outcomes may all be alike by chance: it counts as no steadier than
        // the older one.
        let (spread, otherSpread) = (error * count, otherError * otherCount)
        let mySpread = count < otherCount ? max(spread, otherSpread) : spread
        let theirSpread = otherCount < count ? max(spread, otherSpread) : otherSpread
        let ageError = aged?.error ?? 0
        let deviation =
            (mySpread / count + theirSpread / otherCount + ageError * ageError).squareRoot()
        effectiveCount = count * otherCount / (count + otherCount)
        let reach =
            deviation
            * ConfidenceSequence.reach(
                count: effectiveCount, plannedCount: plan.plannedCount, alpha: plan.alpha)
        estimate = mine - theirs - (brought?.difference ?? 0) - (aged?.difference ?? 0)
        (low, high) = (estimate - reach, estimate + reach)
        reference = theirs
        let margin = leastEffect * theirs.magnitude
        let needed = needsMargin ? margin : 0
        if low > needed {
            direction = .up
        } else if high < -needed {
            direction = .down
        } else if low > -margin, high < margin {
            direction = .level
        } else if effectiveCount >= plan.plannedCount, low <= needed, high >= -needed {
            direction = .level
        } else {
            direction = .open
        }
    }

    /// As a share of the reference; nil of nothing.
    package var relative: Double? { reference != 0 ? estimate / reference.magnitude : nil }

    /// `+0.012 (0.004 to 0.020)`.
    package var text: String {
        (estimate > 0 ? "+" : "") + FigureText.text(estimate)
            + " (\(FigureText.text(low)) to \(FigureText.text(high)))"
    }
}

/// How large a difference must be to be found, and how much is needed for one.
package enum DetectableEffect {
    /// With so many exposures in all: (z_{α/2} + z_β)·√(σ²/n + σ²/m) at one look. A sequence that
    /// may be looked at always finds about 1.4 times this.
    package static func atOneLook(
        variance: Double, exposures: Double, share: Double, otherShare: Double,
        alpha: Double = 0.05, power: Double = 0.8
    ) -> Double {
        guard exposures > 0, share > 0, otherShare > 0 else { return .infinity }
        let parts = 1 / (exposures * share) + 1 / (exposures * otherShare)
        return scores(alpha, power) * (variance * parts).squareRoot()
    }

    /// Effective exposures of a pair by which a sequence finds the effect with that power.
    package static func plannedCount(
        variance: Double, effect: Double, alpha: Double, power: Double = 0.8
    ) -> Double {
        guard effect > 0, variance > 0 else { return 1 }
        let reach = ConfidenceSequence.reach(count: 1, plannedCount: 1, alpha: alpha)
        let needed = (reach + TailChance.normalScore(2 * (1 - power))) / effect
        return max(1, needed * needed * variance)
    }

    private static func scores(_ alpha: Double, _ power: Double) -> Double {
        TailChance.normalScore(alpha) + TailChance.normalScore(2 * (1 - power))
    }
}
