import Glibc

/// A disk that programs are kept on, each in a folder of its own; the real one is `LocalDisk`.
package protocol ShelfDisk: Disk {
    /// Its owner and group may run the file.
    func makeExecutable(_ path: String) throws(DiskFault)
    /// Nothing happens if there is no such folder; it must be empty.
    func removeFolder(_ path: String) throws(DiskFault)
}

extension LocalDisk: ShelfDisk {
    package func makeExecutable(_ path: String) throws(DiskFault) {
        guard chmod(path, 0o750) == 0 else {
            throw DiskFault(path: path, operation: "make a program of", code: errno)
        }
    }

    package func removeFolder(_ path: String) throws(DiskFault) {
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw DiskFault(path: path, operation: "remove", code: errno)
        }
    }
}
