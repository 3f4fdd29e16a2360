import Engine
import Filtering
import Foundation
import Learning
import Numerics
import Operation
import Recording
import Vocabulary
import World

/// Finds the window of the training log whose examples look unlike those before it: by label rate,
/// by their loss under a checkpoint from before, by repeated contents, by how that checkpoint's
/// scores spread; over all, and by source and segment.
///
/// Event time is cut into cells that hold some dozens of examples. A cell stands out where it is
/// six robust deviations (1.4826 times the median absolute deviation, but never less than chance
/// alone makes) from the median of the cells before the onset.
struct WindowFinder {
    /// Counts, and lengths of event time.
    enum Limits {
        static let scanned = Span.days(7)
        static let cellWidths = [
            Span.minutes(5), .minutes(15), .hours(1), .hours(6), .days(1),
        ]
        /// Examples that a cell should hold.
        static let cellCount = 60
        static let cellsMax = 4096
        /// Cells that must be known before anything can stand out.
        static let baselineMin = 12
        /// Sources, and segments, that are looked at by themselves: those with most examples.
        static let sliceMax = 48
        /// What is kept of a source before it is known which have most.
        static let sourceMax = 65_536
        /// Cells between two that stand out, within one window.
        static let gap = 2
    }

    /// Of its steps, for its course.
    static let weight = lookWeight + 5
    private static let lookWeight = 8.0

    let ground: RehearsalGround
    /// When an alarm says that it began; nil to look at everything.
    let onset: Instant?

    /// The scanned stretch, cut into cells.
    struct Grid {
        var start: Instant
        var width: Span
        var count: Int

        /// Nil outside of it.
        func cell(of time: Instant) -> Int? {
            guard time >= start else { return nil }
            let cell = (time - start).microseconds / width.microseconds
            return cell < Int64(count) ? Int(cell) : nil
        }

        func begin(of cell: Int) -> Instant {
            start + Span(microseconds: Int64(cell) * width.microseconds)
        }
    }

    /// The window, and what was seen of the loss on the way.
    func find() throws -> (proposal: WindowProposal, live: LiveLoss?) {
        guard let grid = try grid() else {
            let proposal = WindowProposal(
                window: nil,
                text: "cannot tell: the training log has too few examples to compare with")
            return (proposal, nil)
        }
        var survey = CellSurvey(grid: grid, slices: try slices(grid))
        let known = try ground.survey(leavingOut: ground.active)
        let earlier = ground.candidates.filter { ($0.eventTime ?? .distantPast) < grid.start }
        let base = try ground.base(among: earlier, agreeing: known)
        try ground.course.begin("looks for the window", weight: Self.lookWeight)
        if let base {
            try learn(from: base, grid, into: &survey)
        } else {
            try scan(grid) { entry in survey.meet(entry, nil, fixed: nil) }
        }
        let choice = WindowChoice(survey, onset: onset, names: SliceNames(ground.rawLog))
        return (try choice.proposal(), onset.flatMap { LiveLoss(survey, onset: $0) })
    }

    /// A learner of its own scores each example before it learns it, up to the onset, and only
    /// scores from there on; without an onset, from the middle on.
    private func learn(
        from base: RehearsalGround.Base, _ grid: Grid, into survey: inout CellSurvey
    ) throws {
        let learner = try base.moment(ground.settings.learner).learner
        let stop = onset ?? grid.begin(of: grid.count / 2)
        // One that begins with nothing has to learn something first.
        let warm = base.trained == 0 ? grid.start + Self.third(of: stop - grid.start) : grid.start
        let filter = ExclusionFilter(ground.active)
        var fixed: FTRLLearner?
        var isFrozen = false
        try ground.forEachBatch(from: base.cursor.batch.offset) { bytes, header in
            var offset = BatchHeader.size
            for index in 0..<header.count {
                let entry = EntryView(bytes + offset)
                offset += entry.size
                let sequence = header.firstSequence + UInt64(index)
                guard sequence >= base.cursor.sequence, !filter.excludes(entry, at: sequence)
                else { continue }
                let isWarm = entry.time >= warm
                if isWarm, fixed == nil { fixed = try Self.copy(of: learner) }
                isFrozen = isFrozen || entry.time >= stop
                let logit = isFrozen ? learner.score(entry) : learner.learn(entry)
                survey.meet(
                    entry, isWarm && !logit.isNaN ? logit : nil,
                    fixed: isWarm ? fixed?.score(entry) : nil)
            }
            return true
        }
    }

    private static func copy(of learner: FTRLLearner) throws -> FTRLLearner {
        try learner.encode().withUnsafeBytes { try FTRLLearner(decoding: $0) }
    }

    private static func third(of span: Span) -> Span {
        Span(microseconds: max(span.microseconds, 0) / 3)
    }

    // MARK: what is looked at

    /// The newest days, or those around the onset.
    private func grid() throws -> Grid? {
        try ground.course.begin("measures the log")
        guard let latest = try ground.newestTime() else { return nil }
        let known = min(latest, ground.matured(at: latest))
        let newest = min(known, (onset ?? known) + Limits.scanned)
        let from = (onset ?? newest) - Limits.scanned
        var earliest = Instant.distantFuture
        var count = 0
        try ground.forEachBatch(
            from: ground.trainingLog.start,
            where: { header in
                guard header.latest >= from, header.earliest <= newest else { return false }
                earliest = min(earliest, max(header.earliest, from))
                count += header.count
                return false
            }, { _, _ in true })
        guard earliest < newest else { return nil }
        for width in Limits.cellWidths {
            let start = earliest.floored(to: width)
            let cells = Int((newest - start).microseconds / width.microseconds) + 1
            guard cells <= Limits.cellsMax, count / cells >= Limits.cellCount else { continue }
            guard cells > Limits.baselineMin else { return nil }
            return Grid(start: start, width: width, count: cells)
        }
        return nil
    }

    /// The sources and segments that came most often.
    private func slices(_ grid: Grid) throws -> [Slice] {
        var counts: [Slice: Int] = [:]
        try ground.course.begin("counts sources", weight: 3)
        try scan(grid) { entry in
            for slice in [Slice.source(entry.source), .segment(entry.segment)]
            where slice.hash != 0 && (counts[slice] != nil || counts.count < Limits.sourceMax) {
                counts[slice, default: 0] += 1
            }
        }
        func most(_ isWanted: (Slice) -> Bool) -> [Slice] {
            let wanted = counts.filter { isWanted($0.key) }
            guard wanted.count > 1 else { return [] }
            let sorted = wanted.sorted { ($0.value, $0.key.hash) > ($1.value, $1.key.hash) }
            return sorted.prefix(Limits.sliceMax).map(\.key)
        }
        return [.all] + most { $0.isSource } + most { $0.isSegment }
    }

    /// What training meets of the stretch.
    private func scan(_ grid: Grid, _ body: (EntryView) -> Void) throws {
        let filter = ExclusionFilter(ground.active)
        let end = grid.begin(of: grid.count)
        try ground.forEachBatch(
            from: ground.trainingLog.start,
            where: { $0.latest >= grid.start && $0.earliest < end },
            { bytes, header in
                var offset = BatchHeader.size
                for index in 0..<header.count {
                    let entry = EntryView(bytes + offset)
                    offset += entry.size
                    guard entry.time >= grid.start, entry.time < end else { continue }
                    let sequence = header.firstSequence + UInt64(index)
                    if !filter.excludes(entry, at: sequence) { body(entry) }
                }
                return true
            })
    }
}

/// A part of the examples: all, or those of one source or segment by its hash.
enum Slice: Hashable {
    case all
    case source(UInt64)
    case segment(UInt64)

    var hash: UInt64 {
        switch self {
        case .all: 0
        case .source(let hash), .segment(let hash): hash
        }
    }

    var isSource: Bool {
        guard case .source = self else { return false }
        return true
    }

    var isSegment: Bool {
        guard case .segment = self else { return false }
        return true
    }
}

/// Names of sources and segments, of which the training log has hashes, from the raw records.
struct SliceNames {
    private let rawLog: LogFolder

    init(_ rawLog: LogFolder) { self.rawLog = rawLog }

    private struct Record: Decodable {
        var source: String?
        var segment: String?
    }

    /// Nil where the record is no longer there.
    func name(of slice: Slice, recordAt offset: UInt64) throws -> String? {
        guard offset >= rawLog.start else { return nil }
        let line = try rawLog.rawLine(at: offset).dropLast(LinePadding.size)
        let record = try JSON.decode(Record.self, from: Foundation.Data(line))
        let name =
            switch slice {
            case .all: String?.none
            case .source: record.source
            case .segment: record.segment
            }
        return name.flatMap { FeatureHash.tag($0) == slice.hash ? $0 : nil }
    }
}
