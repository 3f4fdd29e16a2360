import Engine
import Numerics
import Recording
import Vocabulary
import World

/// One log on disk: a single run of bytes, cut into segment files named by the offset at which
/// they begin. Only whole batches are appended.
///
/// Beside the segments of a raw log, the file `acknowledged` says up to which offset it was synced:
/// what is broken before it is damage, and what is broken behind it was being written when the
/// engine was cut off. It is written in place after each sync and not synced itself: after a power
/// failure it may say less than is true, never more.
final class LogFolder {
    let folder: String
    let kind: LogKind
    private(set) var end: UInt64 = 0
    /// What lies before is known to be on the disk.
    private(set) var durableEnd: UInt64 = 0
    /// True once a sync failed: the system may have dropped what it could not write, so that
    /// another sync would succeed and mean nothing.
    private var isDoubtful = false
    /// True while another thread syncs the file that is written.
    private var isLent = false
    private var markFile: (any DiskFile)?
    /// Where the oldest batch begins that is still there.
    var start: UInt64 { bases.first ?? end }
    /// Offsets at which the segments begin, rising.
    private var bases: [UInt64] = []
    var starts: [UInt64] { bases }
    /// By the offset at which they begin; as far as they were when they were looked at.
    var segmentsKnown: [UInt64: LogSegment] = [:]
    private var tail: (any DiskFile)?
    private var reading: (base: UInt64, file: any DiskFile)?
    /// Where the batches of a segment begin, for records that are looked up.
    private var index: (base: UInt64, starts: [UInt64])?
    /// The newest batch that a record was looked up in.
    private var checked: (start: UInt64, bytes: [UInt8])?
    private let disk: any Disk
    private let segmentSizeMax: UInt64

    init(_ folder: String, kind: LogKind, world: HostWorld) throws {
        self.folder = folder
        self.kind = kind
        disk = world.disk
        segmentSizeMax = world.segmentSizeMax
        try disk.makeFolder(folder)
        bases = try disk.names(in: folder).compactMap { name in
            name.hasSuffix(".log") ? UInt64(name.dropLast(4)) : nil
        }.sorted()
        if kind == .raw { durableEnd = try readMark("acknowledged") ?? 0 }
        guard let last = bases.last else { return }
        end = last + UInt64(try disk.open(path(of: last), .read).size())
    }

    /// True if another file follows before the next batch.
    var isTailFull: Bool { bases.last.map { end - $0 >= segmentSizeMax } ?? false }

    func append(_ batch: UnsafeRawBufferPointer) throws {
        if tail == nil { try openTail() }
        if isTailFull, !isLent { try roll() }
        guard let tail, let base = bases.last else { return }
        try tail.write(batch, at: Int(end - base))
        if index?.base == base { index?.starts.append(end) }
        end += UInt64(batch.count)
    }

    /// Returns once everything appended is on the disk.
    func sync() throws {
        guard !isLent, end > durableEnd || isDoubtful else { return }
        if tail == nil, !bases.isEmpty { try openTail() }
        guard let tail else { return }
        if isDoubtful { try writeAgain(tail) }
        do {
            try tail.sync()
        } catch {
            isDoubtful = true
            throw error
        }
        isDoubtful = false
        durableEnd = end
        if kind == .raw { try acknowledge(end) }
    }

    /// Lends the file that another thread must sync for all to be on the disk; nil if all is. The
    /// system tells of a failed sync once, to whoever asks first: so nobody else asks until the
    /// file is given back, by `synced` or `doubt`.
    func lendFile() throws -> (any DiskFile)? {
        if isDoubtful { try sync() }
        guard end > durableEnd else { return nil }
        if tail == nil { try openTail() }
        isLent = true
        return tail
    }

    /// Another thread has synced what lay before an offset.
    func synced(to offset: UInt64) throws {
        isLent = false
        guard offset > durableEnd else { return }
        durableEnd = offset
        if kind == .raw { try acknowledge(offset) }
    }

    /// Another thread's sync may have failed.
    func doubt() {
        if isLent { isDoubtful = true }
        isLent = false
    }

    /// Writes what is not known to be on the disk once more, if it can still be read.
    private func writeAgain(_ tail: any DiskFile) throws {
        guard let base = bases.last else { return }
        var offset = max(durableEnd, base)
        while offset < end {
            guard let bytes = try batch(at: offset) else {
                throw LogFault(log: kind, offset: offset)
            }
            try bytes.withUnsafeBytes { buffer in
                guard let start = buffer.baseAddress, let header = BatchHeader(start, kind: kind),
                    header.matches(start)
                else { throw LogFault(log: kind, offset: offset) }
                try tail.write(
                    UnsafeRawBufferPointer(rebasing: buffer[..<header.batchSize]),
                    at: Int(offset - base))
                offset += UInt64(header.batchSize)
            }
        }
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
        let mark = Self.mark(offset)
        let file = try markFile ?? disk.open(folder + "/acknowledged", .readWrite)
        markFile = file
        try mark.withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// A word and its checksum, as the log's small files have them.
    private static func mark(_ word: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(word)
        writer.write(XXHash64.finish(word))
        return writer.bytes
    }

    /// Nil if there is no such file, or it cannot be read: then it says nothing.
    private func readMark(_ name: String) throws -> UInt64? {
        guard try disk.exists(folder + "/" + name) else { return nil }
        let bytes = try disk.read(folder + "/" + name)
        guard bytes.count == 16 else { return nil }
        let (word, check) = bytes.withUnsafeBytes { bytes in
            (
                UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        return check == XXHash64.finish(word) ? word : nil
    }

    /// What is wrong with the mark of what was acknowledged; nil if it can be read or is missing.
    func markFault() throws -> String? {
        let path = folder + "/acknowledged"
        guard try disk.exists(path), try readMark("acknowledged") == nil else { return nil }
        return "\(path): expected 16 bytes, a word and its checksum"
    }

    /// The latest event time of what retention has removed: `distantPast` if that is nothing,
    /// `distantFuture` if it is not known.
    func removedLatest() throws -> Instant {
        guard start > 0 else { return .distantPast }
        return try readMark("removed").map { Instant(microseconds: Int64(bitPattern: $0)) }
            ?? .distantFuture
    }

    /// Removes the oldest file, which must not be the one that is written.
    func removeOldest(latest: Instant?) throws {
        guard bases.count > 1 else { return }
        let oldest = bases[0]
        let known = max(try removedLatest(), latest ?? .distantPast)
        try disk.replace(
            folder + "/removed", with: Self.mark(UInt64(bitPattern: known.microseconds)))
        try disk.remove(path(of: oldest))
        bases.removeFirst()
        forgetRead()
        segmentsKnown[oldest] = nil
    }

    /// Hands over each batch, to be changed in place: one that is different afterwards is sealed
    /// anew, and its file replaced as a whole. Throws a `LogDamage` before anything of a file is
    /// replaced that is not what was written.
    func rewrite(
        _ change: (UnsafeMutableRawBufferPointer, BatchHeader, UInt64) throws -> Bool
    ) throws {
        for (index, base) in bases.enumerated() {
            let segmentEnd = index + 1 < bases.count ? bases[index + 1] : end
            var bytes = try disk.read(path(of: base))
            var isChanged = false
            try bytes.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                var offset = base
                while offset < segmentEnd {
                    let batch = start + Int(offset - base)
                    let left = Int(segmentEnd - offset)
                    guard bytes.count >= Int(segmentEnd - base), left >= BatchHeader.size,
                        let header = BatchHeader(batch, kind: kind), header.batchSize <= left,
                        header.matches(batch)
                    else { throw damage(at: offset) }
                    let all = UnsafeMutableRawBufferPointer(start: batch, count: header.batchSize)
                    if try change(all, header, offset) {
                        BatchHeader.seal(batch, payloadSize: header.payloadSize)
                        isChanged = true
                    }
                    offset += UInt64(header.batchSize)
                }
            }
            guard isChanged else { continue }
            tail = nil
            forgetRead()
            try disk.replace(path(of: base), with: bytes)
        }
    }

    private func forgetRead() {
        reading = nil
        index = nil
        checked = nil
    }

    /// Forgets what lies at and behind an offset.
    func truncate(to offset: UInt64) throws {
        guard end > offset else { return }
        tail = nil
        forgetRead()
        segmentsKnown = [:]
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
        durableEnd = min(durableEnd, offset)
    }

    /// The batch that begins at an offset, and eight zero bytes behind it; nil if no whole batch
    /// lies there. Whether it matches its checksum is for the caller to see.
    func batch(at offset: UInt64) throws -> [UInt8]? {
        guard let header = try header(at: offset) else { return nil }
        return try bytes(at: offset, count: header.batchSize)
    }

    /// The same, held against its checksum; nil if it is not what was written.
    func wholeBatch(at offset: UInt64) throws -> (bytes: [UInt8], header: BatchHeader)? {
        guard let bytes = try batch(at: offset) else { return nil }
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, let header = BatchHeader(base, kind: kind),
                header.matches(base)
            else { return nil }
            return (bytes, header)
        }
    }

    /// Throws if another version of this program wrote what begins at an offset.
    func checkVersion(at offset: UInt64) throws {
        guard let bytes = try bytes(at: offset, count: 4),
            let version = BatchHeader.version(bytes), version != BatchHeader.version
        else { return }
        throw LogDamage(
            place: place(of: offset),
            text: "a batch of version \(version); this program reads version "
                + "\(BatchHeader.version), and leaves this log as it is")
    }

    /// True if anything behind an offset of the raw log says that what lies there was on the
    /// disk: a later segment, or a whole batch that was written after a sync of it. Without that,
    /// a batch behind a gap is one that reached the disk before those in front of it.
    func wasDurable(behind offset: UInt64) throws -> Bool {
        if let last = bases.last, last > offset { return true }
        guard end > offset, let rest = try bytes(at: offset, count: Int(end - offset)) else {
            return false
        }
        return rest.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            let last = buffer.count - LinePadding.size - BatchHeader.size
            guard last > 0 else { return false }
            for start in 1...last {
                guard let header = BatchHeader(base + start, kind: kind),
                    start + header.batchSize <= buffer.count - LinePadding.size
                else { continue }
                guard header.matches(base + start) else { continue }
                let payload = UnsafeRawBufferPointer(
                    start: base + start + BatchHeader.size, count: header.payloadSize)
                if Self.durableEnd(payload) ?? (offset + UInt64(start)) > offset { return true }
            }
            return false
        }
    }

    /// The line of the raw record at an offset, from a batch that matches its checksum, and
    /// `LinePadding.size` zero bytes behind it.
    func rawLine(at offset: UInt64) throws -> [UInt8] {
        let start = try startOfBatch(around: offset)
        if checked?.start != start {
            checked = nil
            guard let bytes = try batch(at: start) else {
                throw LogFault(log: kind, offset: start)
            }
            let matches = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { BatchHeader($0, kind: kind)?.matches($0) ?? false }
            }
            guard matches ?? false else { throw LogFault(log: kind, offset: start) }
            checked = (start, bytes)
        }
        let line = checked?.bytes.withUnsafeBytes { buffer -> [UInt8]? in
            let at = Int(offset - start)
            let size = buffer.count - LinePadding.size
            guard let base = buffer.baseAddress, at < size,
                let record = RawRecord(base + at, available: size - at)
            else { return nil }
            return Array(record.line) + [UInt8](repeating: 0, count: LinePadding.size)
        }
        guard let line else { throw LogFault(log: kind, offset: offset) }
        return line
    }

    /// Where the batch begins that an offset lies in.
    private func startOfBatch(around offset: UInt64) throws -> UInt64 {
        guard let base = bases.last(where: { $0 <= offset }) else {
            throw LogFault(log: kind, offset: offset)
        }
        if index?.base != base {
            let segmentEnd = bases.first { $0 > base } ?? end
            var starts: [UInt64] = []
            var at = base
            while at < segmentEnd, let header = try header(at: at) {
                starts.append(at)
                at += UInt64(header.batchSize)
            }
            index = (base, starts)
        }
        let starts = index?.starts ?? []
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { throw LogFault(log: kind, offset: offset) }
        return starts[low - 1]
    }

    func header(at offset: UInt64) throws -> BatchHeader? {
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
        let padded = count + LinePadding.size
        let read = try [UInt8](unsafeUninitializedCapacity: padded) { buffer, used in
            let room = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            used = try file.read(into: room, at: Int(offset - base))
            guard used == count else { return }
            buffer[count...].initialize(repeating: 0)
            used += LinePadding.size
        }
        return read.count == padded ? read : nil
    }

    private func segment(_ base: UInt64) throws -> any DiskFile {
        if let reading, reading.base == base { return reading.file }
        let file = try disk.open(path(of: base), .read)
        reading = (base, file)
        return file
    }

    /// Opens the last segment, or the first.
    private func openTail() throws {
        let base = bases.last ?? end
        tail = try open(base)
        if bases.isEmpty { bases.append(base) }
    }

    /// Begins another segment; one that is followed by another is on the disk.
    private func roll() throws {
        try sync()
        tail = try open(end)
        bases.append(end)
    }

    private func open(_ base: UInt64) throws -> any DiskFile {
        let file = try disk.open(path(of: base), .readWrite)
        try disk.syncFolder(folder)
        return file
    }

    /// What the last word of a raw batch says was on the disk; nil if it says nothing.
    private static func durableEnd(_ payload: UnsafeRawBufferPointer) -> UInt64? {
        do {
            return try SourceTable.decode(payload).durableEnd
        } catch {
            return nil
        }
    }

    private func path(of base: UInt64) -> String { folder + "/" + name(of: base) }

    /// A file's name, by where it begins in the log's bytes.
    func name(of base: UInt64) -> String {
        let digits = String(base)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".log"
    }
}

/// A log that has lost or changed what was acknowledged: where, and what was expected there.
package struct LogDamage: Error, CustomStringConvertible {
    package var place: String
    package var text: String

    package var description: String { "\(place): \(text)" }
}
