/// XXH64, the 64-bit xxHash (specification 0.1.1): keyed hashes of ids and feature names, and
/// checksums of the logs. Not for defence against an attacker.
package enum XXHash64 {
    @usableFromInline static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    @usableFromInline static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    @usableFromInline static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    @usableFromInline static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    @usableFromInline static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    @inlinable
    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        guard let base = bytes.baseAddress else { return finish(seed &+ prime5) }
        return hash(base, count: bytes.count, seed: seed)
    }

    @inlinable
    package static func hash(
        _ base: UnsafeRawPointer, count: Int, seed: UInt64 = 0
    ) -> UInt64 {
        var offset = 0
        var result: UInt64
        if count >= 32 {
            var a = seed &+ prime1 &+ prime2
            var b = seed &+ prime2
            var c = seed
            var d = seed &- prime1
            while offset + 32 <= count {
                a = round(a, word(base, offset))
                b = round(b, word(base, offset + 8))
                c = round(c, word(base, offset + 16))
                d = round(d, word(base, offset + 24))
                offset += 32
            }
            result = rotl(a, 1) &+ rotl(b, 7) &+ rotl(c, 12) &+ rotl(d, 18)
            result = merge(merge(merge(merge(result, a), b), c), d)
        } else {
            result = seed &+ prime5
        }
        result &+= UInt64(count)
        while offset + 8 <= count {
            result ^= round(0, word(base, offset))
            result = rotl(result, 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset + 4 <= count {
            let half = UInt32(
                littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            result ^= UInt64(half) &* prime1
            result = rotl(result, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < count {
            result ^= UInt64(base.load(fromByteOffset: offset, as: UInt8.self)) &* prime5
            result = rotl(result, 11) &* prime1
            offset += 1
        }
        return finish(result)
    }

    package static func hash(_ text: String, seed: UInt64 = 0) -> UInt64 {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0), seed: seed) }
    }

    /// The avalanche at the end: also a good mixer of a single word.
    @inlinable
    package static func finish(_ value: UInt64) -> UInt64 {
        var result = value
        result ^= result >> 33
        result = result &* prime2
        result ^= result >> 29
        result = result &* prime3
        result ^= result >> 32
        return result
    }

    @inlinable
    static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable
    static func round(_ accumulator: UInt64, _ input: UInt64) -> UInt64 {
        rotl(accumulator &+ input &* prime2, 31) &* prime1
    }

    @inlinable
    static func merge(_ result: UInt64, _ lane: UInt64) -> UInt64 {
        (result ^ round(0, lane)) &* prime1 &+ prime4
    }

    @inlinable
    static func rotl(_ value: UInt64, _ count: UInt64) -> UInt64 {
        (value << count) | (value >> (64 - count))
    }
}
