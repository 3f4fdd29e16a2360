import Engine
import Joining
import Learning
import Monitoring
import Numerics
import Operation
import Recording
import Vocabulary

/// What is left at the end of a run, and must depend on the streams and the purges alone.
struct RunOutcome {
    var learner: [UInt8]
    var counts: IngestCounts
    var join: LabelJoiner.Counts
    var trained: UInt64
    var lines: [UInt64]
    var entries: [UInt64]
    var quarantine: [String]

    init(_ process: SimulatedProcess, _ world: SimulatedWorld) throws {
        let engine = process.engine
        learner = engine.trainer.learner.encode()
        counts = engine.counts
        join = engine.joinCounts
        trained = engine.trainer.metrics.count
        lines = Self.hashes(world.disk, .raw)
        entries = Self.hashes(world.disk, .training)
        quarantine = world.quarantine.lines
    }

    /// The first thing that differs: its name, and both values.
    func difference(from other: RunOutcome) -> (name: String, expected: String, found: String)? {
        let all: [(isSame: Bool, name: String, expected: String, found: String)] = [
            (
                lines.count == other.lines.count, "records of the raw log", "\(lines.count)",
                "\(other.lines.count)"
            ),
            (lines == other.lines, "order of the records", "the streams'", "another"),
            (counts == other.counts, "counts of records", "\(counts)", "\(other.counts)"),
            (join == other.join, "counts of the join", "\(join)", "\(other.join)"),
            (
                quarantine == other.quarantine, "the quarantine", "\(quarantine)",
                "\(other.quarantine)"
            ),
            (
                entries.count == other.entries.count, "entries of the training log",
                "\(entries.count)", "\(other.entries.count)"
            ),
            (
                entries == other.entries, "content of the training log", "the streams' own",
                "another entry at \(zip(entries, other.entries).prefix { $0 == $1 }.count)"
            ),
            (trained == other.trained, "trained examples", "\(trained)", "\(other.trained)"),
            (
                learner == other.learner, "the learner's digest", learner.digest,
                other.learner.digest
            ),
        ]
        return all.first { !$0.isSame }.map { ($0.name, $0.expected, $0.found) }
    }

    /// A hash of every line, or entry, in a log's files, in their order, as programs see them.
    static func hashes(_ disk: SimulatedDisk, _ log: LogKind) -> [UInt64] {
        let folder = SimulatedProcess.model + (log == .raw ? "/raw" : "/training")
        var hashes: [UInt64] = []
        for path in disk.paths(under: folder) where path.hasSuffix(".log") {
            disk.content(path)?.withUnsafeBytes { bytes in
                var offset = 0
                while offset < bytes.count {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                    guard let base = rest.baseAddress, rest.count >= BatchHeader.size,
                        let header = BatchHeader(base, kind: log), header.batchSize <= rest.count,
                        header.matches(base)
                    else { break }
                    switch log {
                    case .raw: addLines(base, header, to: &hashes)
                    case .training: addEntries(base, header, to: &hashes)
                    }
                    offset += header.batchSize
                }
            }
        }
        return hashes
    }

    private static func addLines(
        _ base: UnsafeRawPointer, _ header: BatchHeader, to hashes: inout [UInt64]
    ) {
        var offset = BatchHeader.size
        for _ in 0..<header.count {
            guard let record = RawRecord(base + offset, available: header.batchSize - offset)
            else { return }
            offset += record.size
            guard record.kind == .line else { continue }
            hashes.append(
                XXHash64.hash(record.line, seed: UInt64(record.lineNumber) << 1)
                    ^ UInt64(record.stream.rawValue))
        }
    }

    /// But for where their records lie in the raw log, which depends on how it was cut up.
    private static func addEntries(
        _ base: UnsafeRawPointer, _ header: BatchHeader, to hashes: inout [UInt64]
    ) {
        var offset = BatchHeader.size
        let place = EntryLayout.recordOffset
        for _ in 0..<header.count {
            let entry = EntryView(base + offset)
            let head = XXHash64.hash(base + offset, count: place)
            hashes.append(
                XXHash64.hash(
                    base + offset + place + 8, count: entry.size - place - 8, seed: head))
            offset += entry.size
        }
    }
}

extension [UInt8] {
    /// SHA-256 in hex.
    var digest: String {
        var hash = SHA256()
        withUnsafeBytes { hash.update($0) }
        return hash.finish().hex
    }
}
