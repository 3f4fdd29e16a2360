import Ingestion
import Learning
import Recording
import Vocabulary

/// Reads examples' records of the raw log again: of those that waited so long that nothing else has
/// them, and for what entries do not tell apart, which feature a category is of.
package final class RecordReader {
    /// Gives the line of the record at an offset of the raw log, with `LinePadding.size` bytes
    /// behind it.
    var line: (UInt64) throws -> [UInt8]
    private let rules: RecordRules
    /// Its buffers are large: only where somebody asks.
    private lazy var parser = RecordParser(keepsFeatures: true, rules: rules.lenient)
    /// The record that was read last.
    private var offset: UInt64?
    /// True if its line was erased.
    private var isErased = false

    package init(rules: RecordRules, line: @escaping (UInt64) throws -> [UInt8]) {
        (self.rules, self.line) = (rules, line)
    }

    /// The features of the example at an offset, in the order of its record. Valid until the next
    /// call.
    func features(at offset: UInt64) throws -> UnsafeBufferPointer<FeatureValue> {
        try read(offset)
        return isErased ? UnsafeBufferPointer(start: nil, count: 0) : parser.features
    }

    /// The entry of the example at an offset. Valid until the next call.
    func entry(at offset: UInt64) throws -> UnsafeRawPointer {
        try read(offset)
        parser.entry.storeBytes(
            of: offset, toByteOffset: EntryLayout.recordOffset, as: UInt64.self)
        return UnsafeRawPointer(parser.entry)
    }

    private func read(_ offset: UInt64) throws {
        guard self.offset != offset else { return }
        self.offset = nil
        let bytes = try line(offset)
        try bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let line = UnsafeRawBufferPointer(rebasing: bytes.dropLast(LinePadding.size))
            // No line that was let in begins as what stays of one.
            let erased = ErasedRecord(line)
            isErased = erased != nil
            if let erased {
                erased.entry(at: offset).withUnsafeBytes { entry in
                    guard let start = entry.baseAddress else { return }
                    parser.entry.copyMemory(from: start, byteCount: entry.count)
                }
            } else {
                _ = try parser.parse(base, count: line.count, stream: .examples)
            }
        }
        self.offset = offset
    }
}

/// A training log's entries as one learner takes them.
package final class ChosenEntries {
    private let chooser: FeatureChooser?
    private let records: RecordReader

    package init(_ choice: FeatureChoice, _ records: RecordReader) {
        chooser = choice.isPlain ? nil : FeatureChooser(choice)
        self.records = records
    }

    /// True where entries are taken as they are in the log, and no record is read.
    package var isPlain: Bool { chooser == nil }

    /// Valid until the next call. Throws where the raw log no longer has the record.
    @inline(__always)
    package func entry(_ entry: EntryView) throws -> EntryView {
        guard let chooser else { return entry }
        return chooser.entry(entry, of: try records.features(at: entry.rawOffset))
    }

    /// The entries of a whole batch behind its header, which stays what it was: its size is that of
    /// what is in the log.
    package func batch(_ bytes: [UInt8], _ header: BatchHeader) throws -> [UInt8] {
        guard !isPlain else { return bytes }
        var chosen = Array(bytes.prefix(BatchHeader.size))
        try bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var offset = BatchHeader.size
            for _ in 0..<header.count {
                let entry = EntryView(base + offset)
                offset += entry.size
                let taken = try self.entry(entry)
                chosen += UnsafeRawBufferPointer(start: taken.base, count: taken.size)
            }
        }
        return chosen
    }
}
