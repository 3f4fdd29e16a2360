import Vocabulary

/// Something that is out of the ordinary in the shop, from one instant to another.
///
/// It is data: scenarios put several of them on a timeline. Ordinary shoppers come at the same
/// times and have the same luck with and without it, so that what it costs can be counted.
package struct Disturbance: Sendable, Equatable {
    /// What happens; what `strength` counts is said beside each.
    package enum Kind: String, Sendable, CaseIterable {
        /// So many times as many shoppers come.
        case demand
        /// This share of the shoppers asks for the products.
        case craze
        /// Added to the wish to buy the products, as log odds.
        case appeal
        /// The products are among everybody's candidates.
        case trending
        /// Nothing of the products is delivered.
        case noDelivery = "no-delivery"
        /// The pages go on showing the stock that they last knew.
        case staleListing = "stale-listing"
        /// Robots look and never buy: so many visits for each of a shopper.
        case bots
        /// Robots ask for the products and seem to buy them: so many visits for each of a
        /// shopper.
        case clickFarm = "click-farm"
        /// This share of the purchases is taken for fraud, and voided.
        case voided = "void"
        /// Labels wait, and come all together at the end, with their own times.
        case labelsHeld = "labels-held"
        /// Labels wait, and come all together at the end, with the time of the end.
        case labelsBatched = "labels-batched"
        /// This share of the labels is lost, while the stream says that it is complete.
        case labelsLost = "labels-lost"
        /// This share of the examples is lost.
        case examplesLost = "examples-lost"
        /// A feature of this share of the examples has no value.
        case featureMissing = "feature-missing"
        /// A feature is so many times what it is.
        case featureScaled = "feature-scaled"
        /// A second model gives so many points of discount more, at each look, on what is shown
        /// most.
        case discountLoop = "discount-loop"
        /// A second model undercuts the cheapest yarn of the fibre by so many points of discount,
        /// at each look.
        case undercut

        /// What `strength` may be; nil where it has none.
        package var strengths: ClosedRange<Double>? {
            switch self {
            case .demand, .bots, .clickFarm: 0...20
            case .craze, .voided, .labelsLost, .examplesLost, .featureMissing: 0...1
            case .appeal: -10...10
            case .featureScaled: -1000...1000
            case .discountLoop, .undercut: 1...50
            case .trending, .noDelivery, .staleListing, .labelsHeld, .labelsBatched: nil
            }
        }

        /// True where it can be of one region alone.
        package var takesSegment: Bool {
            switch self {
            case .demand, .craze, .appeal, .bots, .clickFarm, .examplesLost, .featureMissing,
                .featureScaled:
                true
            case .trending, .noDelivery, .staleListing, .voided, .labelsHeld, .labelsBatched,
                .labelsLost, .discountLoop, .undercut:
                false
            }
        }

        /// True where it is of some products.
        package var takesProducts: Bool {
            switch self {
            case .craze, .appeal, .trending, .noDelivery, .clickFarm: true
            case .demand, .staleListing, .bots, .voided, .labelsHeld, .labelsBatched, .labelsLost,
                .examplesLost, .featureMissing, .featureScaled, .discountLoop, .undercut:
                false
            }
        }

        package var takesFeature: Bool { self == .featureMissing || self == .featureScaled }
        package var takesInterval: Bool { self == .discountLoop || self == .undercut }
        var holdsLabels: Bool { self == .labelsHeld || self == .labelsBatched }
    }

    package var kind: Kind
    /// From inclusive, to exclusive; both on a full minute.
    package var from: Instant
    package var to: Instant
    package var strength = 1.0
    /// A region's name; nil for all.
    package var segment: String?
    /// Colours, fibres, weights and brands: a product that is any of them is meant. None: all.
    package var products: [String] = []
    /// One of `features`.
    package var feature: String?
    /// How often the second model looks.
    package var every = Span.hours(1)

    /// The features that can be broken.
    package static let features = ["price", "discount", "stock"]

    /// The words for products, colours first.
    package static let productWords =
        Catalogue.colours + Catalogue.fibres + Catalogue.weights + Catalogue.brands

    /// The names of the regions that can be disturbed.
    package static let segments = Region.full.map(\.name)

    package init(_ kind: Kind, from: Instant, to: Instant) {
        (self.kind, self.from, self.to) = (kind, from, to)
    }

    func isActive(at minute: Instant) -> Bool { from <= minute && minute < to }

    /// By product: whether it is meant.
    func matches(in catalogue: Catalogue) -> [Bool] {
        catalogue.products.map { product in
            products.isEmpty || product.words.contains(where: products.contains)
        }
    }
}

/// All that disturbs one minute, put together.
struct Disruption: Sendable {
    /// Indices into the settings' disturbances of those that bring visits of their own.
    private(set) var sources: [Int] = []
    private(set) var crazes: [Int] = []
    /// By region: the share of its shoppers that comes.
    private(set) var demand: [Double]
    /// By region and product: what is added to the wish to buy.
    private(set) var appeal: [Double]
    /// By product.
    private(set) var isTrending: [Bool]
    private(set) var lacksDelivery: [Bool]
    private(set) var isListingStale = false
    private(set) var voidedShare = 0.0
    private(set) var labelsLostShare = 0.0
    private(set) var holdsLabels = false
    /// Of examples: what is lost or broken, by index.
    private(set) var lines: [Int] = []
    /// The second model, by index.
    private(set) var pricing: Int?

    /// Nil in a minute like any other.
    init?(at minute: Instant, world: ShopWorld) {
        let all = world.settings.disturbances
        let active = all.indices.filter { all[$0].isActive(at: minute) }
        guard !active.isEmpty else { return nil }
        let count = world.catalogue.products.count
        demand = [Double](repeating: 1, count: world.regions.count)
        appeal = [Double](repeating: 0, count: world.regions.count * count)
        isTrending = [Bool](repeating: false, count: count)
        lacksDelivery = isTrending
        for index in active { add(index, all[index], world) }
    }

    private mutating func add(_ index: Int, _ one: Disturbance, _ world: ShopWorld) {
        let regions = world.regions.indices.filter { region in
            one.segment.map { $0 == world.regions[region].name } ?? true
        }
        let matches = world.matches[index]
        switch one.kind {
        case .demand:
            if one.strength > 1 { return sources.append(index) }
            for region in regions { demand[region] *= one.strength }
        case .bots, .clickFarm: sources.append(index)
        case .craze: crazes.append(index)
        case .appeal:
            for region in regions {
                for product in matches.indices where matches[product] {
                    appeal[region * matches.count + product] += one.strength
                }
            }
        case .trending: isTrending = zip(isTrending, matches).map { $0 || $1 }
        case .noDelivery: lacksDelivery = zip(lacksDelivery, matches).map { $0 || $1 }
        case .staleListing: isListingStale = true
        case .voided: voidedShare = max(voidedShare, one.strength)
        case .labelsLost: labelsLostShare = max(labelsLostShare, one.strength)
        case .labelsHeld, .labelsBatched: holdsLabels = true
        case .examplesLost, .featureMissing, .featureScaled: lines.append(index)
        case .discountLoop, .undercut: pricing = index
        }
    }
}
