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
    var quarantine: [String]

    init(_ process: SimulatedProcess, _ world: SimulatedWorld) throws {
        let engine = process.engine
        learner = engine.trainer.learner.encode()
        counts = engine.counts
        join = engine.joinCounts
        trained = engine.trainer.metrics.count
        lines = try Self.lines(world.disk)
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
            (trained == other.trained, "trained examples", "\(trained)", "\(other.trained)"),
            (
                learner == other.learner, "the learner's digest", learner.digest,
                other.learner.digest
            ),
        ]
        return all.first { !$0.isSame }.map { ($0.name, $0.expected, $0.found) }
    }

    /// A hash of every line in the raw log's files, in their order, as programs see them.
    static func lines(_ disk: SimulatedDisk) throws -> [UInt64] {
        let folder = SimulatedProcess.folder + "/models/m/raw"
        let paths = disk.paths(under: folder).filter { $0.hasSuffix(".log") }
        var lines: [UInt64] = []
        for path in paths {
            disk.content(path)?.withUnsafeBytes { bytes in
                var offset = 0
                while offset < bytes.count {
                    let size = Self.addLines(
                        of: UnsafeRawBufferPointer(rebasing: bytes[offset...]), to: &lines)
                    if size == 0 { break }
                    offset += size
                }
            }
        }
        return lines
    }

    /// Gives the size of the batch at the beginning of these bytes; 0 if there is none.
    private static func addLines(
        of bytes: UnsafeRawBufferPointer, to lines: inout [UInt64]
    ) -> Int {
        guard let base = bytes.baseAddress, bytes.count >= BatchHeader.size,
            let header = BatchHeader(base, kind: .raw), header.batchSize <= bytes.count,
            header.matches(base)
        else { return 0 }
        var offset = BatchHeader.size
        for _ in 0..<header.count {
            guard let record = RawRecord(base + offset, available: header.batchSize - offset)
            else { return 0 }
            offset += record.size
            guard record.kind == .line else { continue }
            lines.append(
                XXHash64.hash(record.line, seed: UInt64(record.lineNumber) << 1)
                    ^ UInt64(record.stream.rawValue))
        }
        return header.batchSize
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
