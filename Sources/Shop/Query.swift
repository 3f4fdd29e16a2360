import Numerics

/// What a shopper typed: some of a colour, a weight and a fibre, and perhaps a wish.
struct Query: Sendable {
    private(set) var colour: Int?
    private(set) var weight: Int?
    private(set) var fibre: Int?
    private(set) var wish: Int?

    private static let wishes = ["cheap", "soft", "baby", "gift"]

    /// What a craze asks for: the first colour, weight and fibre among the words.
    init(words: [String]) {
        func first(_ names: [String]) -> Int? {
            words.lazy.compactMap { names.firstIndex(of: $0) }.first
        }
        colour = first(Catalogue.colours)
        weight = first(Catalogue.weights)
        fibre = first(Catalogue.fibres)
    }

    /// Those who look for a bargain care more about the price.
    var asksForCheap: Bool { wish == 0 }

    /// Mostly what the shopper likes best, sometimes anything.
    init(of shopper: Shopper, _ random: inout SeededRandom) {
        func word(_ probability: Double, _ favourite: Int, _ count: Int) -> Int? {
            let isAsked = random.chance(probability)
            let isFavourite = random.chance(0.5)
            let other = random.below(count)
            return isAsked ? (isFavourite ? favourite : other) : nil
        }
        colour = word(0.6, shopper.favouriteColour, Catalogue.colours.count)
        weight = word(0.3, shopper.favouriteWeight, Catalogue.weights.count)
        fibre = word(0.7, shopper.favouriteFibre, Catalogue.fibres.count)
        let wish = random.below(Self.wishes.count)
        self.wish = random.chance(0.15) ? wish : nil
    }

    /// The words in the order in which they are typed; never none.
    var words: [String] {
        var words: [String] = []
        if let wish { words.append(Self.wishes[wish]) }
        if let colour { words.append(Catalogue.colours[colour]) }
        if let weight { words.append(Catalogue.weights[weight]) }
        if let fibre { words.append(Catalogue.fibres[fibre]) }
        if !asksByWord { words.append("yarn") }
        return words
    }

    /// Whether a colour, a weight or a fibre was asked for.
    var asksByWord: Bool { colour != nil || weight != nil || fibre != nil }

    /// How many of the words for a colour, a weight and a fibre the product answers.
    func matchCount(_ product: Product) -> Int {
        (product.colour == colour ? 1 : 0) + (product.weight == weight ? 1 : 0)
            + (product.fibre == fibre ? 1 : 0)
    }

    /// What answering, or not answering, each word adds to the wish to buy.
    func appeal(_ product: Product) -> Double {
        func part(_ asked: Int?, _ has: Int, _ hit: Double, _ miss: Double) -> Double {
            guard let asked else { return 0 }
            return asked == has ? hit : miss
        }
        return part(colour, product.colour, 0.7, -0.35) + part(weight, product.weight, 0.5, -0.3)
            + part(fibre, product.fibre, 0.9, -0.45)
    }
}
