import Vocabulary

/// The range of a chart's y-axis, with ends that are round numbers, and its labels.
struct ChartScale: Equatable {
    let low: Double
    let high: Double
    private let unit: String
    private let step: Double

    /// nil where nothing was measured.
    init?(values: [Double], unit: String) {
        let finite = values.filter(\.isFinite)
        guard var low = finite.min(), var high = finite.max() else { return nil }
        if high - low < max(abs(high), 1e-9) * 0.02 {
            let room = max(abs(high) * 0.05, unit == "s" ? 1 : 1e-4)
            low = low >= 0 ? max(0, low - room) : low - room
            high += room
        }
        let step =
            unit == "s" ? Self.niceSeconds((high - low) / 4) : Self.nice((high - low) / 4)
        self.unit = unit
        self.step = step
        self.low = (low / step).rounded(.down) * step
        var top = (high / step).rounded(.up) * step
        if top <= self.low { top = self.low + step }
        // A share has no room above 100 %.
        if unit == "share", top > 1, self.low < 1, finite.allSatisfy({ $0 <= 1 }) { top = 1 }
        self.high = top
    }

    /// 0 at the bottom, 1 at the top.
    func place(of value: Double) -> Double {
        min(max(0, (value - low) / (high - low)), 1)
    }

    func label(_ value: Double) -> String {
        switch unit {
        case "s":
            return value == 0 ? "0s" : Figure.span(seconds: value)
        case "share":
            return Figure.fixed(value * 100, Self.decimals(of: step * 50)) + "%"
        default:
            if max(abs(high), abs(low)) >= 10_000 { return Figure.short(value) }
            return Figure.fixed(value, Self.decimals(of: step / 2))
        }
    }

    /// A value as it is read at a cursor: a figure more than the axis has.
    func reading(_ value: Double) -> String {
        switch unit {
        case "s": Figure.span(seconds: value)
        case "share": Figure.percent(value, 2)
        default: Figure.short(value)
        }
    }

    /// Decimals that tell apart values so far from each other.
    private static func decimals(of step: Double) -> Int {
        var count = 0
        var size = step
        while size < 0.999, count < 7 {
            size *= 10
            count += 1
        }
        return count
    }

    /// The next of 1, 2, 5 times a power of ten.
    private static func nice(_ size: Double) -> Double {
        var power = 1.0
        while power > size { power /= 10 }
        while power * 10 <= size { power *= 10 }
        let ratio = size / power
        if ratio <= 1.0001 { return power }
        if ratio <= 2.0001 { return 2 * power }
        return ratio <= 5.0001 ? 5 * power : 10 * power
    }

    private static func niceSeconds(_ size: Double) -> Double {
        let steps: [Double] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200,
            86_400, 172_800, 432_000, 864_000,
        ]
        return steps.first { $0 >= size } ?? nice(size)
    }
}
