import CShims
import Vocabulary

/// JSON Lines that lie in memory as a whole.
package enum RecordLines {
    /// Hands over every line that is not blank, with its number, which counts from 1 and counts
    /// blank ones too.
    package static func forEach(
        in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) rethrows {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var (at, number) = (byteOrderMarkSize(bytes), 0)
        while at < bytes.count {
            let size = spindle_find_newline(base + at, bytes.count - at)
            number += 1
            if let line = trimmed(UnsafeRawBufferPointer(start: base + at, count: size)) {
                try body(line, number)
            }
            at += size + 1
        }
    }

    /// Size of the mark that some programs begin a file of UTF-8 with: RFC 8259 lets a reader pass
    /// over it.
    package static func byteOrderMarkSize(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// A line without a trailing carriage return; nil if nothing but space is left.
    static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let hasReturn = line.last == UInt8(ascii: "\r")
        let line = hasReturn ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
        for byte in line where byte != 0x20 && byte != 0x09 { return line }
        return nil
    }
}
