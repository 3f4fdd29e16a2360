import Ingestion
import World

/// A file of the workload as the pipeline reads it: block by block, from the page cache.
package final class FileBytes: ByteSource {
    package let path: String
    private let file: LocalFile
    private var offset = 0

    package init(_ path: String) throws {
        self.path = path
        file = try LocalFile(path, .read)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try file.readOnce(into: buffer, at: offset)
        offset += count
        return count
    }
}
