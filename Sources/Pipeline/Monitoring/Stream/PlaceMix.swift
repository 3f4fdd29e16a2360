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

    /// Of the hour that is open; of the newest 24, the oldest at `next`, by bin and together; and
    /// what those add up to, which is exact, because they are whole numbers.
    private var hour = InlineArray<10, Float>(repeating: 0)
    private var ring = InlineArray<240, Float>(repeating: 0)
    private var counts = InlineArray<24, Float>(repeating: 0)
    private var recent = InlineArray<10, Float>(repeating: 0)
    /// Days of the week of the newest hours, and whether those were as usual.
    private var days = InlineArray<24, UInt8>(repeating: 0)
    private var isUsual = InlineArray<24, Bool>(repeating: false)
    private var next = 0
    /// By day of the week, and by bin.
    private var usual = InlineArray<70, Float>(repeating: 0)
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
        for bin in 0..<Self.binCount {
            put(hour[bin], bin, at: next)
            hour[bin] = 0
        }
        (days[next], isUsual[next]) = (UInt8(day), learns)
        next = next + 1 == Self.hourCount ? 0 : next + 1
        judge(learns: learns)
    }

    /// Values of an hour take the place of others.
    private mutating func put(_ values: Float, _ bin: Int, at place: Int) {
        let change = values - ring[place * Self.binCount + bin]
        recent[bin] += change
        counts[place] += change
        ring[place * Self.binCount + bin] = values
    }

    private mutating func learn(hourAt at: Int) {
        let first = Int(days[at]) * Self.binCount
        if days[at] != lastDay {
            lastDay = days[at]
            for bin in 0..<Self.binCount { usual[first + bin] *= Self.weekKept }
        }
        for bin in 0..<Self.binCount { usual[first + bin] += ring[at * Self.binCount + bin] }
    }

    private mutating func judge(learns: Bool) {
        guard let shares = mixes() else {
            (index, isOutside) = (nil, false)
            return
        }
        var sum = 0.0
        for bin in 0..<Self.binCount {
            let (recent, usual) = (shares.recent[bin], shares.usual[bin])
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

    /// Shares of both by tenths of the scale, and how many values they rest on.
    private struct Mixes {
        var recent = InlineArray<10, Double>(repeating: 0)
        var usual = InlineArray<10, Double>(repeating: 0)
        var recentCount = 0.0
        var usualCount = 0.0
    }

    /// Nil while there are too few values. Changes nothing: where something might be changed,
    /// inline arrays are looked at where they lie, and elsewhere copied whole for each look.
    private mutating func mixes() -> Mixes? {
        var dayCounts = InlineArray<7, Float>(repeating: 0)
        var count: Float = 0
        for at in 0..<Self.hourCount {
            dayCounts[Int(days[at])] += counts[at]
            count += counts[at]
        }
        guard count >= Self.recentMin else { return nil }
        var mixes = Mixes()
        var totals = InlineArray<7, Float>(repeating: 0)
        for day in 0..<Self.dayCount where dayCounts[day] > 0 {
            let first = day * Self.binCount
            var total: Float = 0
            for bin in 0..<Self.binCount { total += usual[first + bin] }
            guard total >= Self.recentMin else { return nil }
            totals[day] = total
            let weight = Double(dayCounts[day]) / Double(total)
            for bin in 0..<Self.binCount { mixes.usual[bin] += Double(usual[first + bin]) * weight }
        }
        for at in 0..<Self.hourCount {
            mixes.usualCount += Double(min(counts[at], totals[Int(days[at])]))
        }
        mixes.recentCount = Double(count)
        // Half a value more in each, so that none is empty.
        let rest = 1 / (Double(count) + Double(Self.binCount) / 2)
        for bin in 0..<Self.binCount {
            mixes.recent[bin] = (Double(recent[bin]) + 0.5) * rest
            mixes.usual[bin] = (mixes.usual[bin] + 0.5) * rest
        }
        return mixes
    }

    /// The same for those who look; nil while there are too few values.
    package var shares: (recent: [Double], usual: [Double])? {
        var copy = self
        return copy.mixes().map { mixes in
            (
                (0..<Self.binCount).map { mixes.recent[$0] },
                (0..<Self.binCount).map { mixes.usual[$0] }
            )
        }
    }

    package static func == (left: PlaceMix, right: PlaceMix) -> Bool {
        left.next == right.next && left.lastDay == right.lastDay && left.mean == right.mean
            && left.square == right.square && left.most == right.most
            && left.indexHours == right.indexHours && left.index == right.index
            && left.isOutside == right.isOutside
            && left.hour.indices.allSatisfy { left.hour[$0] == right.hour[$0] }
            && left.ring.indices.allSatisfy { left.ring[$0] == right.ring[$0] }
            && left.days.indices.allSatisfy { left.days[$0] == right.days[$0] }
            && left.isUsual.indices.allSatisfy { left.isUsual[$0] == right.isUsual[$0] }
            && left.usual.indices.allSatisfy { left.usual[$0] == right.usual[$0] }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(hour.indices.map { hour[$0] })
        writer.write(ring.indices.map { ring[$0] })
        writer.write(usual.indices.map { usual[$0] })
        writer.write(days.indices.map { UInt64(days[$0]) })
        writer.write(isUsual.indices.map { isUsual[$0] ? 1 : UInt64(0) })
        writer.write([UInt64(next), UInt64(lastDay)])
        writer.write([mean, square, most, indexHours, index ?? -1])
        writer.write(isOutside)
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        let (open, newest, week) = try (
            reader.readFloats(), reader.readFloats(), reader.readFloats()
        )
        let days = try reader.readWords().map { UInt8(clamping: $0) }
        let isUsual = try reader.readWords().map { $0 != 0 }
        let words = try reader.readWords()
        let figures = try reader.readDoubles()
        isOutside = try reader.readBool()
        guard open.count == Self.binCount, newest.count == Self.hourCount * Self.binCount,
            week.count == Self.dayCount * Self.binCount, days.count == Self.hourCount,
            isUsual.count == Self.hourCount, words.count == 2, words[0] < Self.hourCount,
            days.allSatisfy({ $0 < Self.dayCount }), figures.count == 5
        else { throw ByteFault(offset: reader.offset, expected: "places of a feature's values") }
        for bin in 0..<Self.binCount { hour[bin] = open[bin] }
        for place in week.indices { usual[place] = week[place] }
        for at in 0..<Self.hourCount {
            for bin in 0..<Self.binCount { put(newest[at * Self.binCount + bin], bin, at: at) }
            (self.days[at], self.isUsual[at]) = (days[at], isUsual[at])
        }
        (next, lastDay) = (Int(words[0]), UInt8(clamping: words[1]))
        (mean, square, most, indexHours) = (figures[0], figures[1], figures[2], figures[3])
        index = figures[4] < 0 ? nil : figures[4]
    }
}
