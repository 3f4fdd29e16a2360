import Numerics
import TestKit
import Testing

@Suite("Hashes")
struct HashTests {
    @Test(
        "XXH64 gives the published values for texts",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B),
            ("abc", 0x44BC_2CF5_AD77_0999), ("message digest", 0x066E_D728_FCEE_B3BE),
            ("abcdefghijklmnopqrstuvwxyz", 0xCFE1_F278_FA89_835C),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                0xAAA4_6907_D304_7814
            ),
            (String(repeating: "1234567890", count: 8), 0xE04A_477F_19EE_145D),
        ] as [(String, UInt64)])
    func xxhashTexts(text: String, value: UInt64) {
        #expect(XXHash64.hash(text) == value)
    }

    @Test(
        "XXH64 gives the values of the reference's own check, with and without a seed",
        arguments: [
            (0, 0xEF46_DB37_51D8_E999, 0xAC75_FDA2_929B_17EF),
            (1, 0xE934_A84A_DB05_2768, 0x5014_6076_43A9_B4C3),
            (4, 0x9136_A0DC_A574_57EE, 0xCAAB_286B_D8E9_FDB5),
            (14, 0x8282_DCC4_994E_35C8, 0xC3BD_6BF6_3DEB_6DF0),
            (222, 0xB641_AE8C_B691_C174, 0x20CB_8AB7_AE10_C14A),
        ] as [(Int, UInt64, UInt64)])
    func xxhashReference(count: Int, plain: UInt64, seeded: UInt64) {
        var generator: UInt64 = 2_654_435_761
        var bytes: [UInt8] = []
        for _ in 0..<count {
            bytes.append(UInt8(generator >> 56))
            generator &*= 11_400_714_785_074_694_797
        }
        bytes.withUnsafeBytes { buffer in
            #expect(XXHash64.hash(buffer) == plain)
            #expect(XXHash64.hash(buffer, seed: 2_654_435_761) == seeded)
        }
    }

    @Test("XXH64 does not depend on where the bytes lie in memory")
    func xxhashAlignment() {
        var random = SplitMix64(seed: 3)
        for count in 0..<120 {
            let bytes = random.bytes(count)
            let value = bytes.withUnsafeBytes { XXHash64.hash($0, seed: 9) }
            for shift in 1..<8 {
                let moved = [UInt8](repeating: 0xFF, count: shift) + bytes + [0xFF]
                moved.withUnsafeBytes { buffer in
                    let part = UnsafeRawBufferPointer(rebasing: buffer[shift..<shift + count])
                    #expect(XXHash64.hash(part, seed: 9) == value)
                }
            }
        }
    }

    @Test(
        "SHA-256 gives the values of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func sha256(text: String, hex: String) {
        #expect(SHA256.digest(of: Array(text.utf8)).hex == hex)
    }

    @Test("SHA-256 pads every length as others do")
    func sha256Lengths() {
        var whole = SHA256()
        for count in 0..<300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 + count) }
            whole.update(SHA256.digest(of: bytes).bytes)
        }
        let hex = "148b894486945a24e834868db010090f61da189d018f0bf543b188081480175d"
        #expect(whole.finish().hex == hex)
    }

    @Test("SHA-256 is the same however the input is cut", arguments: [1, 2, 3, 4] as [UInt64])
    func sha256Splits(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for count in 0..<300 {
            let bytes = random.bytes(count)
            var pieces = SHA256()
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = min(rest.count, random.below(80))
                pieces.update(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(pieces.finish() == SHA256.digest(of: bytes))
        }
    }

    @Test("Two SHA-256 side by side are those of each", arguments: [1, 2, 3, 4] as [UInt64])
    func sha256Pairs(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let heads = (random.bytes(random.below(130)), random.bytes(random.below(130)))
            let bodies = (random.bytes(random.below(700)), random.bytes(random.below(700)))
            var (one, other) = (SHA256(), SHA256())
            one.update(heads.0)
            other.update(heads.1)
            bodies.0.withUnsafeBytes { left in
                bodies.1.withUnsafeBytes { one.update(left, beside: &other, $0) }
            }
            #expect(one.finish() == SHA256.digest(of: heads.0 + bodies.0))
            #expect(other.finish() == SHA256.digest(of: heads.1 + bodies.1))
        }
    }

    @Test("A copy of a running SHA-256 goes its own way")
    func sha256Copies() {
        var first = SHA256()
        first.update(Array("abc".utf8))
        var second = first
        second.update(Array("def".utf8))
        #expect(first.finish() == SHA256.digest(of: Array("abc".utf8)))
        #expect(second.finish() == SHA256.digest(of: Array("abcdef".utf8)))
    }
}
