import CShims
import Numerics

/// Finds changes of a stream's mean with a window that grows while the mean holds and loses its
/// older part when it does not (Bifet and Gavaldà, "Learning from time-changing data with
/// adaptive windowing", 2007).
///
/// On the way of every value, so fast comes before plain. After a drift the window keeps what
/// came after the cut, as in the paper; whoever wants each drift to begin anew calls `reset`. A
/// value far beyond all others widens what counts as chance as long as the window holds it:
/// clip what is given.
package struct ADWIN: Sendable, Equatable {
    /// How sure it must be, and how often it looks.
    package struct Settings: Sendable, Equatable {
        /// The chance of a false alarm at one look, within (0, 1).
        package var delta = 0.002
        /// Values between two looks.
        package var clock = 32
        /// Values on each side of a cut, at least.
        package var sideCountMin = 5
        /// Nothing is looked for until the window holds more values than this.
        package var graceCount = 10
        /// The window has at most 6 x 2^rows values; the oldest go without an alarm.
        package var rowCountMax = 32

        package init() {}
    }

    /// What sums and their squares can hold.
    package enum Limits {
        /// Values beyond this are refused.
        package static let magnitudeMax = 1e100
        package static let rowCountMax = 40
    }

    package let settings: Settings
    var rows: BucketRows
    /// The first value: all others are kept as distances from it, so that a level far from zero
    /// costs no digits and a constant stream has no variance at all.
    var origin = 0.0
    /// Of the window: how many values, their sum, their squared distances from their mean.
    var width = 0.0
    var total = 0.0
    var variance = 0.0
    var untilLook: Int

    package init(_ settings: Settings = Settings()) {
        precondition(settings.delta > 0 && settings.delta < 1, "delta is a chance")
        precondition(settings.clock > 0, "a clock that never ticks")
        precondition(settings.sideCountMin > 0, "a side of a cut without values")
        precondition(
            (1...Limits.rowCountMax).contains(settings.rowCountMax), "too many rows, or none")
        self.settings = settings
        rows = BucketRows(rowCountMax: settings.rowCountMax)
        untilLook = settings.clock
    }

    /// How many values the window holds, and their mean; 0 without any.
    package var window: Drift.Level {
        Drift.Level(count: Int(width), mean: width > 0 ? origin + total / width : 0)
    }

    /// Forgets all values.
    package mutating func reset() {
        self = ADWIN(settings)
    }

    package mutating func add(_ value: Double) -> DriftFinding {
        // A NaN is not within any bounds.
        guard value.magnitude <= Limits.magnitudeMax else { return .refused }
        append(value)
        untilLook &-= 1
        guard untilLook == 0 else { return .nothing }
        untilLook = settings.clock
        return look()
    }

    @inline(__always)
    private mutating func append(_ value: Double) {
        if width == 0 { origin = value }
        let distance = value - origin
        if width > 0 {
            let gap = distance - total / width
            variance += width * gap * gap / (width + 1)
        }
        width += 1
        total += distance
        if !rows.append(distance) { removeOldest() }
    }

}

extension ADWIN {
    /// One way to part the window: how many values are on its older side, and their sum.
    private struct Cut {
        var count: Double
        var total: Double
    }

    /// Cuts off the oldest bucket as long as some cut shows two levels.
    private mutating func look() -> DriftFinding {
        guard width > Double(settings.graceCount), hasCut() else { return .nothing }
        let drift = likeliestDrift()
        repeat { removeOldest() } while hasCut()
        return .drift(drift)
    }

    /// True if the means on both sides of some cut differ by more than chance allows.
    private func hasCut() -> Bool {
        let sideMin = Double(settings.sideCountMin)
        guard width >= 2 * sideMin else { return false }
        let sureness = spindle_log(2 * spindle_log(width) / settings.delta)
        // The cut's first term alone, squared and freed of divisions, with less than its due:
        // n0 for n0^2 / (n0 - 4). What does not pass it is no cut, and hardly anything passes.
        let bound =
            2 * (variance / width) * sureness * (width - 2 * (sideMin - 1)) * (1 - 1e-6)
        var count = 0.0
        var sum = 0.0
        var isFound = false
        rows.forEach { bucket in
            count += bucket.count
            sum += bucket.total
            let gap = sum * width - total * count
            guard gap * gap > bound * count * (width - count) else { return true }
            isFound = isCut(Cut(count: count, total: sum), sideMin, sureness)
            return !isFound
        }
        return isFound
    }

    /// The cut of the paper's section 4, with the variance of the window.
    @inline(never)
    private func isCut(_ cut: Cut, _ sideMin: Double, _ sureness: Double) -> Bool {
        let rest = width - cut.count
        guard cut.count >= sideMin, rest >= sideMin else { return false }
        let gap = abs(cut.total / cut.count - (total - cut.total) / rest)
        let share = 1 / (cut.count - sideMin + 1) + 1 / (rest - sideMin + 1)
        let bound =
            (2 * share * (variance / width) * sureness).squareRoot() + 2 / 3 * sureness * share
        return gap > bound
    }

    /// The cut at which one change of level explains most: it maximises the variance between the
    /// two sides, as the likelihood of a single shift of a normal mean does.
    private func likeliestDrift() -> Drift {
        let sideMin = Double(settings.sideCountMin)
        var cut = Cut(count: 0, total: 0)
        var best = Cut(count: 0, total: 0)
        var bestGain = -1.0
        rows.forEach { bucket in
            cut.count += bucket.count
            cut.total += bucket.total
            let rest = width - cut.count
            guard cut.count >= sideMin, rest >= sideMin else { return true }
            let gap = cut.total - total * (cut.count / width)
            let gain = gap / cut.count * (gap / rest)
            if gain > bestGain { (best, bestGain) = (cut, gain) }
            return true
        }
        let rest = width - best.count
        return Drift(
            before: Drift.Level(count: Int(best.count), mean: origin + best.total / best.count),
            after: Drift.Level(count: Int(rest), mean: origin + (total - best.total) / rest))
    }

    /// The whole is summed anew from what is left, so that a huge value that has gone leaves no
    /// rounding behind.
    private mutating func removeOldest() {
        rows.removeOldest()
        var (count, sum) = (0.0, 0.0)
        rows.forEach { bucket in
            count += bucket.count
            sum += bucket.total
            return true
        }
        let mean = sum / count
        var squares = 0.0
        rows.forEach { bucket in
            let gap = bucket.total / bucket.count - mean
            squares += bucket.variance + bucket.count * gap * gap
            return true
        }
        (width, total, variance) = (count, sum, squares)
    }
}
