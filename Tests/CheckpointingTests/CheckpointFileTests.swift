import Checkpointing
import Numerics
import TestKit
import Testing
import Vocabulary

@Suite("Checkpoint files")
struct CheckpointFileTests {
    private static let sizes = [11, 40, 3, 25, 0, 7]

    private static func blocks(_ seed: UInt64 = 1) -> [(CheckpointFile.Block, [UInt8])] {
        var random = SplitMix64(seed: seed)
        return zip(CheckpointFile.Block.allCases, sizes).map { ($0, random.bytes($1)) }
    }

    private static func encode(_ blocks: [(CheckpointFile.Block, [UInt8])]) -> [UInt8] {
        CheckpointFile.encode(blocks.map { .init($0.0, $0.1) }).bytes
    }

    @Test("An image knows its own digest, and where its blocks lie")
    func image() {
        let blocks = Self.blocks()
        let image = CheckpointFile.encode(blocks.map { .init($0.0, $0.1) })
        let bytes = image.bytes
        let digests = image.seal().digests
        #expect(image.size == bytes.count)
        #expect(digests.file == SHA256.digest(of: bytes))
        let learner = blocks.first { $0.0 == .learner }?.1 ?? []
        #expect(digests.learner == SHA256.digest(of: learner))
        image.withBlocks { found in
            for (block, written) in blocks {
                #expect(found[block].map { Array($0) } == written)
            }
        }
    }

    /// The fault found in a file; nil if it was taken for whole.
    private static func fault(_ file: [UInt8]) -> CheckpointFile.Fault? {
        file.withUnsafeBytes { bytes in
            do throws(CheckpointFile.Fault) {
                _ = try CheckpointFile.decode(bytes)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test("What was written is read again, with the digest of the whole file")
    func roundTrip() throws {
        let blocks = Self.blocks()
        let file = Self.encode(blocks)
        try file.withUnsafeBytes { bytes in
            let checked = try CheckpointFile.decode(bytes)
            for (block, written) in blocks {
                #expect(checked.blocks[block].map { Array($0) } == written)
            }
            #expect(checked.digests.file == SHA256.digest(of: file))
            let learner = blocks.first { $0.0 == .learner }?.1 ?? []
            #expect(checked.digests.learner == SHA256.digest(of: learner))
        }
        #expect(Array(file.suffix(32)) == SHA256.digest(of: Array(file.dropLast(32))).bytes)
    }

    @Test("Every single flipped bit is found")
    func flippedBits() {
        let file = Self.encode(Self.blocks())
        for index in file.indices {
            for bit in 0..<8 {
                var broken = file
                broken[index] ^= 1 << UInt8(bit)
                #expect(Self.fault(broken) != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("Every cut is found, and so is every byte too many")
    func cuts() {
        let file = Self.encode(Self.blocks())
        for count in file.indices {
            #expect(Self.fault(Array(file[..<count])) != nil)
        }
        for byte in [0, 1, 255] as [UInt8] { #expect(Self.fault(file + [byte]) != nil) }
    }

    @Test("The block that holds the broken byte is named")
    func blame() {
        let blocks = Self.blocks()
        let file = Self.encode(blocks)
        var offset = 12
        for (block, bytes) in blocks {
            offset += 20
            for index in offset..<offset + bytes.count {
                var broken = file
                broken[index] ^= 0x10
                #expect(Self.fault(broken) == .blockDiffers(block))
            }
            offset += bytes.count
        }
        for index in offset..<file.count {
            var broken = file
            broken[index] ^= 0x10
            #expect(Self.fault(broken) == .digestDiffers)
        }
        #expect(offset + 32 == file.count)
    }

    @Test("A file without one of its blocks is no checkpoint, though its digest matches")
    func missingBlocks() {
        let optional: [CheckpointFile.Block] = [.past, .intake, .filter]
        for block in CheckpointFile.Block.allCases where !optional.contains(block) {
            let file = Self.encode(Self.blocks().filter { $0.0 != block })
            #expect(Self.fault(file) == .blockMissing(block))
        }
    }

    @Test("A file from before the past was kept is whole; damage elsewhere is not put down to it")
    func older() {
        let blocks = Self.blocks().filter { $0.0 != .past }
        let file = Self.encode(blocks)
        #expect(Self.fault(file) == nil)
        var broken = file
        broken[12 + 20] ^= 1
        #expect(Self.fault(broken) == .blockDiffers(.manifest))
    }

    @Test("What is something else is told so, and random bytes do no harm")
    func noise() {
        var random = SplitMix64(seed: 2)
        #expect(Self.fault([]) == .notACheckpoint)
        for _ in 0..<500 {
            #expect(Self.fault(random.bytes(random.below(200))) == .notACheckpoint)
        }
        let head = Array(Self.encode(Self.blocks())[..<12])
        for _ in 0..<2000 {
            #expect(Self.fault(head + random.bytes(random.below(200))) != nil)
        }
    }

    @Test("A fault says in words what is wrong, and where")
    func words() {
        let fault = CheckpointFile.Fault.unreadable(
            .join, ByteFault(offset: 7, expected: "4 more bytes"))
        #expect(fault.description == "block join, byte 7: expected 4 more bytes")
        #expect(CheckpointFile.Fault.blockDiffers(.learner).description.contains("learner"))
    }
}

@Suite("Checkpoint manifests")
struct CheckpointManifestTests {
    private static func manifest(_ random: inout SplitMix64) throws -> CheckpointManifest {
        let name = try #require(ModelName("yarn-shop"))
        func position() -> LogPosition {
            LogPosition(offset: random.next(), sequence: random.next())
        }
        let number = 1 + random.below(3_000_000)
        return CheckpointManifest(
            id: CheckpointID(model: name, number: number + 1),
            parent: random.chance(0.5) ? CheckpointID(model: name, number: number) : nil,
            created: Instant(microseconds: Int64(random.below(1 << 50))),
            cursor: TrainingCursor(batch: position(), sequence: random.next()),
            eventTime: random.chance(0.5) ? Instant(microseconds: -5) : nil,
            rawEnd: position(), trainingEnd: position(), build: "0.1.0 ✓")
    }

    @Test("A manifest survives its bytes, and every cut is found")
    func roundTrip() throws {
        var random = SplitMix64(seed: 6)
        for _ in 0..<50 {
            let manifest = try Self.manifest(&random)
            let bytes = manifest.encode()
            try bytes.withUnsafeBytes { buffer in
                var reader = ByteReader(buffer)
                let restored = try CheckpointManifest(decoding: &reader)
                #expect(restored == manifest && reader.remaining == 0)
                for count in 0..<bytes.count {
                    var cut = ByteReader(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    #expect(throws: ByteFault.self) {
                        _ = try CheckpointManifest(decoding: &cut)
                    }
                }
            }
        }
    }
}
