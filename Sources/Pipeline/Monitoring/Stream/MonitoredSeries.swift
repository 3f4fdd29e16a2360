import CShims
import Numerics

/// What is measured of a stream each hour.
package enum SeriesKind: UInt8, Sendable, CaseIterable {
    /// Examples, as the logarithm of their count.
    case volume
    /// Share of examples whose id had been seen.
    case duplicates
    /// Labels, as the logarithm of their count.
    case labels
    /// Logarithm of a label's delay in seconds, with a minute added.
    case labelDelay
    case labelRate
    case prediction
    /// Share of examples without the feature.
    case missing
    /// Place of a value on its feature's scale.
    case location
    /// Distance from the middle of a number, a keyed chance of a category.
    case second
    /// Share of values of categories that are less than a day old.
    case newCategory
    /// Examples of each source, as the logarithm of their count.
    case sourceVolume
    /// As `missing` and `location`, of each source.
    case sourceMissing, sourceLocation

    var isCount: Bool { self == .volume || self == .labels || self == .sourceVolume }
    /// Told apart by source. All sources together are what the segments tell of.
    var isBySource: Bool {
        switch self {
        case .sourceVolume, .sourceMissing, .sourceLocation: true
        default: false
        }
    }

    /// Whether one segment's part of it may signal by itself. Second figures are told apart by
    /// segment for the hours of its zone only.
    var testsParts: Bool { self != .second }

    /// What an hour comes to, and how much that rests on.
    func mean(of sum: HourSum) -> Double {
        isCount ? spindle_log(sum.count + 0.5) : sum.mean
    }

    func weight(of sum: HourSum) -> Double { isCount ? sum.count + 1 : sum.count }

    /// Which sides are worth an alarm.
    var sides: (low: Bool, high: Bool) {
        switch self {
        case .volume, .sourceVolume, .location, .sourceLocation, .second, .labelRate, .prediction:
            (true, true)
        case .labels: (true, false)
        case .duplicates, .labelDelay, .missing, .sourceMissing, .newCategory: (false, true)
        }
    }

    /// A change smaller than this is none, however sure. `usual` is the series' own mean.
    func effectMin(usual: Double) -> Double {
        switch self {
        case .volume, .sourceVolume: 0.35
        case .labels: 0.7
        case .labelDelay: 0.5
        case .duplicates, .newCategory: 0.01
        case .missing, .sourceMissing: 0.03
        case .location, .sourceLocation, .second: 0.06
        case .labelRate, .prediction: max(0.01, 0.35 * usual)
        }
    }

    /// The least variance of one value: shares that were always 0 say little of their chance.
    var varianceMin: Double {
        switch self {
        case .volume, .labels, .sourceVolume: 1
        case .duplicates, .missing, .sourceMissing, .newCategory, .labelRate, .prediction: 0.002
        case .labelDelay: 0.05
        case .location, .sourceLocation, .second: 0.005
        }
    }
}

/// What an hour comes to for one part of a series.
struct HourFigures {
    var mean: Double
    /// How much that rests on.
    var weight: Double
    /// Of one value within the hour.
    var variance: Double

    init(_ sum: HourSum, _ kind: SeriesKind) {
        mean = kind.mean(of: sum)
        weight = kind.weight(of: sum)
        variance = kind.isCount ? 1 : sum.variance
    }
}

/// One series of a stream, by segment and over all of them.
package struct MonitoredSeries: Sendable, Equatable {
    /// One segment's part of it.
    struct Part: Sendable, Equatable {
        var baseline = WeekBaseline()
        var window = DeviationWindow()
        /// Mean of the hours, slowly following; means nothing before the first.
        var usual = 0.0
        var usualHours = 0.0
        /// How far the level lies above the baseline: growth. Counts only.
        var level = 0.0
        /// Variance of an hour's mean beyond that of its values, and what it rests on.
        var between = 0.0
        var betweenHours = 0.0
        /// The newest hours, which the baseline has not learned yet.
        var awaiting = AwaitingHours()
        var days = DayMeans()
    }

    let kind: SeriesKind
    /// Index of its feature; nil for a series of the whole stream.
    let feature: Int?
    private(set) var parts: [Part] = []
    private(set) var pooled = DeviationWindow()
    /// Hours with an expectation that alarms may rest on.
    private(set) var readyHours = 0
    /// Hours of late in which nothing was learned; each that is learned wears off a quarter.
    private var frozenHours = 0.0
    /// Hours for which sums hold some that are left out: they are no measure of how large sums are.
    private var mixedHours = 0

    init(_ kind: SeriesKind, feature: Int? = nil) {
        (self.kind, self.feature) = (kind, feature)
    }

    /// Days with an expectation before the first alarm.
    private static let readyHoursMin = 96
    private static let frozenHoursMax = 72.0
    fileprivate static let levelHours = 96.0

    var isBegun: Bool { !parts.isEmpty }
    var isReady: Bool { readyHours >= Self.readyHoursMin }
    var tested: Int {
        guard parts.count > 1 else { return parts.count }
        return kind.testsParts ? parts.count + 1 : 1
    }

    /// Whether an hour is one to learn from.
    enum Lesson {
        case usual
        /// Something is found to be wrong; but what lasts is what is normal now.
        case alarmed
        /// Within what is left out, however long that is.
        case leftOut
    }

    /// Takes in an hour since 1970: one sum and one hour of the week for each of so many parts.
    @inline(__always)
    mutating func close(
        _ hour: Int64, _ count: Int, _ slots: [Int], _ lesson: Lesson, sum: (Int) -> HourSum
    ) {
        let lessons = begin(lesson, partCount: count)
        var all = Pool()
        for index in 0..<count {
            close(part: index, sum(index), slot: slots[index], hour, lessons, &all)
        }
        close(all)
    }

    /// What an hour may teach.
    private struct Lessons {
        var learns: Bool
        var learnsScales: Bool
        var isLeftOut: Bool
    }

    /// What the parts of an hour come to together.
    private struct Pool {
        var deviation = 0.0
        var variance = 0.0
        var weight = 0.0
        var isExpected = false
    }

    private mutating func begin(_ lesson: Lesson, partCount: Int) -> Lessons {
        let learns: Bool
        switch lesson {
        case .usual: learns = true
        case .alarmed: learns = frozenHours >= Self.frozenHoursMax
        case .leftOut: learns = false
        }
        if lesson != .leftOut {
            frozenHours = learns ? max(0, frozenHours - 0.25) : frozenHours + 1
        }
        mixedHours = lesson == .leftOut ? DeviationWindow.hourCount : max(0, mixedHours - 1)
        while parts.count < partCount { parts.append(Part()) }
        return Lessons(
            learns: learns, learnsScales: mixedHours == 0, isLeftOut: lesson == .leftOut)
    }

    private mutating func close(
        part index: Int, _ sum: HourSum, slot: Int, _ hour: Int64, _ lessons: Lessons,
        _ all: inout Pool
    ) {
        let figures = HourFigures(sum, kind)
        // A year later, what was an alarm may be the season.
        parts[index].days.note(
            figures.mean, count: lessons.isLeftOut ? 0 : figures.weight, day: hour / 24)
        guard
            let found = parts[index].close(
                figures, slot: slot, kind: kind, learns: lessons.learns,
                learnsScales: lessons.learnsScales)
        else { return }
        all.deviation += found.count * found.deviation
        all.variance += found.count * found.count * found.variance
        all.weight += found.count
        all.isExpected = all.isExpected || found.isFirm
    }

    private mutating func close(_ all: Pool) {
        if all.isExpected { readyHours += 1 }
        guard parts.count > 1 else { return }
        if all.weight > 0 {
            pooled.push(
                deviation: all.deviation / all.weight,
                variance: all.variance / (all.weight * all.weight), weight: 1)
        } else {
            pooled.push(deviation: 0, variance: 0, weight: 0)
        }
        pooled.closeHour(learns: mixedHours == 0 && (all.isExpected || !kind.isCount))
    }

    /// The newest hours will never be learned: what they tell is not how things usually are.
    mutating func forget(newest hours: Range<Int>) {
        for index in parts.indices { parts[index].awaiting.forget(newest: hours) }
    }

    /// The newest hours are within what is left out, in the year to come too.
    mutating func leaveOut(newest hours: Range<Int>) {
        forget(newest: hours)
        for index in parts.indices { parts[index].days.forget(newest: hours) }
    }

    /// Whether any part is far enough out to be looked at.
    var isLoud: Bool {
        if pooled.loudest > 4 { return true }
        for index in parts.indices where parts[index].window.loudest > 4 { return true }
        return false
    }

    /// A change that is no chance.
    struct Signal {
        /// Nil for all of them.
        var part: Int?
        var span: Int
        var effect: Double
        var score: Double
        var onsetHours: Int
    }

    /// What signals now: all parts together, or each that does by itself.
    func signals(chanceMax: Double) -> [Signal] {
        guard isReady else { return [] }
        if parts.count == 1 { return signal(parts[0].window, 0, chanceMax).map { [$0] } ?? [] }
        let whole = signal(pooled, nil, chanceMax)
        guard kind.testsParts else { return whole.map { [$0] } ?? [] }
        let own = parts.indices.compactMap { signal(parts[$0].window, $0, chanceMax) }
        // A part signals alone if the others stand still.
        let alone = own.filter { signal in
            parts.indices.allSatisfy { $0 == signal.part || !moves($0, with: signal) }
        }
        if let one = alone.first, own.count == 1 { return [one] }
        if kind.isBySource { return alone }
        if let whole { return [whole] }
        guard let strongest = own.max(by: { abs($0.score) < abs($1.score) }) else { return [] }
        if own.count > 1 || alone.isEmpty {
            var all = strongest
            all.part = nil
            return [all]
        }
        return own
    }

    /// Whether a year ago, give or take some days, the same days moved alike, most of the way:
    /// a season, a feast. `hour` counts since 1970.
    func isSeasonal(_ signal: Signal, at hour: Int64) -> Bool {
        let known = parts.indices.filter { signal.part == nil || signal.part == $0 }
            .compactMap {
                parts[$0].days.yearBefore(hour / 24, hours: signal.span, effect: signal.effect)
            }
        guard !known.isEmpty else { return false }
        let mean = known.reduce(0, +) / Double(known.count)
        return mean / signal.effect >= Self.seasonalShare
    }

    private static let seasonalShare = 0.6

    /// Whether the newest hours lie below what is expected by so much, and by more than chance.
    func leans(below effect: Double) -> Bool {
        guard let sum = parts.first?.window.sum(0) else { return false }
        return sum.effect < effect && sum.score < -2.5
    }

    private func moves(_ part: Int, with signal: Signal) -> Bool {
        guard let which = DeviationWindow.spans.firstIndex(of: signal.span),
            let sum = parts[part].window.sum(which)
        else { return false }
        return sum.effect * signal.effect > 0 && abs(sum.score) > 3
            && abs(sum.effect) > kind.effectMin(usual: usual) / 2
    }

    private func signal(_ window: DeviationWindow, _ part: Int?, _ chanceMax: Double) -> Signal? {
        for which in DeviationWindow.spans.indices {
            guard let sum = window.sum(which), isBeyond(sum, part: 1) else { continue }
            let score = sum.score
            guard score.magnitude > window.peak(which) else { continue }
            guard TailChance.student(score, freedom: sum.freedom) < chanceMax else { continue }
            return Signal(
                part: part, span: sum.span, effect: sum.effect, score: score,
                onsetHours: window.onset())
        }
        return nil
    }

    /// The change is so large, or that part of it, on a side that matters.
    private func isBeyond(_ sum: DeviationWindow.Sum, part: Double) -> Bool {
        let least = kind.effectMin(usual: usual) * part
        return (kind.sides.high && sum.effect >= least) || (kind.sides.low && sum.effect <= -least)
    }

    /// Whether what signalled over `span` hours is still there.
    func persists(part: Int?, span: Int) -> Bool {
        let window = part.map { parts[$0].window } ?? (parts.count > 1 ? pooled : parts[0].window)
        let which = max(1, DeviationWindow.spans.firstIndex(of: span) ?? 1)
        guard let sum = window.sum(which) else { return false }
        return isBeyond(sum, part: 0.5) && abs(sum.score) > 2.5
    }

    var usual: Double {
        var (sum, known) = (0.0, 0.0)
        for index in parts.indices where parts[index].usualHours > 0 {
            sum += parts[index].usual
            known += 1
        }
        return known > 0 ? sum / known : 0
    }

    /// Share of the hours of the week that alarms may rest on.
    var coverage: Double {
        parts.isEmpty
            ? 0
            : parts.map { $0.baseline.coverage(weeks: 2) }.reduce(0, +)
                / Double(parts.count)
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.write(Int64(feature ?? -1))
        writer.write(UInt32(parts.count))
        for part in parts {
            part.baseline.encode(into: &writer)
            part.window.encode(into: &writer)
            writer.write([
                part.usual, part.usualHours, part.level, part.between, part.betweenHours,
            ])
            part.awaiting.encode(into: &writer)
            part.days.encode(into: &writer)
        }
        pooled.encode(into: &writer)
        writer.write([UInt64(readyHours), UInt64(mixedHours)])
        writer.write(frozenHours)
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        guard let kind = SeriesKind(rawValue: try reader.read()) else {
            throw ByteFault(offset: reader.offset - 1, expected: "a kind of series")
        }
        self.kind = kind
        let feature = try reader.read(Int64.self)
        self.feature = feature < 0 ? nil : Int(feature)
        for _ in 0..<(try reader.read(UInt32.self)) {
            var part = Part()
            part.baseline = try WeekBaseline(restoring: &reader)
            part.window = try DeviationWindow(restoring: &reader)
            let rest = try reader.readDoubles()
            guard rest.count == 5 else {
                throw ByteFault(offset: reader.offset, expected: "five figures of a series")
            }
            (part.usual, part.usualHours, part.level) = (rest[0], rest[1], rest[2])
            (part.between, part.betweenHours) = (rest[3], rest[4])
            part.awaiting = try AwaitingHours(restoring: &reader)
            part.days = try DayMeans(restoring: &reader)
            parts.append(part)
        }
        pooled = try DeviationWindow(restoring: &reader)
        let hours = try reader.readWords().map { Int(clamping: $0) }
        guard hours.count == 2 else {
            throw ByteFault(offset: reader.offset, expected: "hours of a series")
        }
        (readyHours, mixedHours) = (hours[0], hours[1])
        frozenHours = try reader.readDouble()
    }
}

extension MonitoredSeries.Part {
    struct Found {
        var deviation: Double
        var variance: Double
        /// Values that it rests on.
        var count: Double
        /// The expectation rests on two weeks: alarms may rest on it, and how far hours scatter.
        var isFirm: Bool
    }

    /// The hour waits for its turn; the one whose turn it is, is learned.
    private mutating func learn(_ hour: AwaitingHours.Hour) {
        let due = awaiting.push(hour)
        baseline.learn(
            Int(due.slot), mean: Double(due.mean), count: Double(due.count),
            variance: Double(due.variance))
    }

    private mutating func learnBetween(_ deviation: Double, chance: Double, _ variance: Double) {
        betweenHours = min(betweenHours + 1, 28 * 24)
        let excess = min(deviation * deviation, 25 * variance) - chance
        between = max(0, between + (excess - between) / (72 + betweenHours))
    }

    /// What a count's logarithm is worth, in counts, that lies so far from what was expected: its
    /// deviation, by the root of what this comes to, is the signed root of the Poisson deviance
    /// (McCullagh and Nelder 1989, 2.4). What came would be too little where much was expected,
    /// and what was expected too much where little came.
    private static func worth(of deviation: Double, count: Double) -> Double {
        guard deviation.magnitude > 0.01 else { return count }
        let excess = spindle_exp(-deviation) - 1 + deviation
        return 2 * count * excess / (deviation * deviation)
    }

    /// Nil where nothing was expected, or nothing came.
    mutating func close(
        _ hour: HourFigures, slot: Int, kind: SeriesKind, learns: Bool, learnsScales: Bool
    ) -> Found? {
        let (isCount, count) = (kind.isCount, hour.weight)
        guard count > 0 else {
            window.push(deviation: 0, variance: 0, weight: 0)
            learn(AwaitingHours.Hour())
            return nil
        }
        let (mean, within) = (hour.mean, hour.variance)
        let expected = baseline.expectation(slot)
        let isFirm = expected.map { $0.weeks >= 2 } ?? false
        // In its first week a stream grows: what counts do then would hide what they do later.
        let learnsScales = learnsScales && (isFirm || !isCount)
        learn(
            AwaitingHours.Hour(
                slot: UInt8(slot), mean: Float(mean), count: learns ? Float(count) : 0,
                variance: Float(within)))
        defer {
            if learns {
                usualHours = min(usualHours + 1, 24 * 14)
                usual += (mean - usual) / usualHours
            }
            window.closeHour(learns: learnsScales)
        }
        guard let expected else {
            window.push(deviation: 0, variance: 0, weight: 0)
            return nil
        }
        let deviation = mean - expected.mean - level
        let one = max(isCount ? 1 : baseline.variance, kind.varianceMin)
        let worth = isCount ? Self.worth(of: deviation, count: count - 0.5) : count
        let chance = one / worth + one / max(expected.count, 1)
        let variance = chance + between
        if learnsScales { learnBetween(deviation, chance: chance, variance) }
        if isCount, learns { level += max(-0.5, min(0.5, deviation)) / MonitoredSeries.levelHours }
        let weight = isCount ? 1 : count
        window.push(
            deviation: weight * deviation, variance: weight * weight * variance, weight: weight)
        let pooledCount = isCount ? spindle_exp(expected.mean) : count
        return Found(
            deviation: deviation, variance: variance, count: pooledCount, isFirm: isFirm)
    }
}
