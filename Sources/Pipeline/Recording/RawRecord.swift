import Numerics
import Vocabulary

/// One record of the raw log: a line as it came, or a mark of its stream.
///
///      0  u32  size of the line in bytes
///      4  u8   stream: 0 examples, 1 labels
///      5  u8   kind: 0 line, 1 the label stream ended, 2 complete for good, 3 a released line,
///              4 other settings, 5 erased
///      6  u16  index of the source in the batch's table
///      8  u32  line number in the source, low half
///     12       the line; before a released one the sequence of the record that was held back, a
///              space, the rule that did, and a newline
///
/// After the last record of a batch lies the table of its sources: u32 count, then for each
/// a u32 length and the path, u64 the offset behind its last line, u64 that line's number,
/// u64 a fingerprint of the file's first bytes, u32 how many; then a u64, the offset up to which
/// the log was known to be on the disk when the batch was closed; and last a u32, the size of the
/// table.
package struct RawRecord {
    package var kind: Kind
    package var stream: StreamKind
    package var source: Int
    package var lineNumber: Int
    package var line: UnsafeRawBufferPointer
    /// What stands before the line of a released one.
    package var note = UnsafeRawBufferPointer(start: nil, count: 0)

    /// A line, or what a stream said of itself.
    package enum Kind: UInt8, Sendable {
        case line = 0
        case labelsEnded = 1
        case completeForGood = 2
        /// A line that was held back, and that an operator lets in.
        case released = 3
        /// From here on records are taken in by other settings, which are in place of the line.
        case settings = 4
        /// In place of a line, or of a released one, what stays of it: see `ErasedRecord`.
        case erased = 5

        /// True for what came from a stream.
        package var isLine: Bool { self == .line || self == .released }
    }

    package static let headerSize = 12

    /// Nil if no whole record lies there.
    package init?(_ bytes: UnsafeRawPointer, available: Int) {
        guard available >= Self.headerSize,
            let kind = Kind(rawValue: bytes.load(fromByteOffset: 5, as: UInt8.self)),
            let stream = StreamKind(rawValue: bytes.load(fromByteOffset: 4, as: UInt8.self))
        else { return nil }
        let size = Int(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
        guard size <= available - Self.headerSize else { return nil }
        self.kind = kind
        self.stream = stream
        source = Int(
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)))
        lineNumber = Int(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        line = UnsafeRawBufferPointer(start: bytes + Self.headerSize, count: size)
        guard kind == .released else { return }
        guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        note = UnsafeRawBufferPointer(rebasing: line[...end])
        line = UnsafeRawBufferPointer(rebasing: line[(end + 1)...])
    }

    package var size: Int { Self.headerSize + note.count + line.count }

    /// Puts what stays of a whole record in place of its line, which it fits.
    package static func erase(
        _ bytes: UnsafeMutableRawPointer, leaving remains: ErasedRecord
    ) {
        guard let record = RawRecord(UnsafeRawPointer(bytes), available: .max) else { return }
        remains.write(
            over: UnsafeMutableRawBufferPointer(
                start: bytes + headerSize, count: record.size - headerSize))
        bytes.storeBytes(of: Kind.erased.rawValue, toByteOffset: 5, as: UInt8.self)
    }

    /// Of a released line: which record was held back, and by what rule.
    package var release: (sequence: RawSequence, rule: AdmissionRule)? {
        let words = String(decoding: note.dropLast(), as: UTF8.self).split(separator: " ")
        guard words.count == 2, let sequence = UInt64(words[0]),
            let rule = AdmissionRule(rawValue: String(words[1]))
        else { return nil }
        return (RawSequence(sequence), rule)
    }

    /// The line of a record that is to be released, with what stands before it.
    package static func released(
        _ line: UnsafeRawBufferPointer, _ sequence: RawSequence, by rule: AdmissionRule
    ) -> [UInt8] {
        Array("\(sequence.value) \(rule.rawValue)\n".utf8) + line
    }
}

/// What tells a file from another one under the same name: XXH64 of its first bytes, at most
/// 4,096. A size of 0 is the fingerprint of what cannot be read twice.
package struct Fingerprint: Sendable, Equatable {
    package var hash: UInt64
    package var size: UInt32

    package static let sizeMax = 4096

    package init(hash: UInt64, size: UInt32) {
        self.hash = hash
        self.size = size
    }
}

/// How far one source had been read when a batch was closed.
package struct SourceProgress: Sendable, Equatable {
    package var path: String
    package var endOffset: UInt64
    package var lineNumber: UInt64
    package var fingerprint: Fingerprint

    package init(
        path: String, endOffset: UInt64, lineNumber: UInt64, fingerprint: Fingerprint
    ) {
        self.path = path
        self.endOffset = endOffset
        self.lineNumber = lineNumber
        self.fingerprint = fingerprint
    }
}

extension LogBatch {
    /// Appends a mark, which came from no source.
    package func append(_ kind: RawRecord.Kind, line: [UInt8] = []) -> Int {
        line.withUnsafeBytes { append(kind, stream: .labels, source: 0, lineNumber: 0, line: $0) }
    }

    /// Appends one record of the raw log; gives its offset in the batch.
    package func append(
        _ kind: RawRecord.Kind, stream: StreamKind, source: Int, lineNumber: Int,
        line: UnsafeRawBufferPointer
    ) -> Int {
        let (bytes, offset) = append(size: RawRecord.headerSize + line.count)
        bytes.storeBytes(of: UInt32(line.count).littleEndian, as: UInt32.self)
        bytes.storeBytes(of: stream.rawValue, toByteOffset: 4, as: UInt8.self)
        bytes.storeBytes(of: kind.rawValue, toByteOffset: 5, as: UInt8.self)
        bytes.storeBytes(of: UInt16(source).littleEndian, toByteOffset: 6, as: UInt16.self)
        bytes.storeBytes(
            of: UInt32(truncatingIfNeeded: lineNumber).littleEndian, toByteOffset: 8,
            as: UInt32.self)
        if let start = line.baseAddress {
            (bytes + RawRecord.headerSize).copyMemory(from: start, byteCount: line.count)
        }
        return offset
    }
}

/// The table of sources behind the records of a raw batch.
package enum SourceTable {
    package static func encode(
        _ sources: [SourceProgress], durableEnd: UInt64 = 0
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(sources.count))
        for source in sources {
            writer.write(source.path)
            writer.write(source.endOffset)
            writer.write(source.lineNumber)
            writer.write(source.fingerprint.hash)
            writer.write(source.fingerprint.size)
        }
        writer.write(durableEnd)
        writer.write(UInt32(writer.bytes.count + 4))
        return writer.bytes
    }

    /// The sources of a batch, from its whole payload, and the size of the table; `durableEnd`
    /// is nil in batches of versions that did not write it.
    package static func decode(
        _ payload: UnsafeRawBufferPointer
    ) throws(ByteFault) -> (sources: [SourceProgress], tableSize: Int, durableEnd: UInt64?) {
        guard payload.count >= 8 else {
            throw ByteFault(offset: 0, expected: "a table of sources")
        }
        let size = Int(
            UInt32(
                littleEndian: payload.loadUnaligned(
                    fromByteOffset: payload.count - 4, as: UInt32.self)))
        guard size >= 8, size <= payload.count else {
            throw ByteFault(offset: payload.count - 4, expected: "the size of the source table")
        }
        var reader = ByteReader(
            UnsafeRawBufferPointer(rebasing: payload[(payload.count - size)...]))
        var sources: [SourceProgress] = []
        for _ in 0..<(try reader.read(UInt32.self)) {
            sources.append(
                SourceProgress(
                    path: try reader.readText(), endOffset: try reader.read(),
                    lineNumber: try reader.read(),
                    fingerprint: Fingerprint(hash: try reader.read(), size: try reader.read())))
        }
        let hasDurableEnd = size - reader.offset >= 12
        return (sources, size, hasDurableEnd ? try reader.read(UInt64.self) : nil)
    }
}
