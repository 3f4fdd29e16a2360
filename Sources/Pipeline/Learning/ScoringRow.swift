import Vocabulary

/// Room for one example that is scored. A thread that scores has one of its own, so that many
/// may score with one learner while nobody teaches it.
package final class ScoringRow {
    fileprivate var row = CoordinateRow(capacity: 256)

    package init() {}
}

extension FTRLLearner {
    /// The logit for an entry, bit for bit that of `score`, from any thread, as long as nobody
    /// teaches this learner.
    package func score(_ entry: EntryView, in room: ScoringRow) -> Double {
        let needed = 1 + entry.categoryCount + 2 * entry.numberCount
        if needed > room.row.capacity { room.row = CoordinateRow(capacity: needed * 2) }
        let row = room.row
        var (count, norm) = spreadCategories(of: entry, row)
        let values = entry.numbers
        let keys = entry.numberKeys
        for index in 0..<entry.numberCount {
            guard let place = numbers.find(keys[index]) else { continue }
            spread(
                values[index], numbers.statistics + place, keys[index],
                slot: slot(ofNumber: keys[index]), row, &count, &norm)
        }
        return logit(of: row, count, scale: Self.rowScale(norm))
    }
}
