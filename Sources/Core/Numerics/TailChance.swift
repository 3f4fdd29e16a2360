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
}
