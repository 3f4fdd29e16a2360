import Engine
import Numerics
import Recording
import Vocabulary
import World

/// One log on disk: a single run of bytes, cut into segment files named by the offset at which
/// they begin. Only whole batches are appended.
///
/// Beside the segments of a raw log, the file `acknowledged` says up to which offset it was synced:
/// what is broken before it is damage, and what is broken behind it was being written when the engine
/// was cut off. It is written in place after each sync and not synced itself: after a power
/// failure it may say less than is true, never more.
final class LogFolder {
    enum Limits {
        static let segmentSizeMax: UInt64 = 256 << 20
    }

    let folder: String
    let kind: LogKind
    private(set) var end: UInt64 = 0
    /// The log was synced at least up to here.
    private(set) var acknowledgedEnd: UInt64 = 0
    private var markFile: (any DiskFile)?
    /// Where the oldest batch begins that is still there.
    var start: UInt64 { bases.first ?? end }
    /// Offsets at which the segments begin, rising.
    private var bases: [UInt64] = []
    private var tail: (any DiskFile)?
    private var reading: (base: UInt64, file: any DiskFile)?
    private let disk: any Disk

    init(_ folder: String, kind: LogKind, disk: any Disk) throws {
        self.folder = folder
        self.kind = kind
        self.disk = disk
        try disk.makeFolder(folder)
        bases = try disk.names(in: folder).compactMap { name in
            name.hasSuffix(".log") ? UInt64(name.dropLast(4)) : nil
        }.sorted()
        if kind == .raw { acknowledgedEnd = try readMark() }
        guard let last = bases.last else { return }
        end = last + UInt64(try disk.open(path(of: last), .read).size())
    }

    func append(_ batch: UnsafeRawBufferPointer) throws {
        if tail == nil || end - (bases.last ?? 0) >= Limits.segmentSizeMax { try openTail() }
        guard let tail, let base = bases.last else { return }
        try tail.write(batch, at: Int(end - base))
        end += UInt64(batch.count)
    }

    /// Returns once everything appended is on the disk.
    func sync() throws {
        try tail?.sync()
        if kind == .raw, end > acknowledgedEnd { try acknowledge(end) }
    }

    /// Where an offset lies, for whoever has to look.
    func place(of offset: UInt64) -> String {
        guard let base = bases.last(where: { $0 <= offset }) else { return folder }
        return "\(path(of: base)), byte \(offset - base)"
    }

    /// What is wrong at an offset: the batch there is not what was written, or the log ends there
    /// though it was acknowledged further.
    func damage(at offset: UInt64, until acknowledged: UInt64 = 0) -> LogDamage {
        let text =
            end <= offset && acknowledged > offset
            ? "the log ends here, and \(acknowledged - offset) bytes that were kept are missing"
            : "expected a whole batch that matches its checksum"
        return LogDamage(place: place(of: offset), text: text)
    }

    private func acknowledge(_ offset: UInt64) throws {
        acknowledgedEnd = offset
        var writer = ByteWriter()
        writer.write(offset)
        writer.write(XXHash64.finish(offset))
        let file = try markFile ?? disk.open(folder + "/acknowledged", .readWrite)
        markFile = file
        let mark = writer.bytes
        try mark.withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// A mark that cannot be read says nothing.
    private func readMark() throws -> UInt64 {
        guard try disk.exists(folder + "/acknowledged") else { return 0 }
        let bytes = try disk.read(folder + "/acknowledged")
        guard bytes.count == 16 else { return 0 }
        let (offset, check) = bytes.withUnsafeBytes { bytes in
            (
                UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        return check == XXHash64.finish(offset) ? offset : 0
    }

    /// Forgets what lies at and behind an offset.
    func truncate(to offset: UInt64) throws {
        tail = nil
        reading = nil
        while let last = bases.last, last >= offset, last > 0 {
            try disk.remove(path(of: last))
            bases.removeLast()
        }
        if let last = bases.last {
            let file = try disk.open(path(of: last), .readWrite)
            try file.truncate(to: Int(max(offset, last) - last))
            try file.sync()
        }
        end = min(end, offset)
    }

    /// The batch that begins at an offset, and eight zero bytes behind it; nil if no whole batch
    /// lies there. Whether it matches its checksum is for the caller to see.
    func batch(at offset: UInt64) throws -> [UInt8]? {
        guard let header = try header(at: offset) else { return nil }
        return try bytes(at: offset, count: header.batchSize)
    }

    /// True if a whole batch that matches its checksum begins anywhere behind an offset.
    func hasBatch(behind offset: UInt64) throws -> Bool {
        if let last = bases.last, last > offset { return true }
        guard end > offset, let rest = try bytes(at: offset, count: Int(end - offset)) else {
            return false
        }
        return rest.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            let last = buffer.count - 8 - BatchHeader.size
            guard last > 0 else { return false }
            for start in 1...last {
                guard let header = BatchHeader(base + start, kind: kind),
                    start + header.batchSize <= buffer.count - 8
                else { continue }
                if header.matches(base + start) { return true }
            }
            return false
        }
    }

    /// The line of the raw record at an offset, and eight zero bytes behind it.
    func rawLine(at offset: UInt64) throws -> [UInt8] {
        guard let head = try bytes(at: offset, count: RawRecord.headerSize) else {
            throw LogFault(log: kind, offset: offset)
        }
        let size = head.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
        guard size <= BatchHeader.payloadSizeMax,
            let line = try bytes(at: offset + UInt64(RawRecord.headerSize), count: size)
        else { throw LogFault(log: kind, offset: offset) }
        return line
    }

    private func header(at offset: UInt64) throws -> BatchHeader? {
        guard let bytes = try bytes(at: offset, count: BatchHeader.size) else { return nil }
        return bytes.withUnsafeBytes { buffer in
            buffer.baseAddress.flatMap { BatchHeader($0, kind: kind) }
        }
    }

    /// Bytes of one segment; nil if it has not so many.
    private func bytes(at offset: UInt64, count: Int) throws -> [UInt8]? {
        guard offset + UInt64(count) <= end, let base = bases.last(where: { $0 <= offset }) else {
            return nil
        }
        let file = try segment(base)
        let read = try [UInt8](unsafeUninitializedCapacity: count + 8) { buffer, used in
            let room = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            used = try file.read(into: room, at: Int(offset - base))
        }
        guard read.count == count else { return nil }
        return read + [UInt8](repeating: 0, count: 8)
    }

    private func segment(_ base: UInt64) throws -> any DiskFile {
        if let reading, reading.base == base { return reading.file }
        let file = try disk.open(path(of: base), .read)
        reading = (base, file)
        return file
    }

    private func openTail() throws {
        let base: UInt64
        if let last = bases.last, end - last < Limits.segmentSizeMax {
            base = last
        } else {
            try tail?.sync()
            base = end
            bases.append(base)
        }
        tail = try disk.open(path(of: base), .readWrite)
        try disk.syncFolder(folder)
    }

    private func path(of base: UInt64) -> String {
        let digits = String(base)
        return folder + "/" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits
            + ".log"
    }
}

/// A log that has lost or changed what was acknowledged: where, and what was expected there.
package struct LogDamage: Error, CustomStringConvertible {
    package var place: String
    package var text: String

    package var description: String { "\(place): \(text)" }
}
