import Numerics

/// One yarn.
struct Product: Sendable {
    let name: String
    let brand: Int
    let fibre: Int
    let colour: Int
    let weight: Int
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
    /// again, so that no seed opens a shop where everything, or nothing, sells.
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
    static let winterTaste = [0.3, 0.15, 0.35, 0.25, -0.35, -0.4, -0.1, 0]

    init(count: Int, random: SeededRandom) {
        let parts = random.forked(.catalogue)
        // The first products go through all fibres and colours, so that every word finds one.
        let products = (0..<count).map { index in
            var random = parts.forked(.catalogue, UInt64(index))
            let fibre = index < 24 ? index % Self.fibres.count : random.below(Self.fibres.count)
            let colour =
                index < 30 ? index % Self.colours.count : random.below(Self.colours.count)
            return Self.product(index, fibre: fibre, colour: colour, random: &random)
        }
        self.products = products
        let sum = products.reduce(0.0) { sum, product in
            sum + product.quality + Self.priceAppeal(cents: product.priceCents, sensitivity: 0.6)
        }
        meanAppeal = sum / Double(count)
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
        let digits = String(index)
        let name = "yarn-" + String(repeating: "0", count: max(0, 2 - digits.count)) + digits
        let members: [(String, String)] = [
            ("product", name), ("brand", brands[brand]), ("fibre", fibres[fibre]),
            ("colour", colours[colour]), ("weight", weights[weight]),
        ]
        var bytes: [UInt8] = []
        for (position, member) in members.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendString(member.0)
            bytes.append(UInt8(ascii: ":"))
            bytes.appendString(member.1)
        }
        return Product(
            name: name, brand: brand, fibre: fibre, colour: colour, weight: weight,
            // Prices end in 5 or 0, as on shelves.
            priceCents: Int((price * 20).rounded()) * 5,
            quality: brandAppeal[brand] + 0.45 * random.normal(), members: bytes)
    }
}
