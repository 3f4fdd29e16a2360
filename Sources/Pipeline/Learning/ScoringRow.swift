import Vocabulary

/// Room for one example that is scored. A thread that scores has one of its own, so that many
/// may score with one learner while nobody teaches it.
package final class ScoringRow {
    fileprivate var row = CoordinateRow(capacity: 256)
    /// Of the example at hand, in the order of its record: for learners that choose among them.
    package var features = UnsafeBufferPointer<FeatureValue>(start: nil, count: 0)
    private var choosers: [FeatureChooser] = []

    package init() {}

    /// The entry of the example at hand with what a learner has chosen of its features. Valid until
    /// the same is asked for again.
    package func chosen(_ entry: EntryView, by choice: FeatureChoice) -> EntryView {
        if choice.isPlain { return entry }
        if let known = choosers.first(where: { $0.choice == choice }) {
            return known.entry(entry, of: features)
        }
        let chooser = FeatureChooser(choice)
        choosers = choosers.suffix(Self.chooserCountMax - 1) + [chooser]
        return chooser.entry(entry, of: features)
    }

    /// More choices than that are made one after the other, not side by side.
    private static let chooserCountMax = 8
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
