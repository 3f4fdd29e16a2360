import Numerics

/// The means of a series by day of UTC, for a little more than a year: what the same days of the
/// year before came to.
struct DayMeans: Sendable, Equatable {
    /// Days.
    enum Limits {
        static let count = 400
        /// A season comes on a date or on a weekday: as many days before as lie about a year.
        static let yearsAgo: ClosedRange<Int64> = 361...369
        /// Weeks that a day is held against, as the baselines do.
        static let weekCount: Int64 = 4
    }

    /// Days since 1970 of the newest day, which is open.
    private var day: Int64?
    private var sum = 0.0
    private var count = 0.0
    /// Of the days before, the newest last; not a number where nothing is known.
    private var means: [Float] = []

    init() {}

    /// An hour's mean. One of no count opens its day only.
    mutating func note(_ mean: Double, count: Double, day: Int64) {
        if let open = self.day, day > open {
            push(self.count > 0 ? Float(sum / self.count) : .nan)
            for _ in 0..<min(Int(day - open) - 1, Limits.count) { push(.nan) }
            (sum, self.count) = (0, 0)
        }
        self.day = max(day, self.day ?? day)
        guard count > 0 else { return }
        sum += mean * count
        self.count += count
    }

    private mutating func push(_ mean: Float) {
        means.append(mean)
        if means.count > Limits.count { means.removeFirst(means.count - Limits.count) }
    }

    /// What of the newest hours will never be learned is no measure of the next year either.
    mutating func forget(newest hours: Range<Int>) {
        guard !hours.isEmpty else { return }
        (sum, count) = hours.lowerBound < 24 ? (0, 0) : (sum, count)
        for index in means.indices.suffix(hours.upperBound / 24 + 1) { means[index] = .nan }
    }

    private func mean(_ day: Int64) -> Double? {
        guard let open = self.day, day < open else { return nil }
        let index = means.count - Int(open - day)
        guard means.indices.contains(index), means[index].isFinite else { return nil }
        return Double(means[index])
    }

    /// How far the mean of so many days, the last of them `day`, lay from the same weekdays of
    /// the weeks before; nil where too little is known.
    private func change(to day: Int64, days: Int64) -> Double? {
        var (total, known) = (0.0, 0.0)
        for one in (day - days + 1)...day {
            let before = (1...Limits.weekCount).compactMap { mean(one - 7 * $0) }
            guard let own = mean(one), before.count >= 2 else { continue }
            total += own - before.reduce(0, +) / Double(before.count)
            known += 1
        }
        return known > 0 ? total / known : nil
    }

    /// Of the changes about a year before `day`, the one nearest to `effect`; nil where nothing
    /// is known of that time.
    func yearBefore(_ day: Int64, hours: Int, effect: Double) -> Double? {
        let days = Int64(max(1, (hours + 23) / 24))
        return Limits.yearsAgo.compactMap { change(to: day - $0, days: days) }
            .min { abs($0 - effect) < abs($1 - effect) }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(day ?? .min)
        writer.write([sum, count])
        writer.write(means)
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        let day = try reader.read(Int64.self)
        self.day = day == .min ? nil : day
        let open = try reader.readDoubles()
        means = try reader.readFloats()
        guard open.count == 2, means.count <= Limits.count else {
            throw ByteFault(offset: reader.offset, expected: "means of days")
        }
        (sum, count) = (open[0], open[1])
    }
}
