import Vocabulary

/// A new range of products: nobody knows yet that shoppers like it.
///
/// It is the last products of the catalogue. Before `from` the shop is the one that never had
/// them, byte for byte. From then on some of them stand among the candidates of every visit that
/// asks for a colour, a weight or a fibre. They answer none of these, they are dear, they are spun
/// to order, so that their pages say that none is in stock, and the words of their features are
/// the range's own. So a model that never showed them ranks them last, only chance shows them, and
/// whoever learns from what chance showed knows how well they sell.
package struct ProductRange: Sendable, Equatable {
    package var productCount: Int
    /// When they come on sale.
    package var from: Instant
    /// Added to the wish to buy them, as log odds; their price and their missing words take off
    /// about two.
    package var appeal: Double

    /// How many of them are among a visit's candidates.
    static let candidateCount = 2

    package init(productCount: Int, from: Instant, appeal: Double) {
        (self.productCount, self.from, self.appeal) = (productCount, from, appeal)
    }

    /// What is wrong with the range in a shop of these settings; nil if it can open.
    func objection(in settings: ShopSettings) -> String? {
        let most = settings.productCount - settings.candidateCount
        if productCount < 1 || productCount > most {
            return "the range's product count is \(productCount), not within 1 and \(most), which "
                + "leaves a visit its candidates"
        }
        let least = settings.shownCount + Self.candidateCount
        if settings.candidateCount < least {
            return "candidate count is \(settings.candidateCount), with a range less than \(least)"
        }
        if from < .earliest || from > .latest {
            return "the range's begin is not within years 1…9999"
        }
        return ShopSettings.Limits.appeal.contains(appeal)
            ? nil : "the range's appeal is \(appeal), not within \(ShopSettings.Limits.appeal)"
    }
}
