import CShims

/// SHA-256 (FIPS 180-4): the digest of checkpoints, learners and journal entries.
///
/// Uses the processor's instructions for it where there are any. Feed it in pieces of any
/// size; `finish` gives the 32 bytes.
package struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var partial: [UInt8] = []
    private var byteCount: UInt64 = 0
    private var schedule = [UInt32](repeating: 0, count: 64)

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var offset = 0
        if !partial.isEmpty {
            let taken = min(64 - partial.count, bytes.count)
            partial.append(contentsOf: bytes[0..<taken])
            offset = taken
            guard partial.count == 64 else { return }
            let block = partial
            partial.removeAll(keepingCapacity: true)
            block.withUnsafeBytes { compress($0) }
        }
        let wholeSize = (bytes.count - offset) & ~63
        compress(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + wholeSize]))
        offset += wholeSize
        partial.append(contentsOf: bytes[offset...])
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Takes bytes in while another hash takes in others, in little more time than for one of them.
    package mutating func update(
        _ bytes: UnsafeRawBufferPointer, beside other: inout SHA256,
        _ others: UnsafeRawBufferPointer
    ) {
        // What is needed to stand between two blocks.
        let head = min((64 - partial.count) & 63, bytes.count)
        let otherHead = min((64 - other.partial.count) & 63, others.count)
        update(UnsafeRawBufferPointer(rebasing: bytes[..<head]))
        other.update(UnsafeRawBufferPointer(rebasing: others[..<otherHead]))
        let blockCount = min(bytes.count - head, others.count - otherHead) / 64
        var size = 0
        if Self.isInHardware, blockCount > 0, let base = bytes.baseAddress,
            let otherBase = others.baseAddress
        {
            size = 64 * blockCount
            state.withUnsafeMutableBufferPointer { state in
                other.state.withUnsafeMutableBufferPointer { otherState in
                    Self.constants.withUnsafeBufferPointer { constants in
                        spindle_sha256_blocks_of_two(
                            state.baseAddress, base.assumingMemoryBound(to: UInt8.self) + head,
                            otherState.baseAddress,
                            otherBase.assumingMemoryBound(to: UInt8.self) + otherHead,
                            constants.baseAddress, blockCount)
                    }
                }
            }
            byteCount += UInt64(size)
            other.byteCount += UInt64(size)
        }
        update(UnsafeRawBufferPointer(rebasing: bytes[(head + size)...]))
        other.update(UnsafeRawBufferPointer(rebasing: others[(otherHead + size)...]))
    }

    package mutating func finish() -> Digest {
        let bitCount = byteCount * 8
        update([0x80])
        while partial.count != 56 { update([0]) }
        withUnsafeBytes(of: bitCount.bigEndian) { update($0) }
        var bytes: [UInt8] = []
        for word in state {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        return Digest(bytes: bytes)
    }

    package static func digest(of bytes: [UInt8]) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    /// Takes in whole blocks of 64 bytes.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard Self.isInHardware else {
            for offset in stride(from: 0, to: blocks.count, by: 64) {
                compressOne(UnsafeRawBufferPointer(rebasing: blocks[offset..<offset + 64]))
            }
            return
        }
        guard let base = blocks.baseAddress, blocks.count > 0 else { return }
        state.withUnsafeMutableBufferPointer { state in
            Self.constants.withUnsafeBufferPointer { constants in
                spindle_sha256_blocks(
                    state.baseAddress, constants.baseAddress,
                    base.assumingMemoryBound(to: UInt8.self), blocks.count / 64)
            }
        }
    }

    private static let isInHardware = spindle_has_sha256() != 0

    private mutating func compressOne(_ block: UnsafeRawBufferPointer) {
        let start = state
        state.withUnsafeMutableBufferPointer { state in
            schedule.withUnsafeMutableBufferPointer { schedule in
                Self.expand(block, into: schedule)
                Self.mix(schedule, into: state)
            }
        }
        for index in 0..<8 { state[index] = state[index] &+ start[index] }
    }

    private static func expand(
        _ block: UnsafeRawBufferPointer, into schedule: UnsafeMutableBufferPointer<UInt32>
    ) {
        for index in 0..<16 {
            schedule[index] = UInt32(
                bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        for index in 16..<64 {
            let x = schedule[index - 15]
            let y = schedule[index - 2]
            let s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3)
            let s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >> 10)
            schedule[index] = schedule[index - 16] &+ s0 &+ schedule[index - 7] &+ s1
        }
    }

    private static func mix(
        _ schedule: UnsafeMutableBufferPointer<UInt32>,
        into state: UnsafeMutableBufferPointer<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        constants.withUnsafeBufferPointer { constants in
            for index in 0..<64 {
                let s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
                let choice = (e & f) ^ (~e & g)
                let first = h &+ s1 &+ choice &+ constants[index] &+ schedule[index]
                let s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
                let majority = (a & b) ^ (a & c) ^ (b & c)
                (h, g, f, e) = (g, f, e, d &+ first)
                (d, c, b, a) = (c, b, a, first &+ s0 &+ majority)
            }
        }
        (state[0], state[1], state[2], state[3]) = (a, b, c, d)
        (state[4], state[5], state[6], state[7]) = (e, f, g, h)
    }

    private static func rotr(_ value: UInt32, _ count: UInt32) -> UInt32 {
        (value >> count) | (value << (32 - count))
    }

    /// The first 32 bits of the fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1,
        0x923f_82a4, 0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
        0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786,
        0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147,
        0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
        0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a,
        0x5b9c_ca4f, 0x682e_6ff3, 0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

/// The 32 bytes of a SHA-256.
package struct Digest: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
        self.bytes = bytes
    }

    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
