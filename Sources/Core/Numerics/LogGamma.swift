import CShims

/// The logarithm of the gamma function of a positive number.
package enum LogGamma {
    /// Stirling's series; its error is below 1e-9 from 10 on, and smaller numbers are brought
    /// there by the recurrence.
    package static func value(_ number: Double) -> Double {
        precondition(number > 0, "the gamma function is asked for a positive number")
        var (value, product) = (number, 1.0)
        while value < 10 {
            product *= value
            value += 1
        }
        let square = value * value
        return (value - 0.5) * spindle_log(value) - value + spindle_log(2 * Double.pi) / 2
            + (1 / 12.0 - (1 / 360.0 - 1 / (1260 * square)) / square) / value
            - spindle_log(product)
    }
}
