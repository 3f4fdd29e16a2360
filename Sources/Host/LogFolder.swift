import Engine
import Recording
import Vocabulary
import World

/// One log on disk: a single run of bytes, cut into segment files named by the offset at which
/// they begin. Only whole batches are appended.
final class LogFolder {
    enum Limits {
        static let segmentSizeMax: UInt64 = 256 << 20
        /// Bytes for which room is taken at a time; at the end it is given back.
        static let reserveSize: UInt64 = 16 << 20
    }

    let folder: String
    let kind: LogKind
    private(set) var end: UInt64 = 0
    /// Offsets at which the segments begin, rising.
    private var bases: [UInt64] = []
    private var tail: DiskFile?
    /// The offset up to which the tail has room on the disk.
    private var reservedEnd: UInt64 = 0
    private var reading: (base: UInt64, file: DiskFile)?

    init(_ folder: String, kind: LogKind) throws {
        self.folder = folder
        self.kind = kind
        try Disk.makeFolder(folder)
        bases = Disk.names(in: folder).compactMap { name in
            name.hasSuffix(".log") ? UInt64(name.dropLast(4)) : nil
        }.sorted()
        guard let last = bases.last else { return }
        end = last + UInt64(try DiskFile(path(of: last), .read).size())
    }

    func append(_ batch: UnsafeRawBufferPointer) throws {
        if tail == nil || end - (bases.last ?? 0) >= Limits.segmentSizeMax { try openTail() }
        guard let tail, let base = bases.last else { return }
        let next = end + UInt64(batch.count)
        // A log that hardly grows takes no more than it needs.
        if next > reservedEnd, end - base >= Limits.reserveSize / 16 {
            reservedEnd = next + Limits.reserveSize
            tail.reserve(Int(reservedEnd - end), at: Int(end - base))
        }
        try tail.write(batch, at: Int(end - base))
        end += UInt64(batch.count)
    }

    deinit {
        guard let tail, let base = bases.last, reservedEnd > end else { return }
        do {
            try tail.truncate(to: Int(end - base))
        } catch {
            // Room that was taken and is not used stays taken: the log is whole all the same.
        }
    }

    /// Returns once everything appended is on the disk.
    func sync() throws {
        try tail?.sync()
    }

    /// Forgets what lies at and behind an offset.
    func truncate(to offset: UInt64) throws {
        tail = nil
        reservedEnd = 0
        reading = nil
        while let last = bases.last, last >= offset, last > 0 {
            Disk.remove(path(of: last))
            bases.removeLast()
        }
        if let last = bases.last {
            let file = try DiskFile(path(of: last), .readWrite)
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
            guard used == count else { return }
            buffer[count...].initialize(repeating: 0)
            used += 8
        }
        return read.count == count + 8 ? read : nil
    }

    private func segment(_ base: UInt64) throws -> DiskFile {
        if let reading, reading.base == base { return reading.file }
        let file = try DiskFile(path(of: base), .read)
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
        tail = try DiskFile(path(of: base), .readWrite)
        reservedEnd = 0
        try Disk.syncFolder(folder)
    }

    private func path(of base: UInt64) -> String {
        let digits = String(base)
        return folder + "/" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits
            + ".log"
    }
}
