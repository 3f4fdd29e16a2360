import Vocabulary

/// The second model of the shop: it sets discounts by what the recommender shows, and the
/// recommender learns from what the discounts sell.
struct Pricing: Sendable, Equatable {
    /// In percent, by product.
    private(set) var discounts: [Int]
    /// How often each product was shown since the last look.
    private(set) var shown: [Int]

    static let discountMax = 80

    init(productCount: Int) {
        discounts = [Int](repeating: 0, count: productCount)
        shown = discounts
    }

    init(discounts: [Int], shown: [Int]) {
        (self.discounts, self.shown) = (discounts, shown)
    }

    mutating func noteShown(_ product: Int) {
        shown[product] += 1
    }

    /// One look of the model.
    mutating func review(_ one: Disturbance, catalogue: Catalogue) {
        let step = Int(one.strength)
        if one.kind == .undercut {
            undercut(by: step, catalogue)
        } else {
            followExposure(by: step)
        }
        for product in shown.indices { shown[product] = 0 }
    }

    /// What is shown more than its share gets cheaper, and the rest dearer again.
    private mutating func followExposure(by step: Int) {
        let fair = shown.reduce(0, +) / max(1, shown.count)
        for product in discounts.indices {
            let change = shown[product] > fair ? step : -step
            discounts[product] = min(Self.discountMax, max(0, discounts[product] + change))
        }
    }

    /// Each wants to be below the cheapest other of its fibre.
    private mutating func undercut(by step: Int, _ catalogue: Catalogue) {
        let before = discounts
        func price(_ product: Int) -> Int {
            catalogue.products[product].priceCents * (100 - before[product])
        }
        for product in discounts.indices {
            let fibre = catalogue.products[product].fibre
            let rivals = catalogue.products.indices.filter {
                $0 != product && catalogue.products[$0].fibre == fibre
            }
            guard let cheapest = rivals.map(price).min(), cheapest <= price(product) else {
                continue
            }
            discounts[product] = min(Self.discountMax, discounts[product] + step)
        }
    }
}
