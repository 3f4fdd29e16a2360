import Engine
import Filtering
import Learning
import Numerics
import Operation
import Recording
import Vocabulary

/// A part of what was learned since the good checkpoint: a window, of all or of some slices.
struct BisectionPart {
    var from: Instant
    var to: Instant
    /// None for all examples.
    var slices: [NamedSlice] = []

    var selections: [ExampleSelection] {
        let whole = ExampleSelection(from: from, to: to)
        guard !slices.isEmpty else { return [whole] }
        return slices.map { slice in
            var selection = whole
            if slice.slice.isSource {
                selection.source = slice.name
            } else {
                selection.segment = slice.name
            }
            return selection
        }
    }

    var text: String {
        guard let first = slices.first else { return ExampleSelection(from: from, to: to).text }
        let names = slices.map(\.name)
        let shown = names.prefix(3).joined(separator: ", ")
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        let kind = first.slice.isSource ? "source" : "segment"
        return "\(from.rfc3339) to \(to.rfc3339), \(kind) \(shown)\(more)"
    }
}

/// A source or a segment that can be purged by its name.
struct NamedSlice {
    var slice: Slice
    var name: String
    /// Examples of the window.
    var count: UInt64
}

/// Where parts are tried: the log from the good checkpoint on, always to the same end.
struct BisectionBench {
    /// What came of leaving a part out.
    struct Outcome {
        /// On each row of the golden set.
        var losses: [Double]
        var digest: String
    }

    let ground: RehearsalGround
    let golden: GoldenMeasure
    let base: RehearsalGround.Base
    /// Event time of what is looked at: from the first example that the good checkpoint cannot have
    /// met, to the last whose labels are all in.
    let begin: Instant
    let end: Instant
    /// Of all entries.
    let newest: Instant
    /// Event time in cells, with the examples of each.
    let cells: [(from: Instant, count: Int)]
    /// The log's end when it began: what is written meanwhile does not count.
    private let last: UInt64

    /// Nil where no example has all of its labels.
    init?(
        _ ground: RehearsalGround, _ golden: GoldenMeasure, _ base: RehearsalGround.Base
    ) throws {
        (self.ground, self.golden, self.base) = (ground, golden, base)
        try ground.course.begin("measures the log")
        guard let newest = try ground.newestTime() else { return nil }
        self.newest = newest
        let met = base.report?.eventTime ?? .distantPast
        let end = min(ground.matured(at: newest), newest) + Span(microseconds: 1)
        var (times, last) = ([Instant](), UInt64(0))
        let filter = ExclusionFilter(ground.active)
        var earliest = Instant.distantFuture
        try ground.forEachBatch(from: base.cursor.batch.offset) { bytes, header in
            header.forEachEntry(bytes) { entry, sequence in
                last = sequence + 1
                guard entry.time > met, entry.time < end, !filter.excludes(entry, at: sequence)
                else { return }
                earliest = min(earliest, entry.time)
                times.append(entry.time)
            }
            return true
        }
        guard earliest < end else { return nil }
        let begin = max(earliest.floored(to: .seconds(1)), Self.behind(met))
        (self.begin, self.end, self.last) = (begin, end, last)
        cells = Self.cells(times, from: begin, to: end)
    }

    /// The first whole second that the good checkpoint has met nothing of.
    private static func behind(_ met: Instant) -> Instant {
        met == .distantPast ? met : met.floored(to: .seconds(1)) + .seconds(1)
    }

    private static func cells(
        _ times: [Instant], from begin: Instant, to end: Instant
    ) -> [(from: Instant, count: Int)] {
        let width =
            Bisection.Limits.cellWidths.first { width in
                (end - begin).microseconds / width.microseconds < Bisection.Limits.cellsMax - 1
            } ?? .days(1)
        let start = begin.floored(to: width)
        let count = Int((end - start).microseconds / width.microseconds) + 1
        var cells = (0..<count).map { index in
            let from = start + Span(microseconds: Int64(index) * width.microseconds)
            return (from: max(from, begin), count: 0)
        }
        for time in times where time >= begin {
            cells[Int((time - start).microseconds / width.microseconds)].count += 1
        }
        return cells
    }

    /// Where a cell begins; the end for the one behind the last.
    func time(of cell: Int) -> Instant { cell < cells.count ? cells[cell].from : end }

    /// What comes of leaving parts out, each by itself. What is too new for its labels is left out
    /// as well, unless the learner is to be the very one that a purge leads to.
    func leavingOut(
        _ parts: [BisectionPart?], withTheNewest isWhole: Bool = false
    ) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        var rest = parts[...]
        while !rest.isEmpty {
            let cursors = try rest.prefix(Bisection.Limits.cursorCount).map {
                try cursor($0, isWhole)
            }
            rest = rest.dropFirst(cursors.count)
            try ground.course.begin("learns without parts of it")
            try ground.forEachBatch(from: base.cursor.batch.offset) { bytes, header in
                let batch = MeasuredBatch(bytes, header, from: base.cursor.sequence)
                for cursor in cursors { cursor.meet(batch, clock: ground.clock) }
                return true
            }
            for cursor in cursors {
                outcomes.append(
                    Outcome(
                        losses: try golden.losses(cursor.learner),
                        digest: SHA256.digest(of: cursor.learner.encode()).hex))
            }
        }
        return outcomes
    }

    private func cursor(_ part: BisectionPart?, _ isWhole: Bool) throws -> ThrowawayCursor {
        var selections = part?.selections ?? []
        if !isWhole { selections.append(ExampleSelection(from: end, to: .distantFuture)) }
        let exclusions = selections.enumerated().map { index, selection in
            Exclusion(
                id: ExclusionID(model: ground.name, number: 9000 + index),
                what: .examples(selection))
        }
        return ThrowawayCursor(
            .purge, from: try base.moment(ground.settings.learner),
            leavingOut: ground.active + exclusions, end: .sequence(last), riding: ground.rides)
    }

    /// What training meets of a selection: how many, and the first one's place.
    func count(_ selection: ExampleSelection) throws -> (examples: UInt64, first: UInt64?) {
        let (wanted, active) = (ExclusionFilter.only(selection), ExclusionFilter(ground.active))
        var (examples, first) = (UInt64(0), UInt64?.none)
        try ground.forEachBatch(from: base.cursor.batch.offset) { bytes, header in
            header.forEachEntry(bytes) { entry, sequence in
                guard sequence < last, wanted.excludes(entry),
                    !active.excludes(entry, at: sequence)
                else { return }
                examples += 1
                first = first ?? sequence
            }
            return true
        }
        return (examples, first)
    }

    /// The sources, or the segments, that came most often in a window, with their names.
    func slices(
        _ kind: (EntryView) -> Slice, from: Instant, to: Instant
    ) throws -> [NamedSlice] {
        var found: [Slice: (count: UInt64, record: UInt64)] = [:]
        try ground.forEachBatch(from: base.cursor.batch.offset) { bytes, header in
            header.forEachEntry(bytes) { entry, _ in
                let slice = kind(entry)
                guard slice.hash != 0, entry.time >= from, entry.time < to,
                    found[slice] != nil || found.count < Bisection.Limits.sourceMax
                else { return }
                found[slice, default: (0, entry.rawOffset)].count += 1
            }
            return true
        }
        guard found.count > 1 else { return [] }
        let most = found.sorted { ($0.value.count, $0.key.hash) > ($1.value.count, $1.key.hash) }
        let names = SliceNames(ground.rawLog)
        return try most.prefix(Bisection.Limits.sliceMax).compactMap { slice, value in
            try names.name(of: slice, recordAt: value.record).map {
                NamedSlice(slice: slice, name: $0, count: value.count)
            }
        }
    }
}

extension BatchHeader {
    /// The entries of a whole batch, each with its place in the log.
    func forEachEntry<Failure: Error>(
        _ bytes: UnsafeRawPointer, _ body: (EntryView, UInt64) throws(Failure) -> Void
    ) throws(Failure) {
        var offset = BatchHeader.size
        for index in 0..<count {
            let entry = EntryView(bytes + offset)
            offset += entry.size
            try body(entry, firstSequence + UInt64(index))
        }
    }
}
