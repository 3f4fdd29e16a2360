import Numerics
import Vocabulary

/// Writes entries anew with the features that a learner has chosen. Has room of its own: one thread
/// at a time.
package final class FeatureChooser {
    package let choice: FeatureChoice
    private let ignored: Set<UInt64>
    private let crosses: [(left: UInt64, right: UInt64)]
    private var numbers: [(value: Double, key: UInt32)] = []
    private var categories: [UInt32] = []
    private var room: UnsafeMutableRawPointer
    private var capacity = 1024

    /// Values that are crossed in one example; those beyond are left out.
    package static let crossedCountMax = 10_000

    package init(_ choice: FeatureChoice) {
        self.choice = choice
        ignored = Set(choice.ignored.map { FeatureHash.name($0) })
        crosses = choice.crosses.map { (FeatureHash.name($0.left), FeatureHash.name($0.right)) }
        room = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        room.deallocate()
    }

    /// The entry with what was chosen of its features, which are those of its record, in their
    /// order. Valid until the next call.
    ///
    /// What the parser makes itself, of the clock, comes last in an entry, and stays.
    package func entry(
        _ entry: EntryView, of features: UnsafeBufferPointer<FeatureValue>
    ) -> EntryView {
        numbers.removeAll(keepingCapacity: true)
        categories.removeAll(keepingCapacity: true)
        var ownCount = 0
        for feature in features {
            if feature.kind == .category { ownCount += 1 }
            if !ignored.contains(feature.name) { take(feature) }
        }
        for index in min(ownCount, entry.categoryCount)..<entry.categoryCount {
            categories.append(entry.categoryKeys[index])
        }
        cross(features)
        return write(entry)
    }

    private func take(_ feature: FeatureValue) {
        switch feature.kind {
        case .number:
            numbers.append((feature.number, UInt32(truncatingIfNeeded: feature.name)))
        case .category: categories.append(UInt32(truncatingIfNeeded: feature.category))
        }
    }

    private func cross(_ features: UnsafeBufferPointer<FeatureValue>) {
        var left = Self.crossedCountMax
        for pair in crosses {
            for one in features where one.name == pair.left && !ignored.contains(one.name) {
                for other in features
                where other.name == pair.right && !ignored.contains(other.name) {
                    guard left > 0 else { return }
                    left -= 1
                    take(Self.product(of: one, other))
                }
            }
        }
    }

    private static func product(of one: FeatureValue, _ other: FeatureValue) -> FeatureValue {
        let hash = FeatureHash.cross(
            one.kind == .number ? one.name : one.category,
            other.kind == .number ? other.name : other.category)
        guard one.kind == .number || other.kind == .number else {
            return FeatureValue(name: 0, number: 0, category: hash, kind: .category)
        }
        let value =
            (one.kind == .number ? one.number : 1) * (other.kind == .number ? other.number : 1)
        // Two large numbers must not make one that no learner can take.
        let most = Double.greatestFiniteMagnitude
        return FeatureValue(
            name: hash, number: max(-most, min(most, value)), category: 0, kind: .number)
    }

    private func write(_ entry: EntryView) -> EntryView {
        let size = EntryLayout.size(numberCount: numbers.count, categoryCount: categories.count)
        if size > capacity {
            room.deallocate()
            capacity = 2 * size
            room = .allocate(byteCount: capacity, alignment: 8)
        }
        room.copyMemory(from: entry.base, byteCount: EntryLayout.headerSize)
        room.storeBytes(
            of: UInt32(size) | UInt32(entry.armCode) << 24, toByteOffset: EntryLayout.sizeOffset,
            as: UInt32.self)
        room.storeBytes(
            of: UInt16(numbers.count), toByteOffset: EntryLayout.numberCountOffset,
            as: UInt16.self)
        room.storeBytes(
            of: UInt16(categories.count), toByteOffset: EntryLayout.categoryCountOffset,
            as: UInt16.self)
        var values = room + EntryLayout.headerSize
        var keys = values + numbers.count * 8
        for number in numbers {
            values.storeBytes(of: number.value, as: Double.self)
            keys.storeBytes(of: number.key, as: UInt32.self)
            values += 8
            keys += 4
        }
        for category in categories {
            keys.storeBytes(of: category, as: UInt32.self)
            keys += 4
        }
        if keys < room + size { keys.storeBytes(of: 0, as: UInt32.self) }
        return EntryView(UnsafeRawPointer(room))
    }
}
