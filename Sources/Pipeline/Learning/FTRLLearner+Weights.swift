import CShims
import Vocabulary

/// What a learner's parameters come to.
package struct LearnerInspection: Sendable, Equatable {
    /// Slots in use.
    package var slotCount = 0
    /// Euclidean, of the weights.
    package var norm = 0.0
    package var largest = 0.0
    package var nonZeroCount = 0
    /// Parameters, or weights that follow from them, that are not finite.
    package var nonFiniteCount = 0
}

extension FTRLLearner {
    /// One pass over all that was ever written.
    package func inspect() -> LearnerInspection {
        var found = spindle_ftrl_summary()
        for page in 0..<pageCount where touched[page] != 0 {
            let slots = slots(of: page)
            spindle_ftrl_inspect(
                floats + 2 * slots.lowerBound, slots.count, kernelSettings, &found)
        }
        var summary = LearnerInspection()
        summary.slotCount = Int(found.usedCount)
        summary.nonZeroCount = Int(found.nonZeroCount)
        summary.nonFiniteCount = Int(found.nonFiniteCount)
        summary.largest = Double(found.largest)
        let squares = found.squares
        summary.norm = ((squares.0 + squares.1) + (squares.2 + squares.3)).squareRoot()
        for index in 0..<numbers.count where !numbers[index].isFinite {
            summary.nonFiniteCount += 1
        }
        return summary
    }

    /// Every weight that is not 0, by rising slot.
    package func forEachWeight(_ body: (Int, Double) -> Void) {
        for page in 0..<pageCount where touched[page] != 0 {
            for index in slots(of: page) {
                let slot = table[index]
                if slot.z == 0 { continue }
                let weight = Double(weight(of: slot))
                if weight != 0 { body(index, weight) }
            }
        }
    }

    /// True if an entry has a category that no example ever taught.
    package func hasNewCategory(_ entry: EntryView) -> Bool {
        let keys = entry.categoryKeys
        return (0..<entry.categoryCount).contains { index in
            let slot = table[Int(keys[index] & mask)]
            return slot.z == 0 && slot.root == 0
        }
    }

    /// Sum of |Δw| to another learner of the same size, and how many weights differ.
    package func distance(to other: FTRLLearner) -> (sum: Double, count: Int) {
        guard other.slotCount == slotCount else { return (.infinity, slotCount) }
        var (sum, count) = (0.0, 0)
        for page in 0..<pageCount where touched[page] != 0 || other.touched[page] != 0 {
            for index in slots(of: page) {
                let (mine, others) = (table[index], other.table[index])
                if mine.z == others.z, mine.root == others.root { continue }
                let distance = abs(Double(weight(of: mine)) - Double(other.weight(of: others)))
                guard distance > 0 else { continue }
                sum += distance
                count += 1
            }
        }
        return (sum, count)
    }

    private func slots(of page: Int) -> Range<Int> {
        page * Self.slotsPerPage..<min((page + 1) * Self.slotsPerPage, slotCount)
    }

    /// As it is computed when a row is scored.
    private func weight(of slot: Slot) -> Float {
        let size = abs(slot.z)
        let moved = size <= settings.l1 ? 0 : slot.z - (slot.z > 0 ? settings.l1 : -settings.l1)
        return -moved / ((settings.beta + slot.root) * (1 / settings.alpha) + settings.l2)
    }
}
