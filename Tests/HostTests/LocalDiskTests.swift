import Foundation
import TestKit
import Testing
import World

@Suite("A file of this machine")
struct LocalDiskTests {
    @Test(
        "What goes past the system's cache is what went through it",
        arguments: 1...4 as ClosedRange<UInt64>)
    func pieces(seed: UInt64) throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: seed)
        let size = 3 << 20
        var expected = [UInt8](repeating: 0, count: size)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { memory.deallocate() }
        let file = try LocalDisk().open(folder.path + "/pieces", .readWrite)
        try file.write(expected, at: 0)
        for _ in 0..<200 {
            if random.chance(0.5) { file.passCache() }
            let isAligned = random.chance(0.5)
            let unit = isAligned ? 4096 : 1
            let offset = random.below(size / unit) * unit
            let start = random.below((size - offset) / unit + 1) * unit
            let count = min(random.below(200_000), size - max(offset, start))
            for index in start..<start + count { memory[index] = UInt8(random.below(256)) }
            let piece = UnsafeRawBufferPointer(rebasing: memory[start..<start + count])
            try file.write(piece, at: offset)
            expected.replaceSubrange(offset..<offset + count, with: piece)
            try file.check(piece, at: offset)
        }
        try file.check(expected, at: 0)
        #expect(try LocalDisk().read(folder.path + "/pieces") == expected)
        #expect(try file.size() == size)
        expected[random.below(size)] ^= 1
        #expect(throws: DiskFault.self) { try file.check(expected, at: 0) }
        #expect(throws: DiskFault.self) { try file.check([1, 2], at: size - 1) }
    }
}
