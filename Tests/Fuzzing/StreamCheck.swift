import Ingestion
import TestKit
import Vocabulary

/// What must hold of the reader of records, whatever bytes it is given.
///
/// An input is a letter, `e` for examples or `l` for labels, and then a stream of lines.
package struct StreamCheck {
    private let stream: StreamKind
    private let text: [UInt8]
    /// Decides where reads are cut, and what lies behind a line; the same for the same input.
    private var random: SplitMix64
    /// One parser for all lines, which learns their ways.
    private let experienced = LineParser()
    /// One that has learned all that it can.
    private let full: LineParser?
    private let ofFeatures = RecordParser(keepsFeatures: true)
    private let ofRecords = LineParser()

    /// A line as a reader hands it on.
    private struct Line {
        var number: Int
        var endOffset: Int
        var bytes: [UInt8]
        var reading: Reading
    }

    package init(_ input: [UInt8]) {
        stream = input.first.map { $0 & 1 == 1 } ?? true ? .examples : .labels
        text = Array(input.dropFirst())
        let seed = text.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { sum, byte in
            (sum ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        random = SplitMix64(seed: seed)
        full = random.chance(0.2) ? .full([stream]) : nil
    }

    /// What did not hold; nil if all did.
    package mutating func fault() throws -> String? {
        var lines: [Line] = []
        var (start, number) = (0, 0)
        while start < text.count {
            let newline = text[start...].firstIndex(of: 0x0A)
            var bytes = Array(text[start..<(newline ?? text.count)])
            if bytes.last == 0x0D { bytes.removeLast() }
            start = newline.map { $0 + 1 } ?? text.count
            number += 1
            guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
            let reading = LineParser().read(bytes, stream)
            if let fault = lineFault(bytes, reading) ?? featuresFault(bytes) {
                return "\(fault), line \(number)"
            }
            lines.append(
                Line(number: number, endOffset: start, bytes: bytes, reading: reading))
        }
        return try readerFault(lines)
    }

    /// A parser that knows other lines, and then this one, says what one that knows none says.
    private mutating func lineFault(_ line: [UInt8], _ anew: Reading) -> String? {
        if let breach = anew.breach(of: line) { return breach }
        for _ in 0..<2 {
            let tail = UInt8(truncatingIfNeeded: random.next())
            let known = experienced.read(line, stream, tail: tail)
            if known != anew { return "two ways to read, two outcomes" }
            if let full, full.read(line, stream, tail: tail) != anew {
                return "a parser that is full reads otherwise"
            }
        }
        return nil
    }

    /// A bare object of features, as serving reads it, is what it would be in a record.
    private func featuresFault(_ object: [UInt8]) -> String? {
        let parser = ofFeatures
        let padded = object + [UInt8](repeating: 0, count: LinePadding.size)
        let isAdmitted = padded.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            do throws(Rejection) {
                try parser.parseFeatures(base, count: object.count)
                return true
            } catch {
                return false
            }
        }
        let head = Array(#"{"id":"e","ts":1,"features":"#.utf8)
        let whole = ofRecords.read(head + object + Array("}".utf8))
        guard isAdmitted else {
            return whole.rejection == nil && object.first == UInt8(ascii: "{")
                && ReferenceJSON(object).isValid ? "features refused that a record may have" : nil
        }
        let size = EntryView(UnsafeRawPointer(parser.entry)).size
        guard whole.isAdmitted, whole.features.count == parser.features.count,
            size == whole.entry.count
        else { return "features admitted that no record may have" }
        return nil
    }

    /// A reader of the whole, in pieces of any size, says of each line what its parser said.
    private mutating func readerFault(_ lines: [Line]) throws -> String? {
        let pieceMax = random.pick([1, 7, 64, 4096])
        var cuts = random
        let source = MemorySource(text) { 1 + cuts.below(pieceMax) }
        let reader = LineReader(source, stream: stream, keepsFeatures: true)
        var index = 0
        while true {
            try reader.refill()
            guard let line = reader.lines.first else { break }
            guard index < lines.count else { return "a line too many" }
            let wanted = lines[index]
            guard line.number == wanted.number, line.endOffset == wanted.endOffset,
                Array(line.bytes) == wanted.bytes
            else { return "another line than line \(wanted.number)" }
            guard line.isAdmitted == wanted.reading.isAdmitted else {
                return "the reader and the parser do not agree on line \(wanted.number)"
            }
            if line.isAdmitted {
                guard wanted.reading.outcome == .success(line.record) else {
                    return "another record in line \(wanted.number)"
                }
                let entry = UnsafeRawBufferPointer(
                    start: line.entry, count: wanted.reading.entry.count)
                if !entry.elementsEqual(wanted.reading.entry) {
                    return "another entry in line \(wanted.number)"
                }
                if stream == .examples, line.features.count != wanted.reading.features.count {
                    return "other features in line \(wanted.number)"
                }
            } else if RecordParser().rejection(of: line) != wanted.reading.rejection {
                return "another reason in line \(wanted.number)"
            }
            reader.consume(1)
            index += 1
        }
        return index == lines.count ? nil : "a line too few"
    }
}
