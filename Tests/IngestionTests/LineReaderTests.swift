import Ingestion
import TestKit
import Testing
import Vocabulary

@Suite("Lines of a stream")
struct LineReaderTests {
    /// What a reader said of one line.
    struct Line: Equatable {
        var bytes: [UInt8]
        var number: Int
        var endOffset: Int
        var isAdmitted: Bool
    }

    static func take(_ reader: LineReader) throws -> [Line] {
        var lines: [Line] = []
        while let line = try next(reader) {
            lines.append(
                Line(
                    bytes: Array(line.bytes), number: line.number, endOffset: line.endOffset,
                    isAdmitted: line.isAdmitted))
            reader.consume(1)
        }
        return lines
    }

    /// The line at hand; nil at the end.
    static func next(_ reader: LineReader) throws -> ParsedLine? {
        try reader.refill()
        return reader.lines.first
    }

    /// The lines of a text by definition: cut at newlines, one carriage return taken off the
    /// end, blank ones left out but counted.
    static func expected(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var start = 0
        var number = 0
        while start < bytes.count {
            let newline = bytes[start...].firstIndex(of: 0x0A)
            let end = newline.map { $0 + 1 } ?? bytes.count
            var line = Array(bytes[start..<(newline ?? bytes.count)])
            if line.last == 0x0D { line.removeLast() }
            number += 1
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                lines.append(
                    Line(
                        bytes: line, number: number, endOffset: end,
                        isAdmitted: LineParser().read(line).isAdmitted))
            }
            start = end
        }
        return lines
    }

    private static func stream(_ random: inout SplitMix64, lineCount: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in 0..<lineCount {
            switch random.below(12) {
            case 0: break
            case 1: bytes += Array("  \t ".utf8)
            case 2: bytes += Array("\r".utf8)
            case 3: bytes += Array("not json \(index)".utf8)
            case 4: bytes += random.bytes(random.below(60)).filter { $0 != 0x0A }
            default:
                let pad = String(repeating: "p", count: random.below(200))
                bytes += Array(
                    "{\"id\":\"e\(index)\",\"ts\":\(index),\"features\":{\"a\":\"\(pad)\"}}".utf8)
            }
            if random.chance(0.3) { bytes.append(0x0D) }
            bytes.append(0x0A)
        }
        if random.chance(0.5) { bytes += Array(#"{"id":"last","ts":1,"features":{}}"#.utf8) }
        return bytes
    }

    @Test(
        "Any cutting of the reads gives the same lines, numbers and offsets",
        arguments: 1...24 as ClosedRange<UInt64>)
    func pieces(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bytes = Self.stream(&random, lineCount: 120)
        let wanted = Self.expected(bytes)
        for pieceMax in [1, 2, 7, 64, 5000] {
            var cuts = SplitMix64(seed: seed &+ UInt64(pieceMax))
            let source = MemorySource(bytes) { 1 + cuts.below(pieceMax) }
            #expect(try Self.take(LineReader(source, stream: .examples)) == wanted)
        }
    }

    @Test("Lines are the same where the buffer is moved and grown", arguments: [1, 2] as [UInt64])
    func longStreams(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bytes: [UInt8] = []
        for index in 0..<60 {
            let size = random.below(index % 9 == 0 ? 3_000_000 : 90_000)
            let pad = [UInt8](repeating: 0x70, count: size)
            bytes += Array("{\"id\":\"e\(index)\",\"ts\":1,\"features\":{},\"x\":\"".utf8)
            bytes += pad + Array("\"}\n".utf8)
        }
        var cuts = random
        let source = MemorySource(bytes) { 1 + cuts.below(700_000) }
        let lines = try Self.take(LineReader(source, stream: .examples))
        let isSame = lines == Self.expected(bytes)
        #expect(isSame)
    }

    @Test("A start in the middle of a file goes on with its numbers and offsets")
    func resuming() throws {
        var random = SplitMix64(seed: 40)
        let bytes = Self.stream(&random, lineCount: 50)
        let wanted = Self.expected(bytes)
        for (index, line) in wanted.enumerated() {
            let source = MemorySource(bytes, offset: line.endOffset)
            let reader = LineReader(
                source, stream: .examples, offset: line.endOffset, lineNumber: line.number)
            #expect(try Self.take(reader) == Array(wanted[(index + 1)...]))
        }
    }

    @Test("An empty stream has no line, and neither have blank ones")
    func emptyStreams() throws {
        for text in ["", "\n", "\r\n\r\n", " \n\t\n  ", "\r"] {
            let source = MemorySource(Array(text.utf8))
            #expect(try Self.take(LineReader(source, stream: .labels)).isEmpty)
        }
    }

    @Test("A line of 20 MiB behind another is rejected for its length, and the next one is read")
    func hugeLine() throws {
        let good = Array(#"{"id":"e","ts":1,"features":{}}"#.utf8)
        let huge = [UInt8](repeating: 0x20, count: 20 << 20) + [0x78]
        let bytes = good + [0x0A] + huge + [0x0A] + good + [0x0A]
        let reader = LineReader(MemorySource(bytes), stream: .examples)
        let first = try #require(try Self.next(reader))
        #expect(first.number == 1)
        reader.consume(1)
        let second = try #require(try Self.next(reader))
        #expect(RecordParser().rejection(of: second)?.rule == .recordTooLong)
        #expect(second.endOffset == good.count + 1 + huge.count + 1)
        reader.consume(1)
        let third = try #require(try Self.next(reader))
        #expect(third.number == 3 && third.endOffset == bytes.count)
        #expect(Array(third.bytes) == good)
        reader.consume(1)
        #expect(try Self.next(reader) == nil)
    }

    @Test(
        "Overlong lines neither crash nor swallow those behind them, however the reads are cut",
        arguments: [40 << 20, 64 << 10])
    func overlongLines(pieceSize: Int) throws {
        let good = Array(#"{"id":"e","ts":1,"features":{}}"#.utf8) + [0x0A]
        let huge = [UInt8](repeating: 0x78, count: 20 << 20) + [0x0A]
        for (bytes, count) in [(huge + good, 2), (good + huge + huge + good, 4), (huge, 1)] {
            let reader = LineReader(MemorySource(bytes) { pieceSize }, stream: .examples)
            let lines = try Self.take(reader)
            #expect(lines.map(\.number) == Array(1...count))
            #expect(lines.last?.endOffset == bytes.count)
        }
    }

    @Test("A followed line is given only once its newline is there", arguments: [1, 9, 10_000])
    func following(pieceSize: Int) throws {
        let source = MemorySource([]) { pieceSize }
        let reader = LineReader(source, stream: .examples, isFollowing: true)
        #expect(try Self.take(reader).isEmpty)
        let line = Array(#"{"id":"e","ts":1,"features":{}}"#.utf8)
        for byte in line {
            source.grow([byte])
            #expect(try Self.take(reader).isEmpty)
        }
        source.grow([0x0A])
        let first = try Self.take(reader)
        #expect(first.map(\.bytes) == [line] && first.map(\.endOffset) == [line.count + 1])
        #expect(try Self.take(reader).isEmpty)
        source.grow([0x0A] + line + [0x0D, 0x0A] + line)
        let second = try Self.take(reader)
        #expect(second.map(\.number) == [3] && second.map(\.bytes) == [line])
        source.grow([0x0A])
        #expect(try Self.take(reader).map(\.number) == [4])
    }

    @Test(
        "A stream that grows by pieces gives the same lines as one that was there at once",
        arguments: 1...6 as ClosedRange<UInt64>)
    func growing(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bytes = Self.stream(&random, lineCount: 200) + [0x0A]
        var pieces = random
        let source = MemorySource([]) { 1 + pieces.below(900) }
        let reader = LineReader(source, stream: .examples, isFollowing: true)
        var lines: [Line] = []
        var offset = 0
        while offset < bytes.count {
            let size = min(bytes.count - offset, random.below(300))
            source.grow(Array(bytes[offset..<offset + size]))
            offset += size
            lines += try Self.take(reader)
        }
        #expect(lines == Self.expected(bytes))
    }

    @Test("A byte order mark is passed over at the very beginning of a source, and nowhere else")
    func byteOrderMark() throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let record = Array("{\"id\":\"a\",\"ts\":1,\"features\":{}}\n".utf8)
        for pieceSize in [1, 2, 3, 4, 4096] {
            func read(_ bytes: [UInt8], at offset: Int = 0) throws -> [Line] {
                let source = MemorySource(bytes) { pieceSize }
                return try Self.take(
                    LineReader(source, stream: .examples, offset: offset, lineNumber: offset))
            }
            let lines = try read(mark + record + mark + record)
            #expect(lines.map(\.isAdmitted) == [true, false])
            #expect(lines.map(\.endOffset) == [3 + record.count, 2 * (3 + record.count)])
            #expect(lines.first?.bytes == record.dropLast())
            #expect(try read(mark + mark + record).map(\.isAdmitted) == [false])
            #expect(try read([0x0A] + mark + record).map(\.isAdmitted) == [false])
            #expect(try read(mark).isEmpty)
            #expect(try read(Array(mark.prefix(2))).map(\.isAdmitted) == [false])
            // Read on from the middle of a file.
            #expect(try read(mark + record, at: 1).map(\.isAdmitted) == [false])
        }
    }
}
