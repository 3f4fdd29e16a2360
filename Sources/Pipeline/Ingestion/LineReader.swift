import CShims
import Vocabulary

/// Where the bytes of a stream come from.
package protocol ByteSource: AnyObject {
    /// As the operator named it.
    var path: String { get }
    /// Reads at most `buffer.count` bytes; 0 at the end of what there is.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// Reads lines and parses them, a block of them ahead, so that streams can be merged by event
/// time.
///
/// On the data's way, so fast comes before plain: lines are parsed where they were read, and at
/// least `LinePadding.size` bytes behind each are readable. A line longer than
/// `Limits.lineSizeMax` is cut there; the parser rejects it for its length long before.
package final class LineReader {
    /// Sizes in bytes, and counts.
    package enum Limits {
        package static let lineSizeMax = 16 << 20
        static let bufferSize = 256 << 10
        static let pieceSize = 64 << 10
        /// Lines that are held at a time, and bytes of their entries.
        static let lineCount = 64
        static let blockSize = 32 << 10
    }

    package let stream: StreamKind
    package let source: any ByteSource
    /// True if no line follows those at hand: for good, or, while following, at present.
    package private(set) var isDry = false

    private var buffer: UnsafeMutableRawPointer
    private var capacity = Limits.bufferSize
    private var filled = 0
    /// Where the first line begins that has not been parsed, and how far it has been searched
    /// for its newline.
    private var unread = 0
    private var searched = 0
    private var fileOffset: Int
    private var lineNumber: Int
    private var isExhausted = false
    /// Bytes of an overlong line that were read and dropped.
    private var skipped = 0
    /// Whether the source may still grow: then a line needs its newline, and an end is not final.
    private let isFollowing: Bool
    private let parser: RecordParser
    private let held: UnsafeMutablePointer<ParsedLine>
    private var first = 0
    private var count = 0
    private var lastTime = Instant.distantPast
    private var blocks: EntryBlocks

    /// `offset` and `lineNumber` say how much of the source has been read before; `keepsFeatures`
    /// whether lines are to have their features.
    package init(
        _ source: any ByteSource, stream: StreamKind, offset: Int = 0, lineNumber: Int = 0,
        isFollowing: Bool = false, keepsFeatures: Bool = false, rules: RecordRules = RecordRules()
    ) {
        self.source = source
        self.isFollowing = isFollowing
        self.stream = stream
        fileOffset = offset
        self.lineNumber = lineNumber
        parser = RecordParser(keepsFeatures: keepsFeatures, rules: rules)
        blocks = EntryBlocks(keepsFeatures: keepsFeatures)
        held = .allocate(capacity: Limits.lineCount)
        buffer = .allocate(
            byteCount: Limits.bufferSize + LinePadding.size, alignment: 16)
        (buffer + Limits.bufferSize).initializeMemory(
            as: UInt8.self, repeating: 0, count: LinePadding.size)
    }

    deinit {
        buffer.deallocate()
        held.deallocate()
    }

    /// The lines at hand, valid until the next `refill`.
    package var lines: UnsafeBufferPointer<ParsedLine> {
        UnsafeBufferPointer(start: held + first, count: count - first)
    }

    /// Goes behind the first so many lines at hand, which stay valid until the next `refill`.
    package func consume(_ lineCount: Int) {
        first += lineCount
    }

    /// Sees to it that at least two lines are at hand, the second of which says when the first
    /// is due, unless the stream has no more.
    package func refill() throws {
        guard count - first < 2 else { return }
        if first > 0 {
            held.update(from: held + first, count: count - first)
            count -= first
            first = 0
        }
        blocks.begin(besides: count > 0 ? held[0].entry : nil)
        isDry = false
        while true {
            while count < 2 || hasRoom, takeLine() {}
            if count >= 2 { return }
            if isExhausted {
                isDry = true
                // What is followed may have more the next time.
                if isFollowing { isExhausted = false }
                return
            }
            if filled - unread >= Limits.lineSizeMax {
                try skipRest()
            } else {
                try fill()
            }
        }
    }

    private var hasRoom: Bool { count < Limits.lineCount && blocks.hasRoom }

    /// Takes one line from the buffer, or goes over blank ones; false if there is no whole one.
    @inline(__always)
    private func takeLine() -> Bool {
        let bytes = UnsafePointer(buffer.assumingMemoryBound(to: UInt8.self))
        let (start, end) = (bytes + unread, bytes + filled)
        blocks.aim(parser)
        if skipped == 0, let known = parser.readFast(start, before: end, stream) {
            let size = known.next - start
            var newline = known.next
            if newline < end, newline.pointee == UInt8(ascii: "\r") { newline += 1 }
            if newline < end, newline.pointee == UInt8(ascii: "\n"),
                size <= RecordParser.Limits.recordSizeMax
            {
                let behind = newline + 1 - start
                unread += behind
                searched = unread
                fileOffset += behind
                lineNumber += 1
                hold(UnsafeRawBufferPointer(start: start, count: size), known.record)
                return true
            }
        }
        return takeAnyLine()
    }

    private func takeAnyLine() -> Bool {
        while unread < filled {
            searched += spindle_find_newline(
                (buffer + searched).assumingMemoryBound(to: UInt8.self), filled - searched)
            let hasNewline = searched < filled
            guard hasNewline || isExhausted && !isFollowing else { return false }
            let begin = unread
            let end = searched
            unread = hasNewline ? end + 1 : end
            searched = unread
            fileOffset += unread - begin + skipped
            lineNumber += 1
            let bytes = UnsafeRawBufferPointer(start: buffer + begin, count: end - begin)
            let line = skipped == 0 ? RecordLines.trimmed(bytes) : bytes
            skipped = 0
            guard let line else { continue }
            parse(line)
            return true
        }
        return false
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        do throws(Rejection) {
            hold(bytes, try parser.parse(base, count: bytes.count, stream: stream))
        } catch {
            hold(bytes, nil)
        }
    }

    @inline(__always)
    private func hold(_ bytes: UnsafeRawBufferPointer, _ record: ParsedRecord?) {
        if let record { lastTime = record.time }
        (held + count).initialize(
            to: ParsedLine(
                stream: stream, isAdmitted: record != nil,
                record: record
                    ?? ParsedRecord(kind: .example, idHash: 0, time: lastTime, label: nil),
                number: lineNumber, endOffset: fileOffset, bytes: bytes, entry: parser.entry,
                features: parser.features, time: lastTime))
        if record != nil, stream == .examples { blocks.advance(parser) }
        count += 1
    }

    /// Reads more bytes behind what is there, after moving what is still needed to the front.
    private func fill() throws {
        let needed = count > 0 ? start(of: held[0]) : unread
        if needed > 0 {
            buffer.copyMemory(from: buffer + needed, byteCount: filled - needed)
            filled -= needed
            unread -= needed
            searched -= needed
            moveHeld(by: -needed)
        }
        if filled == capacity { grow(to: capacity * 2) }
        let room = UnsafeMutableRawBufferPointer(start: buffer + filled, count: capacity - filled)
        let count = try source.read(into: room)
        filled += count
        if count == 0 { isExhausted = true }
        if fileOffset == 0, unread == 0 { passByteOrderMark() }
    }

    /// At the very beginning of a source; a line with one is not whole before all of it is there.
    private func passByteOrderMark() {
        unread = RecordLines.byteOrderMarkSize(
            UnsafeRawBufferPointer(start: buffer, count: filled))
        searched = max(searched, unread)
        fileOffset = unread
    }

    private func start(of line: ParsedLine) -> Int {
        line.bytes.baseAddress.map { $0 - UnsafeRawPointer(buffer) } ?? unread
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
        let larger = UnsafeMutableRawPointer.allocate(
            byteCount: size + LinePadding.size, alignment: 16)
        larger.copyMemory(from: buffer, byteCount: filled)
        (larger + size).initializeMemory(
            as: UInt8.self, repeating: 0, count: LinePadding.size)
        moveHeld(by: larger - buffer)
        buffer.deallocate()
        buffer = larger
        capacity = size
    }

    /// The bytes of the lines at hand lie elsewhere now.
    private func moveHeld(by distance: Int) {
        for index in first..<count {
            let bytes = held[index].bytes
            held[index].bytes = UnsafeRawBufferPointer(
                start: bytes.baseAddress.map { $0 + distance }, count: bytes.count)
        }
    }
}
