import Numerics
import Vocabulary

/// One visit: who came, when, with what device, and what they looked for.
struct Visit: Sendable {
    enum Device: String, CaseIterable {
        case phone, tablet, computer

        /// What it adds to the wish to buy.
        var appeal: Double {
            switch self {
            case .phone: -0.2
            case .tablet: 0.05
            case .computer: 0.2
            }
        }
    }

    let time: Instant
    let random: SeededRandom
    let shopper: Int
    let region: Int
    let localTime: LocalTime
    let device: Device
    private(set) var query: Query
    /// The disturbance that brings this visit, by index; nil for an ordinary shopper's.
    let origin: Int?
    /// Who it is by the log.
    let source: String
    /// What was bought last and how much of late, when the visit begins.
    let lastFibre: Int?
    let recentPurchaseCount: Int

    init(at time: Instant, in minute: ShopMinute, world: ShopWorld, history: PurchaseHistory) {
        self.time = time
        random = world.random.forked(.visit, UInt64(bitPattern: time.microseconds))
        var chance = random.forked(.shopper)
        origin = minute.origins[time]
        let cause = origin.map { world.settings.disturbances[$0] }
        let region = cause?.segment.flatMap { name in
            world.regions.firstIndex { $0.name == name }
        }
        let group =
            region.map { minute.group(in: world.population, region: $0, &chance) }
            ?? minute.group(in: world.population, &chance)
        shopper = world.population.member(of: group, &chance)
        self.region = group.region
        localTime = minute.localTimes[group.region]
        let who = world.population.shoppers[shopper]
        let draw = chance.unit()
        let phoneShare = who.isMostlyMobile ? 0.8 : 0.15
        device = draw < phoneShare ? .phone : draw < 0.9 ? .computer : .tablet
        var words = random.forked(.query)
        query = Query(of: who, &words)
        lastFibre = history.lastFibre(of: shopper)
        recentPurchaseCount = history.recentCount(of: shopper)
        source = Self.source(cause, origin, random, who)
        followCraze(minute, cause, world)
    }

    /// True for robots, which are no shoppers.
    func isRobot(_ world: ShopWorld) -> Bool {
        origin.map { world.settings.disturbances[$0].kind != .demand } ?? false
    }

    /// Robots come from a few sources, as they do.
    private static func source(
        _ cause: Disturbance?, _ origin: Int?, _ random: SeededRandom, _ who: Shopper
    ) -> String {
        guard let cause, let origin, cause.kind != .demand else { return who.name }
        var chance = random.forked(.disturbance, 1)
        let isFarm = cause.kind == .clickFarm
        return "\(isFarm ? "farm" : "bot")-\(origin)-\(chance.below(isFarm ? 5 : 20))"
    }

    /// Asks for what everybody, or the robot's customer, wants.
    private mutating func followCraze(
        _ minute: ShopMinute, _ cause: Disturbance?, _ world: ShopWorld
    ) {
        guard let disruption = minute.disruption else { return }
        if let cause, cause.kind == .clickFarm { query = Query(words: cause.products) }
        for index in disruption.crazes where !isRobot(world) {
            let craze = world.settings.disturbances[index]
            if let segment = craze.segment, world.regions[region].name != segment { continue }
            var chance = random.forked(.disturbance, UInt64(index) + 2)
            if chance.chance(craze.strength) { query = Query(words: craze.products) }
        }
    }

    /// The probability that the shopper decides to buy the product in this place, from 1.
    func purchaseProbability(
        of index: Int, position: Int, listed: Int, in minute: ShopMinute, world: ShopWorld
    ) -> Double {
        if listed == 0 { return 0 }
        let product = world.catalogue.products[index]
        let who = world.population.shoppers[shopper]
        var wish = -4.38 + minute.appeal[index] + query.appeal(product) + device.appeal
        wish += who.colourTaste[product.colour] + who.fibreTaste[product.fibre]
        wish += who.weightTaste[product.weight] + world.regions[region].fibreTaste[product.fibre]
        let sensitivity = who.priceSensitivity * (query.asksForCheap ? 1.6 : 1)
        wish += Catalogue.priceAppeal(cents: minute.priceCents[index], sensitivity: sensitivity)
        wish += 0.012 * Double(minute.discounts[index])
        wish -= 0.25 * Double(position - 1)
        // People decide in the evening; at night they look.
        let evening = (Double(localTime.minuteOfDay) / 60 - 20) / 3
        wish += 0.45 * Elementary.bump(evening) - (localTime.hour < 5 ? 0.35 : 0)
        wish += localTime.placeInWeek >= 5 ? 0.12 : 0
        if let disruption = minute.disruption {
            wish += disruption.appeal[region * minute.appeal.count + index]
        }
        if let lastFibre { wish += lastFibre == product.fibre ? 0.5 : 0.05 }
        // Few left: now or never.
        if listed * 10 < world.schedule.capacity[index] { wish += 0.25 }
        return Elementary.logistic(wish)
    }

    /// How long the shopper takes from the visit to the purchase: log-normal, with a median of 35
    /// minutes and one in a hundred beyond six hours; three days at most.
    static func delay(_ random: inout SeededRandom) -> Span {
        let seconds = 35 * 60 * Elementary.exp(1.002 * random.normal())
        return Span(microseconds: Int64(min(max(seconds, 20), 259_200) * 1_000_000))
    }
}

/// Who chose what a visit was shown, as its examples say.
struct VisitServer {
    var checkpoint: String?
    var tier: String?
    var arm: String?
}

/// Buffers of one visit, used again by the next.
struct VisitScratch: Sendable {
    var line: [UInt8] = []
    var head: [UInt8] = []
    var tail: [UInt8] = []
    var features: [UInt8] = []
    var ranks: [UInt64] = []
    var candidates: [Int] = []
    var scores: [Double] = []
}
