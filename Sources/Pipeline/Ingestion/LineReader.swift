import CShims
import Vocabulary

/// Where the bytes of a stream come from.
package protocol ByteSource: AnyObject {
    /// As the operator named it.
    var path: String { get }
    /// Reads at most `buffer.count` bytes; 0 at the end of what there is.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// Reads lines and parses them, one ahead, so that streams can be merged by event time.
///
/// On the data's way, so fast comes before plain: lines are parsed where they were read, and at
/// least eight bytes behind each are readable. A line longer than `Limits.lineSizeMax` is cut
/// there; the parser rejects it for its length long before.
package final class LineReader {
    /// Sizes in bytes.
    package enum Limits {
        package static let lineSizeMax = 16 << 20
        static let bufferSize = 1 << 20
        static let pieceSize = 64 << 10
    }

    package let stream: StreamKind
    package let source: any ByteSource

    private var buffer: UnsafeMutableRawPointer
    private var capacity = Limits.bufferSize
    private var filled = 0
    /// Where the line after `upcoming` begins.
    private var unread = 0
    private var fileOffset: Int
    private var lineNumber: Int
    private var isExhausted = false
    /// Bytes of an overlong line that were read and dropped.
    private var skipped = 0
    /// Whether the source may still grow: then a line needs its newline, and an end is not final.
    private let isFollowing: Bool
    private var hasCurrent = false
    private var hasUpcoming = false
    private var currentLine = ParsedLine()
    private var upcomingLine = ParsedLine()

    /// `offset` and `lineNumber` say how much of the source has been read before.
    package init(
        _ source: any ByteSource, stream: StreamKind, offset: Int = 0, lineNumber: Int = 0,
        isFollowing: Bool = false
    ) {
        self.source = source
        self.isFollowing = isFollowing
        self.stream = stream
        fileOffset = offset
        self.lineNumber = lineNumber
        buffer = .allocate(byteCount: Limits.bufferSize + 16, alignment: 16)
        (buffer + Limits.bufferSize).initializeMemory(as: UInt8.self, repeating: 0, count: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// The line at hand; nil at the end of the stream. Valid until `advance`.
    package func current() throws -> ParsedLine? {
        if !hasCurrent { try advance() }
        return hasCurrent ? currentLine : nil
    }

    /// The bytes of the line at hand.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: buffer + currentLine.start, count: currentLine.size)
    }

    /// The hash of the id of the line after the one at hand, to fetch what is known of it.
    package var upcomingID: UInt64? { hasUpcoming ? upcomingLine.record.idHash : nil }

    /// When the line at hand is due in a merge: its own time or the next line's, whichever is
    /// earlier, so that a lone line from the far future holds nothing up.
    package var dueTime: Instant {
        hasUpcoming ? min(currentLine.time, upcomingLine.time) : currentLine.time
    }

    /// Goes to the next line.
    package func advance() throws {
        let lastTime = hasUpcoming ? upcomingLine.time : currentLine.time
        hasCurrent = false
        if hasUpcoming {
            swap(&currentLine, &upcomingLine)
            hasCurrent = true
            hasUpcoming = false
        } else if try readLine(into: currentLine, after: lastTime) {
            hasCurrent = true
        } else {
            return
        }
        hasUpcoming = try readLine(into: upcomingLine, after: currentLine.time)
    }

    private func readLine(into line: ParsedLine, after lastTime: Instant) throws -> Bool {
        while true {
            let start = unread
            var searched = start
            while true {
                let found = spindle_find_newline(
                    (buffer + searched).assumingMemoryBound(to: UInt8.self), filled - searched)
                searched += found
                if searched < filled { break }
                if isExhausted { break }
                if filled - unread >= Limits.lineSizeMax {
                    try skipRest()
                    break
                }
                let before = unread
                try fill()
                searched -= before - unread
            }
            if isFollowing, searched == filled {
                // The rest of the line may still be written.
                isExhausted = false
                return false
            }
            guard unread < filled else { return false }
            let begin = unread
            let hasNewline = searched < filled
            unread = hasNewline ? searched + 1 : searched
            fileOffset += unread - begin + skipped
            let isCut = skipped > 0
            skipped = 0
            lineNumber += 1
            guard let range = isCut ? begin..<searched : trimmed(begin, searched) else { continue }
            parse(range, into: line, after: lastTime)
            return true
        }
    }

    private func parse(_ range: Range<Int>, into line: ParsedLine, after lastTime: Instant) {
        line.start = range.lowerBound
        line.number = lineNumber
        line.endOffset = fileOffset
        let bytes = UnsafeRawBufferPointer(start: buffer + range.lowerBound, count: range.count)
        line.parse(bytes, stream: stream)
        line.time = line.rejection == nil ? line.record.time : lastTime
    }

    /// The line without a trailing carriage return; nil if nothing but space is left.
    private func trimmed(_ start: Int, _ end: Int) -> Range<Int>? {
        let bytes = buffer.assumingMemoryBound(to: UInt8.self)
        var end = end
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        for index in start..<end where bytes[index] != 0x20 && bytes[index] != 0x09 {
            return start..<end
        }
        return nil
    }

    /// Reads more bytes behind what is there, after moving what is still needed to the front.
    private func fill() throws {
        let needed = hasCurrent ? currentLine.start : unread
        if needed > 0 {
            buffer.copyMemory(from: buffer + needed, byteCount: filled - needed)
            filled -= needed
            unread -= needed
            if hasCurrent { currentLine.start -= needed }
        }
        if filled == capacity { grow(to: capacity * 2) }
        let room = UnsafeMutableRawBufferPointer(start: buffer + filled, count: capacity - filled)
        let count = try source.read(into: room)
        filled += count
        if count == 0 { isExhausted = true }
    }

    /// Drops what is left of an overlong line; what follows it is kept behind its newline.
    private func skipRest() throws {
        if capacity - filled <= Limits.pieceSize { grow(to: filled + 2 * Limits.pieceSize) }
        // Room for the newline stays in front of the piece.
        let piece = UnsafeMutableRawBufferPointer(
            start: buffer + filled + 1, count: Limits.pieceSize)
        while true {
            let count = try source.read(into: piece)
            guard count > 0, let base = piece.baseAddress else {
                isExhausted = true
                return
            }
            let newline = spindle_find_newline(base.assumingMemoryBound(to: UInt8.self), count)
            skipped += newline
            guard newline < count else { continue }
            let rest = count - newline
            (buffer + filled).copyMemory(from: base + newline, byteCount: rest)
            filled += rest
            return
        }
    }

    private func grow(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size + 16, alignment: 16)
        larger.copyMemory(from: buffer, byteCount: filled)
        (larger + size).initializeMemory(as: UInt8.self, repeating: 0, count: 16)
        buffer.deallocate()
        buffer = larger
        capacity = size
    }
}
