import Numerics
import Vocabulary

/// How much of each yarn there is, and how much the shop's pages think there is.
struct Warehouse: Sendable, Equatable {
    /// What can be bought.
    private(set) var stock: [Int]
    /// What the pages show: the stock when they were last refreshed.
    private(set) var listed: [Int]

    static let refreshInterval = Span.minutes(15)

    init(schedule: DeliverySchedule) {
        stock = schedule.capacity
        listed = stock
    }

    init(stock: [Int], listed: [Int]) {
        self.stock = stock
        self.listed = listed
    }

    /// Takes one away; false if it is sold out.
    mutating func sell(_ product: Int) -> Bool {
        guard stock[product] > 0 else { return false }
        stock[product] -= 1
        return true
    }

    /// Takes in what is delivered after `start`, up to and including `end`.
    mutating func receive(
        from schedule: DeliverySchedule, after start: Instant, through end: Instant,
        except lacking: [Bool] = []
    ) {
        for product in stock.indices
        where schedule.delivers(product, after: start, through: end) {
            if !lacking.isEmpty, lacking[product] { continue }
            stock[product] = max(stock[product], schedule.capacity[product])
        }
    }

    mutating func refreshListing() {
        listed = stock
    }
}

/// When each yarn is delivered, and up to what stock; fixed for the shop's life.
struct DeliverySchedule: Sendable {
    let capacity: [Int]
    private let interval: [Span]
    private let phase: [Span]

    /// Deliveries come every two to six days, in the morning, unless the settings say each hour.
    /// They are planned for what would sell if all yarns sold alike, so that what is liked sells
    /// out and what is not piles up.
    init(settings: ShopSettings, random: SeededRandom) {
        let parts = random.forked(.catalogue, 1)
        let salesPerDay =
            Double(settings.visitsPerDay * settings.shownCount) * 0.06
            / Double(settings.ordinaryCount)
        var capacity: [Int] = []
        var interval: [Span] = []
        var phase: [Span] = []
        for product in 0..<settings.productCount {
            var random = parts.forked(.catalogue, UInt64(product))
            let days = 2 + random.below(5)
            let plenty = random.between(0.9, 2.8)
            capacity.append(max(3, Int((salesPerDay * Double(days) * plenty).rounded())))
            interval.append(.days(days))
            phase.append(.days(random.below(days)) + .minutes(5 * 60 + random.below(240)))
        }
        // A range is spun to order, by the hour: that it sells well empties no shelf.
        let firstByTheHour = settings.hasHourlyDeliveries ? 0 : settings.ordinaryCount
        for product in firstByTheHour..<settings.productCount {
            capacity[product] = max(3, Int((salesPerDay * 12).rounded()))
            interval[product] = .hours(1)
            phase[product] = .zero
        }
        self.capacity = capacity
        self.interval = interval
        self.phase = phase
    }

    /// Whether a delivery comes after `start`, up to and including `end`.
    func delivers(_ product: Int, after start: Instant, through end: Instant) -> Bool {
        let shift = phase[product]
        let last = (end - shift).floored(to: interval[product]) + shift
        return last > start
    }
}
