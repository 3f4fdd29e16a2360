import Numerics
import Vocabulary

/// What the examples of one cell of event time come to.
struct CellSums {
    var count = 0.0
    var labels = 0.0
    /// Those that a learner scored which had not met them.
    var scored = 0.0
    var loss = 0.0
    var lossSquares = 0.0
    /// Of the scores of one that stays the same.
    var bins = [Double](repeating: 0, count: Self.binCount)
    /// Which hashes of contents came: bits.
    var contents = [UInt64](repeating: 0, count: Self.wordCount)
    /// Examples whose contents were hashed.
    var hashed = 0.0

    static let binCount = 10
    static let wordCount = 16

    /// Logits from -5 to 5 in steps of one.
    mutating func spread(_ logit: Double) {
        bins[min(max(Int((logit + 5).rounded(.down)), 0), Self.binCount - 1)] += 1
    }

    /// An example with a hash of its contents, and what a learner made of it, if one did.
    mutating func add(_ label: Double, _ logit: Double?, _ content: UInt64) {
        count += 1
        labels += label
        hashed += 1
        let bit = Int(content % UInt64(Self.wordCount * 64))
        contents[bit / 64] |= 1 << UInt64(bit % 64)
        guard let logit else { return }
        let loss = Entropy.softplus(logit) - label * logit
        scored += 1
        self.loss += loss
        lossSquares += loss * loss
    }

    /// Examples whose scores were spread.
    var spreadCount: Double { bins.reduce(0, +) }

    /// Share of examples whose contents came before in the cell, by linear counting (Whang et al.,
    /// 1990); nil where there are so many that it cannot tell.
    var repeated: Double? {
        let bits = Double(Self.wordCount * 64)
        let set = Double(contents.reduce(0) { $0 + $1.nonzeroBitCount })
        guard hashed >= 20, set < 0.9 * bits else { return nil }
        let distinct = -bits * Entropy.log(1 - set / bits)
        return max(0, 1 - distinct / hashed)
    }

    /// The standard error of that share, by what bits that fall together leave open.
    var repeatedError: Double {
        let bits = Double(Self.wordCount * 64)
        let empty = max(bits - Double(contents.reduce(0) { $0 + $1.nonzeroBitCount }), 1)
        return (bits * max(bits / empty - hashed / bits - 1, 0)).squareRoot() / max(hashed, 1)
    }

    /// What is left without another slice's; contents cannot be told apart.
    func without(_ other: CellSums) -> CellSums {
        var rest = self
        rest.count -= other.count
        rest.labels -= other.labels
        rest.scored -= other.scored
        rest.loss -= other.loss
        rest.lossSquares -= other.lossSquares
        for index in bins.indices { rest.bins[index] -= other.bins[index] }
        rest.hashed = 0
        return rest
    }
}

/// The cells of every slice.
struct CellSurvey {
    let grid: WindowFinder.Grid
    let slices: [Slice]
    /// By slice, then by cell.
    private(set) var cells: [[CellSums]]
    /// By slice, then by cell: where the raw record of an example lies; for names.
    private(set) var records: [[UInt64]]
    private let indices: [Slice: Int]

    init(grid: WindowFinder.Grid, slices: [Slice]) {
        (self.grid, self.slices) = (grid, slices)
        cells = slices.map { _ in [CellSums](repeating: CellSums(), count: grid.count) }
        records = slices.map { _ in [UInt64](repeating: 0, count: grid.count) }
        indices = Dictionary(uniqueKeysWithValues: slices.enumerated().map { ($1, $0) })
    }

    /// `logit` is what a learner made of it that had not met it, `fixed` what one made of it that
    /// stays the same for all; nil without one.
    mutating func meet(_ entry: EntryView, _ logit: Double?, fixed: Double?) {
        guard let cell = grid.cell(of: entry.time) else { return }
        let content = XXHash64.hash(
            entry.base + EntryLayout.headerSize, count: entry.size - EntryLayout.headerSize)
        for slice in [Slice.all, .source(entry.source), .segment(entry.segment)] {
            guard let index = indices[slice] else { continue }
            cells[index][cell].add(Double(entry.label), logit, content)
            if let fixed { cells[index][cell].spread(fixed) }
            records[index][cell] = entry.rawOffset
        }
    }
}

/// What a cell is measured by.
enum CellMeasure: CaseIterable {
    case labelRate
    case loss
    case repeats
    case scores

    var words: String {
        switch self {
        case .labelRate: "label rate"
        case .loss: "log loss"
        case .repeats: "share of repeated contents"
        case .scores: "shift of scores (PSI)"
        }
    }
}

/// What is usual of a slice: over the cells before the onset.
struct CellBaseline {
    /// Examples below which a cell says nothing.
    private static let countMin = 20.0
    /// What a deviation is at least, in nats and in PSI: less means nothing to anybody.
    private static let lossLeast = 0.01
    private static let shiftLeast = 0.05

    private var medians: [CellMeasure: Double] = [:]
    private var deviations: [CellMeasure: Double] = [:]
    private var lossDeviation = 0.0
    private var shares: [Double] = []
    let cellCount: Int

    init(_ cells: some Collection<CellSums>) {
        let known = cells.filter { $0.count >= Self.countMin }
        cellCount = known.count
        var bins = [Double](repeating: 0.5, count: CellSums.binCount)
        for cell in known { for index in bins.indices { bins[index] += cell.bins[index] } }
        let sum = bins.reduce(0, +)
        shares = bins.map { $0 / sum }
        let scored = known.reduce(0) { $0 + $1.scored }
        if scored > 0 {
            let mean = known.reduce(0) { $0 + $1.loss } / scored
            let square = known.reduce(0) { $0 + $1.lossSquares } / scored
            lossDeviation = max(0, square - mean * mean).squareRoot()
        }
        for measure in CellMeasure.allCases {
            let values = known.compactMap { value(measure, of: $0) }.sorted()
            guard values.count >= WindowFinder.Limits.baselineMin else { continue }
            let median = values[values.count / 2]
            let distances = values.map { abs($0 - median) }.sorted()
            medians[measure] = median
            deviations[measure] = 1.4826 * distances[distances.count / 2]
        }
    }

    func median(_ measure: CellMeasure) -> Double? { medians[measure] }

    func value(_ measure: CellMeasure, of cell: CellSums) -> Double? {
        guard cell.count >= Self.countMin else { return nil }
        switch measure {
        case .labelRate: return cell.labels / cell.count
        case .loss: return cell.scored >= Self.countMin ? cell.loss / cell.scored : nil
        case .repeats: return cell.repeated
        case .scores:
            let count = cell.spreadCount
            guard count >= Self.countMin else { return nil }
            return zip(cell.bins, shares).reduce(0) { sum, pair in
                let share = (pair.0 + 0.5) / (count + 0.5 * Double(CellSums.binCount))
                return sum + (share - pair.1) * Entropy.log(share / pair.1)
            }
        }
    }

    /// How many robust deviations a cell lies out; what is better than usual does not count.
    func score(_ measure: CellMeasure, of cell: CellSums) -> Double? {
        guard let value = value(measure, of: cell), let median = medians[measure],
            let deviation = deviations[measure]
        else { return nil }
        let distance = value - median
        switch measure {
        case .labelRate:
            let chance = (max(median, 1 / cell.count) / cell.count).squareRoot()
            return abs(distance) / max(deviation, chance)
        case .loss:
            let chance = lossDeviation / cell.scored.squareRoot()
            return distance / max(deviation, chance, Self.lossLeast)
        case .repeats:
            let chance = (median + 0.02) / cell.hashed + cell.repeatedError * cell.repeatedError
            return distance / max(deviation, chance.squareRoot())
        case .scores:
            // So far out by chance alone: about one cell's share of bins each.
            let chance = Double(CellSums.binCount) / cell.spreadCount
            return distance / max(deviation, median / 2, chance, Self.shiftLeast)
        }
    }
}
