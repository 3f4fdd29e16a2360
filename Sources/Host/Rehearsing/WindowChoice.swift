import Numerics
import Operation
import Vocabulary

/// Of all cells that stand out, the window to propose: the narrowest part of the examples that
/// explains them.
struct WindowChoice {
    /// Robust deviations from which on a cell stands out, and by itself makes a window.
    private static let limit = 6.0
    private static let aloneLimit = 12.0

    /// Cells of one slice that stand out together.
    private struct Run {
        var slice: Int
        var cells: Range<Int>
        /// Those that do.
        var flagged: [Int]
        var peak: Double
        /// How far out they are in all.
        var weight: Double
    }

    private let survey: CellSurvey
    private let onset: Instant?
    private let names: SliceNames
    /// Cells that are known to be usual, or nothing is known of.
    private let before: Int
    private let baselines: [CellBaseline]

    init(_ survey: CellSurvey, onset: Instant?, names: SliceNames) {
        (self.survey, self.onset, self.names) = (survey, onset, names)
        let grid = survey.grid
        let before =
            onset.map { $0 < grid.start ? 0 : grid.cell(of: $0) ?? grid.count } ?? grid.count
        self.before = before
        let all = CellBaseline(survey.cells[0][..<before])
        baselines = survey.cells.map { cells in
            let own = CellBaseline(cells[..<before])
            // One that never came before is held against all.
            return own.cellCount >= WindowFinder.Limits.baselineMin ? own : all
        }
    }

    func proposal() throws -> WindowProposal {
        guard baselines[0].cellCount >= WindowFinder.Limits.baselineMin else {
            return WindowProposal(
                window: nil,
                text: "cannot tell: too little came before \(onset?.rfc3339 ?? "") to compare with")
        }
        let found = survey.slices.indices.flatMap { runs(of: $0) }
        guard let chosen = choose(among: found) else {
            return WindowProposal(
                window: nil,
                text: "cannot tell: no window of \(survey.grid.begin(of: 0).rfc3339) to "
                    + "\(survey.grid.begin(of: survey.grid.count).rfc3339) looks unlike what "
                    + "came before it")
        }
        return try describe(chosen)
    }

    // MARK: cells that stand out

    private func peak(_ slice: Int, _ sums: CellSums) -> Double {
        CellMeasure.allCases.compactMap { measure in
            // Other examples at another hour are no fault by themselves.
            let share = measure == .scores ? 0.5 : 1
            return baselines[slice].score(measure, of: sums).map { $0 * share }
        }.max() ?? 0
    }

    private func runs(of slice: Int) -> [Run] {
        let cells = survey.cells[slice]
        // A cell or two before the onset, which is an estimate.
        let first = onset == nil ? 0 : max(0, before - WindowFinder.Limits.gap)
        var runs: [Run] = []
        for cell in first..<cells.count {
            let score = peak(slice, cells[cell])
            guard score >= Self.limit else { continue }
            let weight = score * cells[cell].count
            if let last = runs.last, cell - last.cells.upperBound <= WindowFinder.Limits.gap {
                runs[runs.count - 1].cells = last.cells.lowerBound..<(cell + 1)
                runs[runs.count - 1].flagged.append(cell)
                runs[runs.count - 1].peak = max(last.peak, score)
                runs[runs.count - 1].weight += weight
            } else {
                runs.append(
                    Run(
                        slice: slice, cells: cell..<(cell + 1), flagged: [cell], peak: score,
                        weight: weight))
            }
        }
        return runs.filter { $0.flagged.count >= 2 || $0.peak >= Self.aloneLimit }
    }

    /// The heaviest run of all examples, narrowed to the source or segment that makes it; else the
    /// heaviest of a part.
    private func choose(among runs: [Run]) -> Run? {
        func heaviest(_ runs: [Run]) -> Run? {
            runs.max { ($0.weight, -$0.slice) < ($1.weight, -$1.slice) }
        }
        guard let whole = heaviest(runs.filter { $0.slice == 0 }) else { return heaviest(runs) }
        let parts = runs.filter { run in
            run.slice != 0 && run.cells.overlaps(whole.cells) && explains(run, whole)
        }
        // The smallest part that explains it.
        let narrowest = parts.min { left, right in
            (count(left), left.slice) < (count(right), right.slice)
        }
        guard let narrowest else { return whole }
        // The part shows its edges more clearly than the whole, which it is diluted in.
        return narrowest
    }

    private func count(_ run: Run) -> Double {
        run.cells.reduce(0) { $0 + survey.cells[run.slice][$1].count }
    }

    /// True if the whole looks as usual without a part.
    private func explains(_ part: Run, _ whole: Run) -> Bool {
        let rest = whole.flagged.map { cell in
            survey.cells[0][cell].without(survey.cells[part.slice][cell])
        }
        let known = rest.filter { $0.count >= 20 }
        // Where it is all that came, nothing is left to look as usual.
        guard known.count * 2 >= whole.flagged.count else { return false }
        let flagged = known.count { sums in peak(0, sums) >= Self.limit }
        return flagged * 5 <= known.count
    }

    // MARK: in words

    private func describe(_ run: Run) throws -> WindowProposal {
        let grid = survey.grid
        let slice = survey.slices[run.slice]
        var window = ExampleSelection(
            from: grid.begin(of: run.cells.lowerBound), to: grid.begin(of: run.cells.upperBound))
        var name: String?
        if slice != .all {
            let record = survey.records[run.slice][run.flagged[0]]
            name = try names.name(of: slice, recordAt: record)
            if slice.isSource { window.source = name } else { window.segment = name }
        }
        let count = UInt64(count(run))
        var evidence = CellMeasure.allCases.compactMap { words($0, run) }
        if slice != .all {
            evidence.append(
                name == nil
                    ? "one source or segment alone, whose records are gone: its name is not known"
                    : "without it, the same cells look as usual, or hide it")
        }
        let isOpen = run.cells.upperBound >= grid.count
        let isWide = slice == .all
        let kind = isWide ? "all sources and segments alike" : "one part of the examples only"
        return WindowProposal(
            window: slice == .all || name != nil ? window : nil, examples: count, isWide: isWide,
            text: "\(window.text): \(count) examples look unlike those before"
                + (isOpen ? ", to the log's end" : "") + "; \(kind)",
            evidence: evidence)
    }

    private func words(_ measure: CellMeasure, _ run: Run) -> String? {
        let baseline = baselines[run.slice]
        let cells = run.flagged.map { survey.cells[run.slice][$0] }
        let out = cells.filter { (baseline.score(measure, of: $0) ?? 0) >= Self.limit }
        guard !out.isEmpty, let usual = baseline.median(measure) else { return nil }
        let values = out.compactMap { baseline.value(measure, of: $0) }
        let mean = values.reduce(0, +) / Double(values.count)
        let peak = out.compactMap { baseline.score(measure, of: $0) }.max() ?? 0
        let isShare = measure == .labelRate || measure == .repeats
        let found = isShare ? FigureText.percent(mean) : FigureText.text(mean)
        let known = isShare ? FigureText.percent(usual) : FigureText.text(usual)
        let width = survey.grid.width.text
        var line = "\(measure.words) \(found) against \(known), up to "
        line += "\(FigureText.text(peak.rounded())) deviations out, "
        line += "in \(out.count) of \(run.cells.count) cells of \(width)"
        if measure == .loss {
            line += ", by a learner that had met none of it"
        }
        return line
    }
}
