import Foundation
import Host
import Synchronization
import Vocabulary
import World

/// The disk of this machine, on which the sync of a folder hangs while some file was replaced in
/// it.
final class HeldDisk: Disk {
    private let disk = LocalDisk()
    private let name: String
    private let isHolding = Mutex(false)
    private let changed = NSCondition()
    private let waits = Atomic<Int>(0)

    /// Hangs behind the replacement of a file of this name.
    init(behind name: String) {
        self.name = name
    }

    /// Whether somebody waits for the disk.
    var isWaitedFor: Bool { waits.load(ordering: .acquiring) > 0 }

    func hold() { isHolding.withLock { $0 = true } }

    func release() {
        isHolding.withLock { $0 = false }
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        try disk.open(path, mode)
    }

    func createFolder(_ path: String) throws(DiskFault) { try disk.createFolder(path) }
    func exists(_ path: String) throws(DiskFault) -> Bool { try disk.exists(path) }
    func names(in folder: String) throws(DiskFault) -> [String] { try disk.names(in: folder) }

    func rename(_ path: String, to newPath: String) throws(DiskFault) {
        try disk.rename(path, to: newPath)
        guard newPath.hasSuffix("/" + name) else { return }
        waits.add(1, ordering: .acquiringAndReleasing)
        changed.lock()
        while isHolding.withLock({ $0 }) { changed.wait() }
        changed.unlock()
        waits.subtract(1, ordering: .acquiringAndReleasing)
    }

    func syncFolder(_ path: String) throws(DiskFault) { try disk.syncFolder(path) }
    func remove(_ path: String) throws(DiskFault) { try disk.remove(path) }
}
