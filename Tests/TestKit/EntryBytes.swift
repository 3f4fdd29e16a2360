import Vocabulary

/// One featurized example built by hand, in aligned memory of its own.
package final class EntryBytes {
    package let base: UnsafeMutableRawPointer
    package let size: Int

    package init(
        id: UInt64 = 1, time: Instant = Instant(microseconds: 0), label: Float = 0,
        weight: Float = 1, numbers: [(key: UInt32, value: Double)] = [],
        categories: [UInt32] = []
    ) {
        size = EntryLayout.size(numberCount: numbers.count, categoryCount: categories.count)
        base = .allocate(byteCount: size, alignment: 16)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        base.storeBytes(of: UInt32(size), toByteOffset: EntryLayout.sizeOffset, as: UInt32.self)
        base.storeBytes(
            of: UInt16(numbers.count), toByteOffset: EntryLayout.numberCountOffset,
            as: UInt16.self)
        base.storeBytes(
            of: UInt16(categories.count), toByteOffset: EntryLayout.categoryCountOffset,
            as: UInt16.self)
        base.storeBytes(of: id, toByteOffset: EntryLayout.idOffset, as: UInt64.self)
        base.storeBytes(
            of: time.microseconds, toByteOffset: EntryLayout.timeOffset, as: Int64.self)
        base.storeBytes(of: label, toByteOffset: EntryLayout.labelOffset, as: Float.self)
        base.storeBytes(of: weight, toByteOffset: EntryLayout.weightOffset, as: Float.self)
        let keys = EntryLayout.headerSize + numbers.count * 8
        for (index, number) in numbers.enumerated() {
            base.storeBytes(
                of: number.value, toByteOffset: EntryLayout.headerSize + index * 8,
                as: Double.self)
            base.storeBytes(of: number.key, toByteOffset: keys + index * 4, as: UInt32.self)
        }
        for (index, category) in categories.enumerated() {
            base.storeBytes(
                of: category, toByteOffset: keys + (numbers.count + index) * 4, as: UInt32.self)
        }
    }

    deinit {
        base.deallocate()
    }

    package var view: EntryView { EntryView(UnsafeRawPointer(base)) }
}
