import Numerics
import Shop
import Vocabulary

/// The synthetic click stream that speed is measured on: 20 categories, 5 numbers, about 5.5 %
/// clicks, mild drift. What a row holds depends on the seed and on its number alone.
///
/// A click is a Bernoulli trial whose logit is a sum over the row's features, so the generator
/// knows the best log loss that anything can reach: its own.
package struct ClickStream: Sendable {
    package static let fields: [(name: StaticString, count: Int)] = [
        ("site", 2000), ("app", 1000), ("device", 4), ("os", 7), ("browser", 12), ("country", 60),
        ("region", 300), ("city", 10_000), ("hour", 24), ("weekday", 7), ("slot", 15),
        ("format", 5), ("campaign", 500), ("advertiser", 150), ("creative", 5000),
        ("publisher", 700), ("topic", 100), ("query", 30_000), ("user", 100_000), ("member", 2),
    ]
    package static let numbers: [StaticString] = ["price", "depth", "age", "visits", "score"]
    /// Rows after which the drift turns round.
    static let driftLength = 2_000_000
    /// Between two examples, in microseconds of event time.
    static let interval: Int64 = 250_000
    static let start = Instant(microseconds: 1_767_225_600_000_000)

    /// One row, used again for the next.
    package struct Row {
        package var index = 0
        /// One value a field, counted from 0.
        package var categories = [Int](repeating: 0, count: ClickStream.fields.count)
        /// In thousandths.
        package var thousandths = [Int](repeating: 0, count: ClickStream.numbers.count)
        /// The generator's own probability of a click.
        package var probability = 0.0
        package var isClick = false
        package var time = Instant.distantPast
        package var labelTime = Instant.distantPast

        package init() {}
    }

    package let seed: UInt64
    private let chance: SeededRandom
    /// A value's part of the logit at the beginning, and what drift adds at its far end.
    private var effects: [[(start: Double, drift: Double)]] = []
    private var slopes: [(start: Double, drift: Double)] = []

    private enum Part: UInt64 {
        case row = 1
        case effect
        case slope
    }

    /// Chosen so that clicks and log losses are those of docs/performance.md.
    private enum Shape {
        static let bias = -4.07
        /// Deviations of a field's part of the logit, over its values as often as they come.
        static func deviation(valueCount: Int) -> Double {
            valueCount <= 100 ? 0.43 : valueCount <= 2000 ? 0.34 : 0.21
        }
        static let slope = 0.3
        static let driftShare = 0.25
    }

    package init(seed: UInt64) {
        self.seed = seed
        chance = SeededRandom(key: seed)
        for (number, field) in Self.fields.enumerated() {
            let part = chance.forked(part: Part.effect.rawValue, UInt64(number))
            effects.append(Self.effects(part, valueCount: field.count))
        }
        for number in Self.numbers.indices {
            var drawn = chance.forked(part: Part.slope.rawValue, UInt64(number))
            let start = drawn.chance(0.5) ? Shape.slope : -Shape.slope
            slopes.append((start, Self.normal(&drawn) * Shape.slope * Shape.driftShare))
        }
    }

    /// Normal, then moved and stretched so that mean and deviation are the same on every seed.
    private static func effects(
        _ chance: SeededRandom, valueCount: Int
    ) -> [(start: Double, drift: Double)] {
        let raw = (0..<valueCount).map { value in
            var drawn = chance.forked(part: Part.effect.rawValue, UInt64(value))
            return (start: normal(&drawn), drift: normal(&drawn))
        }
        let start = standardised(raw.map(\.start))
        let drift = standardised(raw.map(\.drift))
        let deviation = Shape.deviation(valueCount: valueCount)
        return zip(start, drift).map {
            ($0 * deviation, $1 * deviation * Shape.driftShare)
        }
    }

    /// Mean 0, deviation 1, each value weighted by how often it comes.
    private static func standardised(_ values: [Double]) -> [Double] {
        var shares: [Double] = []
        var below = 0.0
        for value in values.indices {
            let next = Elementary.exp(
                Elementary.log(Double(value + 1) / Double(values.count)) / 3)
            shares.append(next - below)
            below = next
        }
        let mean = zip(values, shares).reduce(0) { $0 + $1.0 * $1.1 }
        let variance = zip(values, shares).reduce(0) {
            $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1
        }
        return values.map { ($0 - mean) / variance.squareRoot() }
    }

    private static func normal(_ chance: inout SeededRandom) -> Double {
        Elementary.normalQuantile(chance.between(1e-9, 1 - 1e-9))
    }

    /// Fills in row `index`.
    package func fill(_ row: inout Row, _ index: Int) {
        var drawn = chance.forked(part: Part.row.rawValue, UInt64(index))
        row.index = index
        let along = index % (2 * Self.driftLength)
        let drift =
            Double(min(along, 2 * Self.driftLength - along)) / Double(Self.driftLength)
        var logit = Shape.bias
        for (number, field) in Self.fields.enumerated() {
            // A cube: few values are frequent, most are rare.
            let unit = drawn.unit()
            let value = min(Int(unit * unit * unit * Double(field.count)), field.count - 1)
            row.categories[number] = value
            let effect = effects[number][value]
            logit += effect.start + drift * effect.drift
        }
        for number in Self.numbers.indices {
            let deviate = min(max(Self.normal(&drawn), -3), 3)
            // A mean of 4 deviations keeps all of them positive.
            row.thousandths[number] = Int(((4 + deviate) * 1000).rounded())
            logit += (slopes[number].start + drift * slopes[number].drift) * deviate
        }
        row.probability = Elementary.logistic(logit)
        row.isClick = drawn.chance(row.probability)
        row.time = Self.start + Span(microseconds: Int64(index) * Self.interval)
        row.labelTime = row.time + Span(microseconds: Self.delay(&drawn))
    }

    /// A minute to an hour, most of them short.
    private static func delay(_ chance: inout SeededRandom) -> Int64 {
        let unit = chance.unit()
        return 60_000_000 + Int64(unit * unit * 3540) * 1_000_000
    }
}
