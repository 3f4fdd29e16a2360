import Ingestion

/// Bytes in memory as a stream, read in pieces of any size.
package final class MemorySource: ByteSource {
    package let path: String
    package private(set) var readCount = 0
    private var bytes: [UInt8]
    private var offset: Int
    private let pieceSize: () -> Int

    /// `pieceSize` says how many bytes the next read gives at most, at least 1.
    package init(
        _ bytes: [UInt8], path: String = "memory", offset: Int = 0,
        pieceSize: @escaping () -> Int = { Int.max }
    ) {
        self.bytes = bytes
        self.path = path
        self.offset = offset
        self.pieceSize = pieceSize
    }

    /// Somebody writes on at the end.
    package func grow(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        readCount += 1
        let count = min(bytes.count - offset, buffer.count, max(1, pieceSize()))
        guard count > 0 else { return 0 }
        buffer.copyBytes(from: bytes[offset..<offset + count])
        offset += count
        return count
    }
}
