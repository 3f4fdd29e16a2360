import Numerics

/// One yarn.
struct Product: Sendable {
    let name: String
    /// Of `Catalogue.fibres`, or one behind them: a range's own. So are colour and weight.
    let fibre: Int
    let colour: Int
    let weight: Int
    /// Its colour, fibre, weight and brand by name.
    let words: [String]
    let priceCents: Int
    /// What nobody can see but shoppers feel, added to the wish to buy.
    let quality: Double
    /// The features that never change, as JSON members: `"product":"yarn-07","brand":…`.
    let members: [UInt8]
}

/// What the shop sells.
struct Catalogue: Sendable {
    let products: [Product]
    /// What quality and price together add to the wish to buy, over all products. It is taken off
    /// again, so that no seed opens a shop where everything, or nothing, sells. A range has no part
    /// in it.
    let meanAppeal: Double

    static let brands = [
        "highland", "fjordull", "muckle", "tiendanube", "old-mill", "kinu", "hearthside", "plainly",
    ]
    static let fibres = [
        "wool", "merino", "alpaca", "mohair", "cotton", "linen", "silk", "acrylic",
    ]
    static let colours = [
        "brown", "grey", "white", "black", "red", "blue", "green", "yellow", "pink", "purple",
    ]
    static let weights = ["lace", "sock", "dk", "aran", "chunky"]

    /// What a ball of the fibre costs, in the middle.
    private static let fibrePrices = [9.0, 14, 18, 17, 7, 10, 24, 4.5]
    private static let brandPremiums = [1.1, 1.2, 1.35, 0.9, 1, 1.3, 0.85, 0.7]
    private static let brandAppeal = [0.2, 0.1, 0.35, 0, -0.1, 0.15, -0.1, -0.3]
    /// How a fibre's season moves the wish to buy: up in January, down in July.
    static let winterTaste = [0.3, 0.15, 0.35, 0.25, -0.35, -0.4, -0.1, 0, 0]
    /// What a range calls its brand, fibre, colour and weight: nobody asks for these.
    private static let rangeWords = (
        brand: "aurora", fibre: "nettle", colour: "dawn", weight: "ribbon"
    )

    init(settings: ShopSettings, random: SeededRandom) {
        let parts = random.forked(.catalogue)
        // The first products go through all fibres and colours, so that every word finds one.
        let products = (0..<settings.ordinaryCount).map { index in
            var random = parts.forked(.catalogue, UInt64(index))
            let fibre = index < 24 ? index % Self.fibres.count : random.below(Self.fibres.count)
            let colour =
                index < 30 ? index % Self.colours.count : random.below(Self.colours.count)
            return Self.product(index, fibre: fibre, colour: colour, random: &random)
        }
        let rangeCount = settings.productCount - settings.ordinaryCount
        let range = (0..<rangeCount).map { index in
            var random = parts.forked(.catalogue, UInt64(settings.ordinaryCount + index))
            return Self.rangeProduct(
                index, appeal: settings.range?.appeal ?? 0, random: &random)
        }
        self.products = products + range
        let sum = products.reduce(0.0) { sum, product in
            sum + product.quality + Self.priceAppeal(cents: product.priceCents, sensitivity: 0.6)
        }
        meanAppeal = sum / Double(products.count)
    }

    /// The fibre's name, a range's own included.
    static func fibreName(_ fibre: Int) -> String {
        fibre < fibres.count ? fibres[fibre] : rangeWords.fibre
    }

    /// What a price adds to the wish to buy; nothing at 12.
    static func priceAppeal(cents: Int, sensitivity: Double) -> Double {
        sensitivity * (12 - Double(cents) / 100) / 10
    }

    private static func product(
        _ index: Int, fibre: Int, colour: Int, random: inout SeededRandom
    ) -> Product {
        let brand = random.below(brands.count)
        let weight = random.below(weights.count)
        let middle = fibrePrices[fibre] * brandPremiums[brand]
        let price = min(40, max(3, middle * Elementary.exp(0.25 * random.normal())))
        let name = numbered("yarn", index)
        let words = [colours[colour], fibres[fibre], weights[weight], brands[brand]]
        return Product(
            name: name, fibre: fibre, colour: colour, weight: weight, words: words,
            priceCents: cents(price), quality: brandAppeal[brand] + 0.45 * random.normal(),
            members: members(name, words))
    }

    /// One that looks dear and says nothing, and is liked all the same.
    private static func rangeProduct(
        _ index: Int, appeal: Double, random: inout SeededRandom
    ) -> Product {
        let own = rangeWords
        let name = numbered(own.brand, index)
        let words = [own.colour, own.fibre, own.weight, own.brand]
        return Product(
            name: name, fibre: fibres.count, colour: colours.count, weight: weights.count,
            words: words, priceCents: cents(random.between(30, 40)), quality: appeal,
            members: members(name, words))
    }

    private static func numbered(_ name: String, _ index: Int) -> String {
        let digits = String(index)
        return name + "-" + String(repeating: "0", count: max(0, 2 - digits.count)) + digits
    }

    /// Prices end in 5 or 0, as on shelves.
    private static func cents(_ price: Double) -> Int { Int((price * 20).rounded()) * 5 }

    /// `words` are colour, fibre, weight and brand.
    private static func members(_ name: String, _ words: [String]) -> [UInt8] {
        let members = [
            ("product", name), ("brand", words[3]), ("fibre", words[1]), ("colour", words[0]),
            ("weight", words[2]),
        ]
        var bytes: [UInt8] = []
        for (position, member) in members.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendString(member.0)
            bytes.append(UInt8(ascii: ":"))
            bytes.appendString(member.1)
        }
        return bytes
    }
}
