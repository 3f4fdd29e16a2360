import Numerics

/// What one hour tells of one feature.
struct FeatureSums: Sendable, Equatable {
    private(set) var segments = PartSums()
    /// Empty where sources are not told apart.
    private(set) var sources = PartSums()
    var newOnes = HourSum()
    /// Of numbers as they came.
    private var raw = HourSum()
    /// Of the hours that were closed: means of numbers of the newest 24 hours, and of all.
    private(set) var recentRaw: [Double] = []
    private(set) var usualRaw = 0.0
    private var rawHours = 0.0
    /// The largest mean of an hour, slowly forgotten.
    private var mostRaw = 0.0
    /// Of this hour: the first value, and whether another one came.
    private var firstValue: UInt64?
    private var varies = false
    private var valueCount = 0
    /// Hours with some values, the newest run of those with one value only, and the longest
    /// run before.
    private(set) var hours = 0
    private(set) var longestRun = 0
    private(set) var constantRun = 0
    private(set) var constantCount = 0
    private var lastExample: UInt64 = 0
    private(set) var mix = PlaceMix()

    private static let hourValuesMin = 5

    mutating func note(
        _ number: Double, _ place: FeatureSketch.Place?, segment: Int, source: Int?,
        _ value: UInt64, _ example: UInt64
    ) {
        // The values of a bag come one after the other.
        let isFirst = example != lastExample || valueCount == 0
        lastExample = example
        segments.note(place, of: segment, isFirst: isFirst)
        if let source { sources.note(place, of: source, isFirst: isFirst) }
        valueCount += 1
        if let firstValue { varies = varies || firstValue != value } else { firstValue = value }
        if number.isFinite { raw.add(number) }
        guard let place else { return }
        mix.note(place.location)
    }

    /// Closes an hour of a day of the week, from 0 to 6. One that is not as usual teaches nothing.
    mutating func closeHour(day: Int, learns: Bool) {
        mix.closeHour(day: day, learns: learns)
        if valueCount >= Self.hourValuesMin {
            if varies {
                longestRun = max(longestRun, constantRun)
                (constantRun, constantCount) = (0, 0)
            } else {
                constantRun += 1
                constantCount += valueCount
            }
            hours += 1
        }
        // Numbers near the end of what there is have no sum.
        if raw.count > 0, raw.mean.isFinite {
            if recentRaw.count == 24 {
                rawHours = min(rawHours + 1, 24 * 28)
                usualRaw += (recentRaw[0] - usualRaw) / rawHours
                mostRaw = max(mostRaw * 0.999, recentRaw[0].magnitude)
                recentRaw.removeFirst()
            }
            recentRaw.append(raw.mean)
        }
        segments.closeHour()
        sources.closeHour()
        (newOnes, raw) = (HourSum(), HourSum())
        (firstValue, varies, valueCount) = (nil, false, 0)
    }

    /// One value for hours, for longer than ever in weeks.
    var isStuck: Bool {
        constantRun >= 3 && constantCount >= 30 && constantRun > 2 * longestRun
            && hours - constantRun >= 14 * 12
    }

    /// The newest hour with one value, of a feature that never had but one for so long.
    var isSuddenlyConstant: Bool { constantRun > 2 * longestRun && constantCount >= 10 }

    /// Mean of the newest hours of numbers, and of the time before; nil where not both are known.
    func rawMeans(hours: Int) -> (recent: Double, usual: Double, most: Double)? {
        let newest = recentRaw.suffix(max(1, hours))
        guard rawHours > 24, !newest.isEmpty else { return nil }
        return (newest.reduce(0, +) / Double(newest.count), usualRaw, mostRaw)
    }

    func encode(into writer: inout ByteWriter) {
        segments.encode(into: &writer)
        sources.encode(into: &writer)
        for sum in [newOnes, raw] { sum.encode(into: &writer) }
        writer.write(recentRaw)
        writer.write([usualRaw, rawHours, mostRaw])
        writer.write(firstValue != nil)
        writer.write(firstValue ?? 0)
        writer.write(varies)
        writer.write(
            [valueCount, hours, longestRun, constantRun, constantCount].map { UInt64($0) })
        writer.write(lastExample)
        mix.encode(into: &writer)
    }

    init() {}

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        segments = try PartSums(restoring: &reader)
        sources = try PartSums(restoring: &reader)
        newOnes = try HourSum(restoring: &reader)
        raw = try HourSum(restoring: &reader)
        recentRaw = try reader.readDoubles()
        let means = try reader.readDoubles()
        let hasFirst = try reader.readBool()
        let first = try reader.read(UInt64.self)
        firstValue = hasFirst ? first : nil
        varies = try reader.readBool()
        let counts = try reader.readWords().map { Int(clamping: $0) }
        lastExample = try reader.read()
        mix = try PlaceMix(restoring: &reader)
        guard means.count == 3, counts.count == 5, recentRaw.count <= 24 else {
            throw ByteFault(offset: reader.offset, expected: "sums of a feature")
        }
        (usualRaw, rawHours, mostRaw) = (means[0], means[1], means[2])
        (valueCount, hours, longestRun) = (counts[0], counts[1], counts[2])
        (constantRun, constantCount) = (counts[3], counts[4])
    }
}

/// What one hour tells of one feature in each part of the traffic: examples that had it, the
/// places of its values, and their second figures.
struct PartSums: Sendable, Equatable {
    private struct Part: Equatable {
        var present = 0.0
        var location = HourSum()
        var second = HourSum()
    }

    private var parts: [Part] = []

    init() {}

    /// `isFirst` is true of an example's first value.
    mutating func note(_ place: FeatureSketch.Place?, of part: Int, isFirst: Bool) {
        while parts.count <= part { parts.append(Part()) }
        if isFirst { parts[part].present += 1 }
        guard let place else { return }
        parts[part].location.add(place.location)
        parts[part].second.add(place.second)
    }

    func missing(of looked: Double, in part: Int) -> HourSum {
        var sum = HourSum()
        sum.count = looked
        sum.sum = max(0, looked - (part < parts.count ? parts[part].present : 0))
        sum.squares = sum.sum
        return sum
    }

    func places(in part: Int) -> HourSum {
        part < parts.count ? parts[part].location : HourSum()
    }

    func seconds(in part: Int) -> HourSum {
        part < parts.count ? parts[part].second : HourSum()
    }

    mutating func closeHour() {
        for index in parts.indices { parts[index] = Part() }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(parts.map(\.present))
        for part in parts { part.location.encode(into: &writer) }
        for part in parts { part.second.encode(into: &writer) }
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        for present in try reader.readDoubles() { parts.append(Part(present: present)) }
        for index in parts.indices { parts[index].location = try HourSum(restoring: &reader) }
        for index in parts.indices { parts[index].second = try HourSum(restoring: &reader) }
    }
}

/// What was trained in one hour, weighted.
package struct HourOutputs: Sendable, Equatable {
    package var labels = HourSum()
    package var predictions = HourSum()

    package init() {}

    /// Sums of so many examples: of their labels and of what was predicted.
    package init(count: Double, labels: Double, predictions: Double) {
        (self.labels.count, self.predictions.count) = (count, count)
        (self.labels.sum, self.labels.squares) = (labels, labels)
        self.predictions.sum = predictions
        // A prediction scatters no more than a label does.
        self.predictions.squares = predictions
    }

    package mutating func add(_ other: HourOutputs) {
        labels.add(other.labels)
        predictions.add(other.predictions)
    }

    func encode(into writer: inout ByteWriter) {
        labels.encode(into: &writer)
        predictions.encode(into: &writer)
    }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        labels = try HourSum(restoring: &reader)
        predictions = try HourSum(restoring: &reader)
    }
}

extension HourSum {
    func encode(into writer: inout ByteWriter) { writer.write([count, sum, squares]) }

    init(restoring reader: inout ByteReader) throws(ByteFault) {
        let figures = try reader.readDoubles()
        guard figures.count == 3 else {
            throw ByteFault(offset: reader.offset, expected: "three sums of an hour")
        }
        (count, sum, squares) = (figures[0], figures[1], figures[2])
    }
}
