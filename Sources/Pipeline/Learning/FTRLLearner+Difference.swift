extension FTRLLearner {
    /// The first parameter in which another learner differs, bit for bit, with both values; nil
    /// if there is none. `self` is what was expected.
    package func firstDifference(from other: FTRLLearner) -> String? {
        guard settings == other.settings else {
            return "settings: expected \(settings), found \(other.settings)"
        }
        if let text = Self.difference("examples learned", count, other.count) { return text }
        if let text = Self.difference("sum of weights", weightSum, other.weightSum) { return text }
        return numberDifference(from: other) ?? slotDifference(from: other)
    }

    private func numberDifference(from other: FTRLLearner) -> String? {
        let keys = Set(numbers.keys).union(other.numbers.keys).sorted()
        for key in keys {
            let mine = numbers.find(key).map { numbers[$0] }
            let others = other.numbers.find(key).map { other.numbers[$0] }
            guard mine != others else { continue }
            let (mean, otherMean) = (mine?.mean ?? .nan, others?.mean ?? .nan)
            return "statistics of number \(key): expected mean \(mean), found \(otherMean)"
        }
        return nil
    }

    private func slotDifference(from other: FTRLLearner) -> String? {
        for index in 0..<slotCount {
            let (mine, others) = (table[index], other.table[index])
            guard
                mine.z.bitPattern != others.z.bitPattern
                    || mine.root.bitPattern != others.root.bitPattern
            else { continue }
            return "slot \(index): expected z \(mine.z) and root \(mine.root), "
                + "found z \(others.z) and root \(others.root)"
        }
        return nil
    }

    private static func difference(_ name: String, _ mine: Double, _ other: Double) -> String? {
        guard mine.bitPattern != other.bitPattern else { return nil }
        return "\(name): expected \(mine), found \(other)"
    }
}
