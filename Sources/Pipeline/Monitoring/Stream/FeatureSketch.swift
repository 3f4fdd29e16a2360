import Numerics
import Vocabulary

/// What is remembered of one feature, so that its values can be put on a scale from 0 to 1 that
/// stays the same: numbers by their place around the median, categories by how common they were.
///
/// Bounded: at most `Limits.sampleCount` values until the scale is known, and
/// `Limits.categoryCountMax` categories.
package struct FeatureSketch: Sendable, Equatable {
    /// Counts, and hours.
    package enum Limits {
        package static let sampleCount = 512
        /// With more categories than this, a new one says nothing.
        package static let categoryCountMax = 4096
        /// The scale is fixed after so many values and hours.
        package static let valuesWanted = 50
        package static let hoursWanted: Int64 = 24
        package static let newNameCount = 16
    }

    package let hash: UInt64
    package let name: String
    package private(set) var isNumber = false
    package let firstHour: Int64
    private var samples: [Double] = []
    private var sampled = 0
    /// Median and half the distance of the quartiles, once known.
    private var scale: (middle: Double, half: Double)?
    /// Hour of first sight, and how often it was met while the scale was being found.
    private var categories = CategoryTable()
    package private(set) var isKnown = false
    /// Too many categories to tell a new one.
    package private(set) var isWide = false
    /// Categories that were new of late, by name.
    package private(set) var newNames: [UInt64: NewName] = [:]

    /// A category that was new of late.
    package struct NewName: Sendable, Equatable {
        package var text: String
        package var hour: Int64
        package var count: Int
    }

    package init(hash: UInt64, name: String, hour: Int64) {
        (self.hash, self.name, firstHour) = (hash, name, hour)
    }

    package static func == (left: FeatureSketch, right: FeatureSketch) -> Bool {
        left.hash == right.hash && left.isKnown == right.isKnown
            && left.categories == right.categories
            && left.scale?.middle == right.scale?.middle
    }

    /// What a value comes to: its place from 0 to 1, and a second figure that tells what the
    /// place doesn't (the distance from the middle; for categories a keyed chance).
    package struct Place {
        package var location: Double
        package var second: Double
    }

    /// Nil while the scale is not known.
    package mutating func place(number value: Double, chance: UInt64) -> Place? {
        isNumber = true
        guard let scale else {
            keep(value, chance)
            return nil
        }
        // From -1 to 1, and ±1/2 at the quartiles.
        let distance = (value - scale.middle) / scale.half
        let place =
            distance.isFinite ? distance / (1 + abs(distance)) : (distance > 0 ? 1 : -1)
        return Place(location: 0.5 + place / 2, second: abs(place))
    }

    /// `isNew` is true for a category that was first met less than a day ago.
    package mutating func place(
        category value: UInt64, at hour: Int64, name: () -> String
    ) -> (place: Place?, isNew: Bool) {
        var isNew = false
        var rank: Float = 1
        if let known = categories.find(value) {
            rank = categories[known].rank
            if !isKnown { categories[known].count += 1 }
            isNew = hour - categories[known].hour < 24
            if isNew, isKnown { newNames[value]?.count += 1 }
        } else if categories.count < Limits.categoryCountMax {
            categories.add(value, CategoryTable.Category(hour: hour, count: 1))
            isNew = true
            if isKnown { remember(value, at: hour, name) }
        } else {
            isWide = true
        }
        guard isKnown else {
            sampled += 1
            return (nil, false)
        }
        let chance = Double(SeededRandom.mixed(value) >> 11) * 0x1p-53
        return (Place(location: Double(rank), second: chance), isNew && !isWide)
    }

    private mutating func remember(_ value: UInt64, at hour: Int64, _ name: () -> String) {
        newNames = newNames.filter { hour - $0.value.hour < 48 }
        guard newNames.count < Limits.newNameCount else { return }
        newNames[value] = NewName(text: name(), hour: hour, count: 1)
    }

    private mutating func keep(_ value: Double, _ chance: UInt64) {
        sampled += 1
        if samples.count < Limits.sampleCount {
            samples.append(value)
        } else {
            let at = Int(chance % UInt64(sampled))
            if at < samples.count { samples[at] = value }
        }
    }

    /// Fixes the scale once enough is known.
    package mutating func settle(at hour: Int64) {
        guard !isKnown, sampled >= Limits.valuesWanted, hour - firstHour >= Limits.hoursWanted
        else { return }
        isKnown = true
        if isNumber {
            let sorted = samples.sorted()
            func quantile(_ share: Double) -> Double {
                sorted[Int(Double(sorted.count - 1) * share)]
            }
            let middle = quantile(0.5)
            var half = (quantile(0.75) - quantile(0.25)) / 2
            if !(half > 0) { half = (quantile(0.98) - quantile(0.02)) / 2 }
            if !(half > 0) { half = max(abs(middle), 1) / 2 }
            scale = (middle, half)
            samples = []
        } else {
            categories.rank()
        }
    }

    /// The numbers between the tenths of the scale; nil for categories, and until it is known.
    package var edges: [Double]? {
        guard let scale else { return nil }
        return (1..<10).map { tenth in
            // What `place(number:)` does, undone.
            let place = Double(tenth) / 5 - 1
            return scale.middle + scale.half * place / (1 - abs(place))
        }
    }

    /// The newcomer that was met most of late.
    package var commonestNew: String? {
        newNames.max { ($0.value.count, $0.value.text) < ($1.value.count, $1.value.text) }?
            .value.text
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(hash)
        writer.write(name)
        writer.write(firstHour)
        for flag in [isNumber, isKnown, isWide] { writer.write(flag) }
        writer.write(samples)
        writer.write(UInt64(sampled))
        writer.write(scale.map { [$0.middle, $0.half] } ?? [])
        categories.encode(into: &writer)
        writer.write(UInt32(newNames.count))
        for (value, new) in newNames.sorted(by: { $0.key < $1.key }) {
            writer.write(value)
            writer.write(new.text)
            writer.write(new.hour)
            writer.write(UInt64(new.count))
        }
    }

    package init(restoring reader: inout ByteReader) throws(ByteFault) {
        hash = try reader.read()
        name = try reader.readText()
        firstHour = try reader.read()
        isNumber = try reader.readBool()
        isKnown = try reader.readBool()
        isWide = try reader.readBool()
        samples = try reader.readDoubles()
        sampled = Int(clamping: try reader.read(UInt64.self))
        let pair = try reader.readDoubles()
        if pair.count == 2 { scale = (pair[0], pair[1]) }
        categories = try CategoryTable(restoring: &reader)
        for _ in 0..<(try reader.read(UInt32.self)) {
            let value = try reader.read(UInt64.self)
            newNames[value] = NewName(
                text: try reader.readText(), hour: try reader.read(),
                count: Int(clamping: try reader.read(UInt64.self)))
        }
    }
}
