/// The bytes of one featurized example: the same in the parser, in the join, in the training
/// log and under the learner, so that they are copied and never converted.
///
/// Little-endian, 8-byte aligned, `size` a multiple of 8:
///
///      0  u24  size of the entry in bytes
///      3  u8   code of the arm that served it, 0 without one
///      4  u16  count of numbers
///      6  u16  count of categories
///      8  u64  hash of the example's id
///     16  i64  event time, microseconds since 1970
///     24  u64  offset of the example's record in the raw log
///     32  f32  label
///     36  f32  weight
///     40  u64  hash of `source`, 0 without one
///     48  u64  hash of `segment`, 0 without one
///     56  i64  arrival: event time of the label, or of the watermark that made a negative; before
///              the join, in its low half, f32: what limits took off the weight
///     64  f64 × numbers     values
///         u32 × numbers     low half of the hash of the name
///         u32 × categories  low half of the hash of the value under that of the name
///         zeros up to a multiple of 8
///
/// Of an example that was erased stay its size, id, time, record, label and arrival. Its weight is
/// 0, which no other has; in place of the segment stands the erasure's number, and all else is 0.
package enum EntryLayout {
    package static let headerSize = 64
    /// Of size and arm together.
    package static let sizeOffset = 0
    package static let numberCountOffset = 4
    package static let categoryCountOffset = 6
    package static let idOffset = 8
    package static let timeOffset = 16
    package static let recordOffset = 24
    package static let labelOffset = 32
    package static let weightOffset = 36
    package static let sourceOffset = 40
    package static let segmentOffset = 48
    package static let arrivalOffset = 56

    @inlinable
    package static func size(numberCount: Int, categoryCount: Int) -> Int {
        (64 + numberCount * 12 + categoryCount * 4 + 7) & ~7
    }

    /// Takes everything from an entry but what tells where it stood and what its outcome was.
    package static func erase(_ entry: UnsafeMutableRawPointer, number: UInt64) {
        let size = EntryView(UnsafeRawPointer(entry)).size
        entry.storeBytes(of: UInt32(size), as: UInt32.self)
        entry.storeBytes(of: 0, toByteOffset: numberCountOffset, as: UInt32.self)
        entry.storeBytes(of: 0, toByteOffset: weightOffset, as: Float.self)
        entry.storeBytes(of: 0, toByteOffset: sourceOffset, as: UInt64.self)
        entry.storeBytes(of: number, toByteOffset: segmentOffset, as: UInt64.self)
        (entry + headerSize).initializeMemory(
            as: UInt8.self, repeating: 0, count: size - headerSize)
    }
}

/// A view of one entry's bytes; valid as long as they are.
package struct EntryView {
    package let base: UnsafeRawPointer

    @inlinable @inline(__always)
    package init(_ base: UnsafeRawPointer) {
        self.base = base
    }

    @inlinable @inline(__always) package var size: Int {
        Int(base.load(fromByteOffset: 0, as: UInt32.self) & 0xFF_FFFF)
    }
    /// See `ArmName.code`.
    @inlinable @inline(__always) package var armCode: UInt8 {
        base.load(fromByteOffset: 3, as: UInt8.self)
    }
    @inlinable @inline(__always) package var numberCount: Int {
        Int(base.load(fromByteOffset: 4, as: UInt16.self))
    }
    @inlinable @inline(__always) package var categoryCount: Int {
        Int(base.load(fromByteOffset: 6, as: UInt16.self))
    }
    @inlinable @inline(__always) package var idHash: UInt64 {
        base.load(fromByteOffset: 8, as: UInt64.self)
    }

    @inlinable @inline(__always) package var time: Instant {
        Instant(microseconds: base.load(fromByteOffset: 16, as: Int64.self))
    }

    @inlinable @inline(__always) package var rawOffset: UInt64 {
        base.load(fromByteOffset: 24, as: UInt64.self)
    }

    @inlinable @inline(__always) package var label: Float {
        base.load(fromByteOffset: 32, as: Float.self)
    }
    @inlinable @inline(__always) package var weight: Float {
        base.load(fromByteOffset: 36, as: Float.self)
    }
    @inlinable @inline(__always) package var source: UInt64 {
        base.load(fromByteOffset: 40, as: UInt64.self)
    }
    @inlinable @inline(__always) package var segment: UInt64 {
        base.load(fromByteOffset: 48, as: UInt64.self)
    }

    @inlinable @inline(__always) package var arrival: Instant {
        Instant(microseconds: base.load(fromByteOffset: 56, as: Int64.self))
    }

    /// What limits took off the weight; of an entry that is not joined yet.
    package var cutWeight: Float {
        Float(bitPattern: base.load(fromByteOffset: 56, as: UInt32.self))
    }

    @inlinable @inline(__always) package var numbers: UnsafePointer<Double> {
        (base + 64).assumingMemoryBound(to: Double.self)
    }

    @inlinable @inline(__always) package var numberKeys: UnsafePointer<UInt32> {
        (base + 64 + numberCount * 8).assumingMemoryBound(to: UInt32.self)
    }

    @inlinable @inline(__always) package var categoryKeys: UnsafePointer<UInt32> {
        (base + 64 + numberCount * 12).assumingMemoryBound(to: UInt32.self)
    }

    /// The number of the erasure that took its features; nil of an entry that has them.
    @inlinable @inline(__always) package var erasure: UInt64? { weight == 0 ? segment : nil }

    /// True if the counts agree with the size, and the size with what lies there.
    package func isWhole(within available: Int) -> Bool {
        available >= EntryLayout.headerSize && size <= available
            && size == EntryLayout.size(numberCount: numberCount, categoryCount: categoryCount)
    }
}
