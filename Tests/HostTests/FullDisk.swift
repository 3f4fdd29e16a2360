import Engine
import Glibc
import Host
import Operation
import Synchronization
import Vocabulary
import World

/// The disk of this machine, on which nothing has room to grow while it is full.
final class FullDisk: Disk {
    private let disk = LocalDisk()
    private let full = Atomic<Bool>(false)

    var isFull: Bool {
        get { full.load(ordering: .acquiring) }
        set { full.store(newValue, ordering: .releasing) }
    }

    fileprivate func refuseIfFull(_ path: String, _ operation: String) throws(DiskFault) {
        guard !isFull else { throw DiskFault(path: path, operation: operation, code: ENOSPC) }
    }

    func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        if case .readWrite = mode, try !disk.exists(path) { try refuseIfFull(path, "open") }
        return FullFile(try disk.open(path, mode), on: self)
    }

    func createFolder(_ path: String) throws(DiskFault) {
        try refuseIfFull(path, "make the folder")
        try disk.createFolder(path)
    }

    func exists(_ path: String) throws(DiskFault) -> Bool { try disk.exists(path) }
    func names(in folder: String) throws(DiskFault) -> [String] { try disk.names(in: folder) }

    func rename(_ path: String, to newPath: String) throws(DiskFault) {
        try disk.rename(path, to: newPath)
    }

    func syncFolder(_ path: String) throws(DiskFault) { try disk.syncFolder(path) }
    func remove(_ path: String) throws(DiskFault) { try disk.remove(path) }
}

/// A file that is written in place on a full disk, and does not grow.
private final class FullFile: DiskFile {
    private let file: any DiskFile
    private let disk: FullDisk

    init(_ file: any DiskFile, on disk: FullDisk) {
        (self.file, self.disk) = (file, disk)
    }

    var path: String { file.path }
    var isSeekable: Bool { file.isSeekable }
    func size() throws(DiskFault) -> Int { try file.size() }

    func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        try file.readOnce(into: buffer, at: offset)
    }

    func writeOnce(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskFault) -> Int {
        if offset + bytes.count > (try file.size()) { try disk.refuseIfFull(path, "write") }
        return try file.writeOnce(bytes, at: offset)
    }

    func sync() throws(DiskFault) { try file.sync() }
    func truncate(to size: Int) throws(DiskFault) { try file.truncate(to: size) }
    func lock() throws(DiskFault) -> Bool { try file.lock() }
}

/// A journal on that disk.
final class FullJournal: JournalBook {
    private let journal: Journal
    private let disk: FullDisk

    init(_ path: String, on disk: FullDisk) throws {
        (journal, self.disk) = (try Journal(path), disk)
    }

    func append(_ draft: JournalDraft) throws -> JournalEntry {
        try disk.refuseIfFull("journal", "write")
        return try journal.append(draft)
    }

    func tail(_ count: Int) throws -> [JournalEntry] { try journal.tail(count) }

    func search(_ query: JournalQuery) throws -> JournalPage { try journal.search(query) }

    func raise(_ alarm: AlarmReport, of model: ModelName) throws -> Bool {
        try disk.refuseIfFull("journal", "write")
        return try journal.raise(alarm, of: model)
    }

    func resolve(_ id: String, at time: Instant) throws -> Bool {
        try disk.refuseIfFull("journal", "write")
        return try journal.resolve(id, at: time)
    }

    func resolveAlarms(of model: ModelName, but ids: [String], at time: Instant) throws {
        try disk.refuseIfFull("journal", "write")
        try journal.resolveAlarms(of: model, but: ids, at: time)
    }
}
