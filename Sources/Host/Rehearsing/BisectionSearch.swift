import Numerics
import Operation
import Vocabulary

/// Closes in on the part that does the harm.
struct BisectionSearch {
    private let bench: BisectionBench
    private var golden: GoldenMeasure { bench.golden }

    init(_ bench: BisectionBench) { self.bench = bench }

    /// What is known so far.
    private struct Ground {
        /// On each row of the golden set, of one that met all.
        var bad: [Double]
        var badLoss: Double
        /// How much worse it is than one that met nothing since the good checkpoint.
        var harm: Double
        var trials: [BisectionReport.Trial] = []
    }

    func report() throws -> BisectionReport {
        let whole = BisectionPart(from: bench.begin, to: bench.end)
        let ends = try bench.leavingOut([whole, nil])
        var report = BisectionReport(text: "")
        report.good = bench.base.report?.id
        report.goodLoss = golden.estimate(ends[0].losses)
        report.badLoss = golden.estimate(ends[1].losses)
        report.harm = golden.change(ends[1].losses, ends[0].losses)
        if let harm = report.harm, let bad = report.badLoss, let good = report.goodLoss {
            report.evidence.append(
                "golden log loss \(FigureText.text(bad.mean)) with all that came since "
                    + "\(bench.base.words), \(FigureText.text(good.mean)) without: "
                    + "\(FigureText.text(harm.mean)) of harm (\(FigureText.text(harm.low)) to "
                    + "\(FigureText.text(harm.high)))")
        }
        guard let harm = report.harm, let bad = report.badLoss, harm.low > 0 else {
            report.text =
                "cannot tell: on the golden set, what was learned since \(bench.base.words) did "
                + "no harm beyond chance"
            return report
        }
        var state = Ground(bad: ends[1].losses, badLoss: bad.mean, harm: harm.mean)
        let (window, repaired) = try edges(&state)
        var part = window
        if let slice = try narrowest(window, enough: repaired * Bisection.Limits.enough, &state) {
            part.slices = [slice]
        }
        try conclude(part, &report)
        report.trials = state.trials
        return report
    }

    // MARK: when

    /// The shortest window that accounts for the harm, and how much of it.
    private func edges(_ state: inout Ground) throws -> (BisectionPart, Double) {
        let count = bench.cells.count
        func part(_ from: Int, _ to: Int) -> BisectionPart {
            BisectionPart(from: bench.time(of: from), to: bench.time(of: to))
        }
        let first = try knee(below: count, whole: 1, weight: { bench.cells[$0].count }) { cells in
            try tried(cells.map { part($0, count) }, &state)
        }
        let last = try knee(
            below: count - first.index, whole: first.repaired,
            weight: { bench.cells[count - 1 - $0].count }
        ) { cells in
            try tried(cells.map { part(first.index, count - $0) }, &state)
        }
        return (part(first.index, count - last.index), last.repaired)
    }

    /// How many cells to spare, of less than a bound, so that what is left out makes the most of
    /// it: of the harm that it repairs, and of the examples that it spares, each as a share of all.
    ///
    /// Where the harm begins shows as a knee, also where good examples move the golden set a little
    /// (Satopää et al., 2011). A handful of places at a time, around the best so far.
    private func knee(
        below bound: Int, whole: Double, weight: (Int) -> Int,
        shares: ([Int]) throws -> [Double]
    ) throws -> (index: Int, repaired: Double) {
        var spared = [0]
        for cell in 0..<bound { spared.append(spared[cell] + weight(cell)) }
        let total = Double(max(spared[bound], 1))
        var known = [0: whole]
        func worth(_ index: Int) -> Double {
            known[index, default: 0] / whole + Double(spared[index]) / total
        }
        var (low, best, high) = (0, 0, bound)
        while high - low > 1 {
            let points = Self.points(between: low, and: high, weight).filter { known[$0] == nil }
            guard !points.isEmpty else { break }
            for (point, share) in zip(points, try shares(points)) { known[point] = share }
            let all = known.keys.sorted()
            best = all.reduce(0) { worth($1) > worth($0) ? $1 : $0 }
            low = all.last { $0 < best } ?? best
            high = all.first { $0 > best } ?? bound
        }
        return (best, known[best, default: 0])
    }

    private static func points(
        between low: Int, and high: Int, _ weight: (Int) -> Int
    ) -> [Int] {
        let most = Bisection.Limits.cursorCount
        let inner = Array((low + 1)..<high)
        guard inner.count > most else { return inner }
        let total = (low..<high).reduce(0) { $0 + weight($1) }
        var points: [Int] = []
        var sum = 0
        for cell in low..<(high - 1) {
            sum += weight(cell)
            let due = total * (points.count + 1) / (most + 1)
            if points.count < most, sum >= max(due, 1) { points.append(cell + 1) }
        }
        // Where the examples lie in one cell, the middle is as good as any.
        return points.isEmpty ? [low + (high - low) / 2] : points
    }

    /// Of the harm, what leaving out each part repairs.
    private func tried(_ parts: [BisectionPart], _ state: inout Ground) throws -> [Double] {
        let outcomes = try bench.leavingOut(parts)
        return zip(parts, outcomes).map { part, outcome in
            let loss = golden.estimate(outcome.losses)?.mean ?? .infinity
            let repaired = (state.badLoss - loss) / state.harm
            state.trials.append(
                BisectionReport.Trial(text: part.text, logLoss: loss, repaired: repaired))
            return repaired
        }
    }

    // MARK: whose

    /// The source or the segment that does by itself what the window does; of both the one with
    /// fewer examples. Nil where it takes more than one.
    private func narrowest(
        _ window: BisectionPart, enough: Double, _ state: inout Ground
    ) throws -> NamedSlice? {
        let kinds: [(EntryView) -> Slice] = [{ .source($0.source) }, { .segment($0.segment) }]
        var found: [NamedSlice] = []
        for kind in kinds {
            let slices = try bench.slices(kind, from: window.from, to: window.to)
            if let one = try halved(slices, window, enough, &state) { found.append(one) }
        }
        return found.min { ($0.count, $0.name) < ($1.count, $1.name) }
    }

    private func halved(
        _ slices: [NamedSlice], _ window: BisectionPart, _ enough: Double, _ state: inout Ground
    ) throws -> NamedSlice? {
        var suspects = slices
        while suspects.count > 1 {
            let half = suspects.count / 2
            let halves = [Array(suspects.prefix(half)), Array(suspects.dropFirst(half))]
            let parts = halves.map { half in
                var part = window
                part.slices = half
                return part
            }
            let shares = try tried(parts, &state)
            guard let best = shares.indices.max(by: { shares[$0] < shares[$1] }),
                shares[best] >= enough
            else { return nil }
            suspects = halves[best]
        }
        return suspects.first
    }

    // MARK: in the end

    private func conclude(_ part: BisectionPart, _ report: inout BisectionReport) throws {
        guard var selection = part.selections.first else {
            preconditionFailure("a part has a window")
        }
        let isOpen = selection.to >= bench.end
        // What is too new to be judged is more of the same, as far as anybody knows.
        if isOpen { selection.to = bench.newest.floored(to: .seconds(1)) + .seconds(1) }
        var final = part
        (final.from, final.to) = (selection.from, selection.to)
        let outcome = try bench.leavingOut([final], withTheNewest: true)[0]
        let counted = try bench.count(selection)
        report.window = selection
        report.examples = counted.examples
        report.repairedLoss = golden.estimate(outcome.losses)
        report.learnerDigest = outcome.digest
        if let first = counted.first {
            let rising = bench.ground.folder.reports.sorted {
                ($0.reach, $0.id) < ($1.reach, $1.id)
            }
            report.lastGood = rising.last { $0.reach <= first && $0.verdict != .failed }?.id
            report.firstBad = rising.first { $0.reach > first }?.id
        }
        if let loss = report.repairedLoss {
            report.evidence.append(
                "without these examples alone it comes to \(FigureText.text(loss.mean))")
        }
        if let good = report.lastGood {
            report.evidence.append("\(good) is the last that met none of them")
        }
        let turned = report.firstBad.map { ", first met by \($0)" } ?? ""
        report.text =
            "\(selection.text): these \(counted.examples) examples did it\(turned)"
            + (isOpen ? "; it goes on to the log's end" : "")
    }
}
