import Numerics

/// A fair sample of scores, chosen by a keyed hash of the example's id: those with the least
/// hashes. Which are chosen depends on no order, so samples of parts merge exactly.
struct ScoreSample: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var hash: UInt64
        var score: Double

        /// Scores break ties, so that the same ones are kept in whatever order they come.
        func comesBefore(_ other: Entry) -> Bool {
            (hash, score) < (other.hash, other.score)
        }
    }

    static let countMax = 512

    /// By hash, rising.
    private var entries: [Entry] = []

    /// In the order of their hashes.
    var scores: [Double] { entries.map(\.score) }

    mutating func add(_ score: Double, key: UInt64) {
        insert(Entry(hash: SeededRandom.mixed(key ^ 0x5C0E_5A4D_1E57_0001), score: score))
    }

    mutating func merge(_ other: ScoreSample) {
        for entry in other.entries { insert(entry) }
    }

    private mutating func insert(_ entry: Entry) {
        if entries.count == Self.countMax {
            guard let last = entries.last, entry.comesBefore(last) else { return }
            entries.removeLast()
        }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].comesBefore(entry) { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }
}
