import Engine
import Ingestion
import Numerics
import Recording
import Vocabulary

/// Whether few sources that hardly came before make a good part of what has come since an onset:
/// robots, a relay that repeats itself. Shoppers are many, and the world moves all of them.
///
/// Counts examples of the raw log, whether their labels are in or not. A shopper comes and goes; of
/// a source that counts something came in most parts of the stretch. The week before the onset is
/// cut into stretches as long as the one since, and the same is measured of each of them against
/// the others.
struct SourceSurvey {
    /// Lengths of event time, counts, and shares.
    private enum Limits {
        static let since = Span.days(2)
        static let sinceLeast = Span.hours(1)
        static let before = Span.days(7)
        static let stretchMin = 3
        /// Of records that are read; of a busier log it is less than a week.
        static let recordMax = 4 << 20
        static let sourceMax = 1 << 20
        static let exampleMin = 200
        /// Of a source by itself: examples, and the share of all.
        static let countMin = 20.0
        static let shareMin = 0.01
        /// It came so many times as often as before.
        static let growth = 4.0
        /// Of a stretch, and those of them that a source came in.
        static let partCount: Int64 = 16
        static let partMin = 7
        /// Of all such sources together, and against the stretch that had most of them.
        static let shareOut = 0.05
        static let times = 3.0
        static let named = 3
    }

    private struct Stretch {
        var sources: [UInt64: Visits] = [:]
        var total = 0
    }

    /// How often a source came, and in which parts of the stretch: bits.
    private struct Visits {
        var count = 0
        var parts: UInt16 = 0
    }

    private let onset: Instant
    private let length: Span
    private var since = Stretch()
    /// The newest first.
    private var before: [Stretch]
    /// Of all stretches before.
    private var earlier: [UInt64: Int] = [:]
    /// Where the newest record of a source lies.
    private var records: [UInt64: UInt64] = [:]

    /// Nil where the raw log has nothing behind the onset.
    init?(_ ground: RehearsalGround, onset: Instant) throws {
        let headers = try ground.rawHeaders()
        guard let newest = headers.map(\.latest).max(), newest > onset else { return nil }
        self.onset = onset
        length = max(min(newest - onset, Limits.since), Limits.sinceLeast)
        let end = onset + length
        let start = max(onset - Limits.before, Self.start(headers, before: end))
        let count = Int((onset - start).microseconds / length.microseconds)
        before = Array(repeating: Stretch(), count: max(0, count))
        let parser = RecordParser()
        try ground.course.begin("counts sources of late")
        try ground.forEachRecord(
            where: { $0.latest >= start && $0.earliest <= end },
            { record, offset in
                guard record.kind.isLine, record.stream == .examples else { return }
                let line = parser.line(
                    record.line, stream: record.stream, number: record.lineNumber)
                guard line.isAdmitted else { return }
                let entry = EntryView(UnsafeRawPointer(line.entry))
                add(entry.source, at: entry.time, recordAt: offset)
            })
    }

    /// From when on the log has no more records than are to be read.
    private static func start(_ headers: [BatchHeader], before end: Instant) -> Instant {
        var count = 0
        for header in headers.reversed() where header.earliest <= end {
            count += header.count
            if count > Limits.recordMax { return header.latest }
        }
        return .distantPast
    }

    private mutating func add(_ source: UInt64, at time: Instant, recordAt offset: UInt64) {
        if time >= onset {
            guard time <= onset + length else { return }
            count(source, (time - onset).microseconds, in: &since)
            if source != 0 { records[source] = offset }
        } else {
            let back = (onset - time).microseconds - 1
            let index = Int(back / length.microseconds)
            guard index < before.count else { return }
            count(source, back % length.microseconds, in: &before[index])
            earlier[source, default: 0] += 1
        }
    }

    private func count(_ source: UInt64, _ place: Int64, in stretch: inout Stretch) {
        stretch.total += 1
        let isKnown = stretch.sources[source] != nil
        guard source != 0, isKnown || stretch.sources.count < Limits.sourceMax else { return }
        let part = min(Limits.partCount * place / length.microseconds, Limits.partCount - 1)
        stretch.sources[source, default: Visits()].count += 1
        stretch.sources[source, default: Visits()].parts |= 1 << UInt16(part)
    }

    /// The sources of a stretch that make a part of it by themselves, all the time, and came seldom
    /// in the others, those with most examples first; `usual` is what a source made in the others.
    private func sudden(
        in stretch: Stretch, usual: (UInt64) -> Double
    ) -> [(source: UInt64, count: Int)] {
        let least = max(Limits.countMin, Limits.shareMin * Double(stretch.total))
        return stretch.sources.filter { source, visits in
            visits.parts.nonzeroBitCount >= Limits.partMin
                && Double(visits.count) >= max(least, Limits.growth * usual(source))
        }.map { ($0.key, $0.value.count) }
            .sorted { ($0.count, $0.source) > ($1.count, $1.source) }
    }

    private func share(
        _ sources: [(source: UInt64, count: Int)], of stretch: Stretch
    ) -> Double {
        Double(sources.reduce(0) { $0 + $1.count }) / Double(max(stretch.total, 1))
    }

    /// What it comes to in words, and whether it speaks for bad data; nil where examples name no
    /// sources, or too few came to tell.
    func finding(_ names: SliceNames) throws -> (text: String, isOut: Bool)? {
        let known = before.filter { $0.total >= Limits.exampleMin }
        guard since.total >= Limits.exampleMin, !since.sources.isEmpty,
            known.count >= Limits.stretchMin
        else { return nil }
        let count = Double(known.count)
        let sudden = sudden(in: since) { Double(earlier[$0] ?? 0) / count }
        let share = share(sudden, of: since)
        let usual =
            known.map { stretch in
                let own = self.sudden(in: stretch) { source in
                    let others = (earlier[source] ?? 0) - (stretch.sources[source]?.count ?? 0)
                    return Double(others) / (count - 1)
                }
                return self.share(own, of: stretch)
            }.max() ?? 0
        guard share >= Limits.shareOut, share >= Limits.times * usual else {
            return ("no few sources make more of what came since the onset than is usual", false)
        }
        let named = try sudden.prefix(Limits.named).map { item in
            let name = try names.name(
                of: .source(item.source), recordAt: records[item.source] ?? 0)
            return "\(name ?? "#" + String(item.source, radix: 16)) \(item.count)"
        }
        let more = sudden.count > named.count ? ", …" : ""
        return (
            "\(sudden.count) sources that seldom came before made "
                + "\(FigureText.percent(share)) of the \(since.total) examples since the onset "
                + "(in as long before at most \(FigureText.percent(usual))): "
                + named.joined(separator: ", ") + more,
            true
        )
    }
}
