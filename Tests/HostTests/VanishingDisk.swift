import Synchronization
import World

/// The disk of this machine, from which retention takes a file just before it is opened once more.
final class VanishingDisk: Disk {
    private let disk = LocalDisk()
    private let gone: String
    private let opensLeft: Atomic<Int>

    init(losing path: String, beforeOpen number: Int) {
        gone = path
        opensLeft = Atomic(number)
    }

    /// True once the file was taken away.
    var hasVanished: Bool { opensLeft.load(ordering: .relaxed) <= 0 }

    func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        if path == gone, opensLeft.subtract(1, ordering: .relaxed).newValue == 0 {
            try disk.remove(path)
        }
        return try disk.open(path, mode)
    }

    func createFolder(_ path: String) throws(DiskFault) { try disk.createFolder(path) }
    func exists(_ path: String) throws(DiskFault) -> Bool { try disk.exists(path) }
    func names(in folder: String) throws(DiskFault) -> [String] { try disk.names(in: folder) }

    func rename(_ path: String, to newPath: String) throws(DiskFault) {
        try disk.rename(path, to: newPath)
    }

    func syncFolder(_ path: String) throws(DiskFault) { try disk.syncFolder(path) }
    func remove(_ path: String) throws(DiskFault) { try disk.remove(path) }
}
