import Engine
import Recording
import Vocabulary

/// One file of a log, as its batches' headers tell it.
package struct LogSegment: Codable, Sendable, Equatable {
    /// Offsets in the log's bytes.
    package var start: UInt64
    package var end: UInt64
    package var batches = 0
    package var records: UInt64 = 0
    package var firstSequence: UInt64 = 0
    /// Event times; nil if no record has one.
    package var earliest: Instant?
    package var latest: Instant?

    mutating func add(_ header: BatchHeader) {
        if batches == 0 { firstSequence = header.firstSequence }
        batches += 1
        records += UInt64(header.count)
        guard header.earliest <= header.latest else { return }
        earliest = min(earliest ?? header.earliest, header.earliest)
        latest = max(latest ?? header.latest, header.latest)
    }
}

extension LogFolder {
    /// The log's files, oldest first; reads headers only.
    func segments() throws -> [LogSegment] {
        try starts.enumerated().map { index, start in
            let end = index + 1 < starts.count ? starts[index + 1] : self.end
            if let known = segmentsKnown[start], known.end == end { return known }
            var segment = LogSegment(start: start, end: end)
            var offset = start
            while offset < end, let header = try header(at: offset) {
                segment.add(header)
                offset += UInt64(header.batchSize)
            }
            segmentsKnown[start] = segment
            return segment
        }
    }

    /// Where the first batch begins that holds a record at or after a time, and the first one
    /// that holds a sequence at or after another; nil if there is none.
    func seek(time: Instant? = nil, sequence: UInt64 = 0) throws -> UInt64? {
        for segment in try segments() {
            if let time, segment.latest.map({ $0 < time }) ?? true { continue }
            if segment.firstSequence + segment.records <= sequence { continue }
            var offset = segment.start
            while offset < segment.end, let header = try header(at: offset) {
                let isLate = time.map { header.latest >= $0 } ?? true
                if isLate, header.firstSequence + UInt64(header.count) > sequence {
                    return offset
                }
                offset += UInt64(header.batchSize)
            }
        }
        return nil
    }

    /// The sequence of the first record of a batch that holds something of an event time or later;
    /// that of the end where there is none.
    func firstSequence(notBefore time: Instant) throws -> UInt64 {
        guard let offset = try seek(time: time), let header = try header(at: offset) else {
            return try segments().last.map { $0.firstSequence + $0.records } ?? 0
        }
        return header.firstSequence
    }

    /// Removes the oldest files that retention does not keep, none that reaches beyond `floor`.
    /// Gives what went. Age counts back from `now`, in event time.
    func retain(_ rule: RetentionRule, now: Instant?, floor: UInt64) throws -> [LogSegment] {
        guard starts.count > 1, !rule.isForEver else { return [] }
        var removed: [LogSegment] = []
        for segment in try segments().dropLast() {
            let isTooMuch = rule.sizeMax.map { end - segment.start > $0 } ?? false
            var isTooOld = false
            if let age = rule.age, let now {
                isTooOld = segment.latest.map { $0 < now - age } ?? true
            }
            guard isTooMuch || isTooOld, segment.end <= floor else { break }
            try removeOldest(latest: segment.latest)
            removed.append(segment)
        }
        return removed
    }
}
