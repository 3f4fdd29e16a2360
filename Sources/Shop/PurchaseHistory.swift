import Vocabulary

/// What each shopper bought: the fibre bought last, and how much in the last seven days.
struct PurchaseHistory: Sendable, Equatable {
    static let dayCount = 7

    /// Purchases by shopper and day, `dayCount` for each shopper; a day's place is its number
    /// since 1970, modulo `dayCount`.
    private(set) var counts: [UInt16]
    /// By shopper; `noFibre` for those who never bought.
    private(set) var lastFibres: [UInt8]

    private static let noFibre = UInt8.max

    init(shopperCount: Int) {
        counts = [UInt16](repeating: 0, count: shopperCount * Self.dayCount)
        lastFibres = [UInt8](repeating: Self.noFibre, count: shopperCount)
    }

    /// Nil if a fibre is none that is known.
    init?(counts: [UInt16], lastFibres: [UInt8]) {
        // One behind the fibres is a range's own.
        let fibreMax = Catalogue.fibres.count
        guard lastFibres.allSatisfy({ $0 == Self.noFibre || Int($0) <= fibreMax }) else {
            return nil
        }
        self.counts = counts
        self.lastFibres = lastFibres
    }

    func lastFibre(of shopper: Int) -> Int? {
        lastFibres[shopper] == Self.noFibre ? nil : Int(lastFibres[shopper])
    }

    /// The purchases of the last seven days, today included.
    func recentCount(of shopper: Int) -> Int {
        let start = shopper * Self.dayCount
        return counts[start..<start + Self.dayCount].reduce(0) { $0 + Int($1) }
    }

    mutating func add(shopper: Int, fibre: Int, at instant: Instant) {
        let index = shopper * Self.dayCount + Self.place(ofDay: Self.day(of: instant))
        if counts[index] < .max { counts[index] += 1 }
        lastFibres[shopper] = UInt8(fibre)
    }

    /// Forgets what fell out of the seven days when the days after `start`, up to that of `end`,
    /// began.
    mutating func forget(after start: Instant, through end: Instant) {
        let first = Self.day(of: start) + 1
        let last = Self.day(of: end)
        guard first <= last else { return }
        for day in max(first, last - Self.dayCount + 1)...last {
            for index in stride(from: Self.place(ofDay: day), to: counts.count, by: Self.dayCount) {
                counts[index] = 0
            }
        }
    }

    private static func day(of instant: Instant) -> Int {
        let day = Span.days(1)
        return Int(instant.floored(to: day).microseconds / day.microseconds)
    }

    private static func place(ofDay day: Int) -> Int {
        let place = day % dayCount
        return place < 0 ? place + dayCount : place
    }
}
