import CShims
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

    /// What is known of one hour of the week.
    private struct Slot: Equatable {
        var mean: Float = 0
        /// Values that the mean is worth.
        var count: Float = 0
        var weeks: Float = 0
    }

    /// By local hour of the week.
    private var slots = InlineArray<168, Slot>(repeating: Slot())
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
        let known = slots[slot]
        guard known.weeks > 0 else { return nil }
        return Expectation(
            mean: Double(known.mean), count: Double(known.count), weeks: Double(known.weeks))
    }

    package mutating func learn(_ slot: Int, mean: Double, count: Double, variance: Double) {
        guard count > 0, mean.isFinite else { return }
        var known = slots[slot]
        let share = max(1 / (Double(known.weeks) + 1), Self.newestShareMin)
        let old = Double(known.count)
        known.mean += Float(share * (mean - Double(known.mean)))
        let noise = old > 0 ? (1 - share) * (1 - share) / old : 0
        known.count = Float(1 / (noise + share * share / count))
        known.weeks = min(known.weeks + 1, 255)
        slots[slot] = known
        hours += 1
        self.variance += (variance - self.variance) * max(1 / hours, 0.01)
    }

    /// Share of the hours of a week that at least so many weeks are known of.
    package func coverage(weeks least: Float) -> Double {
        Double(slots.indices.count { slots[$0].weeks >= least }) / Double(Self.slotCount)
    }

    package static func == (left: WeekBaseline, right: WeekBaseline) -> Bool {
        left.variance == right.variance && left.hours == right.hours
            && left.slots.indices.allSatisfy { left.slots[$0] == right.slots[$0] }
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(slots.indices.map { slots[$0].mean })
        writer.write(slots.indices.map { slots[$0].count })
        writer.write(slots.indices.map { slots[$0].weeks })
        writer.write([variance, hours])
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        let (means, counts, weeks) = try (
            reader.readFloats(), reader.readFloats(), reader.readFloats()
        )
        let rest = try reader.readDoubles()
        guard [means, counts, weeks].allSatisfy({ $0.count == Self.slotCount }), rest.count == 2
        else { throw ByteFault(offset: reader.offset, expected: "a baseline of a week") }
        for slot in slots.indices {
            slots[slot] = Slot(mean: means[slot], count: counts[slot], weeks: weeks[slot])
        }
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

    /// Over the newest hours of each span: all four side by side, as they are computed.
    private struct Running: Equatable {
        var deviation = SIMD4<Double>()
        var variance = SIMD4<Double>()
        var weight = SIMD4<Double>()
        var hours = SIMD4<Double>()
        /// The mean square of its scores, in units of chance.
        var scale = SIMD4<Double>(repeating: 1)
        /// The largest scores, in units of their scale, of this block of hours.
        var newest = SIMD4<Double>()

        mutating func add(_ hour: Hour) {
            deviation += SIMD4(repeating: Double(hour.deviation))
            variance += SIMD4(repeating: Double(hour.variance))
            weight += SIMD4(repeating: Double(hour.weight))
            hours += SIMD4(repeating: hour.weight > 0 ? 1 : 0)
        }

        /// Of each span the hour that is no longer in it.
        mutating func remove(_ first: Hour, _ second: Hour, _ third: Hour, _ last: Hour) {
            deviation -= SIMD4(
                Double(first.deviation), Double(second.deviation), Double(third.deviation),
                Double(last.deviation))
            variance -= SIMD4(
                Double(first.variance), Double(second.variance), Double(third.variance),
                Double(last.variance))
            weight -= SIMD4(
                Double(first.weight), Double(second.weight), Double(third.weight),
                Double(last.weight))
            hours -= SIMD4(
                first.weight > 0 ? 1 : 0, second.weight > 0 ? 1 : 0, third.weight > 0 ? 1 : 0,
                last.weight > 0 ? 1 : 0)
        }

        /// In units of its scale; 0 where most of the hours are missing.
        func score(_ which: Int) -> Double {
            guard 2 * hours[which] > Double(DeviationWindow.spans[which]), variance[which] > 0,
                weight[which] > 0
            else { return 0 }
            return deviation[which] / (variance[which] * max(1, scale[which])).squareRoot()
        }
    }

    /// The largest scores of the blocks of hours before, by span.
    private struct Peaks: Equatable {
        var peak = SIMD4<Double>()
        /// Mean of the largest scores of blocks, and of their squares; and those of the two newest
        /// blocks, which may be a change that goes on.
        var mean = SIMD4<Double>()
        var square = SIMD4<Double>()
        var before = SIMD4<Double>()
        var second = SIMD4<Double>()

        /// Takes in the largest scores of a block; the one before the two newest counts with a
        /// share.
        mutating func close(_ newest: SIMD4<Double>, share: Double) {
            let faded = peak * DeviationWindow.peakKept
            peak = faded.replacing(with: newest, where: newest .> faded)
            mean += share * (second - mean)
            square += share * (second * second - square)
            (second, before) = (before, newest)
        }
    }

    private var hours = InlineArray<72, Hour>(repeating: Hour())
    private var running = Running()
    private var peaks = Peaks()
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
        next = next + 1 == Self.hourCount ? 0 : next + 1
        // Sums that were added to and taken from for long are no longer exact.
        guard next != 0 else { return sumAnew() }
        running.add(hour)
        running.remove(hours[index(2)], hours[index(6)], hours[index(24)], oldest)
    }

    private mutating func sumAnew() {
        for which in Self.spans.indices {
            var (deviation, variance, weight, count) = (0.0, 0.0, 0.0, 0.0)
            for back in 0..<Self.spans[which] {
                let hour = hours[index(back)]
                deviation += Double(hour.deviation)
                variance += Double(hour.variance)
                weight += Double(hour.weight)
                count += hour.weight > 0 ? 1 : 0
            }
            (running.deviation[which], running.variance[which]) = (deviation, variance)
            (running.weight[which], running.hours[which]) = (weight, count)
        }
    }

    /// The hour `back` hours ago, from 0 for the newest.
    private func index(_ back: Int) -> Int {
        let at = next - 1 - back
        return at < 0 ? at + Self.hourCount : at
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
        let span = Self.spans[which]
        guard 2 * running.hours[which] > Double(span), running.variance[which] > 0,
            running.weight[which] > 0
        else { return nil }
        return Sum(
            score: running.score(which),
            effect: running.deviation[which] / running.weight[which],
            freedom: Self.priorDays + days / max(1, Double(span) / 24), span: span)
    }

    /// What a score must be beyond to be news.
    ///
    /// Half again the largest; and, where the largest of each block scatter, what a Gumbel
    /// distribution with their mean and scatter rarely comes to: it rains seldom, and then a lot.
    package func peak(_ which: Int) -> Double {
        let (peak, mean) = (peaks.peak[which], peaks.mean[which])
        let deviation = max(0, peaks.square[which] - mean * mean).squareRoot()
        guard peak > Self.loudPeak, deviation > Self.scatterMin * mean else {
            return Self.peakFactor * peak
        }
        // Mean and standard deviation of a Gumbel are μ + γβ and πβ/√6.
        let scale = deviation * 6.0.squareRoot() / .pi
        let tail = mean - 0.5772 * scale + Self.tailFactor * scale
        return max(Self.peakFactor * peak, tail)
    }

    /// Looks how large scores are now, and learns how large they usually are.
    package mutating func closeHour(learns: Bool) {
        let part = 1.0 / 24
        loudest = withUnsafeMutableBytes(of: &running) { running in
            spindle_window_close(
                running.baseAddress?.assumingMemoryBound(to: Double.self), Self.peakMax, part,
                Self.priorDays + days, learns ? 1 : 0)
        }
        guard learns else { return }
        days = min(days + part, Self.memory)
        blockHours += 1
        guard blockHours >= Self.blockSize else { return }
        blockHours = 0
        blocks += 1
        let share = 1 / min(max(blocks - 2, 1), Self.blockMemory)
        peaks.close(running.newest, share: share)
        running.newest = SIMD4()
    }

    /// How many hours ago the change began: the start after which the deviations so far are
    /// least like chance.
    package func onset() -> Int {
        // Looked at where they lie: an element of the array itself would copy all of it.
        let hours = hours.span
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

    package static func == (left: DeviationWindow, right: DeviationWindow) -> Bool {
        left.running == right.running && left.peaks == right.peaks && left.days == right.days
            && left.blockHours == right.blockHours && left.blocks == right.blocks
            && left.next == right.next && left.loudest == right.loudest
            && left.hours.indices.allSatisfy { left.hours[$0] == right.hours[$0] }
    }

    package func encode(into writer: inout ByteWriter) {
        let hours = hours
        let deviations = hours.indices.flatMap { (index: Int) -> [Float] in
            let hour = hours[index]
            return [hour.deviation, hour.variance, hour.weight]
        }
        writer.write(deviations)
        let scales = Self.spans.indices.flatMap { (which: Int) -> [Double] in
            [
                running.scale[which], running.newest[which], peaks.peak[which], peaks.mean[which],
                peaks.square[which], peaks.before[which], peaks.second[which],
            ]
        }
        writer.write(scales)
        writer.write([days, loudest, blocks])
        writer.write(blockHours)
        writer.write(UInt32(next))
    }

    /// Of each span, all that lasts.
    private static let figureCount = 7

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        let figures = try reader.readFloats()
        let scales = try reader.readDoubles()
        let pair = try reader.readDoubles()
        blockHours = try reader.read()
        next = Int(try reader.read(UInt32.self))
        guard figures.count == 3 * Self.hourCount,
            scales.count == Self.figureCount * Self.spans.count,
            pair.count == 3, next < Self.hourCount
        else { throw ByteFault(offset: reader.offset, expected: "deviations of 72 hours") }
        (days, loudest, blocks) = (pair[0], pair[1], pair[2])
        for index in hours.indices {
            hours[index] = Hour(
                deviation: figures[3 * index], variance: figures[3 * index + 1],
                weight: figures[3 * index + 2])
        }
        for which in Self.spans.indices {
            let own = scales[(which * Self.figureCount)...]
            let first = own.startIndex
            (running.scale[which], running.newest[which]) = (own[first], own[first + 1])
            (peaks.peak[which], peaks.mean[which]) = (own[first + 2], own[first + 3])
            (peaks.square[which], peaks.before[which]) = (own[first + 4], own[first + 5])
            peaks.second[which] = own[first + 6]
        }
        sumAnew()
    }
}
