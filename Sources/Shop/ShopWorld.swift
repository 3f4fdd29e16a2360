import Numerics
import Vocabulary

/// All of the shop that never changes: what follows from the settings alone.
struct ShopWorld: Sendable {
    let settings: ShopSettings
    let random: SeededRandom
    let catalogue: Catalogue
    let population: Population
    let schedule: DeliverySchedule
    let policy: ListPolicy
    /// The list of a visit that doesn't explore.
    let greedyPolicy: ListPolicy
    let regions: [Region]
    /// By disturbance and product: whether it is meant.
    let matches: [[Bool]]

    init(settings: ShopSettings) {
        let objection = settings.objection
        precondition(objection == nil, objection ?? "")
        self.settings = settings
        random = SeededRandom(key: SeededRandom.mixed(settings.seed))
        regions = settings.hasHolidays ? Region.full : Region.all
        let catalogue = Catalogue(settings: settings, random: random)
        self.catalogue = catalogue
        matches = settings.disturbances.map { $0.matches(in: catalogue) }
        population = Population(
            count: settings.shopperCount, regions: regions, random: random)
        schedule = DeliverySchedule(settings: settings, random: random)
        func policy(explorationShare: Double) -> ListPolicy {
            ListPolicy(
                candidateCount: settings.candidateCount, shownCount: settings.shownCount,
                explorationShare: explorationShare, leastScore: settings.leastScore)
        }
        self.policy = policy(explorationShare: settings.explorationShare)
        greedyPolicy = policy(explorationShare: 0)
    }
}

/// One minute of the shop: who is up, what is in fashion, what is on sale, and who comes when.
///
/// It follows from the world and the minute alone, so it is never saved.
struct ShopMinute: Sendable {
    let start: Instant
    /// By region.
    let localTimes: [LocalTime]
    /// When visits come: rising, each after `start` and before the next minute.
    let visits: [Instant]
    /// Of visits that a disturbance brings: its index. Looked up, never gone through.
    let origins: [Instant: Int]
    /// Nil where all is as usual.
    let disruption: Disruption?
    /// What a product costs now, after its discount.
    private(set) var priceCents: [Int]
    /// In percent; 0 for none.
    private(set) var discounts: [Int]
    /// What colour and season add to the wish to buy, by product, with its quality.
    let appeal: [Double]
    /// The running sum of the groups' shares of this minute's visits.
    private let groupSums: [Double]

    static let length = Span.minutes(1)

    init(_ start: Instant, world: ShopWorld) {
        self.start = start
        let localTimes = world.regions.map {
            LocalTime(start, offset: $0.offset(at: start), weekLead: $0.weekLead)
        }
        let holidays = world.regions.map { $0.holidayDemand(at: start) }
        self.localTimes = localTimes
        var sum = 0.0
        groupSums = world.population.groups.map { group in
            sum +=
                group.share * Habit.all[group.habit].rate(at: localTimes[group.region])
                * holidays[group.region]
            return sum
        }
        let mean = Double(world.settings.visitsPerDay) / 1440 * sum
        let disruption = Disruption(at: start, world: world)
        self.disruption = disruption
        let ordinary = Self.arrivals(mean: mean, from: start, random: world.random)
        let more = Self.extras(disruption, mean, world, localTimes, start)
        (visits, origins) = Self.merge(ordinary, more)

        let products = world.catalogue.products
        let discounts = products.indices.map { Self.discount($0, at: start, world.random) }
        self.discounts = discounts
        priceCents = products.indices.map { products[$0].priceCents * (100 - discounts[$0]) / 100 }
        // A range's own colour, the last, comes into no fashion.
        let fashion =
            Catalogue.colours.indices.map { Self.fashion($0, at: start, world.random) } + [0]
        let winter = Self.winter(at: start)
        appeal = products.map { product in
            product.quality - world.catalogue.meanAppeal + fashion[product.colour]
                + winter * Catalogue.winterTaste[product.fibre]
        }
    }

    /// The group of a visit in this minute.
    func group(in population: Population, _ random: inout SeededRandom) -> Population.Group {
        let aim = random.unit() * (groupSums.last ?? 0)
        let index = groupSums.firstIndex { $0 > aim } ?? groupSums.count - 1
        return population.groups[index]
    }

    /// A group of one region, for a visit that a disturbance brings there.
    func group(
        in population: Population, region: Int, _ random: inout SeededRandom
    ) -> Population.Group {
        let parts = groupSums.indices.map { index in
            population.groups[index].region == region
                ? groupSums[index] - (index > 0 ? groupSums[index - 1] : 0) : 0
        }
        var aim = random.unit() * parts.reduce(0, +)
        for (index, part) in parts.enumerated() {
            aim -= part
            if part > 0, aim < 0 { return population.groups[index] }
        }
        return population.groups[parts.lastIndex { $0 > 0 } ?? 0]
    }

    /// What the second model asks for, where that is less.
    mutating func reprice(_ pricing: Pricing, _ catalogue: Catalogue) {
        for product in discounts.indices where pricing.discounts[product] > discounts[product] {
            discounts[product] = pricing.discounts[product]
            priceCents[product] =
                catalogue.products[product].priceCents * (100 - discounts[product]) / 100
        }
    }

    /// When the visits come that disturbances bring.
    private static func extras(
        _ disruption: Disruption?, _ mean: Double, _ world: ShopWorld, _ localTimes: [LocalTime],
        _ start: Instant
    ) -> [(index: Int, times: [Instant])] {
        guard let disruption else { return [] }
        return disruption.sources.map { index in
            let one = world.settings.disturbances[index]
            var ordinary = mean
            if let segment = one.segment {
                let sum = world.population.groups.reduce(0.0) { sum, group in
                    guard world.regions[group.region].name == segment else { return sum }
                    let habit = Habit.all[group.habit]
                    return sum + group.share * habit.rate(at: localTimes[group.region])
                }
                ordinary = Double(world.settings.visitsPerDay) / 1440 * sum
            }
            let factor = one.kind == .demand ? one.strength - 1 : one.strength
            let random = world.random.forked(.disturbance, UInt64(index))
            return (index, arrivals(mean: ordinary * factor, from: start, random: random))
        }
    }

    /// All visits in the order of their times; an ordinary one goes before one that shares its
    /// microsecond.
    private static func merge(
        _ ordinary: [Instant], _ more: [(index: Int, times: [Instant])]
    ) -> (visits: [Instant], origins: [Instant: Int]) {
        guard more.contains(where: { !$0.times.isEmpty }) else { return (ordinary, [:]) }
        let taken = Set(ordinary)
        var origins: [Instant: Int] = [:]
        for (index, times) in more {
            for time in times where !taken.contains(time) && origins[time] == nil {
                origins[time] = index
            }
        }
        let extra = origins.keys.sorted()
        return ((ordinary + extra).sorted(), origins)
    }

    /// A Poisson number of visits at times that are all different.
    private static func arrivals(
        mean: Double, from start: Instant, random: SeededRandom
    ) -> [Instant] {
        var random = random.forked(.arrivals, UInt64(bitPattern: start.microseconds))
        var offsets: [Int] = []
        var left = mean
        while left > 0 {
            // Knuth's product of uniforms, in portions that do not underflow.
            let portion = min(left, 16)
            left -= portion
            let end = Elementary.exp(-portion)
            var product = random.unit()
            while product > end {
                offsets.append(1 + random.below(Int(length.microseconds) - 1))
                product *= random.unit()
            }
        }
        offsets.sort()
        var times: [Instant] = []
        times.reserveCapacity(offsets.count)
        for offset in offsets {
            let time = start + Span(microseconds: Int64(offset))
            // Of two visits in one microsecond, one is let go: their ids would be the same.
            if times.last != time { times.append(time) }
        }
        return times
    }

    /// A tenth of the yarns is on sale at any time, each for three days.
    private static func discount(
        _ product: Int, at instant: Instant, _ random: SeededRandom
    ) -> Int {
        let block = instant.floored(to: .days(3)).microseconds
        var random = random.forked(.sale, UInt64(bitPattern: block))
            .forked(.sale, UInt64(product))
        guard random.chance(0.1) else { return 0 }
        return 10 * (1 + random.below(4))
    }

    /// Colours come into fashion and go out of it, over weeks.
    private static func fashion(
        _ colour: Int, at instant: Instant, _ random: SeededRandom
    ) -> Double {
        let week = Span.days(7)
        let start = instant.floored(to: week)
        func height(_ instant: Instant) -> Double {
            var random = random.forked(.fashion, UInt64(bitPattern: instant.microseconds))
                .forked(.fashion, UInt64(colour))
            return random.between(-0.5, 0.5)
        }
        let before = height(start)
        let share = (instant - start).seconds / week.seconds
        return before + (height(start + week) - before) * Elementary.smoothStep(share)
    }

    /// 1 at the turn of the year, -1 in the middle of it.
    private static func winter(at instant: Instant) -> Double {
        let date = instant.civil.date
        let newYear = CivilDate(year: date.year, month: 1, day: 1).daysSince1970
        let share = Double(date.daysSince1970 - newYear) / 366
        return 2 * Elementary.smoothStep(abs(2 * share - 1)) - 1
    }
}
