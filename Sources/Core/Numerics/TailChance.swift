import CShims

/// How likely chance alone comes so far out.
package enum TailChance {
    /// Of a standard normal variable, to either side.
    package static func normal(_ score: Double) -> Double {
        spindle_erfc(score.magnitude * 0.5.squareRoot())
    }

    /// Of Student's t, to either side: by Wallace's transformation to a normal score ("Bounds on
    /// normal approximations to Student's and the chi-square distributions", 1959), which is
    /// within a few per cent in the far tail from three degrees of freedom on.
    package static func student(_ score: Double, freedom: Double) -> Double {
        let inner = freedom * spindle_log1p(score * score / freedom)
        return normal((8 * freedom + 1) / (8 * freedom + 3) * inner.squareRoot())
    }

    /// The normal score that is exceeded so rarely, to either side: what `normal` is undone by.
    package static func normalScore(_ chance: Double) -> Double {
        score(exceededBy: chance, of: normal)
    }

    /// The same of Student's t.
    package static func studentScore(_ chance: Double, freedom: Double) -> Double {
        score(exceededBy: chance) { student($0, freedom: freedom) }
    }

    private static func score(exceededBy chance: Double, of tail: (Double) -> Double) -> Double {
        precondition(chance > 0 && chance <= 1, "a chance lies within (0, 1]")
        var (low, high) = (0.0, 40.0)
        for _ in 0..<64 {
            let middle = (low + high) / 2
            if tail(middle) > chance { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Of chi-square, above; exact, from the one of two degrees of freedom fewer.
    package static func chiSquare(_ value: Double, freedom: Int) -> Double {
        precondition(freedom > 0, "chi-square has a degree of freedom")
        guard value > 0 else { return 1 }
        let isOdd = freedom % 2 == 1
        var chance = isOdd ? normal(value.squareRoot()) : spindle_exp(-value / 2)
        var step = isOdd ? 1.0 : 2
        // What two degrees more add: (x/2)^(k/2)·e^(-x/2) / Γ(k/2 + 1).
        var term =
            spindle_exp(-value / 2)
            * (isOdd ? (2 * value / Double.pi).squareRoot() : value / 2)
        while Int(step) < freedom {
            chance += term
            step += 2
            term *= value / step
        }
        return chance
    }
}
