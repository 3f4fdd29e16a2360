import CShims
import Numerics

/// How likely so many successes or more are: the exact binomial test, one-sided.
enum BinomialTail {
    /// P(X ≥ successes) of so many trials. Where successes are no more than expected, 1 is said
    /// instead: there is nothing to be found.
    static func atLeast(_ successes: Int, of trials: Int, chance: Double) -> Double {
        precondition(successes <= trials, "more successes than trials")
        guard successes > 0, Double(successes) > Double(trials) * chance else { return 1 }
        guard chance > 0 else { return 0 }
        guard chance < 1 else { return 1 }
        let odds = chance / (1 - chance)
        var term = 1.0
        var sum = 1.0
        var index = successes
        // Beyond the mean each term is smaller than the one before.
        while index < trials, term > sum * 1e-12 {
            term *= Double(trials - index) / Double(index + 1) * odds
            sum += term
            index += 1
        }
        let first =
            logFactorial(trials) - logFactorial(successes) - logFactorial(trials - successes)
            + Double(successes) * spindle_log(chance)
            + Double(trials - successes) * spindle_log1p(-chance)
        return min(spindle_exp(first) * sum, 1)
    }

    /// What of `alpha` a test may use that is made anew at each success: the parts over all
    /// counts from 1 make up the whole, so looking often costs nothing.
    static func part(of alpha: Double, atCount count: Int) -> Double {
        alpha / (Double(count) * Double(count + 1))
    }

    private static func logFactorial(_ number: Int) -> Double {
        LogGamma.value(Double(number) + 1)
    }
}
