import CShims
import Numerics

/// Where a feature's values of the newest 24 hours lie on its scale, beside where values of the
/// same days of the week lay before.
///
/// The population stability index of the two, in tenths of the scale, says how far the feature is
/// from what the learner knows. Values of one hour resemble each other, so that the index is held
/// against what it came to in the weeks before, too.
package struct PlaceMix: Sendable, Equatable {
    package static let binCount = 10
    private static let hourCount = 24
    private static let dayCount = 7
    /// From here on a population is commonly taken for another one (Siddiqi 2006).
    package static let limit = 0.25
    private static let recentMin: Float = 100
    /// Of the values of a day of the week, so much is kept each week.
    private static let weekKept: Float = 0.75
    /// Half of what the index came to is forgotten in two weeks.
    private static let indexShare = 1.0 / (24 * 20)

    /// Of the hour that is open, and of the newest 24, oldest first from `next` on.
    private var hour = [Float](repeating: 0, count: binCount)
    private var ring = [Float](repeating: 0, count: hourCount * binCount)
    private var days = [UInt8](repeating: 0, count: hourCount)
    private var isUsual = [Bool](repeating: false, count: hourCount)
    private var next = 0
    /// By day of the week.
    private var usual = [Float](repeating: 0, count: dayCount * binCount)
    private var lastDay: UInt8 = 255
    /// Mean of the index, of its square, and its largest value, of the weeks before.
    private var mean = 0.0
    private var square = 0.0
    private var most = 0.0
    private var indexHours = 0.0
    /// The newest index; nil while too little is known.
    package private(set) var index: Double?
    /// Whether it is that of another population.
    package private(set) var isOutside = false

    init() {}

    /// `location` lies from 0 to 1.
    @inline(__always)
    mutating func note(_ location: Double) {
        let bin = min(Self.binCount - 1, max(0, Int(location * Double(Self.binCount))))
        hour[bin] += 1
    }

    /// Closes an hour of a day of the week, from 0 to 6. One that is not as usual teaches nothing.
    mutating func closeHour(day: Int, learns: Bool) {
        if isUsual[next] { learn(hourAt: next) }
        for bin in hour.indices {
            ring[next * Self.binCount + bin] = hour[bin]
            hour[bin] = 0
        }
        (days[next], isUsual[next]) = (UInt8(day), learns)
        next = (next + 1) % Self.hourCount
        judge(learns: learns)
    }

    private mutating func learn(hourAt at: Int) {
        let day = Int(days[at])
        if days[at] != lastDay {
            lastDay = days[at]
            for bin in 0..<Self.binCount { usual[day * Self.binCount + bin] *= Self.weekKept }
        }
        for bin in 0..<Self.binCount {
            usual[day * Self.binCount + bin] += ring[at * Self.binCount + bin]
        }
    }

    private mutating func judge(learns: Bool) {
        guard let shares else {
            (index, isOutside) = (nil, false)
            return
        }
        var sum = 0.0
        for (recent, usual) in zip(shares.recent, shares.usual) {
            sum += (recent - usual) * spindle_log(recent / usual)
        }
        // What chance alone comes to: a chi-square of nine degrees of freedom.
        let freedom = Double(Self.binCount - 1)
        let value = max(0, sum - freedom * (1 / shares.recentCount + 1 / shares.usualCount))
        index = value
        let deviation = max(0, square - mean * mean).squareRoot()
        let isKnown = indexHours >= 7 * 24
        isOutside =
            isKnown && value > Self.limit && value > mean + 4 * deviation && value > 1.5 * most
        guard learns || !isKnown else { return }
        indexHours += 1
        let share = max(Self.indexShare, 1 / indexHours)
        mean += share * (value - mean)
        square += share * (value * value - square)
        most = max(most * (1 - Self.indexShare / 2), value)
    }

    /// Shares of both by tenths of the scale, and how many values they rest on; nil while there
    /// are too few.
    package var shares:
        (recent: [Double], usual: [Double], recentCount: Double, usualCount: Double)?
    {
        var recent = [Float](repeating: 0, count: Self.binCount)
        var expected = [Double](repeating: 0, count: Self.binCount)
        var known: Float = 0
        for at in 0..<Self.hourCount {
            let own = ring[(at * Self.binCount)..<((at + 1) * Self.binCount)]
            let count = own.reduce(0, +)
            guard count > 0 else { continue }
            for (bin, value) in own.enumerated() { recent[bin] += value }
            let day = Int(days[at]) * Self.binCount
            let week = usual[day..<(day + Self.binCount)]
            let total = week.reduce(0, +)
            guard total >= Self.recentMin else { return nil }
            known += count * min(1, total / count)
            for (bin, value) in week.enumerated() {
                expected[bin] += Double(count * value / total)
            }
        }
        let count = recent.reduce(0, +)
        guard count >= Self.recentMin, known > 0 else { return nil }
        // Half a value more in each, so that none is empty.
        let rest = Double(count) + Double(Self.binCount) / 2
        return (
            recent.map { (Double($0) + 0.5) / rest }, expected.map { ($0 + 0.5) / rest },
            Double(count), Double(known)
        )
    }

    func encode(into writer: inout ByteWriter) {
        for values in [hour, ring, usual] { writer.write(values) }
        writer.write(days.map { UInt64($0) })
        writer.write(isUsual.map { $0 ? 1 : UInt64(0) })
        writer.write([UInt64(next), UInt64(lastDay)])
        writer.write([mean, square, most, indexHours, index ?? -1])
        writer.write(isOutside)
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        (hour, ring, usual) = try (
            reader.readFloats(), reader.readFloats(), reader.readFloats()
        )
        days = try reader.readWords().map { UInt8(clamping: $0) }
        isUsual = try reader.readWords().map { $0 != 0 }
        let words = try reader.readWords()
        let figures = try reader.readDoubles()
        isOutside = try reader.readBool()
        guard hour.count == Self.binCount, ring.count == Self.hourCount * Self.binCount,
            usual.count == Self.dayCount * Self.binCount, days.count == Self.hourCount,
            isUsual.count == Self.hourCount, words.count == 2, words[0] < Self.hourCount,
            days.allSatisfy({ $0 < Self.dayCount }), figures.count == 5
        else { throw ByteFault(offset: reader.offset, expected: "places of a feature's values") }
        (next, lastDay) = (Int(words[0]), UInt8(clamping: words[1]))
        (mean, square, most, indexHours) = (figures[0], figures[1], figures[2], figures[3])
        index = figures[4] < 0 ? nil : figures[4]
    }
}
