import Numerics
import Vocabulary

/// Which log a batch belongs to.
package enum LogKind: UInt32, Sendable {
    case raw = 1
    case training = 2
}

/// The frame around a batch of records, alike in both logs.
///
///      0  u32  "SPL2"
///      4  u32  1 raw log, 2 training log
///      8  u32  count of records
///     12  u32  size of the payload in bytes
///     16  u64  sequence of the first record
///     24  i64  earliest event time among the records, microseconds since 1970
///     32  i64  latest; before the earliest if no record has a time
///     40  u64  XXH64 of the payload, seeded with the XXH64 of bytes 0 to 39
///     48       payload
package struct BatchHeader: Sendable, Equatable {
    package var kind: LogKind
    package var count: Int
    package var payloadSize: Int
    package var firstSequence: UInt64
    package var earliest: Instant
    package var latest: Instant
    package var checksum: UInt64

    package static let size = 48
    package static let magic: UInt32 = 0x324C_5053
    package static let version = 2
    package static let payloadSizeMax = 64 << 20

    package var batchSize: Int { Self.size + payloadSize }

    /// Nil if these are not the first bytes of a batch of this log.
    package init?(_ bytes: UnsafeRawPointer, kind: LogKind) {
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard word(0) == Self.magic, word(4) == kind.rawValue else { return nil }
        self.kind = kind
        count = Int(word(8))
        payloadSize = Int(word(12))
        func long(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        firstSequence = long(16)
        earliest = Instant(microseconds: Int64(bitPattern: long(24)))
        latest = Instant(microseconds: Int64(bitPattern: long(32)))
        checksum = long(40)
        guard payloadSize <= Self.payloadSizeMax else { return nil }
    }

    /// The version of the batch whose first four bytes these are, if it is a batch of any version.
    package static func version(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4, bytes[0..<3].elementsEqual("SPL".utf8),
            (0x31...0x39).contains(bytes[3])
        else { return nil }
        return Int(bytes[3] - 0x30)
    }

    /// True if the whole batch, whose header these bytes begin with, is as it was written.
    package func matches(_ bytes: UnsafeRawPointer) -> Bool {
        checksum == Self.checksum(bytes, payloadSize: payloadSize)
    }

    /// Writes the checksum of a batch whose other bytes are there.
    package static func seal(_ batch: UnsafeMutableRawPointer, payloadSize: Int) {
        batch.storeBytes(
            of: checksum(UnsafeRawPointer(batch), payloadSize: payloadSize).littleEndian,
            toByteOffset: 40, as: UInt64.self)
    }

    static func checksum(_ bytes: UnsafeRawPointer, payloadSize: Int) -> UInt64 {
        XXHash64.hash(
            bytes + size, count: payloadSize, seed: XXHash64.hash(bytes, count: 40))
    }
}

/// A batch of a log while it is filled: bytes as they will lie on disk.
///
/// Not a value, because its buffer is large and goes to the disk as it is.
package final class LogBatch {
    package let kind: LogKind
    package private(set) var count = 0
    package private(set) var size = BatchHeader.size
    package private(set) var firstSequence: UInt64 = 0
    private var earliest = Instant.distantFuture
    private var latest = Instant.distantPast
    package private(set) var base: UnsafeMutableRawPointer
    private var capacity = 1 << 20

    package init(kind: LogKind) {
        self.kind = kind
        base = .allocate(byteCount: capacity + LinePadding.size, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    /// Begins anew.
    package func clear(firstSequence: UInt64) {
        count = 0
        size = BatchHeader.size
        self.firstSequence = firstSequence
        earliest = .distantFuture
        latest = .distantPast
    }

    /// The event time of a record that was appended.
    @inline(__always)
    package func note(_ time: Instant) {
        if time < earliest { earliest = time }
        if time > latest { latest = time }
    }

    /// Room for a record of so many bytes, uninitialised, and its offset in the batch.
    @inline(__always)
    package func append(size recordSize: Int) -> (bytes: UnsafeMutableRawPointer, offset: Int) {
        let offset = reserve(recordSize)
        count += 1
        return (base + offset, offset)
    }

    /// Bytes at the end that are no record.
    package func append(trailer: [UInt8]) {
        let offset = reserve(trailer.count)
        trailer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            (base + offset).copyMemory(from: start, byteCount: bytes.count)
        }
    }

    /// Writes the header; after this the batch is complete.
    package func seal() {
        base.storeBytes(of: BatchHeader.magic.littleEndian, as: UInt32.self)
        base.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 4, as: UInt32.self)
        base.storeBytes(of: UInt32(count).littleEndian, toByteOffset: 8, as: UInt32.self)
        let payloadSize = size - BatchHeader.size
        base.storeBytes(of: UInt32(payloadSize).littleEndian, toByteOffset: 12, as: UInt32.self)
        base.storeBytes(of: firstSequence.littleEndian, toByteOffset: 16, as: UInt64.self)
        base.storeBytes(
            of: earliest.microseconds.littleEndian, toByteOffset: 24, as: Int64.self)
        base.storeBytes(of: latest.microseconds.littleEndian, toByteOffset: 32, as: Int64.self)
        BatchHeader.seal(base, payloadSize: payloadSize)
    }

    /// The batch as it goes to the disk, once it is sealed.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: size) }

    @inline(__always)
    private func reserve(_ byteCount: Int) -> Int {
        let offset = size
        if size &+ byteCount > capacity { grow(to: size + byteCount) }
        size &+= byteCount
        return offset
    }

    private func grow(to needed: Int) {
        var larger = capacity * 2
        while larger < needed { larger *= 2 }
        let moved = UnsafeMutableRawPointer.allocate(
            byteCount: larger + LinePadding.size, alignment: 16)
        moved.copyMemory(from: base, byteCount: size)
        base.deallocate()
        base = moved
        capacity = larger
    }
}
