import CShims

/// An interval that holds at all times at once, however often one looks.
///
/// The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
/// ("Time-uniform central limit theory and asymptotic confidence sequences", 2021, theorem 2.2):
/// after t values the estimate ± σ·√(2(tρ²+1)/(t²ρ²)·ln(√(tρ²+1)/α)), where
/// ρ² = (−2 ln α + ln(−2 ln α) + 1)/t* makes it narrowest near t = t*.
package enum ConfidenceSequence {
    /// How many standard errors the interval reaches to either side. At t* and α = 0.00167 it is
    /// 4.1; at t*/10 it is 5.0, at 10 t* 4.4. A single look would take 3.1.
    package static func reach(count: Double, plannedCount: Double, alpha: Double) -> Double {
        guard count > 0 else { return .infinity }
        let doubled = -2 * spindle_log(alpha)
        let rho = (doubled + spindle_log(doubled) + 1) / plannedCount
        let grown = count * rho + 1
        let logarithm = spindle_log(grown) / 2 - spindle_log(alpha)
        return (2 * grown / (count * rho) * logarithm).squareRoot()
    }
}
