/// Counts of scores in cells that grow with the score: 32 to each doubling, both signs.
///
/// Covers 2^-20 to 2^20 of either sign; what is nearer to 0 counts as 0, what is farther counts in
/// the last cell. A cell is 1.6 to 3.1 % of the score wide; it is cut from the score's bits, so it
/// is the same on every machine.
struct ScoreCells: Sendable, Equatable {
    private(set) var counts = [Int](repeating: 0, count: cellCount)
    private(set) var total = 0
    /// The occupied cells lie within; empty while there are none.
    private(set) var occupied = 0..<0

    private static let octaves = 40
    private static let perSign = octaves * 32
    static let cellCount = 2 * perSign + 1
    private static let lowestBits: UInt64 = 0x3EB0_0000_0000_0000
    private static let width: UInt64 = 1 << 47

    mutating func add(_ score: Double) {
        add(1, at: Self.cell(of: score))
    }

    mutating func merge(_ other: ScoreCells) {
        for cell in other.occupied where other.counts[cell] > 0 {
            add(other.counts[cell], at: cell)
        }
    }

    private mutating func add(_ count: Int, at cell: Int) {
        counts[cell] += count
        total += count
        occupied =
            occupied.isEmpty
            ? cell..<cell + 1
            : min(occupied.lowerBound, cell)..<max(occupied.upperBound, cell + 1)
    }

    /// The middle of the cell that holds the quantile (0 ... 1); nil when empty.
    func quantile(_ share: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = Int((Double(total - 1) * share).rounded(.down))
        var seen = 0
        for cell in occupied {
            seen += counts[cell]
            if seen > wanted { return Self.middle(of: cell) }
        }
        return nil
    }

    /// How many lie farther from `center` than `distance`, with all of their cell.
    func count(beyond distance: Double, from center: Double) -> Int {
        var count = 0
        for cell in occupied where counts[cell] > 0 {
            let edges = Self.edges(of: cell)
            if edges.low - center > distance || center - edges.high > distance {
                count += counts[cell]
            }
        }
        return count
    }

    /// A distance from `center` that at most `countMax` exceed, with any part of their cell; the
    /// least one that cells can tell. 0 when empty.
    func distance(from center: Double, exceededByAtMost countMax: Int) -> Double {
        var low = occupied.lowerBound
        var high = occupied.upperBound - 1
        var outside = 0
        while low <= high {
            let left = max(center - Self.edges(of: low).low, 0)
            let right = max(Self.edges(of: high).high - center, 0)
            let next = left > right ? low : high
            outside += counts[next]
            if outside > countMax { return max(left, right) }
            if left > right { low += 1 } else { high -= 1 }
        }
        return 0
    }

    private static func cell(of score: Double) -> Int {
        let bits = score.magnitude.bitPattern
        guard bits >= lowestBits else { return perSign }
        let step = min(Int((bits - lowestBits) / width), perSign - 1)
        return score < 0 ? perSign - 1 - step : perSign + 1 + step
    }

    private static func edges(of cell: Int) -> (low: Double, high: Double) {
        let least = Double(bitPattern: lowestBits)
        if cell == perSign { return (-least, least) }
        let step = UInt64(cell > perSign ? cell - perSign - 1 : perSign - 1 - cell)
        let near = Double(bitPattern: lowestBits + step * width)
        let far = Double(bitPattern: lowestBits + (step + 1) * width)
        return cell > perSign ? (near, far) : (-far, -near)
    }

    private static func middle(of cell: Int) -> Double {
        if cell == perSign { return 0 }
        let edges = edges(of: cell)
        return (edges.low + edges.high) / 2
    }
}
