import CShims
import Glibc

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
    package var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }

    package var description: String {
        "\(path): cannot \(operation): \(String(cString: strerror(code)))"
    }
}

/// An open file. Every call retries after an interrupt and completes a short write.
package final class DiskFile {
    /// What a file is opened for.
    package enum Mode {
        case read
        /// Made if it is missing.
        case readWrite
    }

    package let path: String
    package let descriptor: Int32

    package init(_ path: String, _ mode: Mode) throws(DiskFault) {
        let flags =
            switch mode {
            case .read: O_RDONLY | O_CLOEXEC
            case .readWrite: O_RDWR | O_CREAT | O_CLOEXEC
            }
        descriptor = open(path, flags, 0o640)
        self.path = path
        guard descriptor >= 0 else {
            throw DiskFault(path: path, operation: "open", code: errno)
        }
    }

    deinit {
        close(descriptor)
    }

    package func size() throws(DiskFault) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault("examine") }
        return Int(status.st_size)
    }

    /// Reads as many bytes as there are, at most the buffer's count.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        var done = 0
        while done < buffer.count, let base = buffer.baseAddress {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault("read") }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// False for pipes and terminals.
    package var isSeekable: Bool { lseek(descriptor, 0, SEEK_CUR) >= 0 }

    /// Reads what one call gives; 0 at the end. A pipe ignores the offset.
    package func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        while true {
            var count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0, errno == ESPIPE {
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fault("read") }
            return count
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskFault) {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw fault("write") }
            done += count
        }
    }

    /// Takes room on the disk for bytes to come, so that they are cheaper to write; the file's
    /// size stays. Where the file system cannot, nothing is lost: then they take it themselves.
    package func reserve(_ count: Int, at offset: Int) {
        spindle_reserve(descriptor, Int64(offset), Int64(count))
    }

    /// Returns once everything written is on the disk.
    package func sync() throws(DiskFault) {
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw fault("sync") }
        }
    }

    package func truncate(to size: Int) throws(DiskFault) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw fault("truncate") }
    }

    /// Takes the lock of this file for this process; false if another has it.
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

/// Files and folders as a whole.
package enum Disk {
    /// Makes a folder and those above it that are missing.
    package static func makeFolder(_ path: String) throws(DiskFault) {
        if mkdir(path, 0o750) == 0 || errno == EEXIST { return }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw DiskFault(path: path, operation: "make the folder", code: code)
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            throw DiskFault(path: path, operation: "make the folder", code: errno)
        }
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Names in a folder, sorted; none if the folder is missing.
    package static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func read(_ path: String) throws(DiskFault) -> [UInt8] {
        let file = try DiskFile(path, .read)
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
    package static func replace(_ path: String, with bytes: [UInt8]) throws(DiskFault) {
        let temporary = path + ".new"
        remove(temporary)
        let file = try DiskFile(temporary, .readWrite)
        let outcome = bytes.withUnsafeBytes { buffer -> Result<Void, DiskFault> in
            do throws(DiskFault) {
                return .success(try file.write(buffer, at: 0))
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
        try file.sync()
        guard rename(temporary, path) == 0 else {
            throw DiskFault(path: path, operation: "rename", code: errno)
        }
        if let slash = path.lastIndex(of: "/") { try syncFolder(String(path[..<slash])) }
    }

    package static func syncFolder(_ path: String) throws(DiskFault) {
        try DiskFile(path, .read).sync()
    }

    /// Nothing happens if there is no such file.
    package static func remove(_ path: String) {
        unlink(path)
    }
}

/// The standard input of this process.
package enum StandardInput {
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
