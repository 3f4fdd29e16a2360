/// The few transcendental functions the shop needs, from sums and products alone.
///
/// The system's library may round differently from one release to the next; these give the same
/// bits everywhere, which a seeded shop has to promise. They are good to about 1e-14, the normal
/// quantile to about 1e-9.
package enum Elementary {
    package static func exp(_ x: Double) -> Double {
        if x < -700 { return 0 }
        if x > 700 { return .infinity }
        let power = (x * 1.442_695_040_888_963_4).rounded()
        let rest = (x - power * 6.931_471_803_691_238e-1) - power * 1.908_214_929_270_587_7e-10
        // The Taylor series on |rest| ≤ ln 2 / 2, by Horner's rule.
        var sum = 1.0
        for degree in stride(from: 13.0, to: 0, by: -1) {
            sum = 1 + sum * rest / degree
        }
        return sum * Double(sign: .plus, exponent: Int(power), significand: 1)
    }

    /// The natural logarithm of a positive, normal number.
    package static func log(_ x: Double) -> Double {
        precondition(x.isNormal && x > 0, "the logarithm is of a positive, normal number")
        var exponent = Double(x.exponent)
        var significand = x.significand
        if significand > 1.414_213_562_373_095 {
            significand /= 2
            exponent += 1
        }
        // ln m = 2 artanh((m - 1) / (m + 1)), and the argument is at most 0.172.
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var sum = 0.0
        for power in stride(from: 21.0, to: 0, by: -2) {
            sum = 1 / power + sum * square
        }
        return exponent * 0.693_147_180_559_945_3 + 2 * ratio * sum
    }

    package static func logistic(_ x: Double) -> Double {
        1 / (1 + exp(-x))
    }

    /// The inverse of the normal distribution function, by P. J. Acklam's rational approximation.
    package static func normalQuantile(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a probability lies within (0, 1)")
        if probability > 0.975_75 { return -lowerTail(1 - probability) }
        if probability < 0.024_25 { return lowerTail(probability) }
        let q = probability - 0.5
        let r = q * q
        let above = horner(
            r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
            1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00)
        let below = horner(
            r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
            6.680131188771972e+01, -1.328068155288572e+01, 1)
        return q * above / below
    }

    /// 1 at 0, 0 from afar; `x` in units of the bump's half-width.
    static func bump(_ x: Double) -> Double {
        1 / (1 + x * x)
    }

    /// From 0 at 0 to 1 at 1, level at both ends.
    static func smoothStep(_ x: Double) -> Double {
        x * x * (3 - 2 * x)
    }

    private static func lowerTail(_ probability: Double) -> Double {
        let q = (-2 * log(probability)).squareRoot()
        let above = horner(
            q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
            -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00)
        let below = horner(
            q, 0, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
            3.754408661907416e+00, 1)
        return above / below
    }

    private static func horner(
        _ x: Double, _ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double
    ) -> Double {
        ((((a * x + b) * x + c) * x + d) * x + e) * x + f
    }
}
