import CShims
import Glibc
import Vocabulary

/// A file of this machine. Every call goes on after an interrupt.
package final class LocalFile: DiskFile {
    package let path: String
    package let descriptor: Int32
    /// True while pieces go past the system's cache, of whole blocks of memory and file.
    private var passesCache = false

    private static let blockSize = 4096

    package init(_ path: String, _ mode: FileMode) throws(DiskFault) {
        let flags =
            switch mode {
            case .read: O_RDONLY | O_CLOEXEC
            case .readWrite: O_RDWR | O_CREAT | O_CLOEXEC
            }
        descriptor = Glibc.open(path, flags, 0o640)
        self.path = path
        guard descriptor >= 0 else {
            throw DiskFault(path: path, operation: "open", code: errno)
        }
    }

    deinit {
        close(descriptor)
    }

    package var isSeekable: Bool { lseek(descriptor, 0, SEEK_CUR) >= 0 }

    package func isReadable(within patience: Span) -> Bool {
        isSeekable || Poll.isReadable(descriptor, within: patience)
    }

    package func size() throws(DiskFault) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault("examine") }
        return Int(status.st_size)
    }

    package func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        if passesCache, blocks(UnsafeRawBufferPointer(buffer), at: offset) != buffer.count {
            return try readCached(into: buffer, at: offset)
        }
        while true {
            var count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0, errno == ESPIPE {
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EINVAL, passesCache {
                return try readCached(into: buffer, at: offset)
            }
            guard count >= 0 else { throw fault("read") }
            return count
        }
    }

    package func writeOnce(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        guard bytes.count > 0 else { return 0 }
        var size = bytes.count
        if passesCache {
            size = blocks(bytes, at: offset)
            if size == 0 { return try writeCached(bytes, at: offset) }
        }
        while true {
            let count = pwrite(descriptor, bytes.baseAddress, size, off_t(offset))
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EINVAL, passesCache {
                return try writeCached(bytes, at: offset)
            }
            guard count > 0 else { throw fault("write") }
            return count
        }
    }

    package func passCache() {
        passesCache = spindle_pass_cache(descriptor, 1) == 0
    }

    private func readCached(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        useCache()
        defer { passCache() }
        return try readOnce(into: buffer, at: offset)
    }

    private func writeCached(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        useCache()
        defer { passCache() }
        return try writeOnce(bytes, at: offset)
    }

    private func useCache() {
        passesCache = false
        _ = spindle_pass_cache(descriptor, 0)
    }

    /// How many bytes from the first on are whole blocks; none where memory or file is not aligned.
    private func blocks(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        let isAligned =
            UInt(bitPattern: bytes.baseAddress) % UInt(Self.blockSize) == 0
            && offset % Self.blockSize == 0
        return isAligned ? bytes.count / Self.blockSize * Self.blockSize : 0
    }

    package func sync() throws(DiskFault) {
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw fault("sync") }
        }
    }

    package func truncate(to size: Int) throws(DiskFault) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw fault("truncate") }
    }

    package func lock() throws(DiskFault) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw fault("lock") }
        }
        return true
    }

    private func fault(_ operation: String) -> DiskFault {
        DiskFault(path: path, operation: operation, code: errno)
    }
}

/// The files and folders of this machine.
package struct LocalDisk: Disk {
    package init() {}

    package func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        try LocalFile(path, mode)
    }

    package func createFolder(_ path: String) throws(DiskFault) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            throw DiskFault(path: path, operation: "make the folder", code: errno)
        }
    }

    package func exists(_ path: String) throws(DiskFault) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else {
            throw DiskFault(path: path, operation: "look for", code: errno)
        }
        return false
    }

    package func kind(of path: String) throws(DiskFault) -> FileKind? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw DiskFault(path: path, operation: "look for", code: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .link
        case S_IFIFO: return .pipe
        case S_IFSOCK: return .socket
        default: return .device
        }
    }

    package func names(in folder: String) throws(DiskFault) -> [String] {
        guard let handle = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw DiskFault(path: folder, operation: "list", code: errno)
        }
        defer { closedir(handle) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw DiskFault(path: folder, operation: "list", code: errno) }
        return names.sorted()
    }

    package func rename(_ path: String, to newPath: String) throws(DiskFault) {
        guard Glibc.rename(path, newPath) == 0 else {
            throw DiskFault(path: newPath, operation: "rename", code: errno)
        }
    }

    package func syncFolder(_ path: String) throws(DiskFault) {
        try LocalFile(path, .read).sync()
    }

    package func owner(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return ThisProcess.userName(of: status.st_uid)
    }

    package func remove(_ path: String) throws(DiskFault) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw DiskFault(path: path, operation: "remove", code: errno)
        }
    }
}

/// Waiting for a pipe or a terminal.
private enum Poll {
    /// True if a read would give something, or the end, or a fault.
    static func isReadable(_ descriptor: Int32, within patience: Span) -> Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(clamping: patience.microseconds / 1000)
        return poll(&asked, 1, milliseconds) > 0
    }
}

/// The standard input of this process.
package enum StandardInput {
    /// Whether a read gives something, or the end, without waiting longer than this.
    package static func isReadable(within patience: Span) -> Bool {
        Poll.isReadable(STDIN_FILENO, within: patience)
    }

    /// Waits for at least one byte; 0 at the end.
    package static func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(DiskFault) -> Int {
        while true {
            let count = Glibc.read(0, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw DiskFault(path: "-", operation: "read", code: errno)
            }
            return count
        }
    }
}
