/// What an answer came from, the best first. Each has its data in a file of its own.
package enum ServingTier: String, Codable, Sendable, CaseIterable, Comparable {
    case model
    /// The newest fully blessed checkpoint besides.
    case lastGood = "last_good"
    /// A lookup table of the most common answers.
    case table
    /// One number.
    case constant

    package static func < (left: ServingTier, right: ServingTier) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .model: 0
        case .lastGood: 1
        case .table: 2
        case .constant: 3
        }
    }
}
