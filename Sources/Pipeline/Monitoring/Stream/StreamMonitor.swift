import CShims
import Numerics
import Vocabulary

/// Looks at what comes in, hour by hour of event time, and says what is no longer as it was.
///
/// Each hour is held against the same hour of the week, in the segment's own time zone, of the
/// weeks before. Records count to the hour in which they come, by the stream's clock. Of the
/// features a sample is looked at, chosen by a keyed hash of the example's id.
package struct StreamMonitor: Sendable {
    /// Counts, shares and hours.
    package enum Limits {
        /// Segments that are told apart; later ones count as one.
        package static let segmentCountMax = 8
        package static let sourceCountMax = 8
        package static let featureCountMax = 256
        /// Examples an hour that are all looked at; of more, a share.
        package static let sampledPerHour = 24.0
        package static let sampledShareMin = 0.125
        /// An alarm is over after so many hours without what raised it.
        package static let quietHours = 12
        /// Hours without a record that count as such; a longer gap is a pause.
        static let emptyHoursMax: Int64 = 7 * 24
    }

    let settings: MonitorSettings
    /// Hours since 1970 of the hour that is open; nil before the first record.
    package private(set) var hour: Int64?
    /// The first hour that was ever open.
    private var firstHour: Int64?
    private(set) var segments = StreamParts(countMax: Limits.segmentCountMax)
    private(set) var sources = StreamParts(countMax: Limits.sourceCountMax)
    private(set) var features: [FeatureSketch] = []
    var series: [MonitoredSeries] = []
    package internal(set) var findings: [Finding] = []
    /// What opened and closed since it was last asked.
    var changes: [Change] = []
    /// When a finding of an input last ended: what follows from it may linger.
    var lastCause: Int64?
    /// Findings that ended in the newest days. Longer windows still hold what they saw.
    var ended: [Finding] = []
    /// Values that were no numbers.
    package internal(set) var refusedCount = 0

    /// How features moved, once it was asked for, and the hour that was open then.
    package internal(set) var knownMoves: (hour: Int64?, moves: [FeatureMove])?
    var knownBands: (hour: Int64?, bands: [UsualBand])?
    /// No more examples will come, though labels may.
    package var examplesHaveEnded = false
    private var sampleMax = UInt64.max
    private var duplicates = HourSum()
    private var labels = HourSum()
    private var delays = HourSum()
    private var outputs = HourOutputs()
    private var knowsBothClasses = false
    /// By feature, then by segment.
    var sums: [FeatureSums] = []
    /// Features, the first ones, that are watched by source.
    private var sourcedCount = 0
    private var featureIndex: [UInt64: Int] = [:]

    package init(settings: MonitorSettings = MonitorSettings()) {
        self.settings = settings
        series = [
            .volume, .duplicates, .labels, .labelDelay, .labelRate, .prediction, .sourceVolume,
        ].map { MonitoredSeries($0) }
    }

    // MARK: records in

    /// True for an example whose features are wanted.
    @inline(__always)
    package func wants(id: UInt64) -> Bool { SeededRandom.mixed(id ^ Self.choosing) <= sampleMax }

    private static var choosing: UInt64 { 0x6D6F_6E69_746F_7273 }

    /// Where an example came from, among the parts that are told apart.
    package struct Origin: Sendable {
        package var segment: Int
        package var source: Int
    }

    /// Counts an example by the hashes of its segment and its source; nil, and nothing is counted,
    /// if one of them is met for the first time.
    @inline(__always)
    package mutating func noteExample(
        segment: UInt64, source: UInt64, isDuplicate: Bool
    ) -> Origin? {
        guard let segment = segments.index(of: segment), let source = sources.index(of: source)
        else { return nil }
        segments.count(segment)
        sources.count(source)
        duplicates.add(isDuplicate ? 1 : 0)
        return Origin(segment: segment, source: source)
    }

    package func knows(segment hash: UInt64) -> Bool { segments.index(of: hash) != nil }
    package func knows(source hash: UInt64) -> Bool { sources.index(of: hash) != nil }

    /// A segment that is met for the first time. `zone` is an IANA name, or empty.
    package mutating func add(segment hash: UInt64, name: String, zone: String) {
        _ = segments.add(StreamParts.Part(hash: hash, name: name, zone: zone))
    }

    /// A source that is met for the first time, by the clock of its first record.
    package mutating func add(source hash: UInt64, name: String, zone: String) {
        _ = sources.add(StreamParts.Part(hash: hash, name: name, zone: zone))
    }

    package mutating func noteLabel() { labels.count += 1 }

    package mutating func noteDelay(_ span: Span) {
        delays.add(spindle_log(max(0, span.seconds) + 60))
    }

    /// Sums of what was trained, over a part of an hour.
    package mutating func noteTrained(_ outputs: HourOutputs) {
        // Where negatives are made by a wait, the first hours teach positives only.
        if knowsBothClasses { self.outputs.add(outputs) }
        let rate = outputs.labels.mean
        knowsBothClasses = knowsBothClasses || (rate > 0 && rate < 1)
    }

    /// The features of an example. `text` gives a feature's name or a category's text by the
    /// hash; it is asked for what is new only.
    package mutating func note(
        _ values: UnsafeBufferPointer<FeatureValue>, id: UInt64, from origin: Origin,
        text: (FeatureValue) -> (name: String, category: String)
    ) {
        guard let hour else { return }
        segments.look(origin.segment)
        sources.look(origin.source)
        let place = Place(
            id: id, segment: origin.segment, source: sources.isToldApart ? origin.source : nil,
            hour: hour)
        var last = -1
        for value in values {
            let index: Int
            if let known = self.feature(value.name, after: last) {
                index = known
            } else {
                guard features.count < Limits.featureCountMax else { continue }
                index = add(FeatureSketch(hash: value.name, name: text(value).name, hour: hour))
            }
            last = index
            add(value, to: index, place, text)
        }
    }

    /// Where an example belongs.
    private struct Place {
        var id: UInt64
        var segment: Int
        /// Nil where sources are not told apart.
        var source: Int?
        var hour: Int64
    }

    /// Mostly the one behind the one before.
    @inline(__always)
    private func feature(_ hash: UInt64, after last: Int) -> Int? {
        if last >= 0, features[last].hash == hash { return last }
        if last + 1 < features.count, features[last + 1].hash == hash { return last + 1 }
        return featureIndex[hash]
    }

    private mutating func add(_ sketch: FeatureSketch) -> Int {
        let index = features.count
        features.append(sketch)
        featureIndex[sketch.hash] = index
        sums.append(FeatureSums())
        series += [.missing, .location, .second, .newCategory].map {
            MonitoredSeries($0, feature: index)
        }
        return index
    }

    private mutating func add(
        _ value: FeatureValue, to index: Int, _ example: Place,
        _ text: (FeatureValue) -> (name: String, category: String)
    ) {
        switch value.kind {
        case .number:
            guard value.number.isFinite else {
                refusedCount += 1
                return
            }
            let place = features[index].place(number: value.number, chance: example.id)
            sums[index].note(
                value.number, place, segment: example.segment, source: example.source,
                value.number.bitPattern, example.id)
        case .category:
            let (place, isNew) = features[index].place(
                category: value.category, at: example.hour, name: { text(value).category })
            sums[index].note(
                .nan, place, segment: example.segment, source: example.source, value.category,
                example.id)
            if place != nil, !features[index].isWide { sums[index].newOnes.add(isNew ? 1 : 0) }
        }
    }

    // MARK: hours

    /// Closes every hour before that of `time`. `slot` gives the hour of the week, from 0 to 167,
    /// that an hour since 1970 is in a time zone. Hours of what is left out, purges and events,
    /// teach the baselines nothing; those of the newest days are taken back if need be.
    package mutating func advance(
        to time: Instant, leavingOut windows: [Range<Instant>] = [],
        slot: (Int64, String) -> Int
    ) {
        let now = time.microseconds / Self.hourSize
        guard let open = hour else {
            (hour, firstHour) = (now, firstHour ?? now)
            return
        }
        guard now > open else { return }
        let leftOut = windows.map(Self.hours)
        forget(leftOut, before: open)
        // A pause is no news of the hours in it.
        let isPause = now - open > Limits.emptyHoursMax
        for closed in open..<(isPause ? open + 1 : now) {
            close(closed, isLeftOut: leftOut.contains { $0.contains(closed) }, slot)
        }
        hour = now
    }

    private static let hourSize = Span.hours(1).microseconds

    /// The hours since 1970 that a window touches.
    private static func hours(of window: Range<Instant>) -> Range<Int64> {
        let (from, to) = (window.lowerBound.microseconds, window.upperBound.microseconds)
        let first = from / hourSize
        return first..<max(first, to / hourSize + (to % hourSize > 0 ? 1 : 0))
    }

    /// What of some hours lies among the newest that were closed is never learned.
    private mutating func forget(_ leftOut: [Range<Int64>], before open: Int64) {
        for hours in leftOut {
            let known = hours.clamped(to: (open - Int64(AwaitingHours.count))..<open)
            guard !known.isEmpty else { continue }
            let back = Int(open - known.upperBound)..<Int(open - known.lowerBound)
            for index in series.indices { series[index].leaveOut(newest: back) }
        }
    }

    /// True if `time` is beyond the hour that is open.
    @inline(__always)
    package func isBeyond(_ time: Instant) -> Bool {
        guard let hour else { return true }
        return time.microseconds >= (hour + 1) * 3_600_000_000
    }

    private mutating func close(
        _ closed: Int64, isLeftOut: Bool, _ slot: (Int64, String) -> Int
    ) {
        let slots = segments.slots(closed, slot)
        let sourceSlots = sources.slots(closed, slot)
        watchSources()
        let first = slots.first ?? slot(closed, "")
        for index in series.indices {
            let lesson: MonitoredSeries.Lesson =
                isLeftOut ? .leftOut : isAlarmed(index) ? .alarmed : .usual
            switch (series[index].kind, series[index].feature) {
            case (.volume, _):
                // Behind the end of the examples none are missed.
                if !examplesHaveEnded || segments.counts.contains(where: { $0.count > 0 }) {
                    let counts = segments.counts
                    series[index].close(closed, counts.count, slots, lesson) { counts[$0] }
                }
            case (.duplicates, _): close(closed, index, duplicates, first, lesson)
            // Before the first label there is no stream of labels to miss.
            case (.labels, _):
                if !examplesHaveEnded, series[index].isBegun || labels.count > 0 {
                    close(closed, index, labels, first, lesson)
                }
            case (.labelDelay, _): close(closed, index, delays, first, lesson)
            case (.labelRate, _): close(closed, index, outputs.labels, first, lesson)
            case (.prediction, _): close(closed, index, outputs.predictions, first, lesson)
            case (let kind, let feature?) where kind.isBySource:
                if sources.isToldApart {
                    closeFeature(closed, index, kind, feature, sourceSlots, first, lesson)
                }
            case (let kind, let feature?):
                closeFeature(closed, index, kind, feature, slots, first, lesson)
            case (.sourceVolume, _):
                // One source is what the segments tell of.
                if sources.list.count > 1, !examplesHaveEnded {
                    let counts = sources.counts
                    series[index].close(closed, counts.count, sourceSlots, lesson) { counts[$0] }
                }
            default: break
            }
        }
        for index in sums.indices {
            let isUsual = !isLeftOut && !isAlarmed(feature: features[index].name)
            sums[index].closeHour(day: first / 24, learns: isUsual)
        }
        judge(at: closed)
        settleSampling()
        forgetHour(closed)
    }

    /// Series of every feature by source, once there are several sources.
    private mutating func watchSources() {
        guard sources.isToldApart else { return }
        for index in sourcedCount..<features.count {
            series += [.sourceMissing, .sourceLocation].map { MonitoredSeries($0, feature: index) }
        }
        sourcedCount = features.count
    }

    private mutating func close(
        _ hour: Int64, _ index: Int, _ sum: HourSum, _ slot: Int, _ lesson: MonitoredSeries.Lesson
    ) {
        series[index].close(hour, 1, [slot], lesson) { _ in sum }
    }

    private mutating func closeFeature(
        _ hour: Int64, _ index: Int, _ kind: SeriesKind, _ feature: Int, _ slots: [Int],
        _ first: Int, _ lesson: MonitoredSeries.Lesson
    ) {
        let isBySource = kind.isBySource
        let parts = isBySource ? sums[feature].sources : sums[feature].segments
        switch kind {
        case .missing, .sourceMissing:
            guard features[feature].isKnown else { return }
            let looked = isBySource ? sources.looked : segments.looked
            series[index].close(hour, looked.count, slots, lesson) {
                parts.missing(of: looked[$0], in: $0)
            }
        case .location, .sourceLocation:
            series[index].close(hour, slots.count, slots, lesson) { parts.places(in: $0) }
        case .second:
            series[index].close(hour, slots.count, slots, lesson) { parts.seconds(in: $0) }
        case .newCategory: close(hour, index, sums[feature].newOnes, first, lesson)
        default: break
        }
    }

    private mutating func settleSampling() {
        let seen = segments.counts.reduce(0) { $0 + $1.count }
        let share = min(1, max(Limits.sampledPerHour / max(seen, 1), Limits.sampledShareMin))
        sampleMax = share >= 1 ? .max : UInt64(share * 0x1p64)
    }

    private mutating func forgetHour(_ closed: Int64) {
        for index in features.indices {
            features[index].settle(at: closed)
        }
        segments.closeHour()
        sources.closeHour()
        (duplicates, labels, delays) = (HourSum(), HourSum(), HourSum())
        outputs = HourOutputs()
    }

    /// Share of the hours of the week that are known from two weeks or more.
    package var coverage: Double { series.first?.coverage ?? 0 }

    /// Share of a year that the stream has been watched for.
    package var yearCoverage: Double {
        guard let hour, let firstHour else { return 0 }
        return min(1, Double(hour - firstHour) / (365 * 24))
    }

    /// Features whose newest day is of another population than what the learner knows.
    package var outsideDomain: [String] {
        zip(features, sums).filter { $0.1.mix.isOutside }.map(\.0.name)
    }

    // MARK: coding

    /// Where an older build wrote an hour, or another mark.
    private static let mark = Int64.max - 2

    package func encode(into writer: inout ByteWriter) {
        writer.write(Self.mark)
        writer.write(hour ?? .min)
        writer.write(firstHour ?? .min)
        segments.encode(into: &writer)
        sources.encode(into: &writer)
        writer.write(UInt32(features.count))
        for feature in features { feature.encode(into: &writer) }
        writer.write(UInt32(series.count))
        for one in series { one.encode(into: &writer) }
        writer.write(UInt32(findings.count))
        for finding in findings { finding.encode(into: &writer) }
        writer.write(UInt32(ended.count))
        for finding in ended { finding.encode(into: &writer) }
        writer.write([lastCause ?? .min, Int64(refusedCount)].map { UInt64(bitPattern: $0) })
        writer.write(sampleMax)
        writer.write(knowsBothClasses)
        segments.encodeCounts(into: &writer)
        sources.encodeCounts(into: &writer)
        for sum in [duplicates, labels, delays] { sum.encode(into: &writer) }
        outputs.encode(into: &writer)
        for sum in sums { sum.encode(into: &writer) }
    }

    package init(
        settings: MonitorSettings, restoring reader: inout ByteReader
    ) throws(ByteFault) {
        self.init(settings: settings)
        // What an older build knew was told apart otherwise: it begins anew.
        guard try reader.read(Int64.self) == Self.mark else { return }
        series = []
        let hour = try reader.read(Int64.self)
        self.hour = hour == .min ? nil : hour
        let firstHour = try reader.read(Int64.self)
        self.firstHour = firstHour == .min ? nil : firstHour
        segments = try StreamParts(countMax: segments.countMax, restoring: &reader)
        sources = try StreamParts(countMax: sources.countMax, restoring: &reader)
        for _ in 0..<(try reader.read(UInt32.self)) {
            features.append(try FeatureSketch(restoring: &reader))
        }
        for _ in 0..<(try reader.read(UInt32.self)) {
            series.append(try MonitoredSeries(restoring: &reader))
        }
        for _ in 0..<(try reader.read(UInt32.self)) {
            findings.append(try Finding(restoring: &reader))
        }
        for _ in 0..<(try reader.read(UInt32.self)) {
            ended.append(try Finding(restoring: &reader))
        }
        let words = try reader.readWords()
        sampleMax = try reader.read()
        knowsBothClasses = try reader.readBool()
        guard words.count == 2 else {
            throw ByteFault(offset: reader.offset, expected: "the counts of monitors")
        }
        (lastCause, refusedCount) = (
            Int64(bitPattern: words[0]), Int(truncatingIfNeeded: words[1])
        )
        if lastCause == .min { lastCause = nil }
        try segments.restoreCounts(&reader)
        try sources.restoreCounts(&reader)
        duplicates = try HourSum(restoring: &reader)
        labels = try HourSum(restoring: &reader)
        delays = try HourSum(restoring: &reader)
        outputs = try HourOutputs(restoring: &reader)
        for (index, feature) in features.enumerated() {
            sums.append(try FeatureSums(restoring: &reader))
            featureIndex[feature.hash] = index
        }
        sourcedCount = series.count { $0.kind == .sourceMissing }
        guard series.allSatisfy({ ($0.feature ?? 0) < max(features.count, 1) }),
            findings.allSatisfy({ series.indices.contains($0.series) })
        else { throw ByteFault(offset: reader.offset, expected: "series of known features") }
    }
}
