/// Counts of positive amounts in cells that grow by 2^(1/8) each: quantiles within 9 %.
///
/// Covers 1 to 2^63; what is smaller counts as 1.
package struct LogHistogram: Sendable, Equatable {
    package private(set) var counts = [UInt64](repeating: 0, count: cellCount)
    package private(set) var total: UInt64 = 0

    package static let cellCount = 63 * 8

    package init() {}

    package init?(counts: [UInt64]) {
        guard counts.count == Self.cellCount else { return nil }
        self.counts = counts
        total = counts.reduce(0, +)
    }

    package mutating func add(_ amount: Int64) {
        counts[Self.cell(of: amount)] += 1
        total += 1
    }

    /// Halves all counts, so that the newest amounts weigh more.
    package mutating func halve() {
        for cell in counts.indices { counts[cell] /= 2 }
        total = counts.reduce(0, +)
    }

    /// The middle of the cell that holds the quantile (0 ... 1); nil when empty.
    package func quantile(_ share: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = UInt64((Double(total - 1) * share).rounded(.down))
        var seen: UInt64 = 0
        for cell in counts.indices {
            seen += counts[cell]
            if seen > wanted { return Self.middle(of: cell) }
        }
        return nil
    }

    /// How many amounts lie up to each bound and beyond the one before; the last count is of those
    /// beyond all. To within a cell.
    package func counts(upTo bounds: [Int64]) -> [UInt64] {
        let ends = bounds.map { Self.cell(of: $0) + 1 } + [Self.cellCount]
        var start = 0
        return ends.map { end in
            defer { start = max(start, end) }
            return counts[min(start, end)..<end].reduce(0, +)
        }
    }

    /// The octave from the leading zeros, the eighth within it by comparing: no logarithm, so
    /// the same on every machine.
    private static func cell(of amount: Int64) -> Int {
        guard amount > 1 else { return 0 }
        let octave = 63 - amount.leadingZeroBitCount
        let mantissa = Double(amount) / Double(Int64(1) << Int64(octave))
        var eighth = 0
        for step in 1..<8 { eighth &+= mantissa >= steps[step] ? 1 : 0 }
        return octave * 8 + eighth
    }

    private static func middle(of cell: Int) -> Double {
        let low = Double(UInt64(1) << UInt64(cell / 8)) * steps[cell % 8]
        return low * 1.0443
    }

    /// 2^(i/8).
    private static let steps: InlineArray<8, Double> = [
        1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096, 1.4142135623730951,
        1.5422108254079407, 1.681792830507429, 1.8340080864093424,
    ]
}
