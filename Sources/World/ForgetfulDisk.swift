import Vocabulary

/// This machine's disk without any wait for what is written: for what is thrown away anyway.
package struct ForgetfulDisk: Disk {
    private let disk = LocalDisk()

    package init() {}

    package func open(_ path: String, _ mode: FileMode) throws(DiskFault) -> any DiskFile {
        ForgetfulFile(try disk.open(path, mode))
    }

    package func createFolder(_ path: String) throws(DiskFault) { try disk.createFolder(path) }
    package func exists(_ path: String) throws(DiskFault) -> Bool { try disk.exists(path) }
    package func names(in folder: String) throws(DiskFault) -> [String] {
        try disk.names(in: folder)
    }
    package func rename(_ path: String, to newPath: String) throws(DiskFault) {
        try disk.rename(path, to: newPath)
    }
    package func syncFolder(_ path: String) throws(DiskFault) {}
    package func remove(_ path: String) throws(DiskFault) { try disk.remove(path) }
}

private final class ForgetfulFile: DiskFile {
    private let file: any DiskFile

    init(_ file: any DiskFile) {
        self.file = file
    }

    var path: String { file.path }
    var isSeekable: Bool { file.isSeekable }

    func isReadable(within patience: Span) -> Bool { file.isReadable(within: patience) }
    func size() throws(DiskFault) -> Int { try file.size() }
    func readOnce(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(DiskFault) -> Int {
        try file.readOnce(into: buffer, at: offset)
    }
    func writeOnce(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskFault) -> Int {
        try file.writeOnce(bytes, at: offset)
    }
    func sync() throws(DiskFault) {}
    func truncate(to size: Int) throws(DiskFault) { try file.truncate(to: size) }
    func lock() throws(DiskFault) -> Bool { try file.lock() }
}
