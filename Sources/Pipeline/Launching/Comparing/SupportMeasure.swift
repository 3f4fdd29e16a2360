import Numerics

/// Whether what the candidate shows could have been judged from the log: the share of its examples
/// with a category that none of before the launch had.
package struct SupportMeasure: Sendable, Equatable {
    /// Of examples: whether they had a category that was new.
    private var candidate = MetricTally()
    private var others = MetricTally()

    /// Counts and shares.
    private enum Limits {
        static let countMin = 100
        static let shareMin = 0.01
        /// Standard errors.
        static let reach = 3.0
    }

    package init() {}

    package mutating func add(unit: UInt64, isCandidates: Bool, isNew: Bool) {
        let amount = isNew ? 1.0 : 0
        if isCandidates {
            candidate.add(unit: unit, amount: amount)
        } else {
            others.add(unit: unit, amount: amount)
        }
    }

    /// What is as new among the examples of the others, such as new users, is no fault of the
    /// candidate's: it is taken off. Nil while it could be chance.
    package var unsupportedShare: Double? {
        guard let mine = candidate.value, let theirs = others.value,
            let error = candidate.squaredError, let otherError = others.squaredError,
            min(candidate.count, others.count) >= Limits.countMin
        else { return nil }
        let (excess, deviation) = (mine - theirs, (error + otherError).squareRoot())
        guard excess > Limits.shareMin, excess > Limits.reach * deviation else { return nil }
        return excess
    }

    // MARK: bytes

    package func encode(to writer: inout ByteWriter) {
        candidate.encode(to: &writer)
        others.encode(to: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteFault) {
        candidate = try MetricTally(from: &reader)
        others = try MetricTally(from: &reader)
    }
}
