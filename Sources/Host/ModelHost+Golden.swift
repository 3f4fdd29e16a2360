import Engine
import Filtering
import Foundation
import Ingestion
import Joining
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Validation
import Vocabulary
import World

/// The golden set of a model: made from what was taught, and scored again each hour.
extension ModelHost {
    /// Event time between two scorings of what serves.
    private static let rescoreInterval = Span.hours(1)
    /// Event time of live traffic that is held against the golden set.
    private static let liveSpan = Span.hours(6)
    private static let choosing: UInt64 = 0x676F_6C64

    var golden: GoldenFolder { GoldenFolder(folder: modelFolder, disk: disk) }

    /// Makes the golden set, and what the fallbacks answer from, where there is none and enough
    /// is known. A fault of the disk is noted, and it is tried again at the next checkpoint.
    func makeMissingGolden() throws {
        let counts = engine.joinCounts
        guard engine.settings.makesGolden, counts.positives >= engine.settings.gate.classCountMin,
            counts.negatives >= engine.settings.gate.classCountMin,
            engine.trainingEnd.sequence >= goldenAttempt + goldenAttempt / 4
        else { return }
        do {
            guard try !golden.exists() else { return }
            goldenAttempt = engine.trainingEnd.sequence
            let pool = try labelledPool()
            guard pool.count >= GoldenFolder.Limits.poolWanted || pool.span >= .days(1) else {
                return
            }
            try remakeGolden(from: pool, by: "spindle")
        } catch let fault as DiskFault {
            try note("no golden set was made: \(fault)")
        } catch let fault as LogFault {
            try note("no golden set was made: \(fault)")
        }
    }

    /// By an operator's word, or by itself: the set that is there is replaced, and the fallback's
    /// data with it.
    func remakeGolden(from pool: LabelledPool, by user: String) throws {
        guard objection(toGolden: pool) == nil else { return }
        let chosen = Array(pool.lines.prefix(GoldenFolder.Limits.rowCount))
        let origin = try golden.write(chosen, pool: pool.count, by: user, at: clock.now())
        try makeFallback(from: pool.lines)
        goldenTrend = Self.freshTrend(engine.settings)
        goldenScoredAt = .distantPast
        try note(
            "golden set made: \(origin.rows) examples, \(origin.positives) positives, from "
                + "\(origin.from.rfc3339) to \(origin.to.rfc3339)")
    }

    /// Why no golden set can be made of these; nil if one can.
    func objection(toGolden pool: LabelledPool) -> String? {
        Gate(engine.settings.gate).objection(
            toGoldenSet: pool.lines.prefix(GoldenFolder.Limits.rowCount).map { row in
                GoldenRow(label: row.label, weight: 1, slice: 0, score: 0.5, reference: nil)
            })
    }

    /// Labelled examples of the newest stretch of the training log, chosen and ordered by a keyed
    /// hash of their ids, so that one more example moves no other.
    ///
    /// Only of a time whose labels are all in: positives come before negatives.
    func labelledPool() throws -> LabelledPool {
        let matured = engine.settings.wait.map { engine.labelWatermark - $0 } ?? .distantFuture
        let count = engine.trainingEnd.sequence
        let from = count > GoldenFolder.Limits.reach ? count - GoldenFolder.Limits.reach : 0
        var chosen: [(rank: UInt64, offset: UInt64, label: Double, time: Instant)] = []
        let filter = ExclusionFilter(engine.trainer.exclusions)
        try forEachTrainingBatch(
            where: { $0.firstSequence + UInt64($0.count) > from },
            { base, header in
                var at = BatchHeader.size
                for index in 0..<header.count {
                    let entry = EntryView(base + at)
                    at += entry.size
                    let sequence = header.firstSequence + UInt64(index)
                    if sequence < from || entry.time > matured { continue }
                    if filter.excludes(entry, at: sequence) { continue }
                    var chance = SeededRandom(key: entry.idHash).forked(part: Self.choosing)
                    chosen.append(
                        (chance.next(), entry.rawOffset, Double(entry.label), entry.time))
                }
            })
        chosen.sort { ($0.rank, $0.offset) < ($1.rank, $1.offset) }
        let kept = chosen.prefix(2 * GoldenFolder.Limits.rowCount)
        // Read in the log's order, so that each batch is read once.
        var lines: [UInt64: [UInt8]] = [:]
        for offset in kept.map(\.offset).sorted() {
            lines[offset] = try rawLog.rawLine(at: offset).dropLast(LinePadding.size)
        }
        let parser = RecordParser()
        return LabelledPool(
            lines: kept.map { row in
                LabelledLine(
                    line: Self.labelled(lines[row.offset] ?? [], row.label, parser),
                    label: row.label,
                    time: row.time)
            }, count: chosen.count)
    }

    /// The record with its label in front; one that has its own keeps it.
    private static func labelled(
        _ line: [UInt8], _ label: Double, _ parser: RecordParser
    ) -> [UInt8] {
        var trimmed = line[...]
        while let first = trimmed.first, first <= 0x20 { trimmed = trimmed.dropFirst() }
        let padded = line + [UInt8](repeating: 0, count: LinePadding.size)
        let own = padded.withUnsafeBytes { bytes -> Double? in
            guard let base = bytes.baseAddress else { return nil }
            do throws(Rejection) {
                return try parser.parse(base, count: line.count, stream: .examples).label
            } catch {
                return nil
            }
        }
        if own != nil { return Array(trimmed) }
        return Array("{\"label\":\(label),".utf8) + trimmed.dropFirst()
    }

    /// Scores what serves once more, each hour of event time; a broken model on a set that stays
    /// the same is told from a harder world. Only a model that ramps needs a set.
    func rescoreGolden(at now: Instant) {
        guard now >= goldenScoredAt + Self.rescoreInterval, let served = engine.serving else {
            return
        }
        goldenScoredAt = now
        do {
            guard try ramps || golden.exists() else { return }
            let rows = try golden.score(served.learner, nil)
            let gate = Gate(engine.settings.gate)
            var report = GoldenReport(
                rows: rows.count, positives: rows.count { $0.label >= 0.5 })
            report.fault = gate.objection(toGoldenSet: rows)
            report.logLoss = Gate.logLoss(of: rows)
            report.checkpoint = served.checkpoint
            report.scoredAt = now
            if let loss = report.logLoss { look(at: loss, now, &report) }
            goldenReport = report
        } catch {
            var report = GoldenReport(rows: 0, positives: 0)
            report.fault = "\(error)"
            goldenReport = report
        }
    }

    private func look(at loss: Double, _ now: Instant, _ report: inout GoldenReport) {
        let live = engine.history.recentLossLevel(Self.liveSpan).map {
            GoldenTrend.Level(mean: $0.mean, error: $0.error)
        }
        goldenTrend.note(GoldenTrend.Look(at: now, golden: loss, live: live))
        report.usualLogLoss = goldenTrend.usualGolden
        (report.liveLogLoss, report.usualLiveLogLoss) = (live?.mean, goldenTrend.usualLive)
        report.quadrant = goldenTrend.quadrant
    }

    static func freshTrend(_ settings: ModelSettings) -> GoldenTrend {
        GoldenTrend(margin: 2 * settings.gate.lossMargin, reach: settings.gate.reach)
    }

    /// What serves is worse on the golden set than the week's median, beyond the margin.
    var goldenWorse: String? {
        guard goldenTrend.isGoldenWorse == true, let loss = goldenReport?.logLoss,
            let median = goldenTrend.usualGolden
        else { return nil }
        return "log loss on the golden set is \(FigureText.text(loss)), the week's median is "
            + "\(FigureText.text(median))"
    }
}
