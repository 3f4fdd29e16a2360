import Numerics
import Vocabulary

/// A checkpoint as one file: a header, blocks with a checksum each, and a digest of the whole.
///
///      0  8 bytes  "SPINDLE" and the version, 2
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

        package var name: String {
            switch self {
            case .manifest: "manifest"
            case .learner: "learner"
            case .trainer: "trainer"
            case .join: "join"
            case .stream: "stream"
            }
        }
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
            case .notACheckpoint: "not a checkpoint: it does not begin with SPINDLE 2"
            case .cut(let byte): "the file is cut at byte \(byte)"
            case .digestDiffers: "the SHA-256 of the file is not the one at its end"
            case .blockDiffers(let block): "block \(block.name) does not match its checksum"
            case .blockMissing(let block): "block \(block.name) is missing"
            case .unreadable(let block, let fault):
                "block \(block.name), byte \(fault.offset): expected \(fault.expected)"
            }
        }
    }

    private static let magic: [UInt8] = Array("SPINDLE".utf8) + [2]

    package static func encode(_ blocks: [(Block, [UInt8])]) -> [UInt8] {
        var writer = ByteWriter()
        writer.bytes.reserveCapacity(blocks.reduce(64) { $0 + $1.1.count + 24 })
        writer.bytes.append(contentsOf: magic)
        writer.write(UInt32(blocks.count))
        for (block, bytes) in blocks {
            writer.write(block.rawValue)
            writer.write(UInt64(bytes.count))
            writer.write(bytes.withUnsafeBytes { XXHash64.hash($0) })
            writer.bytes.append(contentsOf: bytes)
        }
        let digest = SHA256.digest(of: writer.bytes)
        writer.bytes.append(contentsOf: digest.bytes)
        return writer.bytes
    }

    /// A file whose every block was checked. The views live as long as the file's bytes.
    package struct Checked {
        package var blocks: [Block: UnsafeRawBufferPointer]
        /// SHA-256 of the whole file, its last 32 bytes included, as `sha256sum` gives it.
        package var fileDigest: Digest
    }

    /// The blocks of a file, each checked. Where several things are wrong, the block at fault
    /// is named rather than the whole.
    package static func decode(_ file: UnsafeRawBufferPointer) throws(Fault) -> Checked {
        guard file.count >= magic.count + 4 + 32, file.prefix(magic.count).elementsEqual(magic)
        else { throw .notACheckpoint }
        var blocks: [Block: UnsafeRawBufferPointer] = [:]
        var reader = ByteReader(
            UnsafeRawBufferPointer(rebasing: file[magic.count..<(file.count - 32)]))
        do throws(ByteFault) {
            let count = try reader.read(UInt32.self)
            for _ in 0..<min(count, 64) {
                let tag = try reader.read(UInt32.self)
                let size = try reader.read(UInt64.self)
                let checksum = try reader.read(UInt64.self)
                let bytes = try reader.readBytes(Int(exactly: size) ?? .max)
                guard let block = Block(rawValue: tag) else { continue }
                blocks[block] = checksum == XXHash64.hash(bytes) ? bytes : nil
            }
        } catch {
            throw .cut(atByte: magic.count + error.offset)
        }
        var hash = SHA256()
        hash.update(UnsafeRawBufferPointer(rebasing: file[..<(file.count - 32)]))
        var wholeHash = hash
        let isWhole = hash.finish().bytes.elementsEqual(file.suffix(32))
        wholeHash.update(UnsafeRawBufferPointer(rebasing: file.suffix(32)))
        for block in Block.allCases where blocks[block] == nil {
            throw isWhole ? .blockMissing(block) : .blockDiffers(block)
        }
        guard isWhole else { throw .digestDiffers }
        return Checked(blocks: blocks, fileDigest: wholeHash.finish())
    }

    /// One checked block of a decoded file.
    package static func reader(
        of block: Block, in blocks: [Block: UnsafeRawBufferPointer]
    ) throws(Fault) -> ByteReader {
        guard let bytes = blocks[block] else { throw .blockMissing(block) }
        return ByteReader(bytes)
    }
}
