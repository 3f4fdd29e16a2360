/// What shoppers met and did since a shop was opened in this process; robots are left out.
package struct ShopTally: Codable, Sendable, Equatable {
    package var visits = 0
    /// Visits that were shown nothing.
    package var blankVisits = 0
    package var shown = 0
    /// Purchases that went through.
    package var purchases = 0
    package var revenueCents = 0
    /// Purchases that were taken for fraud.
    package var voided = 0
    /// Purchases that failed because nothing was left.
    package var soldOut = 0

    package init() {}

    package static func + (left: ShopTally, right: ShopTally) -> ShopTally {
        left.combined(with: right, +)
    }

    package static func - (left: ShopTally, right: ShopTally) -> ShopTally {
        left.combined(with: right, -)
    }

    private func combined(with other: ShopTally, _ combine: (Int, Int) -> Int) -> ShopTally {
        var tally = ShopTally()
        tally.visits = combine(visits, other.visits)
        tally.blankVisits = combine(blankVisits, other.blankVisits)
        tally.shown = combine(shown, other.shown)
        tally.purchases = combine(purchases, other.purchases)
        tally.revenueCents = combine(revenueCents, other.revenueCents)
        tally.voided = combine(voided, other.voided)
        tally.soldOut = combine(soldOut, other.soldOut)
        return tally
    }
}
