import Vocabulary

/// What an operator may choose about the yarn shop.
package struct ShopSettings: Sendable, Equatable {
    /// What all chance in the shop is drawn from.
    package var seed: UInt64
    /// The mean over a week.
    package var visitsPerDay: Int
    package var productCount: Int
    package var shopperCount: Int
    /// The probability, for each place in a list, that it is filled by chance.
    package var explorationShare: Double
    /// How many products a visit's list is chosen from.
    package var candidateCount: Int
    /// How many products a visit is shown.
    package var shownCount: Int
    /// When the shop opens; the default is a Monday at midnight, UTC.
    package var start: Instant
    /// What scores less than this is shown by chance only, so that a page may stay blank.
    package var leastScore = 0.0
    /// True for one region more, whose weekend is Friday and Saturday, and for the regions'
    /// holidays.
    package var hasHolidays = false
    /// True for deliveries of every yarn each hour, so that hardly any is ever sold out: what then
    /// changes sales is not what the shelves have.
    package var hasHourlyDeliveries = false
    /// What is out of the ordinary, and when.
    package var disturbances: [Disturbance] = []
    /// Products that come on sale later; nil for none.
    package var range: ProductRange?

    package init(
        seed: UInt64 = 1, visitsPerDay: Int = 25_000, productCount: Int = 60,
        shopperCount: Int = 2000, explorationShare: Double = 0.1, candidateCount: Int = 12,
        shownCount: Int = 4, start: Instant = Instant(microseconds: 1_767_571_200_000_000)
    ) {
        self.seed = seed
        self.visitsPerDay = visitsPerDay
        self.productCount = productCount
        self.shopperCount = shopperCount
        self.explorationShare = explorationShare
        self.candidateCount = candidateCount
        self.shownCount = shownCount
        self.start = start
    }

    /// The bounds of the settings.
    package enum Limits {
        package static let visitsPerDay = 1...100_000_000
        package static let productCount = 1...10_000
        package static let shopperCount = 1...1_000_000
        package static let candidateCount = 1...200
        package static let shownCount = 1...50
        package static let appeal = -10.0...10.0
    }

    /// What is wrong with the settings, for the operator; nil if a shop can open with them.
    package var objection: String? {
        func check(_ name: String, _ value: Int, _ bounds: ClosedRange<Int>) -> String? {
            if bounds.contains(value) { return nil }
            let allowed = "\(bounds.lowerBound)…\(bounds.upperBound)"
            return "\(name) is \(value), not within \(allowed)"
        }
        if !(explorationShare >= 0 && explorationShare <= 1) {
            return "exploration share is \(explorationShare), not within 0…1"
        }
        if !(leastScore >= 0 && leastScore < 1) { return "least score is not within 0 to 1" }
        if start < .earliest || start > .latest { return "start is not within years 1…9999" }
        return check("visits per day", visitsPerDay, Limits.visitsPerDay)
            ?? check("product count", productCount, Limits.productCount)
            ?? check("shopper count", shopperCount, Limits.shopperCount)
            ?? check("candidate count", candidateCount, Limits.candidateCount)
            ?? check("candidate count", candidateCount, 1...productCount)
            ?? check("shown count", shownCount, Limits.shownCount)
            ?? check("shown count", shownCount, 1...candidateCount)
            ?? range?.objection(in: self)
    }

    /// Of the products, how many are no part of a range: the first.
    var ordinaryCount: Int { productCount - (range?.productCount ?? 0) }
}
