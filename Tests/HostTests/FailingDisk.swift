import Synchronization
import Vocabulary
import World

/// The disk of this machine, whose n-th call fails, as if it were full.
final class FailingDisk: ShelfDisk {
    private let disk = LocalDisk()
    private let callsLeft: Atomic<Int>

    /// Nil for one that never fails.
    init(atCall number: Int?) {
        callsLeft = Atomic(number ?? .max)
    }

    /// True if the call that was to fail was made.
    var hasFailed: Bool { callsLeft.load(ordering: .relaxed) <= 0 }

    fileprivate func count(_ path: String, _ operation: String) throws(DiskFault) {
        if callsLeft.subtract(1, ordering: .relaxed).newValue == 0 {
            throw DiskFault(path: path, operation: operation, code: 28)
        }
    }

    func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        try count(path, "open")
        return FailingFile(try disk.open(path, mode), on: self)
    }

    func createFolder(_ path: String) throws(DiskFault) {
        try count(path, "make the folder")
        try disk.createFolder(path)
    }

    func exists(_ path: String) throws(DiskFault) -> Bool { try disk.exists(path) }
    func names(in folder: String) throws(DiskFault) -> [String] { try disk.names(in: folder) }

    func rename(_ path: String, to newPath: String) throws(DiskFault) {
        try count(path, "rename")
        try disk.rename(path, to: newPath)
    }

    func syncFolder(_ path: String) throws(DiskFault) {
        try count(path, "sync")
        try disk.syncFolder(path)
    }

    func remove(_ path: String) throws(DiskFault) { try disk.remove(path) }

    func makeExecutable(_ path: String) throws(DiskFault) {
        try count(path, "make a program of")
        try disk.makeExecutable(path)
    }

    func removeFolder(_ path: String) throws(DiskFault) { try disk.removeFolder(path) }
}

/// A file whose calls count for its disk.
private final class FailingFile: DiskFile {
    private let file: any DiskFile
    private let disk: FailingDisk

    init(_ file: any DiskFile, on disk: FailingDisk) {
        (self.file, self.disk) = (file, disk)
    }

    var path: String { file.path }
    var isSeekable: Bool { file.isSeekable }
    func size() throws(DiskFault) -> Int { try file.size() }

    func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        try disk.count(path, "read")
        return try file.readOnce(into: buffer, at: offset)
    }

    func writeOnce(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        try disk.count(path, "write")
        return try file.writeOnce(bytes, at: offset)
    }

    func sync() throws(DiskFault) {
        try disk.count(path, "sync")
        try file.sync()
    }

    func truncate(to size: Int) throws(DiskFault) { try file.truncate(to: size) }
    func lock() throws(DiskFault) -> Bool { try file.lock() }
}
