import Engine
import Numerics
import Recording
import Vocabulary
import World

/// One record of a log as `log show` prints it; what a log doesn't have is left out.
package struct LogLine: Codable, Sendable {
    package var seq: UInt64
    /// Where it begins in the log's bytes.
    package var offset: UInt64
    /// Of the raw log: "examples" or "labels", and where the line came from.
    package var stream: String?
    package var file: String?
    package var line: Int?
    /// "labels_ended", "complete_for_good" or "settings", for marks; "released" for such a line.
    package var mark: String?
    /// The record's beginning as text, at most as many bytes as were asked for; of other settings,
    /// what is new.
    package var record: String?
    /// Of the training log: event times of the example and of its label, or of its wait's end.
    package var ts: Instant?
    package var arrival: Instant?
    package var label: Float?
    package var weight: Float?
    package var numbers: Int?
    package var categories: Int?
    /// Where the example's record lies in the raw log, and the hash of its id.
    package var rawOffset: UInt64?
    package var idHash: String?
}

/// Reads a log for people: its files, or its records from a place on.
package struct LogListing {
    private let log: LogFolder
    /// Of a record where nothing else is said, in bytes.
    package static let shownSize = 400
    /// Whose records are listed; nil for all.
    private let example: ExampleMatch?

    init(_ log: LogFolder, of example: ExampleMatch? = nil) {
        (self.log, self.example) = (log, example)
    }

    package func segments() throws -> [LogSegment] { try log.segments() }

    /// Hands over records from a sequence on, or from the first batch that has something of a time
    /// or later; at most `limit`, of a record of the raw log at most `recordSize` bytes. Throws a
    /// `LogDamage` where the log is broken.
    package func lines(
        from sequence: UInt64, time: Instant?, limit: Int, recordSize: Int = shownSize,
        _ body: (LogLine) throws -> Void
    ) throws {
        guard limit > 0, var offset = try log.seek(time: time, sequence: sequence) else { return }
        var left = limit
        while left > 0, offset < log.end {
            guard let (batch, header) = try log.wholeBatch(at: offset) else {
                throw log.damage(at: offset)
            }
            let lines = try batch.withUnsafeBytes { bytes in
                try bytes.baseAddress.map { base in
                    log.kind == .raw
                        ? try rawLines(base, header, offset, recordSize)
                        : trainingLines(base, header, offset)
                } ?? []
            }
            for line in lines where line.seq >= sequence && left > 0 {
                if let time, let own = line.ts, own < time { continue }
                try body(line)
                left -= 1
            }
            offset += UInt64(header.batchSize)
        }
    }

    private func rawLines(
        _ base: UnsafeRawPointer, _ header: BatchHeader, _ start: UInt64, _ recordSize: Int
    ) throws -> [LogLine] {
        let payload = UnsafeRawBufferPointer(
            start: base + BatchHeader.size, count: header.payloadSize)
        let table = try SourceTable.decode(payload)
        var lines: [LogLine] = []
        var offset = BatchHeader.size
        for index in 0..<header.count {
            guard
                let record = RawRecord(
                    base + offset, available: header.batchSize - table.tableSize - offset)
            else { break }
            defer { offset += record.size }
            if let example, !example.isOf(record) { continue }
            var line = LogLine(
                seq: header.firstSequence + UInt64(index), offset: start + UInt64(offset))
            line.stream = record.stream.name
            switch record.kind {
            case .line, .released:
                let isKnown = record.source < table.sources.count
                line.file = isKnown ? table.sources[record.source].path : nil
                line.line = record.lineNumber
                line.record = String(decoding: record.line.prefix(recordSize), as: UTF8.self)
                if record.kind == .released { line.mark = "released" }
            case .erased: line.mark = "erased"
            case .labelsEnded: line.mark = "labels_ended"
            case .completeForGood: line.mark = "complete_for_good"
            case .settings:
                line.mark = "settings"
                line.record = try IntakeChange(decoding: record.line).text
            }
            lines.append(line)
        }
        return lines
    }

    private func trainingLines(
        _ base: UnsafeRawPointer, _ header: BatchHeader, _ start: UInt64
    ) -> [LogLine] {
        var lines: [LogLine] = []
        var offset = BatchHeader.size
        for index in 0..<header.count {
            let entry = EntryView(base + offset)
            defer { offset += entry.size }
            if let example, entry.idHash != example.hash { continue }
            var line = LogLine(
                seq: header.firstSequence + UInt64(index), offset: start + UInt64(offset))
            (line.ts, line.arrival) = (entry.time, entry.arrival)
            (line.label, line.weight) = (entry.label, entry.weight)
            (line.numbers, line.categories) = (entry.numberCount, entry.categoryCount)
            line.rawOffset = entry.rawOffset
            let digits = String(entry.idHash, radix: 16)
            line.idHash = String(repeating: "0", count: 16 - digits.count) + digits
            lines.append(line)
        }
        return lines
    }
}
