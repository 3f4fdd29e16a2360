import CShims
import Numerics
import Vocabulary

/// A model whose job is to find bad data: it learns what examples usually look like, and how
/// surprising they usually are.
///
/// The histogram-based outlier score (Goldstein and Dengel 2012, "Histogram-based Outlier Score
/// (HBOS)"): for each feature how rare its value is, −ln of its share, summed; a feature that is
/// missing counts by how rarely it is, and a number beyond the largest ever met by how often that
/// has to be doubled to get there. An example is an anomaly whose score lies far beyond the
/// thousandth that scores most. What is found is learned with a tenth of the weight, so that a
/// change that lasts becomes what is usual; all counts are halved again and again.
struct AnomalyFilter: Sendable {
    /// Counts.
    enum Limits {
        /// Of features; others are not looked at.
        static let featureCountMax = 256
        static let binCount = 512
        /// Examples before anything is found.
        static let exampleCountMin = 2000.0
        /// Examples after which what was counted before counts half.
        static let halfLife = 100_000
        /// Examples after which the limit is worked out anew.
        static let limitInterval = 256
        static let scoreCount = 512
    }

    private static let scoreStep = 0.5
    /// Of what was found.
    private static let foundWeight: Float = 0.1
    /// Of each doubling of the largest number, in nats; and by how much one that was found raises
    /// it.
    private static let doubling = 4.0
    private static let raise = 1.1
    /// So much beyond the usual is never an anomaly, in nats.
    private static let slack = 2.0

    /// One feature's values.
    private struct Feature {
        var name: UInt64
        /// Examples that have it, and its values, of which a bag has many.
        var present: Float = 0
        var total: Float = 0
        var bins = [Float](repeating: 0, count: Limits.binCount)
        /// Of numbers, without their sign.
        var largest = 0.0
        /// Of the example at hand: how rare its rarest value is, and which example that is.
        var surprise = 0.0
        var seenAt = 0
    }

    private let settings: FilterSettings
    private var features: [Feature] = []
    private var places: [UInt64: Int] = [:]
    private var scores = [Float](repeating: 0, count: Limits.scoreCount)
    private var seen: Float = 0
    private var exampleCount = 0
    private var limit = Double.infinity

    init(_ settings: FilterSettings) {
        self.settings = settings
    }

    /// Learns an example, and finds it if it is an anomaly.
    mutating func finding(
        _ values: UnsafeBufferPointer<FeatureValue>
    ) -> ExampleFilter.Finding? {
        guard let margin = settings.anomalyMargin else { return nil }
        exampleCount += 1
        if exampleCount % Limits.limitInterval == 0 { limit = usualLimit(margin) }
        let (score, rarest) = score(values)
        let isFound = Double(seen) >= Limits.exampleCountMin && score > limit
        learn(values, score, isFound ? Self.foundWeight : 1)
        if exampleCount % Limits.halfLife == 0 { halve() }
        guard isFound else { return nil }
        return .init(
            rejection: Rejection(
                rule: .anomaly, field: "features",
                text: "expected what is usual: surprise \(FigureText.text(score)) is beyond "
                    + FigureText.text(limit)),
            feature: rarest)
    }

    /// In nats, with the feature that has most of it.
    private mutating func score(
        _ values: UnsafeBufferPointer<FeatureValue>
    ) -> (score: Double, rarest: UInt64?) {
        for value in values {
            guard let place = place(of: value.name) else { continue }
            let share =
                (Double(features[place].bins[Self.bin(of: value)]) + 0.5)
                / (Double(features[place].total) + Double(Limits.binCount) / 2)
            var surprise = -spindle_log(share)
            let largest = features[place].largest
            if value.number.magnitude > largest, largest > 0 {
                let doublings = spindle_log(value.number.magnitude / largest) / spindle_log(2)
                surprise += Self.doubling * doublings
            }
            let isFirst = features[place].seenAt != exampleCount
            features[place].seenAt = exampleCount
            features[place].surprise =
                isFirst ? surprise : max(features[place].surprise, surprise)
        }
        var (score, most) = (0.0, 0.0)
        var rarest: UInt64?
        for place in features.indices {
            let isThere = features[place].seenAt == exampleCount
            let present = Double(features[place].present)
            let like = isThere ? present : Double(seen) - present
            var surprise = -spindle_log((max(like, 0) + 0.5) / (Double(seen) + 1))
            if isThere { surprise += features[place].surprise }
            score += surprise
            if surprise > most { (most, rarest) = (surprise, features[place].name) }
        }
        return (score, rarest)
    }

    private mutating func learn(
        _ values: UnsafeBufferPointer<FeatureValue>, _ score: Double, _ weight: Float
    ) {
        for value in values {
            guard let place = places[value.name] else { continue }
            features[place].bins[Self.bin(of: value)] += weight
            features[place].total += weight
            let (number, largest) = (value.number.magnitude, features[place].largest)
            if number > largest {
                let isFound = weight < 1 && largest > 0
                features[place].largest = isFound ? min(number, largest * Self.raise) : number
            }
        }
        for place in features.indices where features[place].seenAt == exampleCount {
            features[place].present += weight
        }
        seen += weight
        let step = min(max(score / Self.scoreStep, 0), Double(Limits.scoreCount - 1))
        scores[Int(step)] += weight
    }

    private mutating func place(of name: UInt64) -> Int? {
        if let place = places[name] { return place }
        guard features.count < Limits.featureCountMax else { return nil }
        places[name] = features.count
        features.append(Feature(name: name))
        return features.count - 1
    }

    /// A category by its hash; a number by its sign, its power of two and the quarter within.
    private static func bin(of value: FeatureValue) -> Int {
        switch value.kind {
        case .category: Int(value.category >> 55)
        case .number:
            Int(((value.number.bitPattern >> 50) &* 0x9E37_79B9_7F4A_7C15) >> 55)
        }
    }

    private func usualLimit(_ margin: Double) -> Double {
        let (middle, high) = (quantile(0.5), quantile(0.999))
        return high + margin * (high - middle) + Self.slack
    }

    /// Of the scores, at the end of its step.
    private func quantile(_ share: Double) -> Double {
        let all = scores.reduce(0, +)
        var sum: Float = 0
        for (index, count) in scores.enumerated() {
            sum += count
            if Double(sum) >= share * Double(all) { return Double(index + 1) * Self.scoreStep }
        }
        return .infinity
    }

    private mutating func halve() {
        for place in features.indices {
            for bin in features[place].bins.indices { features[place].bins[bin] /= 2 }
            features[place].present /= 2
            features[place].total /= 2
        }
        for index in scores.indices { scores[index] /= 2 }
        seen /= 2
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(UInt64(exampleCount))
        writer.write(seen)
        writer.write(limit)
        writer.write(scores)
        writer.write(UInt32(features.count))
        for feature in features {
            writer.write(feature.name)
            writer.write(feature.present)
            writer.write(feature.total)
            writer.write(feature.bins)
            writer.write(feature.largest)
        }
    }

    mutating func restore(_ reader: inout ByteReader) throws(ByteFault) {
        exampleCount = Int(clamping: try reader.read(UInt64.self))
        seen = try reader.readFloat()
        limit = try reader.readDouble()
        scores = try Self.floats(&reader, Limits.scoreCount)
        (features, places) = ([], [:])
        for _ in 0..<(try reader.read(UInt32.self)) {
            var feature = Feature(name: try reader.read())
            feature.present = try reader.readFloat()
            feature.total = try reader.readFloat()
            feature.bins = try Self.floats(&reader, Limits.binCount)
            feature.largest = try reader.readDouble()
            places[feature.name] = features.count
            features.append(feature)
        }
    }

    private static func floats(
        _ reader: inout ByteReader, _ count: Int
    ) throws(ByteFault) -> [Float] {
        let values = try reader.readFloats()
        guard values.count == count else {
            throw ByteFault(offset: reader.offset, expected: "\(count) counts")
        }
        return values
    }
}
