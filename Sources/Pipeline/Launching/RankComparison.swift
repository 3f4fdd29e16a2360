import Numerics

/// What Kayenta's judge would have said, printed beside ours and never acted upon.
///
/// The Mann-Whitney test as Kayenta uses it: the Hodges-Lehmann estimate of the shift (the median
/// of all differences) and its interval at confidence 0.98, normal approximation with ties
/// corrected. It says `high` only where the interval's low end is beyond a quarter of the estimate
/// itself: a tolerance that grows with the fault, so that a canary may be far worse and pass
/// (spinnaker issue 6278).
package struct RankComparison: Codable, Sendable, Equatable {
    /// What Kayenta calls the classes of a metric.
    package enum Class: String, Codable, Sendable {
        case pass
        case high
        case low
    }

    package let verdict: Class
    package let estimate: Double
    package let low: Double
    package let high: Double

    /// Nil while an arm has fewer than three scores, too few for Kayenta as well.
    package init?(canary: [Double], control: [Double]) {
        guard canary.count >= 3, control.count >= 3 else { return nil }
        let differences = PairDifferences(canary, control)
        let pairs = Double(differences.count)
        let reach = 2.3263478740408408 * Self.deviation(canary, control)
        let below = Int((pairs / 2 - reach).rounded(.down))
        low = differences.value(at: min(max(below - 1, 0), differences.count - 1))
        high = differences.value(at: max(min(differences.count - below, differences.count - 1), 0))
        estimate =
            (differences.value(at: (differences.count - 1) / 2)
                + differences.value(at: differences.count / 2)) / 2
        let tolerance = 0.25 * estimate.magnitude
        if low > tolerance {
            verdict = .high
        } else if high < -tolerance {
            verdict = .low
        } else {
            verdict = .pass
        }
    }

    package var line: String {
        "Kayenta's Mann-Whitney would say \(verdict.rawValue): shift "
            + "\(FigureText.text(estimate)), \(FigureText.text(low)) to "
            + "\(FigureText.text(high)) at 98 %"
    }

    /// Of the count of pairs in which the canary's is larger, ties counted.
    private static func deviation(_ canary: [Double], _ control: [Double]) -> Double {
        let all = (canary + control).sorted()
        let total = Double(all.count)
        var ties = 0.0
        var start = 0
        while start < all.count {
            var end = start
            while end < all.count, all[end] == all[start] { end += 1 }
            let size = Double(end - start)
            ties += size * size * size - size
            start = end
        }
        let pairs = Double(canary.count) * Double(control.count)
        return (pairs / 12 * (total + 1 - ties / (total * (total - 1)))).squareRoot()
    }
}

/// All differences between two lists, found by their place in order without making them all.
private struct PairDifferences {
    private let left: [Double]
    private let right: [Double]

    init(_ left: [Double], _ right: [Double]) {
        self.left = left.sorted()
        self.right = right.sorted()
    }

    var count: Int { left.count * right.count }

    /// Halves the interval of possible bit patterns, so the value is one of the differences.
    func value(at index: Int) -> Double {
        var (low, high) = (Self.order(-.infinity), Self.order(.infinity))
        while low < high {
            let middle = low + (high - low) / 2
            if countUpTo(Self.number(middle)) > index { high = middle } else { low = middle + 1 }
        }
        return Self.number(low)
    }

    private func countUpTo(_ limit: Double) -> Int {
        var found = 0
        var next = right.count
        // A larger left needs a larger right, so one way through both is enough.
        for value in left.reversed() {
            while next > 0, value - right[next - 1] <= limit { next -= 1 }
            found += right.count - next
        }
        return found
    }

    /// Numbers in order as integers in order.
    private static func order(_ value: Double) -> UInt64 {
        let bits = value.bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func number(_ order: UInt64) -> Double {
        Double(bitPattern: order >> 63 == 1 ? order ^ (1 << 63) : ~order)
    }
}
