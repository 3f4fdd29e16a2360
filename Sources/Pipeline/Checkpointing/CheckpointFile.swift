import Numerics
import Vocabulary

/// A checkpoint as one file: a header, blocks with a checksum each, and a digest of the whole.
///
///      0  8 bytes  "SPINDLE" and the version, 3
///      8  u32      count of blocks
///         for each block: u32 tag, u64 size, u64 XXH64 of the bytes, the bytes
///         32 bytes  SHA-256 of everything before
package enum CheckpointFile {
    /// The blocks, in the order in which they are written.
    package enum Block: UInt32, CaseIterable, Sendable {
        case manifest = 1
        case learner = 2
        case trainer = 3
        case join = 4
        case stream = 5
        /// From before it was written, a file has none.
        case past = 6
        /// By which settings records were taken in; from before it was written, a file has none.
        case intake = 7
        /// What the filter has counted; without rules that count, a file has none.
        case filter = 8

        package var name: String {
            switch self {
            case .manifest: "manifest"
            case .learner: "learner"
            case .trainer: "trainer"
            case .join: "join"
            case .stream: "stream"
            case .past: "past"
            case .intake: "intake"
            case .filter: "filter"
            }
        }

        var isOptional: Bool { self == .past || self == .intake || self == .filter }
    }

    /// What is wrong with a file that should be a checkpoint.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        case notACheckpoint
        case cut(atByte: Int)
        case digestDiffers
        case blockDiffers(Block)
        case blockMissing(Block)
        case unreadable(Block, ByteFault)

        package var description: String {
            switch self {
            case .notACheckpoint:
                "not a checkpoint: it does not begin with SPINDLE and a version of \(versionsRead)"
            case .cut(let byte): "the file is cut at byte \(byte)"
            case .digestDiffers: "the SHA-256 of the file is not the one at its end"
            case .blockDiffers(let block): "block \(block.name) does not match its checksum"
            case .blockMissing(let block): "block \(block.name) is missing"
            case .unreadable(let block, let fault):
                "block \(block.name), byte \(fault.offset): expected \(fault.expected)"
            }
        }
    }

    /// The version that is written.
    package static let version: UInt8 = 3
    /// Version 2 knew less of the monitors, which begin anew behind it.
    package static let versionsRead: ClosedRange<UInt8> = 2...3

    private static let magic: [UInt8] = Array("SPINDLE".utf8) + [version]

    /// The version of the file whose first eight bytes these are, if it is a checkpoint of any.
    package static func version(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= magic.count, bytes.starts(with: magic.dropLast()) else { return nil }
        return Int(bytes[magic.count - 1])
    }

    /// A block that is to be written.
    package struct Part {
        var block: Block
        var sizeMax: Int
        var write: (UnsafeMutableRawPointer) -> Int

        /// `write` fills at most `sizeMax` bytes, and gives their count.
        package init(
            _ block: Block, sizeMax: Int, write: @escaping (UnsafeMutableRawPointer) -> Int
        ) {
            (self.block, self.sizeMax, self.write) = (block, sizeMax, write)
        }

        package init(_ block: Block, _ bytes: [UInt8]) {
            self.init(block, sizeMax: bytes.count) { room in
                bytes.withUnsafeBytes { bytes in
                    if let base = bytes.baseAddress, bytes.count > 0 {
                        room.copyMemory(from: base, byteCount: bytes.count)
                    }
                }
                return bytes.count
            }
        }
    }

    /// SHA-256 of a whole file, its last 32 bytes included, as `sha256sum` gives it; and of its
    /// learner block alone.
    package struct Digests: Sendable {
        package var file: Digest
        package var learner: Digest
    }

    /// A file as it is to be written, but for the digest at its end: to compute it takes as long
    /// as to write what stands before it, so the two can be done beside each other.
    package struct Image: Sendable {
        package var body: LargeBytes
        /// Where the bytes of each block lie.
        var places: [Block: Range<Int>]

        /// Bytes of the whole file.
        package var size: Int { body.count + sealSize }

        /// The file as it lies on a disk.
        package var bytes: [UInt8] { body.withUnsafeBytes { Array($0) } + seal().bytes }

        /// Hashes the body.
        package func seal() -> Seal {
            body.withUnsafeBytes { CheckpointFile.seal(of: $0, learner: places[.learner] ?? 0..<0) }
        }

        package func withBlocks<Result, Failure: Error>(
            _ body: ([Block: UnsafeRawBufferPointer]) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try self.body.withUnsafeBytes { bytes throws(Failure) in
                try body(places.mapValues { UnsafeRawBufferPointer(rebasing: bytes[$0]) })
            }
        }
    }

    /// What stands at the end of a file, and what follows from it.
    package struct Seal: Sendable {
        /// SHA-256 of everything before.
        var body: Digest
        package var digests: Digests

        package var bytes: [UInt8] { body.bytes }
    }

    package static func encode(_ parts: [Part]) -> Image {
        let headSize = magic.count + 4
        let capacity = parts.reduce(headSize) { $0 + $1.sizeMax + blockHeadSize }
        var places: [Block: Range<Int>] = [:]
        let body = LargeBytes(capacity: capacity) { base in
            base.copyMemory(from: magic, byteCount: magic.count)
            store(UInt32(parts.count), at: base + magic.count)
            var at = headSize
            for part in parts {
                let room = base + at + blockHeadSize
                let size = part.write(room)
                store(part.block.rawValue, at: base + at)
                store(UInt64(size), at: base + at + 4)
                store(
                    XXHash64.hash(UnsafeRawBufferPointer(start: room, count: size)),
                    at: base + at + 12)
                at += blockHeadSize
                places[part.block] = at..<at + size
                at += size
            }
            return at
        }
        return Image(body: body, places: places)
    }

    /// `learner` is where that block lies in the body.
    private static func seal(of body: UnsafeRawBufferPointer, learner: Range<Int>) -> Seal {
        var (hash, learnerHash) = (SHA256(), SHA256())
        hash.update(UnsafeRawBufferPointer(rebasing: body[..<learner.lowerBound]))
        let parameters = UnsafeRawBufferPointer(rebasing: body[learner])
        hash.update(parameters, beside: &learnerHash, parameters)
        hash.update(UnsafeRawBufferPointer(rebasing: body[learner.upperBound...]))
        var fileHash = hash
        let digest = hash.finish()
        fileHash.update(digest.bytes)
        return Seal(
            body: digest,
            digests: Digests(file: fileHash.finish(), learner: learnerHash.finish()))
    }

    private static let sealSize = 32

    /// Tag, size and checksum.
    private static let blockHeadSize = 20

    private static func store<Value: FixedWidthInteger>(
        _ value: Value, at place: UnsafeMutableRawPointer
    ) {
        place.storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// A file whose every block was checked. The views live as long as the file's bytes.
    package struct Checked {
        package var blocks: [Block: UnsafeRawBufferPointer]
        package var digests: Digests
    }

    /// The blocks of a file, each checked. Where several things are wrong, the block at fault
    /// is named rather than the whole.
    package static func decode(_ file: UnsafeRawBufferPointer) throws(Fault) -> Checked {
        guard file.count >= magic.count + 4 + sealSize,
            file.prefix(magic.count - 1).elementsEqual(magic.dropLast()),
            versionsRead.contains(file[magic.count - 1])
        else { throw .notACheckpoint }
        var blocks: [Block: UnsafeRawBufferPointer] = [:]
        var damaged: Set<Block> = []
        var reader = ByteReader(
            UnsafeRawBufferPointer(rebasing: file[magic.count..<(file.count - sealSize)]))
        do throws(ByteFault) {
            let count = try reader.read(UInt32.self)
            for _ in 0..<min(count, 64) {
                let tag = try reader.read(UInt32.self)
                let size = try reader.read(UInt64.self)
                let checksum = try reader.read(UInt64.self)
                let bytes = try reader.readBytes(Int(exactly: size) ?? .max)
                guard let block = Block(rawValue: tag) else { continue }
                let isGood = checksum == XXHash64.hash(bytes)
                blocks[block] = isGood ? bytes : nil
                if !isGood { damaged.insert(block) }
            }
        } catch {
            throw .cut(atByte: magic.count + error.offset)
        }
        let seal = seal(
            of: UnsafeRawBufferPointer(rebasing: file[..<(file.count - sealSize)]),
            learner: place(of: blocks[.learner], in: file))
        let isWhole = seal.bytes.elementsEqual(file.suffix(sealSize))
        for block in Block.allCases where blocks[block] == nil {
            if block.isOptional, !damaged.contains(block) { continue }
            throw isWhole ? .blockMissing(block) : .blockDiffers(block)
        }
        guard isWhole else { throw .digestDiffers }
        return Checked(blocks: blocks, digests: seal.digests)
    }

    private static func place(
        of block: UnsafeRawBufferPointer?, in file: UnsafeRawBufferPointer
    ) -> Range<Int> {
        guard let start = block?.baseAddress, let base = file.baseAddress else { return 0..<0 }
        return (start - base)..<(start - base + (block?.count ?? 0))
    }

    /// One checked block of a decoded file.
    package static func reader(
        of block: Block, in blocks: [Block: UnsafeRawBufferPointer]
    ) throws(Fault) -> ByteReader {
        guard let bytes = blocks[block] else { throw .blockMissing(block) }
        return ByteReader(bytes)
    }
}
