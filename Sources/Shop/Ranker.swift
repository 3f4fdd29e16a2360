import Vocabulary

/// What decides which products a visit is shown: the served model, or its fallback.
package protocol Ranker {
    /// A visit begins: who comes may decide who answers until the next one.
    mutating func begin(visitor: String, at time: Instant, zone: String)

    /// The probability of a purchase, from the bytes of a `features` JSON object: the same object
    /// that the example line carries if the product is shown, but with `position` 1, whatever
    /// place it comes to. What is not a number ranks last.
    mutating func probability(ofFeatures json: [UInt8]) -> Double

    /// The checkpoint that serves this visit; nil while the fallback does.
    var checkpoint: String? { get }

    /// The tier of the fallback that serves it, where examples are to say so.
    var tier: String? { get }

    /// The arm of the traffic that the visit is in; nil where examples say none but by their tier.
    var arm: String? { get }

    /// False where a list is to be filled by the scores alone, and nothing comes by chance.
    var explores: Bool { get }
}

extension Ranker {
    package mutating func begin(visitor: String, at time: Instant, zone: String) {}
    package var tier: String? { nil }
    package var arm: String? { nil }
    package var explores: Bool { true }
}
