import CShims
import Glibc
import Vocabulary

/// What the disk refused, in words that an operator can act on.
package struct DiskFault: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// "open", "write", "sync" and so on.
    package var operation: String
    package var code: Int32

    package init(path: String, operation: String, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
    }

    package var isNotFound: Bool { code == ENOENT }
    package var isForbidden: Bool { code == EACCES || code == EPERM }
    package var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }

    package var description: String {
        "\(path): cannot \(operation): \(String(cString: strerror(code)))"
    }
}

/// What a file is opened for.
package enum FileMode: Sendable {
    case read
    /// Made if it is missing.
    case readWrite
}

/// An open file; the real ones are `LocalFile`.
package protocol DiskFile: AnyObject {
    var path: String { get }
    /// False for pipes and terminals.
    var isSeekable: Bool { get }
    /// Whether a read gives something, or the end, without waiting longer than this. Files always
    /// do.
    func isReadable(within patience: Span) -> Bool
    func size() throws(DiskFault) -> Int
    /// Reads what one call gives; 0 at the end. A pipe ignores the offset.
    func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int
    /// Writes what one call takes, at least a byte unless there is none.
    func writeOnce(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskFault) -> Int
    /// From now on whole blocks of aligned memory go between it and the device without a copy in
    /// the system's memory, where the file system can do that: for large files that nobody reads
    /// soon, and to see what is on the device.
    func passCache()
    /// Returns once everything written is on the disk.
    func sync() throws(DiskFault)
    func truncate(to size: Int) throws(DiskFault)
    /// Takes the lock of this file for this process; false if another has it.
    func lock() throws(DiskFault) -> Bool
}

extension DiskFile {
    package func isReadable(within patience: Span) -> Bool { true }
    package func passCache() {}

    /// Reads as many bytes as there are, at most the buffer's count.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        var done = 0
        while done < buffer.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try readOnce(into: room, at: offset + done)
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of the bytes, in as many calls as it takes.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskFault) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try writeOnce(rest, at: offset + done)
        }
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(DiskFault) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(DiskFault) in try write(buffer, at: offset) }
        }
        try outcome.get()
    }

    /// Reads back what was written, and throws if it is not these bytes.
    package func check(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskFault) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { piece.deallocate() }
        var done = 0
        while done < bytes.count {
            let expected = bytes[done..<min(done + piece.count, bytes.count)]
            let count = try read(into: piece, at: offset + done)
            guard count >= expected.count, isSame(piece, expected) else {
                throw DiskFault(path: path, operation: "read back what was written", code: EIO)
            }
            done += expected.count
        }
    }

    package func check(_ bytes: [UInt8], at offset: Int) throws(DiskFault) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(DiskFault) in try check(buffer, at: offset) }
        }
        try outcome.get()
    }
}

/// What has a name in a folder.
package enum FileKind: String, Sendable {
    case file
    case folder
    /// Whatever it leads to.
    case link
    case pipe = "named pipe"
    case socket
    case device
}

/// Files and folders as a whole; the real one is `LocalDisk`.
package protocol Disk: Sendable {
    func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile
    /// Makes one folder, unless it is there.
    func createFolder(_ path: String) throws(DiskFault)
    func exists(_ path: String) throws(DiskFault) -> Bool
    /// Nil where nothing has the name. Opens nothing, so that nothing can block.
    func kind(of path: String) throws(DiskFault) -> FileKind?
    /// Names in a folder, sorted; none if the folder is missing.
    func names(in folder: String) throws(DiskFault) -> [String]
    /// The new name is there after a crash once its folder was synced.
    func rename(_ path: String, to newPath: String) throws(DiskFault)
    func syncFolder(_ path: String) throws(DiskFault)
    /// The login name of who owns a file; nil where that is not known.
    func owner(of path: String) -> String?
    /// Nothing happens if there is no such file.
    func remove(_ path: String) throws(DiskFault)
}

extension Disk {
    package func owner(of path: String) -> String? { nil }

    /// Of a disk that has files only.
    package func kind(of path: String) throws(DiskFault) -> FileKind? {
        try exists(path) ? .file : nil
    }

    /// Makes a folder and those above it that are missing; it is there after a crash too.
    ///
    /// A folder is made once the one above it is known to be on the disk, so one that is there
    /// lacks at most the sync of its own name.
    package func makeFolder(_ path: String) throws(DiskFault) {
        let parent = Self.folder(of: path)
        if try !exists(path) {
            if parent != path, parent != "." { try makeFolder(parent) }
            try createFolder(path)
        }
        do throws(DiskFault) {
            try syncFolder(parent)
        } catch {
            // A folder above the state directory that we may use and not read.
            guard error.isForbidden else { throw error }
        }
    }

    package func read(_ path: String) throws(DiskFault) -> [UInt8] {
        let file = try open(path, .read)
        var fault: DiskFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: try file.size()) { buffer, count in
            do throws(DiskFault) {
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return bytes
    }

    /// Either the old content or the new is there after a crash, never a part: a temporary file,
    /// sync, rename, sync of the folder.
    package func replace(_ path: String, with bytes: [UInt8]) throws(DiskFault) {
        try replace(path) { file throws(DiskFault) in try file.write(bytes, at: 0) }
    }

    /// The same with a content that is written piece by piece.
    package func replace(
        _ path: String, writing write: (any DiskFile) throws(DiskFault) -> Void
    ) throws(DiskFault) {
        let temporary = path + ".new"
        try remove(temporary)
        do throws(DiskFault) {
            let file = try open(temporary, .readWrite)
            try write(file)
            try file.sync()
        } catch {
            // What was written of it would only take up a full disk.
            do throws(DiskFault) { try remove(temporary) } catch {}
            throw error
        }
        try rename(temporary, to: path)
        try syncFolder(Self.folder(of: path))
    }

    /// The folder that a name lies in.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// True if memory begins with the bytes of a part of other memory.
private func isSame(
    _ memory: UnsafeMutableRawBufferPointer, _ part: Slice<UnsafeRawBufferPointer>
) -> Bool {
    guard let left = memory.baseAddress,
        let right = UnsafeRawBufferPointer(rebasing: part).baseAddress
    else { return part.isEmpty }
    return memcmp(left, right, part.count) == 0
}
