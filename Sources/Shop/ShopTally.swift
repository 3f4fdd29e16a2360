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

    package static func - (left: ShopTally, right: ShopTally) -> ShopTally {
        var difference = left
        difference.visits -= right.visits
        difference.blankVisits -= right.blankVisits
        difference.shown -= right.shown
        difference.purchases -= right.purchases
        difference.revenueCents -= right.revenueCents
        difference.voided -= right.voided
        difference.soldOut -= right.soldOut
        return difference
    }
}
