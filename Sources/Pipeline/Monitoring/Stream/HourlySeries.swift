import Numerics

/// What one hour's values of a series add up to.
package struct HourSum: Sendable, Equatable {
    package var count = 0.0
    package var sum = 0.0
    package var squares = 0.0

    package init() {}

    @inline(__always)
    package mutating func add(_ value: Double) {
        count += 1
        sum += value
        squares += value * value
    }

    package mutating func add(_ other: HourSum) {
        count += other.count
        sum += other.sum
        squares += other.squares
    }

    package var mean: Double { count > 0 ? sum / count : 0 }
    /// Within the hour, of one value.
    package var variance: Double {
        count > 1 ? max(0, squares / count - mean * mean) * count / (count - 1) : 0
    }
}

/// What is expected of a series in each hour of the week, from the weeks before.
///
/// Means with a weight of at least a quarter for the newest week, so that four weeks decide.
package struct WeekBaseline: Sendable, Equatable {
    package static let slotCount = 168
    private static let newestShareMin = 0.25

    /// By local hour of the week.
    private var means = [Float](repeating: 0, count: slotCount)
    /// Values that a mean is worth.
    private var counts = [Float](repeating: 0, count: slotCount)
    private var weeks = [Float](repeating: 0, count: slotCount)
    /// Of one value within its hour, over all hours.
    package private(set) var variance = 0.0
    private var hours = 0.0

    package init() {}

    /// What an hour is expected to come to.
    package struct Expectation {
        package var mean: Double
        /// Values that it is worth.
        package var count: Double
        package var weeks: Double
    }

    /// Nil for an hour of the week that was never met.
    package func expectation(_ slot: Int) -> Expectation? {
        guard weeks[slot] > 0 else { return nil }
        return Expectation(
            mean: Double(means[slot]), count: Double(counts[slot]), weeks: Double(weeks[slot]))
    }

    package mutating func learn(_ slot: Int, mean: Double, count: Double, variance: Double) {
        guard count > 0, mean.isFinite else { return }
        let share = max(1 / (Double(weeks[slot]) + 1), Self.newestShareMin)
        let old = Double(counts[slot])
        means[slot] += Float(share * (mean - Double(means[slot])))
        let noise = old > 0 ? (1 - share) * (1 - share) / old : 0
        counts[slot] = Float(1 / (noise + share * share / count))
        weeks[slot] = min(weeks[slot] + 1, 255)
        hours += 1
        self.variance += (variance - self.variance) * max(1 / hours, 0.01)
    }

    /// Share of the hours of a week that at least so many weeks are known of.
    package func coverage(weeks least: Float) -> Double {
        Double(weeks.count { $0 >= least }) / Double(Self.slotCount)
    }

    package func encode(into writer: inout ByteWriter) {
        for values in [means, counts, weeks] { writer.write(values) }
        writer.write([variance, hours])
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        (means, counts, weeks) = try (
            reader.readFloats(), reader.readFloats(), reader.readFloats()
        )
        let rest = try reader.readDoubles()
        guard [means, counts, weeks].allSatisfy({ $0.count == Self.slotCount }), rest.count == 2
        else { throw ByteFault(offset: reader.offset, expected: "a baseline of a week") }
        (variance, hours) = (rest[0], rest[1])
    }
}

/// How far a series lies from what was expected, hour by hour, and whether that is more than it
/// used to be.
///
/// An hour gives a weighted deviation and its variance. Sums over the newest hours, divided by
/// the root of their variance, are held against how large they were before: a stream whose hours
/// scatter more than chance raises its own threshold.
package struct DeviationWindow: Sendable, Equatable {
    /// Hours that are summed.
    package static let spans = [2, 6, 24, 72]
    package static let hourCount = 72
    /// What was met before the newest blocks of so many hours is no news, unless it is so many
    /// times as far out; a peak halves in two months.
    private static let blockSize: UInt32 = 48
    private static let peakFactor = 1.5
    private static let peakKept = 0.977
    private static let tailFactor = 8.0
    /// A peak beyond chance; and peaks that scatter by more than this share of their mean come and
    /// go.
    private static let loudPeak = 3.0
    private static let scatterMin = 0.5
    /// Blocks that the scatter of their peaks rests on: four weeks.
    private static let blockMemory = 14.0
    /// A peak counts no more than this, so that what comes after a fault is seen too.
    private static let peakMax = 25.0
    /// A prior of so many days without anything but chance.
    private static let priorDays = 3.0
    /// So many days are remembered.
    private static let memory = 28.0

    /// One hour; without weight where nothing came or was expected.
    private struct Hour: Equatable {
        var deviation: Float = 0
        var variance: Float = 0
        var weight: Float = 0
    }

    /// Over the newest hours of one span.
    private struct Running: Equatable {
        var deviation = 0.0
        var variance = 0.0
        var weight = 0.0
        var hours = 0
        /// The mean square of its scores, in units of chance.
        var scale = 1.0
        /// The largest scores, in units of their scale, of this block of hours and before.
        var newest = 0.0
        var peak = 0.0
        /// Mean of the largest scores of blocks, and of their squares; and those of the two newest
        /// blocks, which may be a change that goes on.
        var peakMean = 0.0
        var peakSquare = 0.0
        var peakBefore = 0.0
        var peakSecond = 0.0

        /// All that lasts.
        var figures: [Double] {
            [scale, newest, peak, peakMean, peakSquare, peakBefore, peakSecond]
        }
        static let figureCount = 7

        mutating func take(_ figures: some RandomAccessCollection<Double>) {
            let own = Array(figures)
            (scale, newest, peak, peakMean, peakSquare) = (own[0], own[1], own[2], own[3], own[4])
            (peakBefore, peakSecond) = (own[5], own[6])
        }

        /// Closes a block; the one before the two newest counts with a share.
        mutating func closeBlock(share: Double) {
            peak = max(peak * DeviationWindow.peakKept, newest)
            peakMean += share * (peakSecond - peakMean)
            peakSquare += share * (peakSecond * peakSecond - peakSquare)
            (peakSecond, peakBefore, newest) = (peakBefore, newest, 0)
        }

        mutating func add(_ hour: Hour, _ sign: Double) {
            guard hour.weight > 0 else { return }
            deviation += sign * Double(hour.deviation)
            variance += sign * Double(hour.variance)
            weight += sign * Double(hour.weight)
            hours += sign > 0 ? 1 : -1
        }

        /// In units of its scale; 0 where most of the hours are missing.
        func score(of span: Int) -> Double {
            guard 2 * hours > span, variance > 0, weight > 0 else { return 0 }
            return deviation / (variance * max(1, scale)).squareRoot()
        }
    }

    private var hours = [Hour](repeating: Hour(), count: hourCount)
    private var running = [Running](repeating: Running(), count: spans.count)
    /// Days that the scales rest on. Hours of one day resemble each other, so that a day counts
    /// once, however short the window.
    private var days = 0.0
    private var blockHours: UInt32 = 0
    private var blocks = 0.0
    private var next = 0
    /// The largest score of any span now, in units of its scale.
    package private(set) var loudest = 0.0

    package init() {}

    package mutating func push(deviation: Double, variance: Double, weight: Double) {
        let hour = Hour(
            deviation: Float(deviation), variance: Float(variance), weight: Float(weight))
        let oldest = hours[next]
        hours[next] = hour
        next = (next + 1) % Self.hourCount
        // Sums that were added to and taken from for long are no longer exact.
        guard next != 0 else { return sumAnew() }
        for which in 0..<Self.spans.count {
            running[which].add(hour, 1)
            let span = Self.spans[which]
            running[which].add(span < Self.hourCount ? hours[index(span)] : oldest, -1)
        }
    }

    private mutating func sumAnew() {
        for which in 0..<Self.spans.count { sum(anew: which) }
    }

    private mutating func sum(anew which: Int) {
        var sum = Running()
        for back in 0..<Self.spans[which] { sum.add(hours[index(back)], 1) }
        running[which].deviation = sum.deviation
        running[which].variance = sum.variance
        running[which].weight = sum.weight
        running[which].hours = sum.hours
    }

    /// The hour `back` hours ago, from 0 for the newest.
    private func index(_ back: Int) -> Int {
        (next + 2 * Self.hourCount - 1 - back) % Self.hourCount
    }

    /// Sums over the newest hours.
    package struct Sum {
        /// Deviations, in units of how large they usually are.
        package var score: Double
        /// Mean deviation of a value.
        package var effect: Double
        /// What is known of how large they usually are, in degrees of freedom.
        package var freedom: Double
        package var span: Int
    }

    /// Nil where most of the hours are missing.
    package func sum(_ which: Int) -> Sum? {
        let (one, span) = (running[which], Self.spans[which])
        guard 2 * one.hours > span, one.variance > 0, one.weight > 0 else { return nil }
        return Sum(
            score: one.score(of: span), effect: one.deviation / one.weight,
            freedom: Self.priorDays + days / max(1, Double(span) / 24), span: span)
    }

    /// What a score must be beyond to be news.
    ///
    /// Half again the largest; and, where the largest of each block scatter, what a Gumbel
    /// distribution with their mean and scatter rarely comes to: it rains seldom, and then a lot.
    package func peak(_ which: Int) -> Double {
        let one = running[which]
        let deviation = max(0, one.peakSquare - one.peakMean * one.peakMean).squareRoot()
        guard one.peak > Self.loudPeak, deviation > Self.scatterMin * one.peakMean else {
            return Self.peakFactor * one.peak
        }
        // Mean and standard deviation of a Gumbel are μ + γβ and πβ/√6.
        let scale = deviation * 6.0.squareRoot() / .pi
        let tail = one.peakMean - 0.5772 * scale + Self.tailFactor * scale
        return max(Self.peakFactor * one.peak, tail)
    }

    /// Looks how large scores are now, and learns how large they usually are.
    package mutating func closeHour(learns: Bool) {
        let part = 1.0 / 24
        loudest = 0
        for which in 0..<Self.spans.count {
            let score = running[which].score(of: Self.spans[which])
            guard score != 0 else { continue }
            loudest = max(loudest, abs(score))
            guard learns else { continue }
            running[which].newest = max(running[which].newest, min(abs(score), Self.peakMax))
            // One that is far out counts as one that is just unusual.
            let square = min(score * score, 9) * max(1, running[which].scale)
            running[which].scale +=
                (square - running[which].scale) * part / (Self.priorDays + days)
        }
        guard learns else { return }
        days = min(days + part, Self.memory)
        blockHours += 1
        guard blockHours >= Self.blockSize else { return }
        blockHours = 0
        blocks += 1
        let share = 1 / min(max(blocks - 2, 1), Self.blockMemory)
        for which in 0..<Self.spans.count { running[which].closeBlock(share: share) }
    }

    /// How many hours ago the change began: the start after which the deviations so far are
    /// least like chance.
    package func onset() -> Int {
        var (deviation, variance) = (0.0, 0.0)
        var best = (score: 0.0, hours: 1)
        for back in 0..<Self.hourCount {
            let at = index(back)
            guard hours[at].weight > 0 else { continue }
            deviation += Double(hours[at].deviation)
            variance += Double(hours[at].variance)
            guard variance > 0 else { continue }
            let score = deviation * deviation / variance
            if score > best.score { best = (score, back + 1) }
        }
        return best.hours
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(hours.flatMap { [$0.deviation, $0.variance, $0.weight] })
        writer.write(running.flatMap(\.figures))
        writer.write([days, loudest, blocks])
        writer.write(blockHours)
        writer.write(UInt32(next))
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        let figures = try reader.readFloats()
        let scales = try reader.readDoubles()
        let pair = try reader.readDoubles()
        blockHours = try reader.read()
        next = Int(try reader.read(UInt32.self))
        guard figures.count == 3 * Self.hourCount,
            scales.count == Running.figureCount * Self.spans.count,
            pair.count == 3, next < Self.hourCount
        else { throw ByteFault(offset: reader.offset, expected: "deviations of 72 hours") }
        (days, loudest, blocks) = (pair[0], pair[1], pair[2])
        for index in hours.indices {
            hours[index] = Hour(
                deviation: figures[3 * index], variance: figures[3 * index + 1],
                weight: figures[3 * index + 2])
        }
        for which in running.indices {
            let first = which * Running.figureCount
            running[which].take(scales[first..<(first + Running.figureCount)])
        }
        sumAnew()
    }
}
