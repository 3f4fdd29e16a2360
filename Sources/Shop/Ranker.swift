/// What decides which products a visit is shown: the served model, or its fallback.
package protocol Ranker {
    /// The probability of a purchase, from the bytes of a `features` JSON object: the same object
    /// that the example line carries if the product is shown, but with `position` 1, whatever
    /// place it comes to. What is not a number ranks last.
    mutating func probability(ofFeatures json: [UInt8]) -> Double

    /// The checkpoint that serves; nil while the fallback does.
    var checkpoint: String? { get }
}
