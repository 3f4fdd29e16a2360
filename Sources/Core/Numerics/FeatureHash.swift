/// The hashes of names, categories and ids: one place, so that a text typed by an operator
/// names the same feature as the bytes of a record.
///
/// Multiplies 64 by 64 bits and folds the 128, in the manner of Wang Yi's wyhash, of which this
/// is not a version. Texts here are short: one of up to eight bytes is one load under a mask.
/// Not for defence against an attacker. Hashes are in the training log and in checkpoints: a
/// change here is a change of their formats.
package enum FeatureHash {
    @usableFromInline static let key1: UInt64 = 0x2D35_8DCC_AA6C_78A5
    @usableFromInline static let key2: UInt64 = 0x8BB8_4B93_962E_ACC9
    @usableFromInline static let key3: UInt64 = 0x4B33_A62E_D433_D4A3

    /// The seed of everything that is not hashed under a name.
    @inlinable @inline(__always) package static var root: UInt64 { 0 }

    /// Of a feature's name.
    @inlinable @inline(__always)
    package static func name(_ base: UnsafeRawPointer, count: Int) -> UInt64 {
        hash(base, count: count, seed: root)
    }

    /// Of a category under the hash of its feature's name.
    @inlinable @inline(__always)
    package static func category(
        _ base: UnsafeRawPointer, count: Int, name: UInt64
    ) -> UInt64 {
        hash(base, count: count, seed: name)
    }

    /// Of an example's id.
    @inlinable @inline(__always)
    package static func id(_ base: UnsafeRawPointer, count: Int) -> UInt64 {
        hash(base, count: count, seed: root)
    }

    /// Of a field that tells examples apart, such as `source` and `segment`.
    @inlinable @inline(__always)
    package static func tag(_ base: UnsafeRawPointer, count: Int) -> UInt64 {
        hash(base, count: count, seed: root)
    }

    package static func name(_ text: String) -> UInt64 { hash(text, seed: root) }
    package static func category(_ text: String, name: UInt64) -> UInt64 {
        hash(text, seed: name)
    }
    package static func id(_ text: String) -> UInt64 { hash(text, seed: root) }
    package static func tag(_ text: String) -> UInt64 { hash(text, seed: root) }

    /// Of two features that come together, by the hashes of their categories or, of a number, of
    /// its name. The order counts.
    package static func cross(_ left: UInt64, _ right: UInt64) -> UInt64 {
        fold(fold(left ^ key1, right ^ key2) ^ key2, key3)
    }

    private static func hash(_ text: String, seed: UInt64) -> UInt64 {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 8)
        return bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { hash($0, count: bytes.count - 8, seed: seed) } ?? 0
        }
    }

    /// At least eight bytes from the last one on must be readable; nothing is decided by those
    /// behind it.
    @inlinable @inline(__always)
    static func hash(_ base: UnsafeRawPointer, count: Int, seed: UInt64) -> UInt64 {
        if count <= 8 {
            let first = base.loadUnaligned(as: UInt64.self).littleEndian
            return finish(first & mask(count), 0, count, seed)
        }
        return long(base, count: count, seed: seed)
    }

    /// The bytes of a word that belong to a text of so many, at most 8.
    @inlinable @inline(__always)
    package static func mask(_ count: Int) -> UInt64 {
        count == 0 ? 0 : .max &>> UInt64(64 &- 8 &* count)
    }

    /// Of at most 16 bytes, from their first word and their last. Of at most eight bytes the first
    /// has zeros behind them, and the last is 0.
    @inlinable @inline(__always)
    package static func short(
        _ head: UInt64, _ tail: UInt64, count: Int, seed: UInt64
    ) -> UInt64 {
        finish(head, tail, count, seed)
    }

    @inlinable
    static func long(_ base: UnsafeRawPointer, count: Int, seed: UInt64) -> UInt64 {
        var state = seed
        var offset = 0
        while count - offset > 16 {
            state = fold(word(base, offset) ^ key2, word(base, offset + 8) ^ state ^ key1)
            offset += 16
        }
        // The last two words may overlap what came before, and each other.
        return finish(word(base, max(0, count - 16)), word(base, count - 8), count, state)
    }

    @inlinable @inline(__always)
    static func finish(_ first: UInt64, _ last: UInt64, _ count: Int, _ seed: UInt64) -> UInt64 {
        fold(fold(first ^ key1, last ^ seed ^ key2) ^ UInt64(count), key3)
    }

    @inlinable @inline(__always)
    static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inlinable @inline(__always)
    static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }
}
