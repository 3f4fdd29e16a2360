import Operation
import Vocabulary

/// Log loss of live traffic before an onset and since, in nats: by a learner that scored each
/// example before it met it, and met none since.
///
/// Of examples whose labels are all in, by their own times: a positive comes long before the
/// negatives of its time, so what came last would look harder than it is.
struct LiveLoss {
    struct Level {
        var mean: Double
        /// Standard error.
        var error: Double
        var count: Double
    }

    var before: Level
    var since: Level

    /// Examples below which neither side says anything.
    private static let countMin = 200.0

    /// Nil where too little of either side is known.
    init?(_ survey: CellSurvey, onset: Instant) {
        let cells = survey.cells[0]
        let first = onset < survey.grid.start ? 0 : survey.grid.cell(of: onset) ?? cells.count
        guard let before = Self.level(cells[..<first]), let since = Self.level(cells[first...])
        else { return nil }
        (self.before, self.since) = (before, since)
        // An hour differs from the next by more than chance among its examples makes.
        let hourly = Self.deviation(cells[..<first], around: before.mean)
        let count = cells[first...].count { $0.scored > 0 }
        self.since.error = max(since.error, hourly / Double(count).squareRoot())
    }

    private static func level(_ cells: ArraySlice<CellSums>) -> Level? {
        let count = cells.reduce(0) { $0 + $1.scored }
        guard count >= countMin else { return nil }
        let mean = cells.reduce(0) { $0 + $1.loss } / count
        let square = cells.reduce(0) { $0 + $1.lossSquares } / count
        return Level(
            mean: mean, error: (max(0, square - mean * mean) / count).squareRoot(), count: count)
    }

    /// Of the means of cells, each counting as its examples do.
    private static func deviation(_ cells: ArraySlice<CellSums>, around mean: Double) -> Double {
        let known = cells.filter { $0.scored > 0 }
        let count = known.reduce(0) { $0 + $1.scored }
        let squares = known.reduce(0) { sum, cell in
            let distance = cell.loss / cell.scored - mean
            return sum + cell.scored * distance * distance
        }
        return count > 0 ? (squares / count).squareRoot() : 0
    }

    /// True where it rose by more than chance and by more than a share of what it was.
    func isWorse(reach: Double, margin: Double) -> Bool {
        let error = (before.error * before.error + since.error * since.error).squareRoot()
        let gap = since.mean - before.mean
        return gap > reach * error && gap > margin * before.mean
    }
}
